"""The Gate by keys, over a study that was really run: read in order, decided, held to it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from textual.pilot import Pilot

from grd_core.history.decisions import decisions_of
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from grd_tui.app import CockpitApp
from tests.screens.driving import screen_text, shows, typed, until

SIZES = ((80, 24), (120, 40))


async def read_all(pilot: Pilot[int]) -> None:
    """From the list to the question; a section longer than the screen takes several."""
    await shows(pilot, "WAITING FOR A DECISION")
    await pilot.press("enter")
    await shows(pilot, "read 0 of 6 before deciding")
    for _ in range(40):
        await pilot.press("space")
        await pilot.pause()
        if "Did we answer the original question" in screen_text(pilot):
            return
    raise AssertionError(screen_text(pilot))


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_order_cannot_be_skipped(evaluated: Study, size: tuple[int, int]) -> None:
    async with CockpitApp(evaluated.root).run_test(size=size) as pilot:
        await pilot.press("5")
        await shows(pilot, "WAITING FOR A DECISION  3", "003-the-wind")
        await pilot.press("j", "enter")
        await shows(pilot, "① ▶", "read 0 of 6")
        await pilot.press("space", "space")
        await shows(pilot, "① ✔  ② ✔  ③ ▶", "read 2 of 6")
        await pilot.press("S")
        await shows(pilot, "read ③ ④ ⑤ ⑥ first: space")
        assert len(pilot.app.screen_stack) == 1


async def test_what_was_read_stays_read(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon")
        await pilot.press("j", "enter")
        await shows(pilot, "read 0 of 6")
        await pilot.press("space", "space", "escape")
        await shows(pilot, "WAITING FOR A DECISION")
        await pilot.press("enter")
        await shows(pilot, "read 2 of 6", "③ ▶")


async def test_a_blocked_seal_names_the_key_that_leads_to_its_cause(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await shows(pilot, "003-the-wind")
        await read_all(pilot)
        await shows(pilot, "✖ blocked", "its last verdict is ESCALATE", "3 Loop", "4 Evaluation")
        await pilot.press("S")
        await shows(pilot, "seal is blocked: its last verdict is ESCALATE (and 1 more, above)")
        assert len(pilot.app.screen_stack) == 1


async def test_a_refuted_claim_is_archived_with_its_lesson(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await shows(pilot, "003-the-wind")
        await read_all(pilot)
        await pilot.press("A")
        await shows(pilot, "Archive 003-the-wind", "experiments/negative_results")
        await pilot.press("right", "tab")
        await typed(pilot, "the wind tells nothing of the tide")
        await pilot.press("tab")
        await typed(pilot, "wind is no moon")
        await pilot.press("tab")
        await typed(pilot, "a storm in the data")
        await pilot.press("f2")
        await shows(pilot, "files now", "experiments/negative_results/003-the-wind")
    assert find_experiment(evaluated, "3").state == "archived"


async def test_a_seal_wants_the_name_of_the_study(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon")
        await pilot.press("j")
        await read_all(pilot)
        await pilot.press("S")
        await shows(pilot, "Seal 002-the-moon")
        await pilot.press("right", "tab")
        await typed(pilot, "the moon beats the mean")
        await pilot.press("tab", "tab")
        await typed(pilot, "tide")
        await pilot.press("f2")
        await shows(pilot, "type tides")
        assert find_experiment(evaluated, "2").state == "open"
        await typed(pilot, "s")
        await pilot.press("f2")
        await shows(pilot, "files now", "experiments/exploration/002-the-moon")
    assert find_experiment(evaluated, "2").state == "sealed"


async def test_evidence_that_changes_while_it_is_read_is_read_again(evaluated: Study) -> None:
    script = find_experiment(evaluated, "2").folder / "train.py"
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon")
        await pilot.press("j")
        await read_all(pilot)
        script.write_text(script.read_text() + "# another line\n")
        await shows(pilot, "the evidence changed while it was read")
        await pilot.press("S")
        await shows(pilot, "r takes up what stands now")
        await pilot.press("r")
        await shows(pilot, "read 0 of 6")
        assert len(pilot.app.screen_stack) == 1


async def test_words_outlive_the_evidence_they_were_written_on(evaluated: Study) -> None:
    script = find_experiment(evaluated, "2").folder / "train.py"
    async with CockpitApp(evaluated.root).run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon")
        await pilot.press("j")
        await read_all(pilot)
        await pilot.press("A")
        await shows(pilot, "Archive 002-the-moon")
        await pilot.press("right", "tab")
        await typed(pilot, "the moon is far away")
        script.write_text(script.read_text() + "# another line\n")
        await pilot.press("escape")
        await shows(pilot, "the evidence changed while it was read")
        await pilot.press("r", "escape")
        await read_all(pilot)
        await pilot.press("A")
        await shows(pilot, "Archive 002-the-moon", "the moon is far away")


async def test_a_name_that_confirms_is_typed_each_time(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon")
        await pilot.press("j")
        await read_all(pilot)
        await pilot.press("S")
        await shows(pilot, "Seal 002-the-moon")
        await pilot.press("right", "tab")
        await typed(pilot, "the moon beats the mean")
        await pilot.press("tab", "tab")
        await typed(pilot, "tides")
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await pilot.press("S")
        await shows(pilot, "the moon beats the mean", "type tides")


async def test_the_key_line_names_only_what_does_something(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon", "read  ? help")
        await pilot.press("enter")
        await shows(pilot, "space read on  r again  esc list")
        await pilot.press("escape")
        await read_all(pilot)
        await shows(pilot, "S seal  I iterate  A archive  p before  r again  esc list")


async def test_a_seal_the_files_forbid_is_not_called_sealable(evaluated: Study) -> None:
    script = find_experiment(evaluated, "2").folder / "train.py"
    async with CockpitApp(evaluated.root).run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon", "✔ sealable")
        await pilot.press("j")
        script.write_text(script.read_text() + "# another line\n")
        await shows(pilot, "? changed since", "3           002-the-moon: its verdict")


async def test_evidence_that_is_back_as_it_was_is_read_already(evaluated: Study) -> None:
    script = find_experiment(evaluated, "2").folder / "train.py"
    before = script.read_text()
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await shows(pilot, "002-the-moon")
        await pilot.press("j")
        await read_all(pilot)
        script.write_text(before + "# another line\n")
        await shows(pilot, "the evidence changed while it was read")
        script.write_text(before)
        await until(pilot, lambda: "changed while it was read" not in screen_text(pilot))
        await shows(pilot, "read all 6: now decide")


async def test_the_palette_decides_nothing_unread(evaluated: Study) -> None:
    async with CockpitApp(evaluated.root).run_test(size=(80, 24)) as pilot:
        pilot.app.perform("decide")  # type: ignore[attr-defined]
        await shows(pilot, "a decision is made where its evidence is read", "5 opens the Gate")
        pilot.app.perform("gate", {"experiment": "2"})  # type: ignore[attr-defined]
        await shows(pilot, "002-the-moon", "read 0 of 6")
    with evaluated.read() as ledger:
        kinds = {line.kind for line in decisions_of(ledger)}
    assert not kinds & {"seal", "iterate", "archive"}


READS = """
import sys
from pathlib import Path
from grd_core.study import Study
from grd_screens.pages.gate.query import gather, read_gate
from grd_screens.pages.gate.reading import Marks
study = Study(Path(sys.argv[1]))
read_gate(study, 2)
Marks().opened(gather(study, 2).evidence)
print(*sorted({"pandas", "numpy", "scipy", "sklearn", "pyarrow", "torch"} & set(sys.modules)))
"""


def test_nothing_heavy_is_imported_to_gather_evidence(evaluated: Study) -> None:
    command = [sys.executable, "-c", READS, str(evaluated.root)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
