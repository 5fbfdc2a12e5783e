"""The Evaluation by keys, over a study that was really run."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.evaluation.snapshot import evaluation_snapshot
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from grd_tui.app import CockpitApp
from tests.screens.driving import screen_text, shows, until
from tests.small_study import copy_of


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    """Nothing scored yet."""
    return copy_of(judged_once, tmp_path / "tides")


def touches(study: Study) -> int:
    with study.read() as ledger:
        return int(ledger.value("SELECT count(*) FROM touch WHERE what LIKE 'read a row%'"))


async def test_errors_stand_before_the_numbers(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await shows(pilot, "looks at the frozen labels: 1 of 2 used", "not scored")
        await pilot.press("j")
        await shows(pilot, "WHERE IT IS WRONG", "row 1282")
        await pilot.press("enter")
        await shows(pilot, "WHERE IT IS WRONG", "METRICS", "GAINS", "●", "▕")
        said = screen_text(pilot)
        assert said.index("WHERE IT IS WRONG") < said.index("METRICS") < said.index("GAINS")
        await pilot.press("escape")
        await shows(pilot, "EXPERIMENTS")


async def test_a_look_at_a_hard_example_is_logged_once(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await shows(pilot, "002-the-moon")
        await pilot.press("j")
        await until(pilot, lambda: "v scores it" not in screen_text(pilot))
        await pilot.pause(0.5)
        await pilot.press("enter")
        await shows(pilot, "WHERE IT IS WRONG")
        await pilot.press("j")
        assert touches(evaluated) == 0
        await pilot.press("enter")
        await shows(pilot, "features; this look is logged", "moon")
        await pilot.press("escape", "enter")
        await shows(pilot, "features; this look is logged")
    assert touches(evaluated) == 1


async def test_scoring_says_what_it_costs_and_shows_the_scorecard(judged: Study) -> None:
    async with CockpitApp(judged.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await shows(pilot, "002-the-moon", "can be scored")
        await pilot.press("j", "v")
        await shows(pilot, "Evaluate 002-the-moon", "This is look 1 of 2", "1 are left after it")
        await pilot.press("f2")
        await shows(pilot, "✔ confirmed", "WHERE IT IS WRONG")
        await pilot.press("o")
        await shows(pilot, "read 0 of 6 before deciding")
    assert evaluation_snapshot(judged, find_experiment(judged, "2")).outcome == "confirmed"


async def test_what_may_not_be_scored_is_refused_before_anything_is_asked(judged: Study) -> None:
    async with CockpitApp(judged.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await shows(pilot, "003-the-wind", "the last verdict is ESCALATE, not PROCEED")
        await pilot.press("v")
        await shows(pilot, "refused", "not PROCEED")
        assert len(pilot.app.screen_stack) == 1


async def test_a_cockpit_that_only_reads_looks_at_no_frozen_row(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root, readonly=True).run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await shows(pilot, "002-the-moon")
        await pilot.press("j")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await shows(pilot, "WHERE IT IS WRONG")
        await pilot.press("j", "enter")
        await shows(pilot, "this cockpit is read-only")
    assert touches(evaluated) == 0
