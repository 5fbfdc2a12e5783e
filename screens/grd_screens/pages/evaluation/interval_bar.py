"""An interval as a bar on a scale of its own, with the value it is judged by marked on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.typesetting import ACCENT, text

LEAST = 8
"""Cells below which a bar tells nothing."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From the lowest to the highest of what is shown, over so many cells."""

    low: float
    high: float
    cells: int

    def at(self, value: float) -> int:
        """The cell of a value, from 0."""
        span = self.high - self.low
        if not span > 0:
            return self.cells // 2
        cell = round((value - self.low) / span * (self.cells - 1))
        return min(max(cell, 0), self.cells - 1)


def interval_bar(
    low: float | None,
    estimate: float | None,
    high: float | None,
    mark: float | None,
    cells: int,
    glyphs: Glyphs,
    *,
    beside: tuple[float, ...] = (),
) -> Content:
    """`├──●──┤   ▕` in `cells` cells: the interval, its estimate, and the value `mark`.

    `beside` are values the scale holds too, so that bars under one another compare. Where
    signs fall on one cell the mark is seen, since it decides; an interval too short for its ends
    is its estimate. Nothing where there is no interval, or no room.
    """
    if low is None or high is None or estimate is None or cells < LEAST:
        return Content("")
    values = [low, estimate, high, *beside, *([mark] if mark is not None else [])]
    if not all(math.isfinite(value) for value in values):
        return Content("")
    scale = Scale(min(values), max(values), cells)
    first, last = scale.at(low), scale.at(high)
    signs = dict.fromkeys(range(first, last + 1), (glyphs.rule, ""))
    signs[scale.at(estimate)] = (glyphs.point, "bold")
    if last - first > 1:
        signs[first], signs[last] = (glyphs.interval[0], ""), (glyphs.interval[1], "")
    if mark is not None:
        signs[scale.at(mark)] = (glyphs.threshold, ACCENT)
    return Content("").join(
        text(sign, style) for sign, style in (signs.get(cell, (" ", "")) for cell in range(cells))
    )
