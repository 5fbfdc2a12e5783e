"""What is known already of something that is being written: a sign, a sentence, more below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, hanging, text

if TYPE_CHECKING:
    from grd_core.history.similar import Alike

INDENT = 2


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is known; `standing` is how it is signed. Raw text."""

    standing: str
    said: str
    below: tuple[str, ...] = ()


def told_of(found: Sequence[Alike]) -> tuple[Told, ...]:
    """Earlier hypotheses that are alike, those that failed signed for attention."""
    return tuple(
        Told(
            "attention" if one.fate.is_failure else "not yet",
            one.told,
            (
                f"{one.title} ({one.score:.0%} alike: {', '.join(one.words)})",
                *((f"learned: {one.fate.lesson}",) if one.fate.lesson else ()),
            ),
        )
        for one in found
    )


def told_lines(told: Sequence[Told], glyphs: Glyphs, width: int) -> list[Content]:
    """Set for a width in cells."""
    lines: list[Content] = []
    for one in told:
        sign = text(glyphs.standing[one.standing], STYLES[one.standing])
        lines += hanging(sign, text(printable(one.said)), INDENT, width)
        for below in one.below:
            lines += hanging(Content(""), text(printable(below), MUTED), INDENT, width)
    return lines
