"""The History by keys, over a study that was really locked."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.runs.experiments import new_experiment
from grd_core.study import Study
from grd_tui.app import CockpitApp
from tests.screens.driving import screen_text, shown_page, shows, typed, until
from tests.small_study import copy_of


@pytest.fixture(scope="module")
def begun(locked_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = copy_of(locked_once, tmp_path_factory.mktemp("begun") / "tides")
    new_experiment(study, "The mean", kind="baseline")
    new_experiment(study, "The moon", kind="refinement")
    return study


@pytest.fixture
def locked(begun: Study, tmp_path: Path) -> Study:
    return copy_of(begun, tmp_path / "tides")


async def test_it_never_claims_what_was_not_verified(locked: Study) -> None:
    async with CockpitApp(locked.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "not verified in this session: V replays", "└─ 002-the-moon")
        assert "sound" not in screen_text(pilot)
        await pilot.press("V")
        await shows(pilot, "✔ sound", "anchors compared in this session")


async def test_a_changed_frozen_file_shows_when_it_is_verified(locked: Study) -> None:
    path = locked.frozen_dir / "train.parquet"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    async with CockpitApp(locked.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "not verified in this session")
        await pilot.press("V")
        await shows(pilot, "NOT sound", "data/frozen/train.parquet: frozen bytes")


async def test_a_search_lists_hits_and_enter_goes_to_the_object(locked: Study) -> None:
    async with CockpitApp(locked.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "EXPERIMENTS")
        await pilot.press("s")
        await shows(pilot, "Search everything ever believed")
        await typed(pilot, "ships DRAW")
        await pilot.press("f2")
        await shows(pilot, "SEARCH  ships DRAW  1 found", "objective v1")
        await pilot.press("escape")
        await shows(pilot, "EXPERIMENTS  2")
        await pilot.press("s")
        await shows(pilot, "words")
        await typed(pilot, "moon refinement nowhere")
        await pilot.press("f2")
        await shows(pilot, "nothing holds all of these words")
        pilot.app.go(7, "search:ships draw")  # type: ignore[attr-defined]
        await shows(pilot, "SEARCH  ships draw  1 found")
        await pilot.press("enter")
        await until(pilot, lambda: shown_page(pilot).NUMBER == 2)


async def test_the_narrative_is_read_and_exported_over_nothing(locked: Study) -> None:
    (locked.root / "NARRATIVE.md").write_text("mine")
    async with CockpitApp(locked.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "EXPERIMENTS")
        await pilot.press("n")
        await shows(pilot, "What was learned in tides", "We believed")
        await pilot.press("escape")
        await shows(pilot, "EXPERIMENTS")
        await pilot.press("E")
        await shows(pilot, "Export the narrative", "NARRATIVE-2.md")
        await typed(pilot, "NARRATIVE.md")
        await pilot.press("f2")
        await shows(pilot, "there is such a file; nothing is overwritten")
        await pilot.press("backspace", "backspace", "backspace")
        await typed(pilot, "-told.md")
        await pilot.press("f2")
        await shows(pilot, "wrote the narrative")
    assert (locked.root / "NARRATIVE.md").read_text() == "mine"
    assert (locked.root / "NARRATIVE-told.md").read_text().startswith("# What was learned in tides")


async def test_a_check_shows_its_own_page(locked: Study) -> None:
    async with CockpitApp(locked.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "EXPERIMENTS")
        pilot.app.go(7, "check:C101")  # type: ignore[attr-defined]
        await shows(pilot, "C101", "What it finds")
        await pilot.press("escape")
        await shows(pilot, "CHECKS OF CODE")
        await pilot.press("escape")
        await shows(pilot, "EXPERIMENTS")


async def test_the_filter_narrows_the_record(locked: Study) -> None:
    async with CockpitApp(locked.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "002-the-moon")
        await pilot.press("slash")
        await typed(pilot, "moon")
        await shows(pilot, "002-the-moon")
        assert "001-the-mean" not in screen_text(pilot)


async def test_a_repeat_is_told_while_it_is_typed_and_when_its_file_is_saved(locked: Study) -> None:
    said = "## What we believe\n\nNeap tides follow the quarter moon.\n"
    new_experiment(locked, "Neap tides", kind="refinement", belief="The quarter moon makes neaps.")
    new_experiment(locked, "Salt", kind="refinement")
    async with CockpitApp(locked.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await shows(pilot, "004")
        pilot.app.perform("experiment new", {})  # type: ignore[attr-defined]
        await shows(pilot, "New experiment", "believes")
        await typed(pilot, "Barometer")
        await shows(pilot, "no earlier hypothesis is alike so far")
        await pilot.press("tab", "tab", "tab", "tab")
        await typed(pilot, "neaps and the quarter moon")
        await pilot.resize_terminal(120, 40)
        await shows(pilot, "begun as 003: not judged yet", "Neap tides (")
        await pilot.press("f2")
        await shows(pilot, "005-barometer", "like earlier hypotheses", "begun as 003")
        path = next(locked.root.glob("experiments/*/005-*/HYPOTHESIS.md"))
        assert "neaps and the quarter moon" in path.read_text()
        path.write_text("## What we believe\n\nAir presses.\n")
        await until(pilot, lambda: "like earlier hypotheses" not in screen_text(pilot))
        path.write_text(said)
        await shows(pilot, "like earlier hypotheses", "begun as 003")
