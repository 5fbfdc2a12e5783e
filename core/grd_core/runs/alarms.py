"""What wants eyes in one run: values that are no numbers, a gap that grows, data that stops."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from grd_core.ledger.read import Reader
from grd_core.runs.metric_lines import MetricLine
from grd_core.runs.metric_names import MetricPair, pairs_of
from grd_core.runs.pace import STALLED_LEAST_S, Pace
from grd_core.runs.points import CHUNK, overview, read_points, unpack

GAP_PATIENCE = 5
"""Validation values after the best one before a gap may be called growing."""
GAP_GROWTH = 0.1
"""How much the gap must have grown, as a share of the best validation value."""
LEVEL_OF = 3
"""The present level is the median of so many last values."""

_PIECES = 200
_READ_WHOLE = 8 * CHUNK


@dataclass(frozen=True, slots=True)
class WatchAlarm:
    """A sentence about a run. `standing` is blocked where nothing useful can come any more
    until somebody acts, else attention."""

    standing: Literal["attention", "blocked"]
    text: str


def alarms_of(
    ledger: Reader,
    run_id: int,
    metrics: Sequence[MetricLine],
    pace: Pace,
    *,
    liveness: str,
    started_s_ago: float | None,
) -> tuple[WatchAlarm, ...]:
    """The alarms of one run, what blocks first.

    - "its supervisor is gone": nobody supervises it and no end is recorded yet.
    - "its supervisor was not heard of for 12 s": it lives, but its journal stands still.
    - "loss is NaN since step 40": every value from that step on is not finite. It blocks
      where the metric is a loss, without which nothing is learned.
    - "validation gap growing": for each pair of `pairs_of` whose better direction is known,
      when at least `GAP_PATIENCE` validation values came after the best one, the median of
      the last `LEVEL_OF` is worse than the best, training is better than it was at that
      step, and the distance between the two grew by more than `GAP_GROWTH` of the best
      value. It says what the curves did, not why.
    - "no data for 42 s": the run is supervised, but its last metric is older than
      `pace.STALLED_LEAST_S` and than five usual intervals.

    Args:
        ledger: the ledger.
        run_id: the run's id in it.
        metrics: all its metrics, the meter's too.
        pace: how fast data came so far.
        liveness: running, silent, gone or ended, as `WatchSnapshot` has it.
        started_s_ago: seconds since its supervisor started it; None before.
    """
    own = [metric for metric in metrics if not metric.is_meter]
    found = [
        *_not_finite(ledger, run_id, own),
        *_of_supervision(metrics, liveness),
        *_of_silence(own, pace, liveness, started_s_ago),
        *_growing_gaps(ledger, run_id, own),
    ]
    return tuple(sorted(found, key=lambda alarm: alarm.standing != "blocked"))


def _of_supervision(metrics: Sequence[MetricLine], liveness: str) -> Iterator[WatchAlarm]:
    if liveness == "gone":
        yield WatchAlarm("blocked", "its supervisor is gone: no end is recorded yet")
    elif liveness == "silent":
        age_s = min((metric.age_s for metric in metrics if metric.is_meter), default=None)
        since = "" if age_s is None else f" for {_seconds(age_s)}"
        yield WatchAlarm("attention", f"its supervisor was not heard of{since}")


def _of_silence(
    own: Sequence[MetricLine], pace: Pace, liveness: str, started_s_ago: float | None
) -> Iterator[WatchAlarm]:
    if liveness not in ("running", "silent"):
        return
    age_s = min((metric.age_s for metric in own), default=None)
    if age_s is not None:
        if pace.is_stalled(age_s):
            yield WatchAlarm("attention", f"no data for {_seconds(age_s)}")
    elif started_s_ago is not None and started_s_ago > STALLED_LEAST_S:
        yield WatchAlarm("attention", f"no metric in the {_seconds(started_s_ago)} since its start")


def _not_finite(ledger: Reader, run_id: int, own: Sequence[MetricLine]) -> Iterator[WatchAlarm]:
    for metric in own:
        if metric.last is not None or not metric.nonfinite:
            continue
        since = _not_finite_since(ledger, run_id, metric.name)
        what = "NaN" if metric.last_text == "nan" else metric.last_text.replace("inf", "infinite")
        is_loss = "loss" in metric.quantity.split("_")
        yield WatchAlarm(
            "blocked" if is_loss else "attention", f"{metric.name} is {what} since step {since}"
        )


def _not_finite_since(ledger: Reader, run_id: int, name: str) -> int:
    """The step of the first of the last values that are all not finite."""
    metric_id = ledger.value(
        "SELECT id FROM metric_summary WHERE run_id = ? AND name = ?", run_id, name
    )
    since = 0
    for row in ledger.driver.execute(
        "SELECT step, value FROM point_tail WHERE metric_id = ? ORDER BY seq DESC", (metric_id,)
    ):
        if row["value"] is not None and math.isfinite(row["value"]):
            return since
        since = row["step"]
    for row in ledger.driver.execute(
        "SELECT id, count, nonfinite, first_step FROM point_chunk WHERE metric_id = ?"
        " ORDER BY seq DESC",
        (metric_id,),
    ):
        if row["nonfinite"] == row["count"]:
            since = row["first_step"]
            continue
        points = unpack(ledger.value("SELECT data FROM point_blob WHERE chunk_id = ?", row["id"]))
        for step, value in zip(reversed(points.steps), reversed(points.values), strict=True):
            if math.isfinite(value):
                return since
            since = step
    return since


def _growing_gaps(ledger: Reader, run_id: int, own: Sequence[MetricLine]) -> Iterator[WatchAlarm]:
    counts = {metric.name: metric.count for metric in own}
    for pair in pairs_of(counts):
        if pair.good and counts[pair.validation] > GAP_PATIENCE:
            text = growing_gap(
                pair,
                _levels(ledger, run_id, pair.train, counts[pair.train]),
                _levels(ledger, run_id, pair.validation, counts[pair.validation]),
            )
            if text:
                yield WatchAlarm("attention", text)


def growing_gap(
    pair: MetricPair, train: Sequence[tuple[int, float]], validation: Sequence[tuple[int, float]]
) -> str:
    """The sentence about a growing gap, or nothing; pure.

    Args:
        pair: the metrics and which way is better.
        train, validation: (step, finite value) in the order of their arrival.
    """
    sign = 1.0 if pair.good == "lower" else -1.0
    if len(validation) <= GAP_PATIENCE or not train:
        return ""
    at = min(range(len(validation)), key=lambda index: sign * validation[index][1])
    if len(validation) - 1 - at < GAP_PATIENCE:
        return ""
    best_step, best = validation[at]
    now = median(value for _, value in validation[-LEVEL_OF:])
    before = [value for step, value in train if step <= best_step] or [train[0][1]]
    then_train = median(before[-LEVEL_OF:])
    now_train = median(value for _, value in train[-LEVEL_OF:])
    worse, learned = sign * (now - best), sign * (then_train - now_train)
    growth = sign * ((now - now_train) - (best - then_train))
    if worse <= 0 or learned <= 0 or growth <= GAP_GROWTH * abs(best):
        return ""
    return (
        f"validation gap growing: {pair.validation} was best {best:.4g} at step {best_step}, is"
        f" {now:.4g}, while {pair.train} went from {then_train:.4g} to {now_train:.4g}"
    )


def _levels(ledger: Reader, run_id: int, name: str, count: int) -> list[tuple[int, float]]:
    """Finite values with their steps: all of a short metric, the last of each piece of a long."""
    if count <= _READ_WHOLE:
        points = read_points(ledger, run_id, name)
        found = zip(points.steps, points.values, strict=True)
        return [(step, value) for step, value in found if math.isfinite(value)]
    # As many pieces as there are chunks at most, so that no chunk is unpacked.
    pieces = overview(ledger, run_id, name, buckets=min(_PIECES, count // CHUNK))
    return [
        (piece.last_step, piece.last)
        for piece in pieces
        if piece.last is not None and math.isfinite(piece.last)
    ]


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
