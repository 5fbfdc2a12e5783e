"""How far the objective moved: between two versions of its bytes, by field and by word.

Pure. Equal bytes are the only thing that counts as no drift; whatever differs is listed,
if only as a change of layout.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from grd_core.objective.classification import Classification
from grd_core.objective.document import Document, parse
from grd_core.objective.fields import Leaf, compare_fields
from grd_core.objective.frontmatter import Malformed
from grd_core.objective.prose import ProseChange, compare_prose

_ORDER = (
    Classification.LOOSENED,
    Classification.CHANGED,
    Classification.TIGHTENED,
    Classification.NEUTRAL,
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. A line of 0 means that this side has no such field."""

    field: str
    classification: Classification
    before: str
    after: str
    before_line: int = 0
    after_line: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    """The difference between two versions, what misleads most first.

    `readable` is False when one side is no valid objective; `fault` then says why, and
    no field can be compared.
    """

    identical: bool
    readable: bool
    fault: str = ""
    changes: tuple[FieldChange, ...] = ()
    prose: tuple[ProseChange, ...] = ()

    def count(self, classification: Classification) -> int:
        """How many fields changed in this way."""
        return sum(change.classification is classification for change in self.changes)

    @property
    def alters_rule(self) -> bool:
        """True when anything but prose and layout differs, or cannot be told to be equal."""
        return not self.readable or any(
            change.classification is not Classification.NEUTRAL for change in self.changes
        )

    @property
    def prose_changed(self) -> bool:
        """True when the prose differs, be it in space alone."""
        return bool(self.prose)

    def summary(self) -> str:
        """«in sync», «unreadable», or the counts: «2 loosened, 1 neutral»."""
        if self.identical:
            return "in sync"
        if not self.readable:
            return "unreadable"
        counts = ((kind, self.count(kind)) for kind in _ORDER)
        return ", ".join(f"{count} {kind.value}" for kind, count in counts if count)


def drift(first: bytes, now: bytes) -> Drift:
    """Compare two versions of an objective by their raw bytes."""
    if first == now:
        return Drift(identical=True, readable=True)
    before, after = parse(first), parse(now)
    if isinstance(after, Malformed):
        return Drift(False, False, after.problems[0].sentence())
    if isinstance(before, Malformed):
        fault = before.problems[0].sentence()
        return Drift(False, False, f"the earlier version cannot be read: {fault}")
    return compare(before, after)


def compare(before: Document, after: Document) -> Drift:
    """Compare two readable versions whose bytes differ."""
    changes = [
        FieldChange(
            one.field,
            one.meaning,
            one.before.shown if one.before else "–",
            one.after.shown if one.after else "–",
            _line(before, one.before),
            _line(after, one.after),
        )
        for one in compare_fields(before.objective, after.objective)
    ]
    prose = compare_prose(
        before.front.prose,
        after.front.prose,
        before.front.prose_line,
        after.front.prose_line,
        after.sections,
    )
    changes.sort(key=lambda change: _ORDER.index(change.classification))
    changes.extend(_prose_changes(prose))
    if before.front.text != after.front.text and not _rule_differs(changes):
        changes.append(_layout("comments, order or spelling of the front matter"))
    if not changes:
        changes.append(_layout("line endings or a byte order mark"))
    return Drift(False, True, "", tuple(changes), prose)


def _line(document: Document, leaf: Leaf | None) -> int:
    return document.line_of(leaf.path) if leaf else 0


def _rule_differs(changes: list[FieldChange]) -> bool:
    return any(change.classification is not Classification.NEUTRAL for change in changes)


def _layout(what: str) -> FieldChange:
    return FieldChange("layout", Classification.NEUTRAL, "", what)


def _prose_changes(prose: tuple[ProseChange, ...]) -> list[FieldChange]:
    """One neutral entry a section, with its number of words."""
    words: Counter[str] = Counter()
    first: dict[str, ProseChange] = {}
    for change in prose:
        words[change.section] += change.words
        first.setdefault(change.section, change)
    return [
        FieldChange(
            f"prose: {section}" if section else "prose",
            Classification.NEUTRAL,
            "",
            f"{words[section]} word{'' if words[section] == 1 else 's'}",
            first[section].before_line,
            first[section].after_line,
        )
        for section in first
    ]
