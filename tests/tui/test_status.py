"""`grd status` tells what is true of the files right now, in lines and as JSON."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from grd_core.runs.by_hand import by_hand_of
from grd_core.runs.experiments import new_experiment
from grd_core.study import Study
from grd_tui.cli.experiment import experiment
from grd_tui.cli.studies import status
from tests.by_hand import trained_by_hand
from tests.small_study import copy_of

PATIENCE_S = 20.0


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


def test_a_process_that_trains_by_hand_is_told_and_harms_no_terminal(study: Study) -> None:
    made = new_experiment(study, "The mean", kind="baseline")
    with trained_by_hand(made.folder, "\x1b[31mred.csv"):
        deadline = time.monotonic() + PATIENCE_S
        while not by_hand_of(study):
            assert time.monotonic() < deadline, "nothing was seen"
            time.sleep(0.05)
        said = CliRunner().invoke(status, []).output
        seen = json.loads(CliRunner().invoke(status, ["--json"]).output)
        listed = CliRunner().invoke(experiment, ["list"]).output
        shown = CliRunner().invoke(experiment, ["show", "1"]).output
    told = "training by hand goes on, unsupervised: logs/<1B>[31mred.csv, written"
    assert f"001-the-mean: {told}" in said
    assert "it costs no budget and is judged by nothing; `grd run 1`" in said
    (one,) = seen["by_hand"]
    assert (one["number"], one["goes_on"]) == (1, True)
    assert one["files"] == ["logs/\x1b[31mred.csv"]
    assert any("by hand goes on" in alarm["text"] for alarm in seen["alarms"])
    assert "open, training by hand" in listed
    assert f"by hand     {told}" in shown
    assert not any("\x1b" in text for text in (said, listed, shown))
