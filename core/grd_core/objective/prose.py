"""How two versions of prose differ: by runs of lines, and word by word."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from grd_core.checks.process.sections import Section

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_WORD = re.compile(r"\w+")
_SMALL = 64
"""Gaps up to this many items on both sides are compared exhaustively."""


@dataclass(frozen=True, slots=True)
class WordEdit:
    """A run of text that stayed, went or came."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class ProseChange:
    """A run of lines that differs. Lines count from 1 in each file."""

    section: str
    before_line: int
    after_line: int
    before: str
    after: str

    @property
    def words(self) -> int:
        """How many words went or came, the larger of the two; 0 when only space moved."""
        old, new = Counter(_WORD.findall(self.before)), Counter(_WORD.findall(self.after))
        return max((old - new).total(), (new - old).total())

    @property
    def edits(self) -> tuple[WordEdit, ...]:
        """The change word by word; computed when asked for, since a view shows few at once."""
        return compare_words(self.before, self.after)


Span = tuple[int, int, int, int]


def compare_prose(
    before: str, after: str, before_line: int, after_line: int, sections: Sequence[Section]
) -> tuple[ProseChange, ...]:
    """Every run of changed lines with its words; `sections` are those of `after`.

    Lines are matched by patience (lines unique on both sides, in their longest common
    order, divide the text; Cohen 2010), so that a rewritten document costs n log n.
    """
    if before == after:
        return ()
    old, new = before.split("\n"), after.split("\n")
    starts = [section.line for section in sections]
    changes = []
    for i1, i2, j1, j2 in changed_spans(old, new):
        here = bisect_left(starts, after_line + j1 + 1) - 1
        changes.append(
            ProseChange(
                sections[here].title if here >= 0 else "",
                before_line + i1,
                after_line + j1,
                "\n".join(old[i1:i2]),
                "\n".join(new[j1:j2]),
            )
        )
    return tuple(changes)


def compare_words(before: str, after: str) -> tuple[WordEdit, ...]:
    """The edits that turn one text into the other, in words, space and punctuation.

    Texts of equally many lines are compared line by line.
    """
    old, new = before.split("\n"), after.split("\n")
    if len(old) != len(new):
        old, new = [before], [after]
    edits: list[WordEdit] = []
    for number, (left, right) in enumerate(zip(old, new, strict=True)):
        if number:
            edits.append(WordEdit("same", "\n"))
        edits.extend(_line_edits(_TOKEN.findall(left), _TOKEN.findall(right)))
    return tuple(edits)


def _line_edits(old: list[str], new: list[str]) -> Iterator[WordEdit]:
    at = 0
    for i1, i2, j1, j2 in changed_spans(old, new):
        if i1 > at:
            yield WordEdit("same", "".join(old[at:i1]))
        if i2 > i1:
            yield WordEdit("removed", "".join(old[i1:i2]))
        if j2 > j1:
            yield WordEdit("added", "".join(new[j1:j2]))
        at = i2
    if at < len(old):
        yield WordEdit("same", "".join(old[at:]))


def changed_spans(old: Sequence[str], new: Sequence[str]) -> Iterator[Span]:
    """Where two sequences differ: `old[i1:i2]` became `new[j1:j2]`, in order."""
    pending: Span | None = None
    for i1, i2, j1, j2 in _gaps(old, new):
        if pending and pending[1] == i1 and pending[3] == j1:
            pending = (pending[0], i2, pending[2], j2)
            continue
        if pending:
            yield pending
        pending = (i1, i2, j1, j2)
    if pending:
        yield pending


def _gaps(old: Sequence[str], new: Sequence[str]) -> Iterator[Span]:
    stack: list[Span] = [(0, len(old), 0, len(new))]
    while stack:
        i1, i2, j1, j2 = stack.pop()
        while i1 < i2 and j1 < j2 and old[i1] == new[j1]:
            i1, j1 = i1 + 1, j1 + 1
        while i1 < i2 and j1 < j2 and old[i2 - 1] == new[j2 - 1]:
            i2, j2 = i2 - 1, j2 - 1
        if i1 == i2 and j1 == j2:
            continue
        anchors = _anchors(old, new, (i1, i2, j1, j2)) if i1 < i2 and j1 < j2 else []
        if anchors:
            inner = []
            for i, j in anchors:
                inner.append((i1, i, j1, j))
                i1, j1 = i + 1, j + 1
            stack.extend(reversed([*inner, (i1, i2, j1, j2)]))
        elif max(i2 - i1, j2 - j1) <= _SMALL:
            matcher = difflib.SequenceMatcher(None, old[i1:i2], new[j1:j2], autojunk=False)
            for kind, a1, a2, b1, b2 in matcher.get_opcodes():
                if kind != "equal":
                    yield i1 + a1, i1 + a2, j1 + b1, j1 + b2
        else:
            yield i1, i2, j1, j2


def _anchors(old: Sequence[str], new: Sequence[str], span: Span) -> list[tuple[int, int]]:
    """Items unique on both sides of a span, in their longest common order."""
    i1, i2, j1, j2 = span
    here, there = Counter(old[i1:i2]), Counter(new[j1:j2])
    place = {new[j]: j for j in range(j1, j2) if there[new[j]] == 1}
    pairs = [(i, place[old[i]]) for i in range(i1, i2) if here[old[i]] == 1 and old[i] in place]
    ends: list[int] = []
    last: list[int] = []
    back: list[int] = []
    for index, (_, j) in enumerate(pairs):
        rank = bisect_left(ends, j)
        back.append(last[rank - 1] if rank else -1)
        if rank == len(ends):
            ends.append(j)
            last.append(index)
        else:
            ends[rank], last[rank] = j, index
    chain: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        chain.append(pairs[at])
        at = back[at]
    return chain[::-1]
