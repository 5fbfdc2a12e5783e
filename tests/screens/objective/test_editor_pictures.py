"""The editor as it looks: a problem, a line that goes on, drift as it would be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from grd_core.objective.prospect import Prospect, ProspectiveDrift
from grd_core.objective.snapshot import ProblemLine
from grd_core.study import Study
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.pages.objective.editor.below import Below, below_lines
from grd_screens.pages.objective.editor.screen import EditorScreen
from tests.screens.driving import at_rest, opened, typed, until
from tests.small_study import copy_of

Compare = Callable[..., bool]


def edited(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Open the editor; a key with more than one letter behind `=` is typed."""

    async def run(pilot: Pilot[int]) -> None:
        await opened(pilot, 2)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, EditorScreen), "the editor")
        await at_rest(pilot)
        for key in keys:
            await (typed(pilot, key[1:]) if key.startswith("=") else pilot.press(key))
        await at_rest(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, EditorScreen)
        await until(pilot, lambda: screen.look is not None, "the check")
        await at_rest(pilot)

    return run


TO_THRESHOLD = (*["down"] * 10, "end")


@pytest.mark.parametrize(
    ("size", "keys", "kind"),
    [
        ((80, 24), (*TO_THRESHOLD, "=x"), "unicode"),
        ((120, 40), (*TO_THRESHOLD, "backspace", "5"), "unicode"),
        ((80, 24), (*TO_THRESHOLD, "enter", "=    rea"), "ascii"),
        ((120, 40), (*TO_THRESHOLD, "=x"), "NO_COLOR"),
    ],
    ids=["problem narrow", "drift wide", "goes on, ascii", "problem wide, no colour"],
)
def test_editor(
    snap_compare: Compare,
    monkeypatch: pytest.MonkeyPatch,
    locked_once: Study,
    tmp_path: Path,
    fed: Callable[..., Any],
    size: tuple[int, int],
    keys: tuple[str, ...],
    kind: str,
) -> None:
    if kind == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    app = fed(copy_of(locked_once, tmp_path / "tides").root, ascii=kind == "ascii")
    assert snap_compare(app, terminal_size=size, run_before=edited(*keys))


def said(prospect: Prospect, line: int, width: int = 80) -> str:
    below = Below(prospect, line=line)
    return "\n".join(line.plain for line in below_lines(below, UNICODE, width))


def test_what_would_be_post_hoc_is_said_before_it_is_saved() -> None:
    drift = ProspectiveDrift(2, "2 loosened, 1 neutral", loosened=2, results=3)
    text = " ".join(said(Prospect((), (), drift), 1).split())
    assert "drift from v2: 2 loosened, 1 neutral" in text
    assert "loosened after 3 results: post hoc for ever if amended" in text
    before = ProspectiveDrift(2, "2 loosened", loosened=2, results=0)
    assert "post hoc" not in said(Prospect((), (), before), 1)


def test_every_problem_of_the_cursors_line_stands_in_full() -> None:
    problems = (
        ProblemLine(7, "a", "is missing", "write it", "warn"),
        ProblemLine(7, "b", "is \x1b[31mwrong", "turn it", "refuse"),
        ProblemLine(0, "", "is no objective", "write one", "refuse"),
    )
    prospect = Prospect(problems, (), None)
    assert "line 7 1/2 b: is <1B>[31mwrong: turn it" in said(prospect, 7)
    assert "line 7 2/2 a: is missing: write it" in said(prospect, 7)
    assert "the file" in said(prospect, 1)
    assert "2 keep it from being locked" in said(prospect, 3)
    assert "1 warning" in said(prospect, 3)
    assert "line" not in said(prospect, 3)


def test_below_the_text_nothing_is_wider_than_the_terminal() -> None:
    drift = ProspectiveDrift(2, "2 loosened, 1 neutral", loosened=2, results=3)
    problem = ProblemLine(1, "metrics[0].threshold", "word " * 30, "fix " * 30, "refuse")
    for glyphs in (UNICODE, ASCII):
        for width in (20, 78, 118):
            lines = below_lines(Below(Prospect((problem,), (), drift)), glyphs, width)
            assert all(line.cell_length <= width for line in lines)
            assert len(lines) <= 8
