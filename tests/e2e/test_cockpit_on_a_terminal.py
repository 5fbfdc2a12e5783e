"""The real program on a real pty, worked by keys and read back with pyte."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyte
import pytest

Open = Callable[..., Any]

NEXT = "NEXT"


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_title_help_and_quit(cockpit: Open, study: Path, columns: int, rows: int) -> None:
    terminal = cockpit(study, columns=columns, rows=rows)
    shown = terminal.wait_for("flight-delays", NEXT, "CPU")
    assert "0 Overview" in shown.splitlines()[0]
    assert "Graduation" in shown
    terminal.press("?")
    terminal.wait_for("Keys", "next page")
    terminal.press("G")
    terminal.wait_for("light or dark", "blocked")
    terminal.press("q")
    terminal.wait_for(NEXT, absent="light or dark")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


def test_phases_palette_and_the_way_back(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    terminal.press("4")
    terminal.wait_for("no experiment yet", "4 Evaluation")
    terminal.press("0")
    terminal.wait_for("last verdicts")
    terminal.press(":")
    terminal.wait_for("next step")
    terminal.press("quit")
    terminal.wait_for("leave the cockpit")
    terminal.press("\x1b")
    terminal.wait_for("last verdicts", absent="leave the cockpit")
    terminal.press("\x03")
    assert terminal.wait_for_exit() == 0


def test_keys_before_the_first_frame(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.press("3jkGg0lh?")
    terminal.wait_for("esc closes")
    terminal.press("\x1b")
    terminal.wait_for(NEXT)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


def test_a_saved_objective_shows_by_itself(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for("no objective")
    (study / "OBJECTIVE.md").write_text(
        "---\nquestion: Is it the weather?\n---\n", encoding="utf-8"
    )
    terminal.wait_for("draft", absent="no objective")


def test_a_study_that_goes_away_and_comes_back(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    aside = study.with_name("aside")
    study.rename(aside)
    shown = terminal.wait_for("blocked", "read before")
    assert "Traceback" not in shown
    shutil.copytree(aside, study)
    terminal.wait_for(NEXT, absent="read before")


def test_a_ledger_that_breaks(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    ledger = study / ".grd" / "ledger.db"
    whole = ledger.read_bytes()
    ledger.write_bytes(b"not a database " * 400)
    terminal.wait_for("the ledger cannot be read")
    ledger.write_bytes(whole)
    terminal.wait_for(NEXT, absent="cannot be read")


def test_readonly_writes_nothing(cockpit: Open, study: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in study.rglob("*") if path.is_file()}
    terminal = cockpit(study, "--readonly")
    terminal.wait_for(NEXT)
    (study / "OBJECTIVE.md").write_text("---\n---\n", encoding="utf-8")
    terminal.wait_for("draft")
    terminal.press("q")
    terminal.wait_for_exit()
    after = {path.name: path.stat().st_mtime_ns for path in study.rglob("*") if path.is_file()}
    assert {name: after[name] for name in before} == before


def test_ascii_draws_ascii(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study, "--ascii")
    shown = terminal.wait_for(NEXT, "CPU")
    assert shown.isascii(), {char for char in shown if not char.isascii()}


def test_no_colour_sends_no_colour(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study, NO_COLOR="1")
    terminal.wait_for(NEXT)
    colours = {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()}
    grey = {colour for colour in colours if colour[0:2] == colour[2:4] == colour[4:6]}
    assert colours <= grey | {"default"}


def test_resize_storm(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    for columns, rows in [(40, 10), (200, 60), (20, 5), (1, 1), (110, 30), (3, 40), (80, 24)] * 3:
        terminal.resize(columns, rows)
        terminal.read(0.02)
    terminal.wait_for(NEXT, "1▶ Recon", "q quit")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


def test_a_size_that_changes_and_comes_back_at_once(cockpit: Open, study: Path) -> None:
    """The terminal cropped what it showed; the application may have seen no change at all."""
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    terminal.resize(3, 2)
    terminal.resize(80, 24)
    terminal.wait_for(NEXT, "1▶ Recon", "q quit")


def test_the_terminal_goes_away(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    terminal.hang_up()
    assert terminal.wait_for_exit() == 128 + signal.SIGHUP


def test_asked_to_end_it_gives_the_terminal_back(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait_for_exit() == 128 + signal.SIGTERM
    terminal.read(0.2)
    assert pyte.modes.DECTCEM in terminal.screen.mode


def test_nobody_reads_and_then_the_link_drops(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    for _ in range(40):
        terminal.press("T")
    time.sleep(2.5)
    terminal.hang_up()
    assert terminal.wait_for_exit() == 128 + signal.SIGHUP


def test_nobody_reads_and_it_is_asked_to_end(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    for _ in range(40):
        terminal.press("T")
    time.sleep(2.5)
    os.kill(terminal.pid, signal.SIGTERM)
    time.sleep(2.5)
    assert terminal.wait_for_exit() == 128 + signal.SIGTERM


def test_stop_and_continue(cockpit: Open, study: Path) -> None:
    terminal = cockpit(study)
    terminal.wait_for(NEXT)
    terminal.press("\x1a")
    terminal.read(0.5)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.press("4")
    terminal.wait_for("no experiment yet")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
