"""What lies under a curve: other runs' curves, and the band of several seeds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_screens.widgets.curve import (
    ACROSS,
    DOWN,
    Dots,
    Drawing,
    Ink,
    Range,
    draw,
    extremes_of,
)

if TYPE_CHECKING:
    from grd_core.runs.overlay import Band, BandPiece
    from grd_core.runs.series import Series

Cell = tuple[str, str]
"""A sign and its style."""

NO_CELL: Cell = (" ", "")


@dataclass(frozen=True, slots=True)
class Other:
    """Another run's curve: the letter that stands at its end, and its style."""

    mark: str
    style: str
    series: Series


@dataclass(frozen=True, slots=True)
class Layers:
    """What lies under a curve, cell by cell, and the letters that name it, above everything."""

    under: list[list[Cell]]
    marks: dict[tuple[int, int], Cell]


def layers(
    others: Sequence[Other],
    band: Band | None,
    shown: Range,
    size: tuple[int, int],
    ink: Ink,
    muted: str,
) -> Layers:
    """Draw what lies under a curve; of curves in one cell the first is seen.

    Args:
        others: other runs, the most important first.
        band: several seeds as one, or None.
        shown: which values lie between the bottom and the top.
        size: columns and rows in cells.
        ink: how dots are written.
        muted: the style of the band's shade.
    """
    columns, rows = size
    under = [[NO_CELL] * columns for _ in range(rows)]
    marks: dict[tuple[int, int], Cell] = {}
    if band is not None:
        shade, middle = shaded(band.pieces, shown, columns, rows)
        _lay(under, shade, ink.shade, muted)
        _lay(under, middle, ink.cell, "bold")
    for other in reversed(others):
        drawing = draw(other.series.buckets, shown, columns, rows, 0.0)
        _lay(under, drawing.dots, ink.cell, other.style)
        if (end := _end(drawing)) is not None:
            row, column = end
            # Curves that end in one cell have their letters beside each other.
            while (row, column) in marks and column:
                column -= 1
            marks[row, column] = (other.mark, f"bold {other.style}")
    return Layers(under, marks)


def shaded(pieces: Sequence[BandPiece], shown: Range, columns: int, rows: int) -> tuple[Dots, Dots]:
    """A band as every second dot between its edges, and its median as a line."""
    shade, middle = Dots(columns, rows), Dots(columns, rows)
    before: tuple[int, int] | None = None
    for index, piece in enumerate(pieces):
        edges = extremes_of(piece.low, piece.high, shown.scale)
        if edges is None or piece.median is None:
            before = None
            continue
        begin = index * shade.width // len(pieces)
        end = max(begin + 1, (index + 1) * shade.width // len(pieces))
        bottom, top = (shown.row_of(value, shade.height) for value in edges)
        for x in range(begin, end):
            for y in range(top, bottom + 1):
                if y in (top, bottom) or (x + y) % 2 == 0:
                    shade.put(x, y)
        level = min(max(piece.median, edges[0]), edges[1])
        here = (begin, shown.row_of(level, shade.height))
        middle.line(*(before or here), *here)
        before = here
    return shade, middle


def _lay(under: list[list[Cell]], dots: Dots, sign: Callable[[int], str], style: str) -> None:
    for row, cells in enumerate(under):
        for column, mask in enumerate(dots.masks(row)):
            if mask:
                cells[column] = (sign(mask), style)


def _end(drawing: Drawing) -> tuple[int, int] | None:
    """The row and the column of a curve's last point."""
    if drawing.end is None:
        return None
    x, y = drawing.end
    return y // DOWN, x // ACROSS
