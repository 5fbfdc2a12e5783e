"""Columns of plain text, as a shell prints them and as a document shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grd_screens.printable import printable


def aligned(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of cells made harmless and padded; the last column may be long and is never cut."""
    cells = [[printable(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(headers))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
