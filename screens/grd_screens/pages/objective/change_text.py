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
    }
)
"""How a change is coloured; its sign and its word say the same."""

_INDENT = 13


def change_glyph(classification: str, glyphs: Glyphs) -> str:
    """The sign of a change."""
    return {
        "loosened": glyphs.down,
        "tightened": glyphs.up,
        "changed": glyphs.changed,
        "neutral": glyphs.same,
    }[classification]


def flags(change: ComparedChange, results: int) -> tuple[Content, ...]:
    """What a reader must know of a change beside its values: the results that had been seen,
    whether it is post hoc, and the amendment that records it."""
    amendment = change.amendment
    seen = results if amendment is None else amendment.results_seen
    if change.line.classification == "neutral" and amendment is None:
        return ()
    return (
        text(_after(seen), MUTED),
        text("post hoc", "bold $warning") if change.line.post_hoc else Content(""),
        text(f"amended by v{amendment.version}", MUTED)
        if amendment is not None
        else text("unamended", "bold $warning"),
    )


def change_lines(change: ComparedChange, results: int, glyphs: Glyphs, width: int) -> list[Content]:
    """A change in the list: sign and word, field, values, then what must be known of it."""
    line = change.line
    style = CHANGE_STYLES[line.classification]
    label = text(f"{change_glyph(line.classification, glyphs)} {line.classification}", style)
    parts = [text(printable(line.field), "bold"), _values(change, glyphs)]
    parts += [part for part in flags(change, results) if part.plain]
    return hanging(label, Parts(tuple(part for part in parts if part.plain)), _INDENT, width)


def change_words(change: ComparedChange) -> str:
    """What the filter searches."""
    line = change.line
    amended = f"v{change.amendment.version}" if change.amendment is not None else "unamended"
    post_hoc = "post hoc" if line.post_hoc else ""
    return f"{line.classification} {line.field} {line.before} {line.after} {amended} {post_hoc}"


def _values(change: ComparedChange, glyphs: Glyphs) -> Content:
    line = change.line
    if not line.before:
        return Content(printable(line.after))
    return Content.assemble(
        printable(line.before), (f" {glyphs.arrow} ", MUTED), printable(line.after)
    )


def _after(results: int) -> str:
    if not results:
        return "before any result"
    return f"after {results} result" + ("" if results == 1 else "s")
