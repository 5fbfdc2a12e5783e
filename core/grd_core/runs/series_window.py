"""Buckets of a chart being filled: with whole chunks, with slices, with single points."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Axis = Literal["step", "time"]

CLEARLY_FEWER = 0.9
"""A chunk that covers less than this share of the usual number of steps is looked into."""
MOST_STEPS_KEPT = 256
"""How many steps of values that are not finite are named; all of them are counted."""


@dataclass(frozen=True, slots=True)
class SeriesBucket:
    """The points of one piece of the axis: how many are finite, how many are not, and the
    finite extremes. `last` is None where the last value to arrive is not finite."""

    count: int = 0
    nonfinite: int = 0
    low: float | None = None
    high: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stored chunk: where on the axis it begins and ends, and its stored facts."""

    id: int
    count: int
    nonfinite: int
    since: float
    until: float
    low: float | None
    high: float | None
    last: float | None

    def goes_back(self, axis: Axis, usual: float) -> bool:
        """Whether its ends betray that the axis goes back within it."""
        covered = self.until - self.since
        if axis == "time":
            return covered < 0
        return covered < self.count - 1 or covered < CLEARLY_FEWER * usual

    def fits(self, window: Window) -> bool:
        """Whether it lies in the window whole and is no wider than a bucket."""
        inside = self.since >= window.since and self.until <= window.until
        return inside and self.until - self.since <= window.width


@dataclass(frozen=True, slots=True)
class Columns:
    """Points as columns: where each stands on the axis, its step, its value."""

    places: Sequence[float]
    steps: Sequence[int]
    values: Sequence[float]


class Window:
    """Buckets being filled. Points before `since` or after `until` are left out."""

    def __init__(
        self, start: float, end: float, buckets: int, *, is_cut: tuple[bool, bool]
    ) -> None:
        self.start, self.end = float(start), max(float(start), float(end))
        self.since = self.start if is_cut[0] else -math.inf
        self.until = self.end if is_cut[1] else math.inf
        self.width = (self.end - self.start) / buckets
        self.counts = [0] * buckets
        self.nonfinite = [0] * buckets
        self.steps_kept: list[int] = []
        self._low = [math.inf] * buckets
        self._high = [-math.inf] * buckets
        self._last: list[float | None] = [None] * buckets

    def knows(self, chunk: Chunk) -> bool:
        """Whether the stored facts of a chunk say all there is to say: it is finite
        throughout, or nowhere and steps enough are named."""
        nowhere = chunk.nonfinite == chunk.count and len(self.steps_kept) == MOST_STEPS_KEPT
        return not chunk.nonfinite or nowhere

    def add_whole(self, chunk: Chunk) -> None:
        """A chunk that is no wider than a bucket, by its stored facts."""
        index = self._bucket((chunk.since + chunk.until) / 2)
        self.nonfinite[index] += chunk.nonfinite
        self._last[index] = None
        if chunk.low is not None and chunk.high is not None:
            self.counts[index] += chunk.count
            self._low[index] = min(self._low[index], chunk.low)
            self._high[index] = max(self._high[index], chunk.high)
            self._last[index] = chunk.last

    def add_points(self, columns: Columns, *, all_finite: bool) -> None:
        """Points placed one by one, or slice by slice where their places never go back."""
        places = columns.places if isinstance(columns.places, list) else list(columns.places)
        if not all_finite or sorted(places) != places:
            self._add_each(columns)
            return
        values = list(columns.values)
        begin = bisect_left(places, self.since)
        while begin < len(places) and places[begin] <= self.until:
            index = self._bucket(places[begin])
            stop = self._end_of(index, places, begin)
            piece = values[begin:stop]
            self.counts[index] += len(piece)
            low, high = min(piece), max(piece)
            self._low[index] = min(self._low[index], low)
            self._high[index] = max(self._high[index], high)
            self._last[index] = piece[-1]
            begin = stop

    def _end_of(self, index: int, places: list[float], begin: int) -> int:
        """Where the points of a bucket end in a list of places that never go back."""
        stop = len(places)
        if index + 1 < len(self.counts):
            stop = bisect_left(places, self.start + (index + 1) * self.width, begin)
        elif places[-1] > self.until:
            stop = bisect_right(places, self.until, begin)
        # Division and multiplication may round a place on the edge to either side.
        return max(begin + 1, stop)

    def _add_each(self, columns: Columns) -> None:
        for place, step, value in zip(columns.places, columns.steps, columns.values, strict=True):
            if not self.since <= place <= self.until:
                continue
            index = self._bucket(place)
            if value - value != 0:
                self.nonfinite[index] += 1
                self._last[index] = None
                if len(self.steps_kept) < MOST_STEPS_KEPT:
                    self.steps_kept.append(step)
                continue
            self.counts[index] += 1
            self._low[index] = min(self._low[index], value)
            self._high[index] = max(self._high[index], value)
            self._last[index] = value

    def _bucket(self, place: float) -> int:
        if self.width <= 0:
            return 0
        return max(0, min(len(self.counts) - 1, int((place - self.start) / self.width)))

    def buckets(self) -> tuple[SeriesBucket, ...]:
        """What they hold now."""
        return tuple(
            SeriesBucket(count, nonfinite, low if count else None, high if count else None, last)
            for count, nonfinite, low, high, last in zip(
                self.counts, self.nonfinite, self._low, self._high, self._last, strict=True
            )
        )
