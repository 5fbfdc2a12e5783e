"""A change of the objective as it is told: its sign, its values, when and under what results."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.objective.comparison import ComparedChange

CHANGE_STYLES: Mapping[str, str] = MappingProxyType(
    {
        "loosened": "bold $warning",
        "tightened": "$success",
        "changed": "bold $accent",
        "neutral": MUTED,
        "untold": "$warning",
    }
)
"""How a change is coloured; its sign and its word say the same. What a line of an unreadable
file means for the rule cannot be told."""

_INDENT = 13
_LONGEST_VALUE = 60
"""Characters up to which a value stands whole in the list."""


def change_glyph(classification: str, glyphs: Glyphs) -> str:
    """The sign of a change."""
    return {
        "loosened": glyphs.down,
        "tightened": glyphs.up,
        "changed": glyphs.changed,
        "neutral": glyphs.same,
        "untold": glyphs.standing["stale"],
    }[classification]


def flags(change: ComparedChange, results: int) -> tuple[Content, ...]:
    """What a reader must know of a change beside its values: the results that had been seen,
    whether it is post hoc, and the amendment that records it."""
    amendment = change.amendment
    seen = results if amendment is None else amendment.results_seen
    if change.line.classification == "neutral" and amendment is None:
        return ()
    post_hoc = (text("post hoc", "bold $warning"),) if change.line.post_hoc else ()
    amended = (text(f"amended by v{amendment.version}", MUTED),) if amendment is not None else ()
    return (text(_after(seen), MUTED), *post_hoc, *amended)


def change_lines(change: ComparedChange, results: int, glyphs: Glyphs, width: int) -> list[Content]:
    """A change in the list: sign and word, field, values, then what must be known of it."""
    line = change.line
    style = CHANGE_STYLES[line.classification]
    label = text(f"{change_glyph(line.classification, glyphs)} {line.classification}", style)
    parts = (
        text(printable(line.field), "bold"),
        _values(change, glyphs),
        *flags(change, results),
    )
    return hanging(label, Parts(parts), _INDENT, width)


def change_words(change: ComparedChange) -> str:
    """What the filter searches."""
    line = change.line
    amended = f"v{change.amendment.version}" if change.amendment is not None else "unamended"
    post_hoc = "post hoc" if line.post_hoc else ""
    return f"{line.classification} {line.field} {line.before} {line.after} {amended} {post_hoc}"


def _values(change: ComparedChange, glyphs: Glyphs) -> Content:
    before, after = printable(change.line.before), printable(change.line.after)
    if not before:
        return Content(after)
    if max(len(before), len(after)) > _LONGEST_VALUE:
        before, after = _differing(before, after, glyphs.gap)
    return Content.assemble(before, (f" {glyphs.arrow} ", MUTED), after)


def _differing(before: str, after: str, gap: str) -> tuple[str, str]:
    """Of two long texts the words that differ and one on each side; the document has the rest."""
    old, new = before.split(" "), after.split(" ")
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    end = next((at for at in range(shorter - start) if old[-1 - at] != new[-1 - at]), None)
    end = shorter - start if end is None else end
    start, end = max(start - 1, 0), max(end - 1, 0)
    left, right = (f"{gap} " if start else ""), (f" {gap}" if end else "")
    return (
        f"{left}{' '.join(old[start : len(old) - end])}{right}",
        f"{left}{' '.join(new[start : len(new) - end])}{right}",
    )


def _after(results: int) -> str:
    if not results:
        return "before any result"
    return f"after {results} result" + ("" if results == 1 else "s")
