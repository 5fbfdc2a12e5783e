"""`grd status` tells what is true of the files right now, in lines and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from grd_core.study import Study
from grd_tui.cli.studies import status
from tests.small_study import copy_of


@pytest.fixture
def study(locked_once: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    made = copy_of(locked_once, tmp_path / "tides")
    monkeypatch.chdir(made.root)
    return made


def test_a_frozen_byte_that_changed_blocks(study: Study) -> None:
    part = study.frozen_dir / "train.parquet"
    part.chmod(0o644)
    content = bytearray(part.read_bytes())
    content[-40] ^= 1
    part.write_bytes(content)
    told = "frozen data: data/frozen/train.parquet changed"
    said = CliRunner().invoke(status, [])
    assert f"✖  {told}" in said.output
    alarms = json.loads(CliRunner().invoke(status, ["--json"]).output)["alarms"]
    assert [(alarm["standing"], alarm["text"]) for alarm in alarms] == [("blocked", told)]
