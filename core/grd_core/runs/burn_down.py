"""The study's budget burned down: what was spent when, on what, with what gain, until when."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grd_core.budget.account import UNITS, UnitAccount, account_of
from grd_core.budget.history import (
    LimitPeriod,
    RunSpending,
    Warned,
    limit_periods,
    spending_of_runs,
    spent_until,
    warned,
)
from grd_core.budget.projection import UnitProjection, project
from grd_core.ledger.read import Reader
from grd_core.runs.costs import Costs, costs_of_study
from grd_core.runs.experiment_lines import ExperimentLine, experiments_of
from grd_core.runs.live import going_on
from grd_core.study import Study

HISTORY_POINTS = 60
"""Moments at which the spending is told, from the first run until now."""


@dataclass(frozen=True, slots=True)
class SpentAt:
    """Hours spent until a moment (UTC, ISO 8601)."""

    at: str
    spent: float


@dataclass(frozen=True, slots=True)
class WarnedAt:
    """A share of the limit that was spent, when, and the objective's version that set it."""

    share: float
    limit: float
    version: int
    at: str


@dataclass(frozen=True, slots=True)
class UnitBurnDown:
    """One unit, in hours. `limit`, `remaining` and `share` are None where nothing limits it.

    `rate` is hours per hour of the runs that go on; `gone_in_s` and `gone_at` are as in
    `UnitProjection`. `history` rises to `spent`; `warnings` are kept for ever, those of
    earlier limits too.
    """

    unit: str
    spent: float
    leased: float
    limit: float | None
    remaining: float | None
    share: float | None
    rate: float
    gone_in_s: float | None
    gone_at: str
    sentence: str
    warning: str
    history: tuple[SpentAt, ...]
    warnings: tuple[WarnedAt, ...]


@dataclass(frozen=True, slots=True)
class ExperimentCost:
    """What one experiment cost, in hours, and what it gained.

    `gain` is how much better its primary metric is than the best baseline's, in the metric's
    own unit, where both are known from the same source (`PrimaryMetric`); `gain_per_hour` is
    that over its hours of `cost_unit`. None where nobody can tell.
    """

    number: int
    name: str
    kind: str
    runs: int
    gpu_hours: float
    cpu_hours: float
    wall_hours: float
    cost_unit: str
    metric: str
    gain: float | None
    gain_per_hour: float | None


@dataclass(frozen=True, slots=True)
class BurnDown:
    """The budget of a study at a moment (UTC, ISO 8601), under a version of its objective;
    0 before the first lock. `expected_gain` is what the objective hopes for, as written;
    `costs` are kilowatt-hours and money, which limit nothing."""

    study: str
    at: str
    version: int
    running: int
    units: tuple[UnitBurnDown, ...]
    experiments: tuple[ExperimentCost, ...]
    metric: str
    expected_gain: float | str | None
    costs: Costs


def burn_down(study: Study, *, now: datetime | None = None) -> BurnDown:
    """The budget as the ledger and the ingested journals have it; reads only.

    Args:
        study: the study.
        now: the moment it is told for; by default the present one.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    now = now or datetime.now(UTC)
    live = [run.spending for run in going_on(study)]
    with study.read() as ledger:
        units = account_of(ledger.rows).units
        runs = spending_of_runs(ledger.rows)
        limits = limit_periods(ledger.rows)
        lines = experiments_of(study, ledger).lines
        version, rule = _locked(ledger)
        costs = costs_of_study(study, ledger)
    projected = {one.unit: one for one in project(units, live, now=now)}
    times = _times(runs, now)
    budget = rule.get("budget") or {}
    metrics: list[dict[str, Any]] = rule.get("metrics") or []
    primary = next((metric for metric in metrics if metric.get("role") == "primary"), {})
    return BurnDown(
        study=study.name,
        at=_iso(now.timestamp()),
        version=version,
        running=len(live),
        units=tuple(
            _unit(
                unit,
                projected.get(unit.unit),
                rate=sum(run.unit(unit.unit).rate for run in live),
                history=_history(runs, unit.unit, times),
                warnings=_warnings(runs, unit.unit, limits[unit.unit]),
            )
            for unit in units
        ),
        experiments=_costs(lines, runs, lower_is_better=primary.get("direction") == "lower"),
        metric=str(primary.get("name", "")),
        expected_gain=budget.get("expected_gain"),
        costs=costs,
    )


def _locked(ledger: Reader) -> tuple[int, dict[str, Any]]:
    row = ledger.one("SELECT version, rule_json FROM objective_lock ORDER BY id DESC LIMIT 1")
    return (0, {}) if row is None else (row["version"], json.loads(row["rule_json"]))


def _unit(
    unit: UnitAccount,
    projection: UnitProjection | None,
    *,
    rate: float,
    history: tuple[SpentAt, ...],
    warnings: tuple[WarnedAt, ...],
) -> UnitBurnDown:
    return UnitBurnDown(
        unit=unit.unit,
        spent=unit.spent,
        leased=unit.leased,
        limit=unit.limit,
        remaining=unit.remaining,
        share=None if projection is None else projection.share,
        rate=rate,
        gone_in_s=None if projection is None else projection.gone_in_s,
        gone_at="" if projection is None else projection.gone_at,
        sentence="" if projection is None else projection.sentence,
        warning="" if projection is None else projection.warning,
        history=history,
        warnings=warnings,
    )


def _times(runs: Sequence[RunSpending], now: datetime) -> list[float]:
    """From the first run until now, or until the last run's end where a clock ran ahead."""
    if not runs:
        return []
    first = min(run.began for run in runs)
    last = max(now.timestamp(), *(run.began + run.wall_s for run in runs))
    step = (last - first) / (HISTORY_POINTS - 1)
    return [*(first + index * step for index in range(HISTORY_POINTS - 1)), last]


def _history(runs: Sequence[RunSpending], unit: str, times: Sequence[float]) -> tuple[SpentAt, ...]:
    spent = spent_until(runs, unit, times)
    return tuple(SpentAt(_iso(at), hours) for at, hours in zip(times, spent, strict=True))


def _warnings(
    runs: Sequence[RunSpending], unit: str, periods: Sequence[LimitPeriod]
) -> tuple[WarnedAt, ...]:
    found: tuple[Warned, ...] = warned(runs, unit, periods)
    return tuple(WarnedAt(one.share, one.limit, one.version, _iso(one.at)) for one in found)


def _costs(
    lines: Sequence[ExperimentLine], runs: Sequence[RunSpending], *, lower_is_better: bool
) -> tuple[ExperimentCost, ...]:
    hours: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(UNITS, 0.0))
    for run in runs:
        for unit, spent in zip(UNITS, run.hours, strict=True):
            hours[run.experiment_id][unit] += spent
    sign = -1.0 if lower_is_better else 1.0
    best: dict[str, float] = {}
    for line in lines:
        if line.kind == "baseline" and line.metric_value is not None:
            value = sign * line.metric_value
            best[line.metric_source] = max(value, best.get(line.metric_source, value))
    return tuple(_cost(line, hours[line.id], best.get(line.metric_source), sign) for line in lines)


def _cost(
    line: ExperimentLine, hours: dict[str, float], baseline: float | None, sign: float
) -> ExperimentCost:
    gain = None
    if line.kind != "baseline" and baseline is not None and line.metric_value is not None:
        gain = sign * line.metric_value - baseline
    return ExperimentCost(
        number=line.number,
        name=line.name,
        kind=line.kind,
        runs=line.runs,
        gpu_hours=hours["gpu_hours"],
        cpu_hours=hours["cpu_hours"],
        wall_hours=hours["wall_hours"],
        cost_unit=line.cost_unit,
        metric=line.metric_text,
        gain=gain,
        gain_per_hour=gain / line.cost_h if gain is not None and line.cost_h > 0 else None,
    )


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
