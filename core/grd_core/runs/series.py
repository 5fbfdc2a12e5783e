"""One metric as a chart needs it: minimum, maximum and last value of each piece of an axis.

A bucket holds the points whose step (or time) lies in its piece of the axis, whenever they
arrived. Steps may go back: a run that was resumed walks some of them twice, and both passes
count in the bucket; `last` is the value that arrived last. Nothing is dropped or averaged, so
a spike shows at any width.

A stored chunk of finite points that is no wider than a bucket is not unpacked: its stored
extremes count in the bucket that its middle lies in, so a point may show up to half a bucket
off. Any other chunk is unpacked and its points are placed exactly. Where a chunk begins and ends is
known from its first and last point; a chunk that covers clearly fewer steps than it has
points, or than chunks usually do, holds a resumption and is unpacked to see. A smaller step
back within one chunk counts as lying between the two; without a window nothing is left out.
"""

from __future__ import annotations

import math
import time
from array import array
from dataclasses import dataclass, replace
from statistics import median

from grd_core.ledger.read import Reader
from grd_core.runs.points import unpack
from grd_core.runs.series_window import (
    MOST_STEPS_KEPT,
    Axis,
    Chunk,
    Columns,
    SeriesBucket,
    Window,
)
from grd_core.study import Study

__all__ = ["MOST_STEPS_KEPT", "Axis", "Point", "Series", "SeriesBucket", "series", "series_of"]

MOST_BUCKETS = 4096


@dataclass(frozen=True, slots=True)
class Point:
    """One point: its step, when it was logged (Unix seconds), its value, which may be NaN."""

    step: int
    time: float
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """A metric over a window of its axis, and the whole metric in four true points.

    `start` and `end` bound the window, both included; bucket i covers the i-th of
    `len(buckets)` equal pieces of it. `count` finite values and `nonfinite` others lie in it.
    `nonfinite_steps` are steps of NaN and infinite values in the window in the order of their
    arrival, the first `MOST_STEPS_KEPT` of them. `first`, `last`, `lowest` and `highest` are
    single points of the whole metric, whatever the window; of equal extremes the one that
    came first. `age_s` counts from the last point's own time.
    """

    metric: str
    axis: Axis
    start: float
    end: float
    buckets: tuple[SeriesBucket, ...]
    count: int
    nonfinite: int
    nonfinite_steps: tuple[int, ...]
    total: int
    first: Point | None
    last: Point | None
    lowest: Point | None
    highest: Point | None
    age_s: float | None

    @property
    def width(self) -> float:
        """The width of one bucket on the axis, in steps or seconds."""
        return (self.end - self.start) / len(self.buckets) if self.buckets else 0.0


def series(
    study: Study,
    run_id: int,
    metric: str,
    *,
    buckets: int,
    start: float | None = None,
    end: float | None = None,
    axis: Axis = "step",
) -> Series:
    """A metric of a run in `buckets` pieces of its axis.

    Args:
        study: the study.
        run_id: the run's id in the ledger.
        metric: its name as it was logged.
        buckets: how many pieces, from 1 to `MOST_BUCKETS`.
        start: where the window begins, a step or Unix seconds; None for the first point.
        end: where it ends, that place included; None for the last point.
        axis: what places a point.

    Returns:
        Empty, with no points, for a metric that nobody logged; buckets without points where
        the window lies beside them.
    """
    with study.read() as ledger:
        return series_of(ledger, run_id, metric, buckets=buckets, start=start, end=end, axis=axis)


def series_of(
    ledger: Reader,
    run_id: int,
    metric: str,
    *,
    buckets: int,
    start: float | None = None,
    end: float | None = None,
    axis: Axis = "step",
) -> Series:
    """As `series`, through a reader that is open."""
    summary = ledger.one(
        "SELECT id, count, last_step, last_time, last_value FROM metric_summary"
        " WHERE run_id = ? AND name = ?",
        run_id,
        metric,
    )
    if summary is None:
        return Series(metric, axis, 0.0, 0.0, (), 0, 0, (), 0, None, None, None, None, None)
    chunks = _chunks(ledger, summary["id"], axis)
    tail = _tail(ledger, summary["id"])
    low, high = _reach(chunks, tail, axis)
    window = Window(
        low if start is None else start,
        high if end is None else end,
        min(max(1, buckets), MOST_BUCKETS),
        is_cut=(start is not None, end is not None),
    )
    for chunk in chunks:
        if chunk.until < window.since or chunk.since > window.until:
            continue
        if chunk.fits(window) and window.knows(chunk):
            window.add_whole(chunk)
        else:
            window.add_points(_columns(ledger, chunk.id, axis), all_finite=not chunk.nonfinite)
    if tail:
        places = [point.step if axis == "step" else point.time for point in tail]
        columns = Columns(places, [point.step for point in tail], [point.value for point in tail])
        window.add_points(columns, all_finite=False)
    last = math.nan if summary["last_value"] is None else summary["last_value"]
    return Series(
        metric=metric,
        axis=axis,
        start=window.start,
        end=window.end,
        buckets=window.buckets(),
        count=sum(window.counts),
        nonfinite=sum(window.nonfinite),
        nonfinite_steps=tuple(window.steps_kept),
        total=summary["count"],
        first=_first(ledger, chunks, tail),
        last=Point(summary["last_step"], summary["last_time"], last),
        lowest=_extreme(ledger, chunks, tail, sign=1),
        highest=_extreme(ledger, chunks, tail, sign=-1),
        age_s=max(0.0, time.time() - summary["last_time"]),
    )


_CHUNKS_BY_STEP = """
SELECT id, count, nonfinite, first_step, last_step, min_value, max_value, last_value
FROM point_chunk WHERE metric_id = ? ORDER BY seq
"""
_CHUNKS_BY_TIME = _CHUNKS_BY_STEP.replace("_step", "_time")


def _chunks(ledger: Reader, metric_id: int, axis: Axis) -> list[Chunk]:
    cursor = ledger.driver.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        _CHUNKS_BY_STEP if axis == "step" else _CHUNKS_BY_TIME,
        (metric_id,),
    ).fetchall()
    chunks = [Chunk(*row) for row in rows]
    usual = median(chunk.until - chunk.since for chunk in chunks) if chunks else 0.0
    return [
        _true(ledger, chunk, axis) if chunk.goes_back(axis, usual) else chunk for chunk in chunks
    ]


def _true(ledger: Reader, chunk: Chunk, axis: Axis) -> Chunk:
    """The chunk with the places it really covers."""
    places = _columns(ledger, chunk.id, axis).places
    return replace(chunk, since=min(places), until=max(places))


def _tail(ledger: Reader, metric_id: int) -> list[Point]:
    cursor = ledger.driver.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        "SELECT step, time, value FROM point_tail WHERE metric_id = ? ORDER BY seq", (metric_id,)
    )
    return [Point(step, at, math.nan if value is None else value) for step, at, value in rows]


def _reach(chunks: list[Chunk], tail: list[Point], axis: Axis) -> tuple[float, float]:
    places = [point.step if axis == "step" else point.time for point in tail]
    places += [chunk.since for chunk in chunks] + [chunk.until for chunk in chunks]
    return min(places, default=0.0), max(places, default=0.0)


def _blob(ledger: Reader, chunk_id: int) -> tuple[array[int], array[float], array[float]]:
    points = unpack(ledger.value("SELECT data FROM point_blob WHERE chunk_id = ?", chunk_id))
    return points.steps, points.times, points.values


def _columns(ledger: Reader, chunk_id: int, axis: Axis) -> Columns:
    steps, times, values = _blob(ledger, chunk_id)
    return Columns((steps if axis == "step" else times).tolist(), steps, values)


def _first(ledger: Reader, chunks: list[Chunk], tail: list[Point]) -> Point | None:
    if not chunks:
        return tail[0] if tail else None
    steps, times, values = _blob(ledger, chunks[0].id)
    return Point(steps[0], times[0], values[0])


def _extreme(ledger: Reader, chunks: list[Chunk], tail: list[Point], *, sign: int) -> Point | None:
    """The lowest (sign 1) or highest (−1) finite point: one blob is read, or none."""
    best = min(
        (point for point in tail if math.isfinite(point.value)),
        key=lambda point: sign * point.value,
        default=None,
    )
    known = [chunk for chunk in chunks if chunk.low is not None and chunk.high is not None]
    chunk = min(known, key=lambda chunk: sign * _edge(chunk, sign), default=None)
    if chunk is None:
        return best
    edge = _edge(chunk, sign)
    if best is not None and sign * best.value < sign * edge:
        return best
    steps, times, values = _blob(ledger, chunk.id)
    index = values.index(edge)
    return Point(steps[index], times[index], values[index])


def _edge(chunk: Chunk, sign: int) -> float:
    edge = chunk.low if sign > 0 else chunk.high
    return math.nan if edge is None else edge
