"""Runs that go on: whether they are supervised, how far they are, what they spend."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from grd_core.budget.account import UNITS
from grd_core.budget.projection import LiveSpending, UnitRate
from grd_core.launch.reap import is_supervised
from grd_core.ledger.read import Reader
from grd_core.runs.metric_lines import MetricLine, metric_lines
from grd_core.runs.pace import RATE_WINDOW_S, Pace, pace_of
from grd_core.runs.progress import METER_PREFIX, Progress, progress_of
from grd_core.runs.reach import OUT_OF_REACH, in_reach
from grd_core.runs.records import RunRecord, runs_going_on
from grd_core.study import Study

SILENT_AFTER_S = 10.0
"""A supervisor that has said nothing for so long is called silent."""

SPENT_SECONDS = {"gpu_hours": "gpu_s", "cpu_hours": "cpu_s", "wall_hours": "wall_s"}
"""Where `Progress` holds what was spent of each unit."""

_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class LeaseLine:
    """One unit of a run's lease, in hours; `lease` is None where it is not limited."""

    unit: str
    spent: float
    lease: float | None


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A run that goes on; `liveness` is running, silent, gone or out of reach; `age_s` is
    since its supervisor was last heard of. `metrics` are the script's own."""

    run: RunRecord
    liveness: str
    age_s: float | None
    metrics: tuple[MetricLine, ...]
    pace: Pace
    spending: LiveSpending


def going_on(study: Study) -> tuple[GoingOn, ...]:
    """Every run whose end is not recorded, as the ingested journals have it; reads only."""
    now = time.time()
    found = []
    with study.read() as ledger:
        for run in runs_going_on(study, ledger):
            progress = progress_of(ledger.driver, run.id)
            age_s = None if progress.heartbeat is None else max(0.0, now - progress.heartbeat)
            metrics = metric_lines(ledger, run.id, now)
            pace = pace_of(ledger, run, metrics)
            leases = lease_lines(ledger, run, progress)
            found.append(
                GoingOn(
                    run=run,
                    liveness=liveness_of(run, age_s),
                    age_s=age_s,
                    metrics=tuple(metric for metric in metrics if not metric.is_meter),
                    pace=pace,
                    spending=spending_of(ledger, run, progress, leases, pace),
                )
            )
    return tuple(found)


def liveness_of(run: RunRecord, age_s: float | None) -> str:
    """running, silent, gone, out of reach or ended: the supervisor's lock says whether it lives,
    where the run's folder can be read."""
    if not run.is_going_on:
        return "ended"
    if not in_reach(run.folder):
        return OUT_OF_REACH
    try:
        supervised = is_supervised(run.folder)
    except OSError:
        return OUT_OF_REACH
    if not supervised:
        return "gone"
    return "silent" if age_s is not None and age_s > SILENT_AFTER_S else "running"


def lease_lines(ledger: Reader, run: RunRecord, progress: Progress) -> tuple[LeaseLine, ...]:
    """What a run has spent of each unit of its lease."""
    lease = ledger.one(
        "SELECT gpu_hours, cpu_hours, wall_hours FROM lease WHERE run_id = ?", run.id
    )
    return tuple(
        LeaseLine(
            unit,
            getattr(progress, SPENT_SECONDS[unit]) / _SECONDS_PER_HOUR,
            lease[unit] if lease else None,
        )
        for unit in UNITS
    )


def spending_of(
    ledger: Reader,
    run: RunRecord,
    progress: Progress,
    leases: Sequence[LeaseLine],
    pace: Pace,
) -> LiveSpending:
    """How a run spends now: one wall-hour an hour, its devices, its processors in use.

    Processors are the mean of the meter's samples of the last minutes; before the first
    sample nothing is said to be spent.
    """
    devices = len(progress.supervisor.get("gpus", ()))
    rates = {
        "wall_hours": 1.0 if progress.started is not None else 0.0,
        "gpu_hours": float(devices),
        "cpu_hours": _processors(ledger, run.id),
    }
    return LiveSpending(
        run_id=run.id,
        units=tuple(
            UnitRate(
                line.unit,
                rates[line.unit],
                None if line.lease is None else max(0.0, line.lease - line.spent),
            )
            for line in leases
        ),
        eta_s=pace.eta_s,
        done=pace.done,
        of_steps=pace.of_steps,
        steps_per_s=pace.per_s,
        counter=pace.counter,
    )


def _processors(ledger: Reader, run_id: int) -> float:
    row = ledger.one(
        "SELECT m.last_value, (SELECT avg(t.value) FROM point_tail t WHERE t.metric_id = m.id"
        " AND t.time > m.last_time - ?) AS mean FROM metric_summary m"
        " WHERE m.run_id = ? AND m.name = ?",
        RATE_WINDOW_S,
        run_id,
        f"{METER_PREFIX}cpu_cores",
    )
    if row is None:
        return 0.0
    known = row["last_value"] if row["mean"] is None else row["mean"]
    return max(0.0, float(known or 0.0))
