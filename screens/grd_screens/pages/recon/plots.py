"""Small plots of characters: columns, a line of levels, bars, an interval on a scale."""

from __future__ import annotations

from collections.abc import Sequence

from grd_screens.glyphs import Glyphs


def columns(values: Sequence[float], rows: int, glyphs: Glyphs) -> list[str]:
    """Upright columns on `rows` lines, scaled to the highest; what is not zero is seen."""
    levels = len(glyphs.sparks)
    top = max(values, default=0.0)
    if top <= 0:
        return []
    heights = [max(1, round(value / top * rows * levels)) if value > 0 else 0 for value in values]
    lines = []
    for row in range(rows - 1, -1, -1):
        parts = [min(max(height - row * levels, 0), levels) for height in heights]
        lines.append("".join(glyphs.sparks[part - 1] if part else " " for part in parts))
    return lines


def levels_line(values: Sequence[float | None], glyphs: Glyphs) -> str:
    """One character a value, from the lowest to the highest of them; a blank for none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    last = len(glyphs.sparks) - 1
    span = high - low
    return "".join(
        " " if value is None else glyphs.sparks[round((value - low) / span * last) if span else 0]
        for value in values
    )


def shape_line(heights: Sequence[int], glyphs: Glyphs) -> str:
    """A small histogram whose heights are 0 to 8 already."""
    return "".join(glyphs.sparks[min(height, 8) - 1] if height else " " for height in heights)


def bar(share: float, width: int, glyphs: Glyphs) -> str:
    """A bar of at most `width` cells; what is not zero has one."""
    cells = min(width, max(1, round(share * width))) if share > 0 else 0
    return glyphs.spent * cells


def interval(
    low: float, point: float, high: float, scale: tuple[float, float], width: int, glyphs: Glyphs
) -> str:
    """`├──●──┤` on a scale of `width` cells."""
    start, end = scale
    span = (end - start) or 1.0

    def place(value: float) -> int:
        return min(width - 1, max(0, round((value - start) / span * (width - 1))))

    cells = [" "] * width
    for at in range(place(low), place(high) + 1):
        cells[at] = glyphs.rule
    cells[place(low)], cells[place(high)] = glyphs.interval[0], glyphs.interval[1]
    cells[place(point)] = glyphs.point
    return "".join(cells)
