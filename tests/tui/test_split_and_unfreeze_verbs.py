"""`grd data split --preview` and `grd data unfreeze`: what is printed, recorded and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grd_core.recon.records import current_freeze, current_split
from grd_core.study import Study
from grd_tui.cli.root import run
from tests.core.recon.tides import PROVENANCE, ROLES, frozen_study, study_of


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    from grd_core.recon.sources import declare

    study = study_of(tmp_path)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    monkeypatch.chdir(study.root)
    return study


def test_a_preview_is_printed_and_not_recorded(
    declared: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["data", "split", "--strategy", "blocked", "--block", "2d", "--embargo", "3h"]
    assert run([*asked, "--preview"]) == 0
    said = capsys.readouterr().out
    assert "blocked split, blocks of 2d" in said
    assert "! it needs a written reason: a blocked split breaks the declared time `at`" in said
    assert "target in train: lower quartile" in said
    assert "validation and train look alike" in said or "validation differs from train" in said
    assert "nothing was recorded" in said
    assert run([*asked, "--preview", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["needs_reason"]
    assert told["sizes"]["dropped_embargo"] > 0
    assert {"balance", "drift", "repeated", "spans"} <= told["sizes"].keys()
    assert current_split(declared) is None
    assert run(asked) == 6
    capsys.readouterr()
    assert run([*asked, "--reason", "tides of one day say nothing of another"]) == 0
    assert "reason  tides of one day" in capsys.readouterr().out
    assert current_split(declared) is not None


def test_a_freeze_is_taken_back_for_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = frozen_study(tmp_path)
    monkeypatch.chdir(study.root)
    assert run(["data", "unfreeze"]) == 6
    assert "say why in 10 characters or more" in capsys.readouterr().err
    assert current_freeze(study) is not None
    assert run(["data", "unfreeze", "--reason", "the gauge was moved", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["freeze_id"], told["kept_in"]) == (1, "data/frozen-01")
    assert run(["data", "unfreeze", "--reason", "the gauge was moved"]) == 6
    assert (
        "Unfroze the data, because the gauge was moved"
        in (study.root / "DECISION_LOG.md").read_text()
    )
    assert run(["data", "freeze"]) == 0
    said = capsys.readouterr().out
    assert "because the gauge was moved" in said
    assert current_freeze(study) is not None
