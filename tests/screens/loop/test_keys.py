"""The Loop worked by keys on a real study: list, watch, new, run, stop, compare."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.notes import notes_of_run
from grd_core.runs.records import RunRecord, find_run, list_runs
from grd_core.runs.snapshot import loop_snapshot
from grd_core.study import Study
from grd_screens.forms.screen import FormScreen
from grd_screens.pages.loop import LoopPage
from grd_screens.pages.loop.keys import COMPARE
from grd_tui.app import CockpitApp
from tests.old_study import schema_of, study_before_notes
from tests.screens.driving import screen_text, until
from tests.small_study import HYPOTHESIS, OBJECTIVE, copy_of, locked_study, run_to_its_end

TRAINING = '''"""Logs until somebody stops it."""

import sys
import time
from grd_log import log

for step in range(STEPS):
    log(step, loss=1 / (step + 1), val_loss=1.1 / (step + 1))
    print("said", step, flush=True)
    time.sleep(PAUSE)
'''
LEAK = """import pandas as pd
from sklearn.linear_model import Ridge
from grd_log import predict

train, validation = pd.read_parquet("train.parquet"), pd.read_parquet("validation.parquet")
history = pd.concat([train, validation])
history["mean"] = history.groupby("day")["level"].transform("mean")
fit_rows, held_out = history.iloc[: len(train)], history.iloc[len(train) :]
model = Ridge()
model.fit(fit_rows[["mean"]], fit_rows["level"])
predict(held_out["row_id"], model.predict(held_out[["mean"]]), part="validation")
"""
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A locked study without an experiment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.small_study.OBJECTIVE", OBJECTIVE.replace("trials: 3", "trials: 30"))
        return locked_study(tmp_path_factory.mktemp("loop") / "empty")


@pytest.fixture(scope="module")
def made(empty: Study) -> Study:
    """The same with a baseline that ran, and a refinement of it that did not."""
    study = copy_of(empty, empty.root.parent / "made")
    base = new_experiment(study, "The mean", kind="baseline")
    base.hypothesis_path.write_text(HYPOTHESIS)
    _write(base.folder, steps=40, pause=0.0)
    run_to_its_end(study, 1)
    child = new_experiment(study, "The moon", kind="refinement", template=base.folder)
    _write(child.folder, steps=2000, pause=0.05)
    return study


def _write(folder: Path, *, steps: int, pause: float) -> None:
    script = TRAINING.replace("STEPS", str(steps)).replace("PAUSE", str(pause))
    (folder / "train.py").write_text(script)


@pytest.fixture
def study(made: Study, tmp_path: Path) -> Study:
    return copy_of(made, tmp_path / "study")


def app_of(pilot: Pilot[int]) -> CockpitApp:
    assert isinstance(pilot.app, CockpitApp)
    return pilot.app


def page_of(pilot: Pilot[int]) -> LoopPage:
    page = app_of(pilot).cockpit.page
    assert isinstance(page, LoopPage)
    return page


async def opened(pilot: Pilot[int]) -> None:
    """The Loop with its experiments."""
    await until(pilot, lambda: app_of(pilot).overview, "the study is read")
    await pilot.press("3")
    await until(pilot, lambda: page_of(pilot).listing.count > 1, "the experiments are listed")
    await pilot.pause()


async def form(pilot: Pilot[int]) -> FormScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, FormScreen), "a form")
    await pilot.pause()
    assert isinstance(pilot.app.screen, FormScreen)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_list_its_details_and_what_differs(study: Study, size: tuple[int, int]) -> None:
    async with CockpitApp(study.root).run_test(size=size) as pilot:
        await opened(pilot)
        assert page_of(pilot).key == "2"
        await pilot.press("enter")
        await until(pilot, lambda: "e writes the hypothesis" in screen_text(pilot), "the next key")
        assert "002-the-moon" in screen_text(pilot)
        await pilot.press("escape", "d")
        await until(
            pilot, lambda: "for step in range(2000)" in screen_text(pilot), "the difference"
        )
        assert "for step in range(40)" in screen_text(pilot)
        await pilot.press("escape", "slash", *"kind:baseline", "enter")
        assert page_of(pilot).key == "1"


async def test_an_experiment_is_made_run_watched_and_stopped(study: Study) -> None:
    config = study.root / "grd.toml"
    config.write_text(config.read_text().replace("[run]\n", "[run]\nat_once = 2\n"))
    assert study.config.run.at_once == 2
    async with CockpitApp(study.root).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        page = page_of(pilot)
        await pilot.press("n")
        asked = await form(pilot)
        assert asked.values["from"] == "2" and asked.values["kind"] == "refinement"
        await pilot.press(*"The wind", "f2")
        await until(pilot, lambda: page.key == "3", "the new experiment under the cursor")
        assert find_experiment(study, "3").parent == 2

        await pilot.press("r")
        asked = await form(pilot)
        assert asked.values == {"seeds": "0", "command": "python train.py"}
        await pilot.press("backspace", *"1 2", "f2")
        await until(pilot, lambda: len(_live(study)) == 2, "a run for each seed")
        assert {run.seed for run in _live(study)} == {1, 2}
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormScreen), "no form")
        await until(
            pilot, lambda: "training step" in screen_text(pilot), "it is listed as training"
        )

        await pilot.press("w")
        await until(pilot, lambda: page.watching.watched, "the run is watched")
        await until(pilot, lambda: _last(page) > 10, "its steps are followed")
        await until(
            pilot,
            lambda: "val_loss" in screen_text(pilot) and "said" in screen_text(pilot),
            "its charts and what it prints are painted",
        )
        before = _last(page)
        await until(pilot, lambda: _last(page) > before, "and followed on")

        await pilot.press("space")
        held = page.watching.view.end
        await until(pilot, lambda: _last(page) > (held or 0) + 10, "the run goes on, frozen or not")
        assert page.watching.watched is not None
        assert all(one.end <= (held or 0) for one in page.watching.watched.series)
        assert "view frozen" in screen_text(pilot)
        await pilot.press("space", "J")
        await until(pilot, lambda: page.watching.run_id == min(_ids(study)), "the older run")

        watched = page.watching.run_id
        await pilot.press("x")
        asked = await form(pilot)
        assert any("spent" in line for line in asked.form.intro)
        await pilot.press("f2")
        await until(
            pilot, lambda: find_run(study, str(watched)).state == "stopped_by_user", "it is stopped"
        )
        await until(pilot, lambda: "stopped" in screen_text(pilot), "the watch says so")
        await pilot.press("escape")
        assert not page.is_watching and page.key == "3"
        await pilot.press("x")
        await form(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: not _live(study), "nothing goes on any more")


async def test_the_first_experiment_must_be_a_baseline(empty: Study) -> None:
    async with CockpitApp(empty.root).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app_of(pilot).overview, "the study is read")
        await pilot.press("3")
        await until(pilot, lambda: "No experiment yet" in screen_text(pilot), "what comes first")
        await pilot.press("n")
        asked = await form(pilot)
        assert asked.values["kind"] == "baseline"


async def test_code_is_checked_and_read_over_the_list(study: Study) -> None:
    script = find_experiment(study, "2").folder / "leak.py"
    script.write_text(LEAK)
    async with CockpitApp(study.root).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        app_of(pilot).perform("check code", {"path": study.relative(script)})
        await until(pilot, lambda: "C101 leak.py:7" in screen_text(pilot), "the finding")
        script.write_text("print('two'\n")
        app_of(pilot).perform("check code", {"path": study.relative(script)})
        await until(pilot, lambda: "not read, syntax error" in screen_text(pilot), "why not")
        await pilot.press("escape")
        assert not page_of(pilot).is_open


async def test_a_run_named_elsewhere_is_watched(study: Study) -> None:
    async with CockpitApp(study.root).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        app_of(pilot).go(3, "run:1")
        await until(pilot, lambda: page_of(pilot).watching.watched, "the run is watched")
        await until(pilot, lambda: "done" in screen_text(pilot), "its end is told")
        keys = ("plus", "comma", "full_stop", "minus", "i", "comma", "L", "s", "tab", "j", "k", "G")
        await pilot.press(*keys)
        assert page_of(pilot).is_watching


async def test_the_watch_is_narrowed_laid_over_others_and_its_output_read(study: Study) -> None:
    async with CockpitApp(study.root).run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        app_of(pilot).go(3, "run:1")
        watching = page_of(pilot).watching
        await until(pilot, lambda: watching.watched, "the run is watched")
        await pilot.press("slash", *"val")
        await until(pilot, lambda: "1 of 2 metrics hold val" in screen_text(pilot), "at once")
        assert watching.watched is not None
        assert [metric.name for metric in watching.watched.shown] == ["val_loss"]
        await pilot.press("enter", "escape")
        await until(pilot, lambda: len(watching.watched.shown) == 2, "all again")  # type: ignore[union-attr]
        assert page_of(pilot).is_watching

        await pilot.press("o")
        await until(pilot, lambda: "no other run of the same code" in screen_text(pilot), "seeds")
        await pilot.press("m", "o", "o", "o", "tab", "p", "t")
        await until(
            pilot,
            lambda: {one.axis for one in watching.watched.series} == {"time"},  # type: ignore[union-attr]
            "against time",
        )
        assert (watching.view.marked, watching.view.pins) == ((1,), ("val_loss",))
        assert watching.watched.shown[0].name == "val_loss"

        await pilot.press("f", *"said", "space", "7", "enter")
        await until(pilot, lambda: "with said 7: 4 of 40 lines" in screen_text(pilot), "found")
        await pilot.press("w", "w")
        await until(pilot, lambda: "warnings and errors, with said 7: 0" in screen_text(pilot))
        panels = ("metrics  tab chooses", "machine", "no alarm. Looked for", "no note yet")
        for words in (*panels, "with said 7"):
            await pilot.press("v")
            await until(pilot, lambda words=words: words in screen_text(pilot), words)
        await pilot.press("f", "escape")
        assert page_of(pilot).is_watching and not watching.below.reading.words


async def test_a_note_is_written_on_the_watched_run_and_read_again(study: Study) -> None:
    async with CockpitApp(study.root).run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        app_of(pilot).go(3, "run:1")
        await until(pilot, lambda: page_of(pilot).watching.watched, "the run is watched")
        await pilot.press("n")
        asked = await form(pilot)
        assert asked.form.title == "Note on 001-the-mean/01, seed 0"
        await pilot.press("f2")
        await until(pilot, lambda: "needed" in screen_text(pilot), "an empty note is refused")
        await pilot.press(*"it is calm", "enter", *"after 7", "f2")
        await until(pilot, lambda: "note  it is calm after 7" in screen_text(pilot), "the head")
        assert page_of(pilot).is_watching
        await pilot.press("v", "v", "v", "v")
        await until(pilot, lambda: "  after 7" in screen_text(pilot), "line by line")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: "it is calm after 7" in screen_text(pilot), "under its run")
        app_of(pilot).perform("search", {"words": "calm"})
        await form(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: "note  001-the-mean/01" in screen_text(pilot), "the hit")
        await pilot.press("enter")
        await until(pilot, lambda: page_of(pilot).is_watching, "and leads to its run")
    with study.read() as ledger:
        (note,) = notes_of_run(ledger, 1)
    assert note.text == "it is calm\nafter 7"


async def test_a_note_from_the_palette_asks_for_the_run(study: Study) -> None:
    async with CockpitApp(study.root).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        app_of(pilot).perform("note", {})
        asked = await form(pilot)
        assert set(asked.values) == {"run", "text"}
        await pilot.press("9", "tab", *"seen", "f2")
        await until(pilot, lambda: "no run is called" in screen_text(pilot), "the refusal")
        assert asked.values == {"run": "9", "text": "seen"}


async def test_a_study_made_before_there_were_notes_takes_one(tmp_path: Path) -> None:
    old = study_before_notes(tmp_path / "study")
    async with CockpitApp(old.root).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("w")
        await until(pilot, lambda: page_of(pilot).watching.watched, "the run is watched")
        assert schema_of(old) == 1
        await pilot.press("n")
        await form(pilot)
        await pilot.press(*"seen", "f2")
        await until(pilot, lambda: "note  seen" in screen_text(pilot), "the head")


async def test_a_readonly_cockpit_notes_nothing(tmp_path: Path) -> None:
    old = study_before_notes(tmp_path / "study")
    async with CockpitApp(old.root, readonly=True).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("w")
        await until(pilot, lambda: page_of(pilot).watching.watched, "the run is watched")
        await pilot.press("n")
        await until(pilot, lambda: "`note` writes" in screen_text(pilot), "the refusal")
    assert schema_of(old) == 1


async def test_two_runs_are_compared_from_the_watch_and_by_the_palettes_verb(study: Study) -> None:
    (find_experiment(study, "1").folder / "train.py").write_text("print('shorter')\n")
    run_to_its_end(study, 1)
    async with CockpitApp(study.root).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        app = app_of(pilot)
        app.go(3, "run:2")
        await until(pilot, lambda: page_of(pilot).watching.pair == (1, 2), "another run is there")
        await pilot.press("D")
        await until(pilot, lambda: "code: 1 of 1 differ" in screen_text(pilot), "what differs")
        shown = screen_text(pilot)
        assert "run 1 001-the-mean/01 → run 2 001-the-mean/02" in shown
        assert "+print('shorter')" in shown and " Diff ─" in shown
        await pilot.press("escape")
        assert page_of(pilot).is_watching

        await pilot.press("J")
        await until(pilot, lambda: page_of(pilot).watching.run_id == 1, "the older run")
        await pilot.press("m", "K", "D")
        await until(pilot, lambda: "code: 1 of 1 differ" in screen_text(pilot), "with the marked")
        await pilot.press("escape")
        app.perform("diff")
        asked = await form(pilot)
        assert asked.values == {"run": "2", "other": "", "shown": "what differs"}
        await pilot.press("f2")
        await until(pilot, lambda: "code: 1 of 1 differ" in screen_text(pilot), "by the verb")


async def test_a_lone_run_offers_no_comparison(study: Study) -> None:
    async with CockpitApp(study.root).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        app_of(pilot).go(3, "run:1")
        await until(pilot, lambda: page_of(pilot).watching.watched, "the run is watched")
        assert COMPARE not in page_of(pilot).keys
        await pilot.press("D")
        await until(pilot, lambda: "nothing to compare with" in screen_text(pilot), "why not")


def _live(study: Study) -> list[RunRecord]:
    ingest(study)
    with study.read() as ledger:
        return [run for run in list_runs(study, ledger) if run.is_going_on]


def _ids(study: Study) -> list[int]:
    return [run.id for run in loop_snapshot(study).runs if run.name.startswith("003")]


def _last(page: LoopPage) -> int:
    return page.watching.watched.last if page.watching.watched else 0
