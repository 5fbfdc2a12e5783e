"""Notes as the watch and the details say them: whole, in one line, under their run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content

from grd_core.runs.notes import Note
from grd_screens.glyphs import UNICODE
from grd_screens.pages.loop.details import detail_lines
from grd_screens.pages.loop.experiments import Beside
from grd_screens.pages.loop.note_lines import lines_under, newest_lines, note_lines
from grd_screens.pages.loop.reading import LoopContent, Watched
from grd_screens.pages.loop.view import View
from grd_screens.pages.loop.watch_lines import head_lines
from tests.screens.noted import NOTES


def said(lines: list[Content]) -> str:
    return "\n".join(line.plain for line in lines)


def test_all_of_them_are_read_whole_the_newest_first() -> None:
    text = said(note_lines(NOTES, 60))
    assert text.index("jumps") < text.index("calm") < text.index("lr was")
    assert "  jumps <1B>]0;mine<07> <202E>back\n" in text
    assert " ".join(text.split()).count("that is long") == 20
    assert "Ada <1B>[1m  2026-11-02" in text
    assert "ada@" not in text
    assert "n writes what you saw" in said(note_lines((), 60))


@pytest.mark.parametrize("width", [8, 20, 40, 78, 140])
def test_no_line_is_wider_than_the_screen_or_acts_on_it(width: int) -> None:
    for lines in (
        note_lines(NOTES, width),
        newest_lines(NOTES, width),
        newest_lines(NOTES[:1], width),
        lines_under(NOTES, 10, width),
    ):
        assert all(line.cell_length <= width for line in lines)
        assert not set("\x1b\x07\u202e") & set(said(lines))


def test_the_head_begins_the_newest_and_says_how_to_read_the_rest(watched: Watched) -> None:
    def head(*notes: Note) -> str:
        snapshot = replace(watched.snapshot, notes=notes)
        return said(head_lines(replace(watched, snapshot=snapshot), View(), 0.0, UNICODE, 78))

    assert head(NOTES[1]).endswith("note  calm")
    assert head(*NOTES[:2]).endswith("note  calm  2 notes: v")
    [line] = [line for line in head(*NOTES).splitlines() if line.startswith("note  ")]
    assert line.startswith("note  jumps <1B>]0;mine<07>")
    assert line.endswith("…  3 notes: v")
    assert "note" not in head()


def test_under_its_run_stand_the_newest_two_and_a_count(detailed: LoopContent) -> None:
    assert detailed.experiment is not None
    shown = replace(detailed.experiment, notes=NOTES)
    text = said(detail_lines(shown, Beside(), UNICODE, 60))
    run_two, _, run_one = text.partition("01 ! crashed")
    assert "calm" in run_two and "jumps <1B>]0" in run_two
    assert "goes on: w, then v" in run_two and "1 older: w, then v" in run_two
    assert "lr was" not in text and "jumps" not in run_one
