"""Two versions of the objective line by line, for a face to draw side by side or unified.

Pure. Lines are matched by patience, as prose is; inside a run of changed lines those that
resemble each other are paired, and only for a pair is it told which words changed. Rows
of the front matter carry the field they belong to and what its change means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from grd_core.objective.prose import changed_spans

if TYPE_CHECKING:
    from grd_core.objective.document import Document
    from grd_core.objective.drift import Drift

RowKind = Literal["same", "removed", "added", "changed"]

RESEMBLES = 0.5
"""Least share of common words (Dice 1945, 2·|A∩B| / (|A|+|B|)) for which two lines are one
line that changed; lines of the same key are always one."""
_PAIRINGS = 20_000
"""Comparisons of lines one file may cost; beyond it only equally long runs are paired."""
_LONGEST_LINE = 4_000
"""Characters of the longest line that is compared word by word."""

_LINE_END = re.compile(r"\r\n?|\n")
_TOKEN = re.compile(r"\s+|\d+(?:[.,]\d+)*|\w+|[^\w\s]")
_WORD = re.compile(r"\w+|[^\w\s]")
_KEY = re.compile(r"([ \t]*(?:-[ \t]+)?[\w-]+):(?:[ \t]|$)")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text within a line; `changed` is what went from it or came to it."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One row: a line of each side, or of one where the other has none (its number is 0).

    `field` names what a line of the front matter belongs to, such as `metrics.mae.threshold`,
    or the section of changed prose; `classification` is set where that field changed:
    loosened, tightened, changed or neutral. `version` is the locked version that recorded the
    change, 0 where none did or none was asked. The text is as it stands in the file, control
    characters too.
    """

    kind: RowKind
    before_no: int
    after_no: int
    before_text: str
    after_text: str
    field: str = ""
    classification: str = ""
    version: int = 0

    def told(self, field: str, classification: str) -> DiffRow:
        """The row with the field it belongs to and what its change means. There are thousands
        of them, and the general way to copy takes three times as long."""
        return DiffRow(
            self.kind,
            self.before_no,
            self.after_no,
            self.before_text,
            self.after_text,
            field,
            classification,
            self.version,
        )

    @property
    def before_parts(self) -> tuple[Span, ...]:
        """The earlier line in spans; computed when asked for, since a view shows few rows."""
        return _parts(self, self.before_no, self.before_text, 0)

    @property
    def after_parts(self) -> tuple[Span, ...]:
        """The later line in spans."""
        return _parts(self, self.after_no, self.after_text, 1)


def diff_rows(before: bytes, after: bytes) -> tuple[DiffRow, ...]:
    """Every line of both versions as rows, fields and classifications marked.

    Any line ends, a byte order mark and bytes that are no UTF-8 are read; of what is no
    valid objective the lines are compared all the same, without fields.
    """
    from grd_core.objective.document import parse
    from grd_core.objective.drift import compare
    from grd_core.objective.frontmatter import Malformed

    rows = line_rows(before, after)
    left = parse(before)
    right = left if before == after else parse(after)
    if isinstance(left, Malformed) or isinstance(right, Malformed):
        return rows
    return marked(rows, left, right, None if before == after else compare(left, right))


def line_rows(before: bytes, after: bytes) -> tuple[DiffRow, ...]:
    """Rows of lines and words alone, whatever the bytes are."""
    old, new = _lines(before), _lines(after)
    rows: list[DiffRow] = []
    i = j = 0
    budget = [_PAIRINGS]
    for i1, i2, j1, j2 in changed_spans(old, new):
        rows.extend(_same(old, i, i1, j))
        for left, right in _paired(old[i1:i2], new[j1:j2], budget):
            rows.append(_row(old, new, left and left + i1, right and right + j1))
        i, j = i2, j2
    rows.extend(_same(old, i, len(old), j))
    return tuple(rows)


def marked(
    rows: Sequence[DiffRow], before: Document, after: Document, moved: Drift | None
) -> tuple[DiffRow, ...]:
    """The rows with the field of each line and, on rows that differ, what its change means.

    Args:
        rows: those of the bytes of the two documents.
        before: the earlier document.
        after: the later document.
        moved: how the two differ, or None where they are equal.
    """
    from grd_core.objective.line_fields import changed_lines, fields_by_line

    old_fields, new_fields = fields_by_line(before), fields_by_line(after)
    old_marks, new_marks = changed_lines(before, after, moved) if moved else ({}, {})
    found = []
    for row in rows:
        field = new_fields.get(row.after_no) or old_fields.get(row.before_no, "")
        if row.kind == "same":
            found.append(row.told(field, "") if field else row)
            continue
        mark = new_marks.get(row.after_no) or old_marks.get(row.before_no)
        # A line that differs and belongs to no changed field differs in layout or a comment.
        meaning = (mark.field, mark.classification) if mark else (field, "neutral")
        found.append(row.told(*meaning))
    return tuple(found)


def _lines(raw: bytes) -> list[str]:
    lines = _LINE_END.split(raw.decode("utf-8-sig", errors="replace"))
    if lines[-1] == "":
        lines.pop()
    return lines


def _same(lines: Sequence[str], start: int, end: int, other: int) -> Iterator[DiffRow]:
    for place in range(start, end):
        text = lines[place]
        yield DiffRow("same", place + 1, other + place - start + 1, text, text)


def _row(old: Sequence[str], new: Sequence[str], left: int | None, right: int | None) -> DiffRow:
    """The row of a pair of lines counted from 1; None where a side has none."""
    if left is None:
        return DiffRow("added", 0, right or 0, "", new[(right or 0) - 1])
    if right is None:
        return DiffRow("removed", left, 0, old[left - 1], "")
    return DiffRow("changed", left, right, old[left - 1], new[right - 1])


Pair = tuple[int | None, int | None]


def _paired(old: Sequence[str], new: Sequence[str], budget: list[int]) -> Iterator[Pair]:
    """Lines of a changed run, counted from 1, each with the one it became, or with none."""
    i = j = 0
    for left, right in (*_pairs(old, new, budget), (len(old), len(new))):
        for place in range(i, left):
            yield place + 1, None
        for place in range(j, right):
            yield None, place + 1
        if left < len(old):
            yield left + 1, right + 1
        i, j = left + 1, right + 1


def _pairs(old: Sequence[str], new: Sequence[str], budget: list[int]) -> list[tuple[int, int]]:
    """Which line became which, in order and of the greatest resemblance in all."""
    if len(old) * len(new) > budget[0]:
        if len(old) != len(new):
            return []
        return [
            (place, place)
            for place, (left, right) in enumerate(zip(old, new, strict=True))
            if _resemblance(_Line.roughly(left), _Line.roughly(right)) >= RESEMBLES
        ]
    budget[0] -= len(old) * len(new)
    here, there = [_Line.of(text) for text in old], [_Line.of(text) for text in new]
    # best[i][j]: the most resemblance that pairs of old[i:] and new[j:] can reach together.
    best = [[0.0] * (len(there) + 1) for _ in range(len(here) + 1)]
    alike = [[_resemblance(left, right) for right in there] for left in here]
    for i in range(len(here) - 1, -1, -1):
        for j in range(len(there) - 1, -1, -1):
            skipped = max(best[i + 1][j], best[i][j + 1])
            score = alike[i][j]
            joined = score + best[i + 1][j + 1] if score >= RESEMBLES else 0.0
            best[i][j] = max(skipped, joined)
    found, i, j = [], 0, 0
    while i < len(here) and j < len(there):
        score = alike[i][j]
        if score >= RESEMBLES and best[i][j] == score + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    words: frozenset[str]
    key: str

    @classmethod
    def of(cls, text: str) -> _Line:
        key = _KEY.match(text)
        return cls(frozenset(_WORD.findall(text[:_LONGEST_LINE])), key.group(1) if key else "")

    @classmethod
    def roughly(cls, text: str) -> _Line:
        """Told by what stands between spaces, where there are too many lines for words."""
        key = _KEY.match(text)
        return cls(frozenset(text[:_LONGEST_LINE].split()), key.group(1) if key else "")


def _resemblance(left: _Line, right: _Line) -> float:
    if left.key and left.key == right.key:
        return 1.0
    total = len(left.words) + len(right.words)
    return 2 * len(left.words & right.words) / total if total else 0.0


def _parts(row: DiffRow, number: int, text: str, side: int) -> tuple[Span, ...]:
    if not number:
        return ()
    if row.kind != "changed":
        return (Span(text, changed=row.kind != "same"),)
    if max(len(row.before_text), len(row.after_text)) > _LONGEST_LINE:
        return (Span(text, changed=True),)
    return _spans(row.before_text, row.after_text)[side]


@lru_cache(maxsize=512)
def _spans(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Both sides of a changed line; each asks for the same comparison, one after the other."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    changed = list(changed_spans(old, new))
    return (
        tuple(_marked_words(old, [(i1, i2) for i1, i2, _, _ in changed])),
        tuple(_marked_words(new, [(j1, j2) for _, _, j1, j2 in changed])),
    )


def _marked_words(words: Sequence[str], changed: Sequence[tuple[int, int]]) -> Iterator[Span]:
    at, kept = 0, ""
    for start, end in changed:
        kept += "".join(words[at:start])
        if end > start:
            if kept:
                yield Span(kept, changed=False)
            yield Span("".join(words[start:end]), changed=True)
            kept = ""
        at = end
    kept += "".join(words[at:])
    if kept:
        yield Span(kept, changed=False)
