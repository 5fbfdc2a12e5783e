"""A comparison as the items of the drift view: names of changes, lines, and folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.objective.comparison import ComparedChange, Comparison
    from grd_core.objective.diff_lines import DiffRow

CONTEXT = 3
"""Unchanged lines that stay beside a change when the rest is folded."""
UNTOLD = "untold"
"""The classification of lines of which it cannot be told what they change."""
_LEAST_FOLD = 2
"""A fold takes a line itself: fewer lines than this are shown."""


@dataclass(frozen=True, slots=True)
class Named:
    """Stands over the lines of a change and names it. `change` is its entry in the list of
    changes, None for lines that belong to none, such as those of an unreadable file."""

    field: str
    classification: str
    change: ComparedChange | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of both sides, or of one."""

    row: DiffRow


@dataclass(frozen=True, slots=True)
class Fold:
    """Unchanged lines that are not shown."""

    lines: int


Item = Named | Line | Fold


def items_of(comparison: Comparison, context: int | None) -> tuple[Item, ...]:
    """The items in the order of the document.

    Args:
        comparison: two versions of the objective.
        context: unchanged lines beside a change; None shows every line.
    """
    changes = {change.line.field: change for change in comparison.changes}
    rows = comparison.rows
    kept = _kept(rows, context)
    return tuple(_items(rows, kept, changes))


def _items(
    rows: Sequence[DiffRow], kept: bytearray, changes: dict[str, ComparedChange]
) -> Iterator[Item]:
    folded = 0
    named: tuple[str, str] | None = None
    for at, row in enumerate(rows):
        if not kept[at]:
            folded += 1
            continue
        if folded:
            yield Fold(folded)
            folded = 0
        if row.kind == "same":
            named = None
        elif named != (row.field, row.classification):
            named = (row.field, row.classification)
            yield Named(row.field, row.classification or UNTOLD, changes.get(row.field))
        yield Line(row)
    if folded:
        yield Fold(folded)


def _kept(rows: Sequence[DiffRow], context: int | None) -> bytearray:
    """Which rows are shown: 1 for each that is."""
    if context is None:
        return bytearray(b"\x01" * len(rows))
    kept = bytearray(len(rows))
    for at, row in enumerate(rows):
        if row.kind != "same":
            first, last = max(0, at - context), min(len(rows), at + context + 1)
            kept[first:last] = b"\x01" * (last - first)
    start = 0
    while start < len(rows):
        if kept[start]:
            start += 1
            continue
        end = kept.find(1, start)
        end = len(rows) if end < 0 else end
        if end - start < _LEAST_FOLD:
            kept[start:end] = b"\x01" * (end - start)
        start = end
    return kept
