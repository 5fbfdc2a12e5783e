"""What was noted on runs: all of it, the newest in one line, and under a run. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.local_time import local_minute, local_short
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, hanging, text

if TYPE_CHECKING:
    from grd_core.runs.notes import Note

UNDER_A_RUN = 2
"""Newest notes shown under a run; the others are counted."""
LINES_UNDER_A_RUN = 3
"""Lines one of them may take there; the watch has it whole."""
_LEAST_ROOM = 12
"""Cells below which a line has no room for the beginning of a note."""


def note_lines(notes: Sequence[Note], width: int) -> list[Content]:
    """Every note in full, the newest first."""
    if not notes:
        return text("no note yet: n writes what you saw", MUTED).wrap(max(1, width))
    lines = text("notes  n writes another", MUTED).wrap(max(1, width))
    for note in reversed(notes):
        label = Content.assemble(
            (printable(_name(note.author)), "bold"), (f"  {local_minute(note.at)}", MUTED)
        )
        lines += label.wrap(max(1, width))
        for line in note.text.split("\n"):
            lines += hanging(Content(""), text(printable(line)), 2, width)
    return lines


def newest_lines(notes: Sequence[Note], width: int) -> list[Content]:
    """How the newest note begins, on one line, and how to read the rest."""
    if not notes:
        return []
    said = printable(notes[-1].text)
    count = len(notes)
    rest = text(f"  {count} notes: v" if count > 1 else "  v", MUTED)
    label = text("note  ", MUTED)
    room = width - label.cell_length - rest.cell_length
    if room < _LEAST_ROOM:
        return text(f"{count} {'note' if count == 1 else 'notes'}: v", MUTED).wrap(max(1, width))
    body = text(said)
    if body.cell_length <= room and count == 1:
        return [label + body]
    return [label + body.truncate(room, ellipsis=True) + rest]


def lines_under(notes: Sequence[Note], indent: int, width: int) -> list[Content]:
    """The newest notes on one run, below its line; the others are counted."""
    lines: list[Content] = []
    for note in reversed(notes[-UNDER_A_RUN:]):
        who = f"{_name(note.author)} {local_short(note.at)}"
        body = Content.assemble((f"{printable(who)}  ", MUTED), printable(note.text))
        set_out = hanging(Content(""), body, indent, width)
        lines += set_out[:LINES_UNDER_A_RUN]
        if len(set_out) > LINES_UNDER_A_RUN:
            lines += hanging(Content(""), text("goes on: w, then v", MUTED), indent, width)
    if len(notes) > UNDER_A_RUN:
        older = text(f"{len(notes) - UNDER_A_RUN} older: w, then v", MUTED)
        lines += hanging(Content(""), older, indent, width)
    return lines


def _name(author: str) -> str:
    """Who it was, without the address that git adds."""
    return author.partition(" <")[0]
