"""Given a run and a cockpit that dies, the run and its accounting go on untouched."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from grd_core.budget.account import account
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.points import read_points
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from grd_core.study import Study
from tests.e2e.conftest import Open, Terminal
from tests.small_study import HYPOTHESIS, copy_of

SCRIPT = """
import time
from pathlib import Path
from grd_log import log

step = 0
while not Path("cockpit-is-gone").exists():
    log(step, loss=1.0 / (step + 1))
    step += 1
    time.sleep(0.1)
for _ in range(30):
    log(step, loss=1.0 / (step + 1))
    step += 1
Path("steps").write_text(str(step))
"""


@pytest.fixture
def training(locked_once: Study, tmp_path: Path) -> Study:
    """A locked study with a run that does not end before the cockpit is gone."""
    study = copy_of(locked_once, tmp_path / "tides")
    made = new_experiment(study, "The mean", kind="baseline")
    made.hypothesis_path.write_text(HYPOTHESIS)
    (made.folder / "train.py").write_text(SCRIPT)
    start_run(study, find_experiment(study, "1"))
    return study


def kill(terminal: Terminal) -> None:
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.wait_for_exit() == -signal.SIGKILL


def hang_up(terminal: Terminal) -> None:
    terminal.hang_up()
    terminal.wait_for_exit()


@pytest.mark.parametrize("end", [kill, hang_up])
def test_a_cockpit_that_dies_takes_no_run_with_it(training: Study, cockpit: Open, end) -> None:  # type: ignore[no-untyped-def]
    terminal = cockpit(training.root)
    terminal.wait_for("▶ run 1")
    end(terminal)
    folder = find_experiment(training, "1").folder
    (folder / "cockpit-is-gone").touch()
    deadline = time.monotonic() + 40
    while find_run(training, "1").is_going_on:
        assert time.monotonic() < deadline
        ingest(training)
        time.sleep(0.1)
    run = find_run(training, "1")
    assert run.state == "done"
    with training.read() as ledger:
        points = read_points(ledger, run.id, "loss")
    assert list(points.steps) == list(range(int((folder / "steps").read_text())))
    assert account(training).unit("wall_hours").leased == 0.0
