"""Which line of an objective belongs to which field, and what the field's change means."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grd_core.objective.document import Document
from grd_core.objective.drift import Drift, FieldChange
from grd_core.objective.fields import compare_fields, fields_of

_MISLEADS = ("neutral", "tightened", "changed", "loosened")
"""Where changes of several fields share a line, the one that misleads most is told."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The change a line is part of; `classification` is the word of a `Classification`."""

    field: str
    classification: str

    @property
    def rank(self) -> int:
        """Grows with how much the change misleads."""
        return _MISLEADS.index(self.classification)


def fields_by_line(document: Document) -> dict[int, str]:
    """The field of each line of the front matter: its stable name, such as
    `metrics.mae.threshold`, or its path where it has none."""
    names = {leaf.path: field for field, leaf in fields_of(document.objective).items()}
    starts = sorted(
        ((line, path) for path, line in document.front.lines.items() if path),
        key=lambda item: (item[0], len(item[1])),
    )
    found: dict[int, str] = {}
    known: set[int] = set()
    for line, path in starts:
        name = names.get(path)
        if name is not None or line not in known:
            found[line] = name or path
        if name is not None:
            known.add(line)
    return found | dict(_continued(document, found))


def changed_lines(
    before: Document, after: Document, moved: Drift
) -> tuple[dict[int, Mark], dict[int, Mark]]:
    """The lines of each side that a change covers: a value over several lines, or a whole
    item that came or went; and changed lines of prose by their section."""
    old: dict[int, Mark] = {}
    new: dict[int, Mark] = {}
    extents = (_Extents.of(before), _Extents.of(after))
    for one in compare_fields(before.objective, after.objective):
        mark = Mark(one.field, one.meaning.value)
        for leaf, side, extent in ((one.before, old, extents[0]), (one.after, new, extents[1])):
            if leaf is not None:
                _put(side, extent.lines(leaf.path), mark)
                if leaf.kind == "falsification.region":  # a bound and its comparison are one field
                    _put(side, extent.lines(f"{leaf.path.rpartition('.')[0]}.comparison"), mark)
    for change in moved.prose:
        mark = Mark(f"prose: {change.section}" if change.section else "prose", "neutral")
        _put(old, _run(change.before_line, change.before), mark)
        _put(new, _run(change.after_line, change.after), mark)
    layout = next((item for item in moved.changes if item.field == "layout"), None)
    if layout is not None:
        _put_layout(before, old, layout)
        _put_layout(after, new, layout)
    return old, new


def _put(side: dict[int, Mark], lines: range, mark: Mark) -> None:
    for line in lines:
        known = side.get(line)
        if known is None or known.rank < mark.rank:
            side[line] = mark


def _put_layout(document: Document, side: dict[int, Mark], layout: FieldChange) -> None:
    """A front matter whose rule is equal differs in layout alone."""
    mark = Mark(layout.field, layout.classification.value)
    _put(side, range(1, document.front.prose_line), mark)


def _run(first: int, text: str) -> range:
    return range(first, first + text.count("\n") + 1)


def _continued(document: Document, starts: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """Lines on which a value goes on that began further up."""
    lines = sorted(starts)
    for number, text in enumerate(document.front.text.split("\n"), start=2):
        place = bisect_right(lines, number)
        blank = not text.strip() or text.lstrip().startswith("#")
        if place and number not in starts and not blank:
            yield number, starts[lines[place - 1]]


@dataclass(frozen=True, slots=True)
class _Extents:
    """From which line to which each path of a front matter reaches."""

    lines_of: Mapping[str, int]
    order: tuple[tuple[int, str], ...]
    end: int

    @classmethod
    def of(cls, document: Document) -> _Extents:
        known = {path: line for path, line in document.front.lines.items() if path}
        order = tuple(sorted((line, path) for path, line in known.items()))
        return cls(known, order, document.front.prose_line - 2)

    def lines(self, path: str) -> range:
        """The lines of a path's value; none where the front matter leaves it to a default."""
        first = self.lines_of.get(path)
        if first is None:
            return range(0)
        last = self.end
        at = bisect_right(self.order, (first, "\U0010ffff"))
        inside = (f"{path}.", f"{path}[")
        for line, other in self.order[at:]:
            if not other.startswith(inside):
                last = line - 1
                break
        return range(first, max(first, last) + 1)
