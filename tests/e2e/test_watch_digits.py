"""The sample digits_torch watched from its first step to its end, on a real terminal."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from grd_core.objective.lock import objective_lock
from grd_core.recon.freeze import freeze
from grd_core.recon.profile import profile
from grd_core.recon.splits import plan_split
from grd_core.runs.experiments import new_experiment
from grd_core.runs.points import read_points
from grd_core.runs.records import find_run
from grd_core.samples import new_from_sample
from grd_core.study import Study
from tests.e2e.conftest import Open, Terminal
from tests.e2e.walk_by_keys import FORM, LONG_S, SUBMIT

EPOCHS = 60
STEPS = EPOCHS * 23
"""720 images in batches of 32."""


@dataclass(frozen=True)
class Reading:
    """What the watch showed: the last value of a chart, and the dots of all curves."""

    last: str
    curve: str


def reading(terminal: Terminal, since: Reading | None = None) -> Reading:
    """The first reading with another last value than the one before."""
    end = time.monotonic() + LONG_S
    while time.monotonic() < end:
        terminal.read(0.1)
        shown = terminal.text()
        value = re.search(r"\bvalidation_f1 +(\d\.\d+)", shown)
        if value and (since is None or value[1] != since.last):
            return Reading(value[1], "".join(c for c in shown if "\u2801" <= c <= "\u28ff"))
    raise AssertionError(f"no new value on the chart:\n{terminal.text()}")


@pytest.fixture
def digits(tmp_path: Path) -> Study:
    """Locked, with a baseline and a convolution that nobody has run yet."""
    study = new_from_sample("digits_torch", tmp_path / "digits")
    profile(study)
    plan_split(study)
    freeze(study)
    objective_lock(study)
    drafts = study.root / "drafts"
    new_experiment(study, "Logistic", kind="baseline", template=drafts / "01-baseline")
    made = new_experiment(
        study, "Convolution", kind="refinement", template=drafts / "03-convolution"
    )
    config = made.folder / "config.toml"
    config.write_text(config.read_text().replace("epochs = 30", f"epochs = {EPOCHS}"))
    return study


def test_from_the_first_step_to_the_end(digits: Study, cockpit: Open) -> None:
    terminal = cockpit(digits.root, columns=80, rows=24)
    terminal.wait_for("NEXT")
    terminal.press("3")
    terminal.wait_for("▌ 002", "Two convolutions", "r run")
    terminal.press("r")
    terminal.wait_for("seed", FORM)
    terminal.press(SUBMIT)
    terminal.wait_for("n new", absent=FORM)
    terminal.press("w")

    first = reading(terminal)
    assert "took" not in terminal.text()
    second = reading(terminal, since=first)
    assert second.curve != first.curve

    shown = terminal.wait_for("took", "validation_f1", limit_s=LONG_S)
    assert "done" in shown
    assert f"{STEPS:,}" in shown or f"{EPOCHS}/{EPOCHS}" in shown
    run = find_run(digits, "1")
    with digits.read() as ledger:
        assert list(read_points(ledger, run.id, "loss").steps) == list(range(1, STEPS + 1))
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
