"""How the hours were spent over time: a curve for each unit, and when it passed each warning.

Amounts are what the supervisors' monotonic clocks measured and the ledger keeps; the wall
clock says only where on the time axis a run begins. A clock that was set back or forward
moves a run along the axis and changes no amount. A run's spending is laid evenly over its
own duration.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from grd_core.budget.account import SECONDS_PER_HOUR, UNITS
from grd_core.budget.projection import WARNED_SHARES

if TYPE_CHECKING:
    import sqlite3

Rows = Callable[[str], list["sqlite3.Row"]]

_RUNS = """
WITH ended AS MATERIALIZED
     (SELECT run_id, min(id) AS id FROM run_state WHERE state != 'started' GROUP BY run_id)
SELECT r.id, r.experiment_id, r.at,
       coalesce(json_extract(s.detail_json, '$.totals.gpu_s'),
                iif(s.id IS NULL, p.gpu_s, NULL), 0.0) AS gpu_s,
       coalesce(json_extract(s.detail_json, '$.totals.cpu_s'),
                iif(s.id IS NULL, p.cpu_s, NULL), 0.0) AS cpu_s,
       coalesce(json_extract(s.detail_json, '$.totals.wall_s'),
                iif(s.id IS NULL, p.wall_s, NULL), 0.0) AS wall_s
FROM run r
LEFT JOIN ended e ON e.run_id = r.id
LEFT JOIN run_state s ON s.id = e.id
LEFT JOIN run_progress p ON p.run_id = r.id
ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class RunSpending:
    """One run: when it was recorded (Unix seconds, by the wall clock), how long it took by the
    monotonic clock, and the hours it has spent of each unit, in the order of `UNITS`."""

    run_id: int
    experiment_id: int
    began: float
    wall_s: float
    hours: tuple[float, ...]

    def unit(self, name: str) -> float:
        """Hours spent of one unit."""
        return self.hours[UNITS.index(name)]


@dataclass(frozen=True, slots=True)
class LimitPeriod:
    """A limit, in hours, and the Unix seconds from and until which it held; the version of the
    objective that said it. `until` is infinite for the present one."""

    version: int
    limit: float
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Warned:
    """A share of a limit that was spent: of which unit, under which version, and when
    (Unix seconds)."""

    unit: str
    share: float
    limit: float
    version: int
    at: float


def spending_of_runs(rows: Rows) -> tuple[RunSpending, ...]:
    """Every run with what it has spent, each counted once: its first recorded end, else what
    its supervisor said last."""
    return tuple(
        RunSpending(
            run_id=row["id"],
            experiment_id=row["experiment_id"],
            began=_unix(row["at"]),
            wall_s=max(0.0, float(row["wall_s"])),
            hours=tuple(
                max(0.0, float(row[total])) / SECONDS_PER_HOUR
                for total in ("gpu_s", "cpu_s", "wall_s")
            ),
        )
        for row in rows(_RUNS)
    )


def limit_periods(rows: Rows) -> dict[str, tuple[LimitPeriod, ...]]:
    """Which limit of each unit held when, by the locked versions of the objective."""
    locks = rows("SELECT version, at, rule_json FROM objective_lock ORDER BY id")
    begins = [_unix(row["at"]) for row in locks]
    found: dict[str, list[LimitPeriod]] = {unit: [] for unit in UNITS}
    for row, (since, until) in zip(locks, pairwise([*begins, math.inf]), strict=True):
        rule: dict[str, Any] = json.loads(row["rule_json"])
        budget = rule.get("budget") or {}
        for unit in UNITS:
            if budget.get(unit):
                found[unit].append(LimitPeriod(row["version"], float(budget[unit]), since, until))
    return {unit: tuple(periods) for unit, periods in found.items()}


def spent_until(runs: Sequence[RunSpending], unit: str, times: Sequence[float]) -> list[float]:
    """Hours of a unit spent until each of these Unix seconds, which must rise.

    Never falls, and is the sum of all runs at a time that lies behind them.
    """
    grown = [0.0] * (len(times) + 1)
    for run in runs:
        hours = run.unit(unit)
        before = 0.0
        for index in range(bisect_left(times, run.began), len(times)):
            share = min(1.0, (times[index] - run.began) / run.wall_s) if run.wall_s else 1.0
            grown[index] += hours * share - before
            before = hours * share
            if share >= 1.0:
                break
    return list(accumulate(grown[: len(times)]))


def warned(
    runs: Sequence[RunSpending], unit: str, periods: Sequence[LimitPeriod]
) -> tuple[Warned, ...]:
    """Each share of `WARNED_SHARES` of each limit that was passed while that limit held, once.

    A share that an amendment finds already spent counts as passed when the amendment was made.
    """
    shares = [(period, share) for period in periods for share in WARNED_SHARES]
    wanted = sorted({share * period.limit for period, share in shares})
    reached = dict(zip(wanted, _reached(runs, unit, wanted), strict=True))
    found = []
    for period, share in shares:
        moment = reached[share * period.limit]
        if moment is not None and max(moment, period.since) < period.until:
            at = max(moment, period.since)
            found.append(Warned(unit, share, period.limit, period.version, at))
    return tuple(sorted(found, key=lambda one: (one.version, one.share)))


def _reached(
    runs: Sequence[RunSpending], unit: str, amounts: Sequence[float]
) -> list[float | None]:
    """When the hours spent reached each amount (rising); None where they have not."""
    whole = math.fsum(run.unit(unit) for run in runs)
    changes: list[tuple[float, float, float]] = []
    for run in runs:
        hours = run.unit(unit)
        if hours > 0 and run.wall_s > 0:
            rate = hours / run.wall_s
            changes += [(run.began, rate, 0.0), (run.began + run.wall_s, -rate, 0.0)]
        elif hours > 0:
            changes.append((run.began, 0.0, hours))
    changes.sort()
    found: list[float | None] = []
    spent = rate = now = 0.0
    pending = [amount for amount in amounts if amount <= whole]
    for at, change, jump in changes:
        while len(found) < len(pending) and spent + rate * (at - now) >= pending[len(found)]:
            missing = max(0.0, pending[len(found)] - spent)
            found.append(min(at, now + missing / rate) if rate > 0 else at)
        spent += rate * (at - now)
        rate, now = max(0.0, rate + change), at
        if jump:
            spent += jump
            while len(found) < len(pending) and spent >= pending[len(found)]:
                found.append(at)
    # What rounding kept from being reached was reached with the last run.
    found += [now] * (len(pending) - len(found))
    return found + [None] * (len(amounts) - len(pending))


def _unix(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
