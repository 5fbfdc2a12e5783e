"""What wants eyes in one run: values that are no numbers, a gap that grows, data that stops."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from grd_core.ledger.read import Reader
from grd_core.runs import divergence, gpu_alarms
from grd_core.runs.journal_faults import (
    MALFORMED_RULE,
    REWRITTEN_RULE,
    malformed_text,
    rewritten_text,
)
from grd_core.runs.metric_lines import MetricLine
from grd_core.runs.metric_names import MetricPair, pairs_of
from grd_core.runs.pace import STALLED_INTERVALS, STALLED_LEAST_S, Pace
from grd_core.runs.points import CHUNK, overview, read_points, unpack
from grd_core.runs.progress import Progress
from grd_core.runs.reach import OUT_OF_REACH
from grd_core.runs.readers.taking_up import MetricFile
from grd_core.runs.run_lines import RunLine

GAP_PATIENCE = 5
"""Validation values after the best one before a gap may be called growing."""
GAP_GROWTH = 0.1
"""How much the gap must have grown, as a share of the best validation value."""
LEVEL_OF = 3
"""The present level is the median of so many last values."""

Standing = Literal["attention", "blocked"]

_PIECES = 200
_READ_WHOLE = 8 * CHUNK

_CRASHED = {
    "failed": "crashed",
    "out_of_memory": "crashed, out of memory",
    "interrupted": "interrupted",
}

RULES = {
    "supervisor": "nobody holds the supervisor's lock though no end is recorded, or it holds it"
    " and has not written its record of every second",
    OUT_OF_REACH: "no end is recorded and its folder cannot be read: its mount is away, or it was"
    " removed. Nothing is decided meanwhile, and the rest of its lease stays set aside; where it"
    " is gone for good, `grd stop RUN --give-up` says so",
    "crashed": "the run ended by an error, a signal or its supervisor's death; nobody stopped it",
    "not a number": "every value from that step on is NaN or infinite; it blocks where the metric"
    " is a loss, without which nothing is learned",
    "divergence": divergence.RULE,
    "overfit": f"{GAP_PATIENCE} values or more after the best one, the median of the last"
    f" {LEVEL_OF} on validation is worse than the best, training is better than it was then, and"
    f" the distance between the two grew by more than {GAP_GROWTH:.0%} of the best value",
    "stale": f"nothing was logged for {STALLED_LEAST_S:g} s and for {STALLED_INTERVALS:g} usual"
    " intervals",
    "lost GPU": gpu_alarms.RULE,
    "rewritten": REWRITTEN_RULE,
    "unreadable": MALFORMED_RULE,
    "damaged": "a file of another tool that metrics come from holds bytes that cannot be right;"
    " what stands before them was taken up, and it is not read any more",
}
"""When each kind of alarm is raised, in words."""


@dataclass(frozen=True, slots=True)
class WatchAlarm:
    """A sentence about a run. `standing` is blocked where nothing useful can come any more
    until somebody acts, else attention. `kind` is a key of `RULES`, `rule` what stands there."""

    standing: Standing
    text: str
    kind: str = ""
    rule: str = ""


def alarms_of(
    ledger: Reader,
    line: RunLine,
    metrics: Sequence[MetricLine],
    pace: Pace,
    *,
    liveness: str,
    progress: Progress,
    files: Sequence[MetricFile],
) -> tuple[WatchAlarm, ...]:
    """The alarms of one run, what blocks first; `RULES` says when each is raised.

    Args:
        ledger: the ledger.
        line: the run.
        metrics: all its metrics, the meter's too.
        pace: how fast data came so far.
        liveness: running, silent, gone, out of reach or ended, as `WatchSnapshot` has it.
        progress: what its supervisor said last.
        files: those of other tools that its metrics come from.
    """
    own = [metric for metric in metrics if not metric.is_meter]
    levels = _Levels(ledger, line.id, {metric.name: metric.count for metric in own})
    found = [
        *_not_finite(ledger, line.id, own),
        *_of_supervision(metrics, liveness),
        *_of_the_end(line),
        *_of_journals(line),
        *_of_devices(ledger, line.id),
        *_of_files(files),
        *_of_silence(own, pace, liveness, progress.started),
        *_diverging(levels, own),
        *_growing_gaps(levels, own),
    ]
    return tuple(sorted(found, key=lambda alarm: alarm.standing != "blocked"))


def _alarm(standing: Standing, text: str, kind: str) -> WatchAlarm:
    return WatchAlarm(standing, text, kind, RULES[kind])


def _of_supervision(metrics: Sequence[MetricLine], liveness: str) -> Iterator[WatchAlarm]:
    if liveness == "gone":
        text = "its supervisor is gone: no end is recorded yet"
        yield _alarm("blocked", text, "supervisor")
    elif liveness == OUT_OF_REACH:
        text = "its folder is out of reach: what became of it is known when it is back"
        yield _alarm("attention", text, OUT_OF_REACH)
    elif liveness == "silent":
        age_s = min((metric.age_s for metric in metrics if metric.is_meter), default=None)
        since = "" if age_s is None else f" for {_seconds(age_s)}"
        yield _alarm("attention", f"its supervisor was not heard of{since}", "supervisor")


def _of_the_end(line: RunLine) -> Iterator[WatchAlarm]:
    word = _CRASHED.get(line.state)
    if word is not None:
        code = f", exit {line.exit_code}" if line.exit_code else ""
        why = f": {line.detail}" if line.detail else ""
        yield _alarm("attention", f"{word}{code}{why}", "crashed")


def _of_journals(line: RunLine) -> Iterator[WatchAlarm]:
    if line.rewritten:
        yield _alarm("blocked", rewritten_text(line.rewritten), "rewritten")
    if line.malformed:
        yield _alarm("attention", malformed_text(line.malformed), "unreadable")


def _of_devices(ledger: Reader, run_id: int) -> Iterator[WatchAlarm]:
    for is_last, text in gpu_alarms.lost_gpus(ledger, run_id):
        yield _alarm("blocked" if is_last else "attention", text, "lost GPU")


def _of_files(files: Sequence[MetricFile]) -> Iterator[WatchAlarm]:
    for file in files:
        if file.status == "damaged":
            why = f": {file.word}" if file.word else ""
            yield _alarm("attention", f"{file.path} is damaged{why}", "damaged")


def _of_silence(
    own: Sequence[MetricLine], pace: Pace, liveness: str, started: float | None
) -> Iterator[WatchAlarm]:
    if liveness not in ("running", "silent"):
        return
    age_s = min((metric.age_s for metric in own), default=None)
    if age_s is not None:
        if pace.is_stalled(age_s):
            yield _alarm("attention", f"no data for {_seconds(age_s)}", "stale")
    elif started is not None and (ago_s := time.time() - started) > STALLED_LEAST_S:
        text = f"no metric in the {_seconds(ago_s)} since its start"
        yield _alarm("attention", text, "stale")


def _not_finite(ledger: Reader, run_id: int, own: Sequence[MetricLine]) -> Iterator[WatchAlarm]:
    for metric in own:
        if metric.last is not None or not metric.nonfinite:
            continue
        since = _not_finite_since(ledger, run_id, metric.name)
        what = "NaN" if metric.last_text == "nan" else metric.last_text.replace("inf", "infinite")
        yield _alarm(
            "blocked" if _is_loss(metric) else "attention",
            f"{metric.name} is {what} since step {since}",
            "not a number",
        )


def _is_loss(metric: MetricLine) -> bool:
    return "loss" in metric.quantity.split("_")


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


def _diverging(levels: _Levels, own: Sequence[MetricLine]) -> Iterator[WatchAlarm]:
    """Losses; not those on validation beside one on training, whose rise is a gap."""
    beside = {pair.validation for pair in pairs_of(metric.name for metric in own)}
    for metric in own:
        if _is_loss(metric) and metric.name not in beside and metric.last is not None:
            text = divergence.diverging(metric.name, levels.of(metric.name))
            if text:
                yield _alarm("attention", text, "divergence")


def _growing_gaps(levels: _Levels, own: Sequence[MetricLine]) -> Iterator[WatchAlarm]:
    counts = {metric.name: metric.count for metric in own}
    for pair in pairs_of(counts):
        if pair.good and counts[pair.validation] > GAP_PATIENCE:
            text = growing_gap(pair, levels.of(pair.train), levels.of(pair.validation))
            if text:
                yield _alarm("attention", text, "overfit")


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


class _Levels:
    """Finite values of metrics with their steps: all of a short one, the last of each piece of
    a long one. Each is read once."""

    def __init__(self, ledger: Reader, run_id: int, counts: dict[str, int]) -> None:
        self._ledger, self._run_id, self._counts = ledger, run_id, counts
        self._read: dict[str, list[tuple[int, float]]] = {}

    def of(self, name: str) -> list[tuple[int, float]]:
        """(step, value) in the order of their arrival."""
        if name not in self._read:
            self._read[name] = self._levels(name, self._counts[name])
        return self._read[name]

    def _levels(self, name: str, count: int) -> list[tuple[int, float]]:
        if count <= _READ_WHOLE:
            points = read_points(self._ledger, self._run_id, name)
            found = zip(points.steps, points.values, strict=True)
            return [(step, value) for step, value in found if math.isfinite(value)]
        # As many pieces as there are chunks at most, so that no chunk is unpacked.
        buckets = min(_PIECES, count // CHUNK)
        pieces = overview(self._ledger, self._run_id, name, buckets=buckets)
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
