"""What the code of open experiments does with the data stands among the risks, with its page."""

from __future__ import annotations

from pathlib import Path

from grd_core.checks.contract import Finding, Group, Kind, Severity
from grd_core.critic.live_code import LiveFindings
from grd_core.study import Study, create_study
from grd_screens.glyphs import UNICODE
from grd_screens.pages.recon.content import read_recon
from grd_screens.pages.recon.details import detail_of
from grd_screens.pages.recon.rows import rows_of
from tests.small_study import copy_of

PATH = "experiments/exploration/001-linear/train.py"
FINDING = Finding(
    check="C101",
    title="StandardScaler before the split, with the target in it",
    group=Group.CODE,
    kind=Kind.VALIDITY,
    family="preprocessing",
    severity=Severity.BLOCKING,
    path=PATH,
    line=8,
    places=(),
    value=1.0,
    threshold=0.0,
    ci=None,
    n=1,
    method="dataflow",
    why="`scaler` is fitted on `\x1b[31mX`",
    fix="split first",
)
CODE = (LiveFindings(1, "001-linear", PATH, "", (FINDING,), ""),)
KEY = f"risk:C101:{FINDING.title}"


def test_the_risk_leads_the_list_and_opens_the_page_of_its_check(
    locked_once: Study, tmp_path: Path
) -> None:
    content = read_recon(copy_of(locked_once, tmp_path / "tides"), CODE)
    assert content.snapshot.risks[0].origin == "C101"
    assert KEY in [row.key for row in rows_of(content.snapshot, UNICODE)]
    told = "\n".join(line.plain for line in detail_of(content, KEY, UNICODE, 76))
    assert f"{PATH}:8" in told.replace("\n", "").replace(" ", "")
    assert "\x1b" not in told
    assert "check C101" in told
    assert "What it finds" in told


def test_without_a_declared_source_there_is_no_list(tmp_path: Path) -> None:
    content = read_recon(create_study(tmp_path / "tides"), CODE)
    assert KEY not in [row.key for row in rows_of(content.snapshot, UNICODE)]
