"""Several runs in one chart: each on its own axis from where it began, and seeds as a band.

On the time axis a place is seconds since the first value of its own run, so that runs of
different days lie over each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from grd_core.ledger.read import Reader
from grd_core.runs.progress import METER_PREFIX
from grd_core.runs.series import Series, series_of
from grd_core.runs.series_window import Axis

MOST_SEEDS = 12
"""Runs in a band at most, the newest; their number is said."""

_ROUNDED_S = 1e-6


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a run's values lie: steps, and the Unix seconds of the first and the last."""

    first_step: int
    last_step: int
    first_time: float
    last_time: float

    def reach(self, axis: Axis) -> tuple[float, float]:
        """Where its values begin and end on the axis: steps, or seconds since the first."""
        if axis == "step":
            return float(self.first_step), float(self.last_step)
        return 0.0, max(0.0, self.last_time - self.first_time)


@dataclass(frozen=True, slots=True)
class BandPiece:
    """One piece of the axis: how many runs reach into it, the least and the greatest value of
    any of them, and the median of their last values; None where no run has one."""

    runs: int = 0
    low: float | None = None
    high: float | None = None
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """One metric over several runs, from `start` to `end` in equal pieces. `runs` are their ids,
    those that logged it."""

    metric: str
    runs: tuple[int, ...]
    start: float
    end: float
    pieces: tuple[BandPiece, ...]


_EXTENT = """
SELECT min(m.first_step), max(m.last_step), max(m.last_time), min(coalesce(
  (SELECT c.first_time FROM point_chunk c WHERE c.metric_id = m.id ORDER BY c.seq LIMIT 1),
  (SELECT t.time FROM point_tail t WHERE t.metric_id = m.id ORDER BY t.seq LIMIT 1)))
FROM metric_summary m
WHERE m.run_id = ? AND substr(m.name, 1, ?) {own} ?
"""


def extent_of(ledger: Reader, run_id: int) -> Extent | None:
    """Where the values lie that a run logged itself, else the meter's; None before any."""
    for own in ("!=", "="):
        row = ledger.driver.execute(
            _EXTENT.format(own=own), (run_id, len(METER_PREFIX), METER_PREFIX)
        ).fetchone()
        if row[0] is not None:
            return Extent(row[0], row[1], row[3], row[2])
    return None


def placed_series(
    ledger: Reader,
    run_id: int,
    metric: str,
    *,
    buckets: int,
    start: float,
    end: float,
    axis: Axis,
    extent: Extent,
) -> Series:
    """As `series_of`, with the time axis in seconds since the run's first value.

    `start` and `end` are places on that axis; so are the series' own.
    """
    begin = 0.0 if axis == "step" else extent.first_time
    found = series_of(
        ledger,
        run_id,
        metric,
        buckets=buckets,
        start=begin + start,
        # The last place is a difference of two times, which may round to less than it was.
        end=begin + end + (_ROUNDED_S if begin else 0.0),
        axis=axis,
    )
    return replace(found, start=start, end=max(start, end)) if begin else found


def band(series: Sequence[tuple[int, Series]]) -> Band | None:
    """Several runs' series over the same pieces of an axis as one band; None for no points.

    Where a run logged nothing in a piece between two of its values, the value on the line
    between them counts; before its first and after its last it does not. Values that are not
    finite are left out. Nothing is averaged: the band holds every spike of every run.

    Args:
        series: run ids with one metric each, all of the same window and number of pieces.
    """
    with_points = [(run_id, one) for run_id, one in series if one.count]
    if not with_points:
        return None
    first = with_points[0][1]
    levels = [_levels(one) for _, one in with_points]
    pieces = []
    for at in range(len(first.buckets)):
        lasts = [level for run in levels if (level := run[at]) is not None]
        buckets = [one.buckets[at] for _, one in with_points]
        lows = [*lasts, *(bucket.low for bucket in buckets if bucket.low is not None)]
        highs = [*lasts, *(bucket.high for bucket in buckets if bucket.high is not None)]
        pieces.append(
            BandPiece(len(lasts), min(lows), max(highs), median(lasts)) if lasts else BandPiece()
        )
    ids = tuple(run_id for run_id, _ in with_points)
    return Band(first.metric, ids, first.start, first.end, tuple(pieces))


def _levels(series: Series) -> list[float | None]:
    """The last finite value of each piece, on a line between where there is none."""
    levels: list[float | None] = [None] * len(series.buckets)
    before: tuple[int, float] | None = None
    for at, bucket in enumerate(series.buckets):
        # Where the last value to arrive is not finite, the highest one that is stands for it.
        value = bucket.last if bucket.last is not None and bucket.count else bucket.high
        if value is None or value - value != 0:
            continue
        if before is not None:
            since, level = before
            for between in range(since + 1, at):
                share = (between - since) / (at - since)
                levels[between] = level + share * (value - level)
        levels[at] = value
        before = at, value
    return levels


_SEEDS = """
SELECT r.id FROM run r JOIN run w ON w.id = ? AND r.experiment_id = w.experiment_id
WHERE r.command_json = w.command_json
AND json_extract(r.inputs_json, '$.files') IS json_extract(w.inputs_json, '$.files')
AND json_extract(r.inputs_json, '$.data') IS json_extract(w.inputs_json, '$.data')
AND json_extract(r.inputs_json, '$.freeze') IS json_extract(w.inputs_json, '$.freeze')
ORDER BY r.id DESC LIMIT ?
"""


def seeds_of(ledger: Reader, run_id: int) -> tuple[int, ...]:
    """Runs of the same experiment from the same files, data and command, whatever their seeds,
    the run itself among them; in the order of their ids, the newest `MOST_SEEDS`."""
    rows = ledger.rows(_SEEDS, run_id, MOST_SEEDS)
    return tuple(sorted({row["id"] for row in rows} | {run_id}))
