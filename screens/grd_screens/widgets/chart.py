"""A chart of one metric: title, curve, axes. Paints only the lines that changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.typesetting import MUTED, text
from grd_screens.widgets.curve import (
    ACROSS,
    BRAILLE,
    PLAIN,
    Drawing,
    Ink,
    Scale,
    draw,
    linear_ticks,
    range_of,
    time_ticks,
)
from grd_screens.widgets.curve_layers import Cell, Layers, Other, layers
from grd_screens.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.runs.overlay import Band
    from grd_core.runs.series import Series

GUTTER = 8
"""Cells at the left for the values of the axis, and the axis itself."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What a chart shows.

    `said` are parts of the title, the first two always shown, the others where they fit.
    `smoothing` is the weight of what came before, 0 for none. `cursor` is a place on the axis,
    None without one. `others` and `band` lie under the curve, over the same part of the axis.
    """

    said: tuple[Content, ...]
    series: Series
    scale: Scale = "linear"
    smoothing: float = 0.0
    cursor: float | None = None
    style: str = "$accent"
    others: tuple[Other, ...] = ()
    band: Band | None = None


def columns_of(width: int) -> int:
    """The columns of the curve itself in a chart of this width."""
    return max(1, width - GUTTER)


def bucket_at(series: Series, place: float) -> int:
    """The bucket of a place on the axis, the nearest with points where its own has none."""
    buckets = series.buckets
    at = round((place - series.start) / series.width - 0.5) if series.width else 0
    at = min(max(at, 0), len(buckets) - 1)
    filled = [i for i, bucket in enumerate(buckets) if bucket.count or bucket.nonfinite]
    return min(filled, key=lambda i: abs(i - at), default=at)


def chart_lines(curve: Curve, glyphs: Glyphs, width: int, height: int) -> list[Content]:
    """A chart, set for a size in cells: `height` lines, none wider."""
    title = _title(curve.said, width)
    columns, rows = columns_of(width), height - len(title) - 1
    if rows < 2 or width <= GUTTER + 4:
        return title[:height]
    series, ink = curve.series, PLAIN if glyphs.bar.isascii() else BRAILLE
    beside = [other.series.buckets for other in curve.others]
    pieces = curve.band.pieces if curve.band else ()
    shown = range_of(chain(series.buckets, *beside, pieces), curve.scale)
    if shown is None:
        return [*title, *_nothing(series, curve.scale, width)][:height]
    drawing = draw(series.buckets, shown, columns, rows, curve.smoothing)
    labels = {
        shown.line_of(tick, rows): f"{tick:.6g}"
        for tick in shown.ticks(max(2, min(4, (rows + 1) // 2)))
    }
    under = layers(curve.others, curve.band, shown, (columns, rows), ink, MUTED)
    cursor = _cursor_column(curve, columns)
    lines = [
        _row(
            _cells(drawing, under, row, ink, curve.style, is_last=row == rows - 1),
            labels.get(row, ""),
            ink,
            cursor,
        )
        for row in range(rows)
    ]
    return [*title, *lines, _axis(series, columns)]


class Chart(Panel):
    """A curve with its axes; empty until one is set."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs

    def show(self, curve: Curve | None) -> None:
        """Show a curve, or none."""
        glyphs = self._glyphs
        self.set(lambda width, height: chart_lines(curve, glyphs, width, height) if curve else [])


def _title(said: tuple[Content, ...], width: int) -> list[Content]:
    line = Content("  ").join(said[:2])
    if line.cell_length > width:
        return line.wrap(max(1, width))
    for part in said[2:]:
        longer = line + Content("  ") + part
        if longer.cell_length <= width:
            line = longer
    return [line]


def _nothing(series: Series, scale: Scale, width: int) -> list[Content]:
    if not series.total:
        why = "nothing was logged yet"
    elif series.count and scale == "log":
        why = "no value above 0 here: L goes back to the plain scale"
    elif series.nonfinite:
        why = f"all {series.nonfinite:,} values here are NaN or infinite"
    else:
        why = "no point in this part of the axis: - zooms out"
    return text(why, MUTED).wrap(max(1, width))


def _cells(
    drawing: Drawing, under: Layers, row: int, ink: Ink, style: str, *, is_last: bool
) -> list[Cell]:
    """The signs of a row: the smoothed curve over the curve over what lies under it."""
    masks = drawing.dots.masks(row)
    smooth = drawing.smooth.masks(row) if drawing.smooth else [0] * len(masks)
    plain = MUTED if drawing.smooth is not None else style
    cells = list(under.under[row])
    for column, (over, mask) in enumerate(zip(smooth, masks, strict=True)):
        if over or mask:
            cells[column] = (ink.cell(over or mask), style if over else plain)
    for (at, column), mark in under.marks.items():
        if at == row:
            cells[column] = mark
    if is_last:
        for column in drawing.gaps:
            cells[column] = (ink.gap, STYLES["attention"])
    return cells


def _row(cells: list[Cell], label: str, ink: Ink, cursor: int | None) -> Content:
    if cursor is not None:
        sign, style = cells[cursor]
        cells[cursor] = (ink.axis if sign == " " else sign, f"{style} on $cursor")
    line = text(f"{label:>{GUTTER - 1}}" + (ink.tick if label else ink.axis), MUTED)
    for style, piece in groupby(cells, key=lambda cell: cell[1]):
        line = line + text("".join(sign for sign, _ in piece), style)
    return line


def _axis(series: Series, columns: int) -> Content:
    """Round places under their columns, as many as fit beside each other."""
    span = series.end - series.start
    line = [" "] * (GUTTER + columns)
    free_from = 0
    for tick, label in _places(series, max(2, columns // 12)):
        at = round((tick - series.start) / span * (columns - 1)) if span else 0
        begin = min(max(0, GUTTER + at - len(label) // 2), len(line) - len(label))
        if begin >= free_from:
            line[begin : begin + len(label)] = label
            free_from = begin + len(label) + 1
    return text("".join(line), MUTED)


def _places(series: Series, most: int) -> Sequence[tuple[float, str]]:
    """Round places on the axis with their labels."""
    if series.axis == "time":
        return time_ticks(series.start, series.end, most)
    is_wide = series.end > series.start
    ticks = linear_ticks(series.start, series.end, most) if is_wide else ()
    return [(tick, f"{int(tick):,}") for tick in ticks or (series.start,) if tick == int(tick)]


def _cursor_column(curve: Curve, columns: int) -> int | None:
    series = curve.series
    if curve.cursor is None or not series.buckets:
        return None
    at = bucket_at(series, curve.cursor)
    return min(columns - 1, at * columns * ACROSS // len(series.buckets) // ACROSS)


def reading(series: Series, place: float) -> tuple[str, str, str]:
    """What the curve says at a place: its step or steps, the last value there, and where there
    are several, from the lowest to the highest."""
    if not series.buckets:
        return "", "nothing here", ""
    at = bucket_at(series, place)
    if series.axis == "time":
        where = span_text(series.start + (at + 0.5) * series.width)
    else:
        where = _steps(series, at)
    bucket = series.buckets[at]
    if bucket.nonfinite and bucket.last is None:
        value = f"{bucket.nonfinite:,} not finite"
    else:
        value = "no point" if bucket.last is None else f"{bucket.last:.6g}"
    if bucket.low is None or bucket.high is None or bucket.low == bucket.high:
        return where, value, ""
    return where, value, f"[{bucket.low:.6g}, {bucket.high:.6g}]"


def span_text(seconds: float) -> str:
    """Seconds since a run began: `42 s`, `12.5 min`, `3.25 h`."""
    if seconds < 600:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


def _steps(series: Series, at: int) -> str:
    first, last = _whole_steps(series.start + at * series.width, series.width, series.end)
    return f"step {first:,}" if first >= last else f"steps {first:,}-{last:,}"


def _whole_steps(begin: float, width: float, end: float) -> tuple[int, int]:
    first = -int(-begin // 1)
    stop = begin + width
    last = int(stop) if stop >= end else -int(-stop // 1) - 1
    return first, last
