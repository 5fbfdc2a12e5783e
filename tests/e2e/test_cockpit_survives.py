"""The cockpit under a terminal, a keyboard, workers and files that misbehave."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from tests.e2e.conftest import Open, Terminal
from tests.e2e.judged import (
    ESC,
    FORM,
    PAGES,
    REVIEW_S,
    SUBMIT,
    body,
    settle,
    wait_until,
)
from tests.e2e.shell import grd
from tests.small_study import OBJECTIVE, copy_of

STORM = ((40, 10), (200, 60), (20, 5), (1, 1), (110, 30), (3, 40), (2, 2), (80, 24))


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    """Three experiments, run and reviewed."""
    return copy_of(judged_once, tmp_path / "tides")


def storm(terminal: Terminal) -> None:
    for columns, rows in STORM:
        terminal.resize(columns, rows)
        terminal.read(0.02)


def is_whole_again(terminal: Terminal, before: str) -> None:
    """Wait until everything is shown again as it was."""
    wait_until(terminal, lambda: body(terminal) == before, told=before)


def test_sizes_that_storm_leave_every_page_form_and_the_critic_whole(
    judged: Study, cockpit: Open
) -> None:
    terminal = cockpit(judged.root)
    terminal.wait_for("NEXT", PAGES["0"])
    for key, words in PAGES.items():
        terminal.press(key)
        terminal.wait_for(words)
        before = settle(terminal)
        storm(terminal)
        is_whole_again(terminal, before)
    terminal.press("3")
    terminal.wait_for(PAGES["3"])
    terminal.press("n")
    terminal.wait_for("New experiment", FORM)
    before = settle(terminal)
    storm(terminal)
    is_whole_again(terminal, before)
    terminal.press(ESC)
    terminal.wait_for(PAGES["3"], absent=FORM)
    terminal.press("c")
    terminal.wait_for("Critic")
    storm(terminal)
    terminal.wait_for("would be", limit_s=REVIEW_S)
    before = settle(terminal)
    storm(terminal)
    is_whole_again(terminal, before)


@pytest.mark.parametrize("typed", ["3nquiet quality queen", "nquiet quality queen"])
def test_what_is_typed_ahead_lands_in_the_form(judged: Study, cockpit: Open, typed: str) -> None:
    """The first in one piece before anything is drawn, the second once the page is."""
    terminal = cockpit(judged.root)
    if not typed.startswith("3"):
        terminal.wait_for("NEXT")
        terminal.press("3")
        terminal.wait_for(PAGES["3"])
    terminal.press(typed)
    terminal.wait_for("New experiment", "quiet quality queen", FORM)
    terminal.press(ESC)
    terminal.wait_for(PAGES["3"], absent=FORM)


def test_keys_after_a_form_that_was_given_up_are_the_pages(judged: Study, cockpit: Open) -> None:
    terminal = cockpit(judged.root)
    terminal.wait_for("NEXT")
    terminal.press("3")
    terminal.wait_for(PAGES["3"])
    terminal.press("nqq")
    terminal.press(ESC)
    terminal.read(0.6)
    terminal.press(ESC)
    terminal.read(0.6)
    terminal.press("4")
    terminal.wait_for(PAGES["4"], absent=FORM)


def test_to_the_shell_and_back(judged: Study) -> None:
    """As from a shell with job control, which alone can stop a program by its terminal."""
    script = f'set -m; "{sys.executable}" -m grd_tui "{judged.root}"; echo AT-THE-SHELL; read; fg'
    env = {**os.environ, "TERM": "xterm-256color"}
    terminal = Terminal(["/bin/bash", "-c", script], columns=80, rows=24, env=env)
    try:
        terminal.wait_for("NEXT", PAGES["0"])
        terminal.press("3")
        terminal.wait_for(PAGES["3"])
        before = settle(terminal)
        terminal.press("\x1a")
        terminal.wait_for("AT-THE-SHELL")
        terminal.resize(60, 20)
        terminal.resize(80, 24)
        terminal.press("\n")
        is_whole_again(terminal, before)
        terminal.press("4")
        terminal.wait_for(PAGES["4"])
        terminal.press("q")
        terminal.wait_for_exit()
    finally:
        terminal.close()


def test_two_cockpits_and_a_form_that_came_too_late(judged: Study, cockpit: Open) -> None:
    looser = OBJECTIVE.replace("minimum_effect: 0.01", "minimum_effect: 0.005")
    judged.objective_path.write_text(looser)
    first, second = cockpit(judged.root), cockpit(judged.root)
    for terminal in (first, second):
        terminal.wait_for("NEXT", "loosened")
        terminal.press("2")
        terminal.wait_for("a amend")
        terminal.press("a")
        terminal.wait_for("reason", FORM)
        terminal.press("a smaller gain is still worth the sensor")
        terminal.wait_for("the sensor")
    first.press(SUBMIT)
    # The form itself says what the next version will be: only the title says that it is.
    first.wait_for("objective v2 locked", absent=FORM)
    second.press(SUBMIT)
    shown = second.wait_for("✖", FORM)
    assert "Traceback" not in shown
    second.press(ESC)
    second.wait_for("objective v2 locked", absent=FORM)


def test_a_study_that_changes_under_the_page(judged: Study, cockpit: Open) -> None:
    terminal = cockpit(judged.root)
    terminal.wait_for("NEXT")
    terminal.press("3")
    terminal.wait_for(PAGES["3"])
    said = ("--reason", "the wind does not move the water here", "--lesson", "wind is no moon")
    more = ("--would-change", "a gauge out at sea, in storms", "--answer", "original")
    done = grd(judged.root, "decide", "3", "archive", *said, *more)
    assert done.returncode == 0, done.stderr
    terminal.wait_for("archived")
    folder = find_experiment(judged, "2").folder
    folder.rename(folder.with_name("elsewhere"))
    terminal.wait_for("folder is gone")
    folder.with_name("elsewhere").rename(folder)
    terminal.wait_for(PAGES["3"], absent="folder is gone")
    terminal.press("2")
    terminal.wait_for(PAGES["2"])
    judged.objective_path.write_text(OBJECTIVE.replace("threshold: 1.0", "threshold: 2.0"))
    terminal.wait_for("1 loosened", "a amend")
    judged.objective_path.write_text(OBJECTIVE)
    terminal.wait_for("in sync", absent="1 loosened")
    terminal.press("7")
    terminal.wait_for(PAGES["7"])
    aside = judged.root / "aside"
    shutil.move(judged.root / ".grd", aside)
    assert "Traceback" not in terminal.wait_for("blocked", "read before")
    shutil.move(aside, judged.root / ".grd")
    terminal.wait_for(PAGES["7"], absent="read before")
