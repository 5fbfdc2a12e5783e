"""The drift view's lines in type: side by side or unified, with a gutter and changed words.

What changed is told by signs and by reversed words, so that it reads without colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.cells import get_character_cell_size
from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.pages.objective.change_text import CHANGE_STYLES, change_glyph, flags
from grd_screens.pages.objective.diff_items import UNTOLD, Fold, Item, Line, Named
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, text

if TYPE_CHECKING:
    from grd_core.objective.diff_lines import DiffRow, Span

Arrangement = Literal["side by side", "unified"]

_LEAST_TEXT = 8


@dataclass(frozen=True, slots=True)
class Sheet:
    """How lines are set: the arrangement, the width in cells, the digits of the largest line
    number on either side, and the results seen by now."""

    arrangement: Arrangement
    width: int
    digits: int
    results: int
    glyphs: Glyphs

    @property
    def column(self) -> int:
        """Cells of one side's text."""
        if self.arrangement == "unified":
            return max(_LEAST_TEXT, self.width - 2 * self.digits - 6)
        return max(_LEAST_TEXT, (self.width - 3) // 2 - self.digits - 3)


def height(item: Item, sheet: Sheet) -> int:
    """How many lines an item takes; cheap, since it is asked of every item."""
    if isinstance(item, Fold):
        return 1
    if isinstance(item, Named):
        return len(_named(item, sheet))
    row, column = item.row, sheet.column
    if sheet.arrangement == "side by side" or row.kind == "same":
        before = len(breaks(printable(row.before_text), column)) if row.before_no else 0
        if row.kind == "same":
            return before
        after = len(breaks(printable(row.after_text), column)) if row.after_no else 0
        return max(before, after)
    return sum(
        len(breaks(printable(side), column))
        for number, side in ((row.before_no, row.before_text), (row.after_no, row.after_text))
        if number
    )


def lines_of(item: Item, sheet: Sheet, mark_style: str = "") -> list[Content]:
    """An item in type; with a style the name of a change is marked as where the cursor is."""
    if isinstance(item, Fold):
        return [_fold(item, sheet)]
    if isinstance(item, Named):
        lines = _named(item, sheet)
        mark = text(f"{sheet.glyphs.cursor} " if mark_style else "  ", mark_style)
        return [mark + lines[0], *(text("  ") + line for line in lines[1:])]
    if sheet.arrangement == "unified":
        return _unified(item, sheet)
    return _side_by_side(item, sheet)


def breaks(value: str, width: int) -> list[tuple[int, int]]:
    """Where a line is broken to be at most `width` cells wide: between words where it can be."""
    found: list[tuple[int, int]] = []
    at, end = 0, len(value)
    ascii_only = value.isascii()
    while True:
        limit = min(at + width, end) if ascii_only else _reach(value, at, width)
        if limit >= end:
            return [*found, (at, end)]
        cut = value.rfind(" ", at, limit + 1)
        if cut <= at or value[at:cut].isspace():
            cut, onward = max(limit, at + 1), max(limit, at + 1)
        else:
            onward = cut + 1
        found.append((at, cut))
        at = onward


def _reach(value: str, at: int, width: int) -> int:
    """How far characters fit into a width from `at` on."""
    cells = 0
    while at < len(value):
        cells += get_character_cell_size(value[at])
        if cells > width:
            return at
        at += 1
    return at


def _named(item: Named, sheet: Sheet) -> list[Content]:
    """The change's name and, where one was recorded, its amendment and reason."""
    change = item.change
    name = Content.assemble(
        (f"{change_glyph(item.classification, sheet.glyphs)} ", CHANGE_STYLES[item.classification]),
        (item.classification, CHANGE_STYLES[item.classification]),
        "  ",
        (printable(item.field) or "one side cannot be read as an objective", "bold"),
    )
    room = max(1, sheet.width - 2)
    if change is None:
        return name.wrap(room)
    for part in flags(change, sheet.results):
        name = name + text(f" {sheet.glyphs.separator} ", MUTED) + part
    lines = name.wrap(room)
    if change.amendment is not None:
        amended = change.amendment
        reason = Content.assemble(
            (f"v{amended.version}, {amended.at[:10]}, {printable(amended.author)}: ", MUTED),
            printable(amended.reason),
        )
        lines += reason.wrap(room)
    return lines


def _fold(item: Fold, sheet: Sheet) -> Content:
    same = f"{item.lines:,} lines the same" if item.lines != 1 else "1 line the same"
    return text(f"  {sheet.glyphs.gap} {same}", MUTED)


def _unified(item: Line, sheet: Sheet) -> list[Content]:
    row = item.row
    digits = sheet.digits
    if row.kind == "same":
        gutter = f"{row.before_no:>{digits}} {row.after_no:>{digits}}     "
        return _with_gutter(text(gutter, MUTED), _broken(row.before_text, sheet))
    lines: list[Content] = []
    if row.before_no:
        numbers = f"{row.before_no:>{digits}} {'':>{digits}} "
        lines += _with_gutter(
            Content.assemble((numbers, MUTED), _sign("-", row, sheet)), _side(row, 0, sheet)
        )
    if row.after_no:
        numbers = f"{'':>{digits}} {row.after_no:>{digits}} "
        lines += _with_gutter(
            Content.assemble((numbers, MUTED), _sign("+", row, sheet)), _side(row, 1, sheet)
        )
    return lines


def _sign(sign: str, row: DiffRow, sheet: Sheet) -> Content:
    style = CHANGE_STYLES[row.classification or UNTOLD]
    glyph = change_glyph(row.classification or UNTOLD, sheet.glyphs)
    return Content.assemble((sign, "bold"), " ", (f"{glyph} ", style))


def _side_by_side(item: Line, sheet: Sheet) -> list[Content]:
    row = item.row
    glyph, style = sheet.glyphs.bar, "$rule"
    if row.kind != "same":
        style = CHANGE_STYLES[row.classification or UNTOLD]
        glyph = change_glyph(row.classification or UNTOLD, sheet.glyphs)
    left = _half(row, 0, "-" if row.kind != "same" else " ", sheet)
    right = _half(row, 1, "+" if row.kind != "same" else " ", sheet)
    blank = Content(" " * (sheet.column + sheet.digits + 3))
    lines = []
    for at in range(max(len(left), len(right))):
        before = left[at] if at < len(left) else blank
        after = right[at] if at < len(right) else blank
        middle = text(f" {glyph} ", style) if at == 0 else text(f" {sheet.glyphs.bar} ", "$rule")
        lines.append(before + middle + after)
    return lines


def _half(row: DiffRow, side: int, sign: str, sheet: Sheet) -> list[Content]:
    number = (row.before_no, row.after_no)[side]
    if not number:
        return []
    body = (
        _broken((row.before_text, row.after_text)[side], sheet)
        if row.kind == "same"
        else _side(row, side, sheet)
    )
    gutter = Content.assemble((f"{number:>{sheet.digits}} ", MUTED), (f"{sign} ", "bold"))
    lines = _with_gutter(gutter, body)
    full = sheet.column + sheet.digits + 3
    return [line.pad_right(max(0, full - line.cell_length)) for line in lines]


def _with_gutter(gutter: Content, lines: list[Content]) -> list[Content]:
    margin = Content(" " * gutter.cell_length)
    return [(margin if at else gutter) + line for at, line in enumerate(lines)]


def _broken(value: str, sheet: Sheet) -> list[Content]:
    shown = printable(value)
    return [text(shown[start:end]) for start, end in breaks(shown, sheet.column)]


def _side(row: DiffRow, side: int, sheet: Sheet) -> list[Content]:
    """One side of a row that differs: what went is muted, what changed within it reversed."""
    parts: tuple[Span, ...] = (row.before_parts, row.after_parts)[side]
    base = MUTED if side == 0 else ""
    whole = row.kind != "changed"
    line = Content.assemble(
        *(
            (printable(part.text), f"{base} reverse" if part.changed and not whole else base)
            for part in parts
        )
    )
    wanted = len(breaks(printable((row.before_text, row.after_text)[side]), sheet.column))
    lines = [line[start:end] for start, end in breaks(line.plain, sheet.column)]
    # Escaped pieces may break elsewhere than the escaped line; its height is settled.
    return [*lines[:wanted], *[Content("")] * (wanted - len(lines))]


def digits_of(rows: tuple[DiffRow, ...]) -> int:
    """Digits of the largest line number; at least 3, so that a small file does not jump."""
    last = max((max(row.before_no, row.after_no) for row in rows[-2:]), default=0)
    return max(3, len(str(last)))
