"""A curve as dots: what a chart draws, without a widget. Pure.

A cell of the terminal holds two dots beside and four above each other, as braille has them;
where braille cannot be shown, the upper and the lower half of a cell are told apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from grd_core.runs.series import SeriesBucket

Scale = Literal["linear", "log"]

ACROSS = 2
"""Dots of a cell beside each other; a series wants so many buckets for each column."""
DOWN = 4
"""Dots of a cell above each other."""

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_UPPER, _LOWER = 0x1B, 0xE4
_BLANK = 0x2800
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LOG_STEPS = (1.0, 2.0, 5.0)
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "m"), (1.0, "s"), (0.1, "s"))
_SECONDS = (
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0 * n for n in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * n for n in (1, 2, 3, 6, 12, 24)),
)


@dataclass(frozen=True, slots=True)
class Ink:
    """How a cell's dots are written, those of a shade, and the signs of the axis."""

    cell: Callable[[int], str]
    shade: Callable[[int], str]
    axis: str
    tick: str
    gap: str


def _braille(mask: int) -> str:
    return chr(_BLANK + mask) if mask else " "


def _plain(mask: int) -> str:
    if mask & _UPPER and mask & _LOWER:
        return "*"
    return "'" if mask & _UPPER else "." if mask else " "


def _plain_shade(mask: int) -> str:
    return ":" if mask else " "


BRAILLE = Ink(_braille, _braille, "│", "┤", "×")
PLAIN = Ink(_plain, _plain_shade, "|", "+", "x")


class Dots:
    """A canvas of dots, the first row at the top."""

    def __init__(self, columns: int, rows: int) -> None:
        self.width, self.height = columns * ACROSS, rows * DOWN
        self._cells = [[0] * columns for _ in range(rows)]

    def put(self, x: int, y: int) -> None:
        """Set a dot; what lies outside is left out."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._cells[y // DOWN][x // ACROSS] |= _BITS[y % DOWN][x % ACROSS]

    def column(self, x: int, top: int, bottom: int) -> None:
        """A vertical line."""
        for y in range(top, bottom + 1):
            self.put(x, y)

    def line(self, x1: int, y1: int, x2: int, y2: int) -> None:
        """A line whose dots touch, both ends included (Bresenham 1965)."""
        dx, dy = abs(x2 - x1), -abs(y2 - y1)
        step_x, step_y = (1 if x1 < x2 else -1), (1 if y1 < y2 else -1)
        error = dx + dy
        while True:
            self.put(x1, y1)
            if x1 == x2 and y1 == y2:
                return
            doubled = 2 * error
            if doubled >= dy:
                error, x1 = error + dy, x1 + step_x
            if doubled <= dx:
                error, y1 = error + dx, y1 + step_y

    def masks(self, row: int) -> list[int]:
        """The dots of each cell of a row."""
        return self._cells[row]


@dataclass(frozen=True, slots=True)
class Range:
    """The values between the lowest and the highest row of a chart, on its scale."""

    low: float
    high: float
    scale: Scale

    def row_of(self, value: float, height: int) -> int:
        """The row of a value, 0 at the top, in a chart `height` rows high."""
        place = math.log10(value) if self.scale == "log" else value
        return round((self.high - place) / (self.high - self.low) * (height - 1))

    def line_of(self, value: float, rows: int) -> int:
        """The line of cells that a value's dot lies in, in a chart of `rows` lines."""
        return self.row_of(value, rows * DOWN) // DOWN

    def ticks(self, most: int) -> tuple[float, ...]:
        """Round values that lie within, `most` or a few less; at least one."""
        if self.scale == "log":
            return _log_ticks(self.low, self.high, most)
        return linear_ticks(self.low, self.high, most)


class Extremes(Protocol):
    """A piece of an axis with the least and the greatest value in it."""

    @property
    def low(self) -> float | None:
        """The least; None without any."""

    @property
    def high(self) -> float | None:
        """The greatest; None without any."""


def range_of(pieces: Iterable[Extremes], scale: Scale) -> Range | None:
    """The range of what can be drawn; None where nothing can. One value gets room around it."""
    drawn = [found for piece in pieces if (found := extremes_of(piece.low, piece.high, scale))]
    if not drawn:
        return None
    low, high = min(low for low, _ in drawn), max(high for _, high in drawn)
    if scale == "log":
        low, high = math.log10(low), math.log10(high)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        room = 0.5 if scale == "log" else abs(high) * 0.05 or 0.5
        low, high = low - room, high + room
    return Range(low, high, scale)


@dataclass(slots=True)
class Drawing:
    """A drawn curve: its dots, the smoothed one's, and the columns where values are missing
    because they are not finite. `left_out` counts buckets a logarithm has no place for; `end`
    is the dot of the last value."""

    dots: Dots
    smooth: Dots | None
    gaps: set[int] = field(default_factory=set)
    left_out: int = 0
    end: tuple[int, int] | None = None


def draw(
    buckets: Sequence[SeriesBucket], shown: Range, columns: int, rows: int, smoothing: float
) -> Drawing:
    """Draw a series.

    Every bucket becomes a vertical line from its lowest to its highest value, and a line joins
    it to the one before, over buckets without points; not over values that are not finite.

    Args:
        buckets: the series in pieces of its axis, `ACROSS` for each column at best.
        shown: which values lie between the bottom and the top.
        columns, rows: the size in cells.
        smoothing: weight of what came before in the smoothed curve, 0 for none, below 1.
    """
    drawing = Drawing(Dots(columns, rows), Dots(columns, rows) if smoothing else None)
    height = drawing.dots.height
    before: tuple[int, int] | None = None
    smoothed: tuple[int, int] | None = None
    mean, weight = 0.0, 0.0
    for index, bucket in enumerate(buckets):
        x = index * drawing.dots.width // len(buckets)
        if bucket.nonfinite:
            drawing.gaps.add(x // ACROSS)
        extremes = _extremes(bucket, shown.scale)
        if extremes is None:
            drawing.left_out += bool(bucket.count)
            if bucket.nonfinite:
                before = smoothed = None
            continue
        bottom, top = (shown.row_of(value, height) for value in extremes)
        if before is not None:
            drawing.dots.line(*before, x, min(max(before[1], top), bottom))
        drawing.dots.column(x, top, bottom)
        last = bucket.last if bucket.last is not None else extremes[1]
        last = min(max(last, extremes[0]), extremes[1])
        before = drawing.end = (x, shown.row_of(last, height))
        if drawing.smooth is not None:
            middle = last if bucket.count == 1 else (extremes[0] + extremes[1]) / 2
            mean = smoothing * mean + (1 - smoothing) * middle
            weight = smoothing * weight + (1 - smoothing)
            # Without the division the first values would be drawn towards zero.
            here = (x, shown.row_of(mean / weight, height))
            drawing.smooth.line(*(smoothed or here), *here)
            smoothed = here
    return drawing


def linear_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round values from `low` to `high`, at most `most` and at least one."""
    if not high > low:
        return (low,)
    raw = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (*_STEPS, 20.0, 25.0, 50.0):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if 1 <= last - first + 1 <= most:
            return tuple(number * step for number in range(first, last + 1))
    return ((low + high) / 2,)


def time_ticks(start: float, end: float, most: int) -> tuple[tuple[float, str], ...]:
    """Round places on an axis of seconds with their labels (`30s`, `5m`, `2h`), `most` at most."""
    step = next((s for s in _SECONDS if (end - start) / s <= max(1, most)), _SECONDS[-1])
    while (end - start) / step > max(1, most):
        step *= 2
    size, unit = next((size, unit) for size, unit in _UNITS if step >= size)
    size = max(size, 1.0)
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    return tuple(
        (number * step, f"{number * step / size:g}{unit}") for number in range(first, last + 1)
    )


def _log_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    for factors in (_LOG_STEPS, (1.0,)):
        found = tuple(_within(low, high, factors))
        if 2 <= len(found) <= most:
            return found
    decades = tuple(_within(low, high, (1.0,)))
    if decades:
        return decades[:: -(-len(decades) // max(1, most))]
    return linear_ticks(10.0**low, 10.0**high, most)


def _within(low: float, high: float, factors: tuple[float, ...]) -> Iterator[float]:
    for power in range(math.floor(low), math.ceil(high) + 1):
        for factor in factors:
            if low - 1e-9 <= power + math.log10(factor) <= high + 1e-9:
                yield factor * 10.0**power


def extremes_of(low: float | None, high: float | None, scale: Scale) -> tuple[float, float] | None:
    """The lowest and the highest of values that have a place on the scale; None for none."""
    if low is None or high is None:
        return None
    if scale == "linear":
        return low, high
    if high <= 0:
        return None
    return (low if low > 0 else high), high


def _extremes(bucket: SeriesBucket, scale: Scale) -> tuple[float, float] | None:
    return extremes_of(bucket.low, bucket.high, scale)
