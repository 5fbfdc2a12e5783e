"""The compute account: what the locked objective allows, what runs spent, what they may spend.

A run that has ended counts with the totals in its last state, exactly once. A run that is
going on counts with what it has spent so far, and the rest of its lease is set aside, so
that two launchers cannot promise the same hour twice: both reserve inside the ledger's one
write transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.errors import RefusedError

if TYPE_CHECKING:
    from grd_core.ledger.write import Transaction
    from grd_core.study import Study

UNITS = ("gpu_hours", "cpu_hours", "wall_hours")
"""Accounted units. GPU-hours are allocated devices times wall time; wall-hours add up runs."""

SECONDS_PER_HOUR = 3600.0
SMALLEST_LEASE_S = 1.0
"""A remainder below this is as good as nothing."""

_TOTAL = {"gpu_hours": "gpu_s", "cpu_hours": "cpu_s", "wall_hours": "wall_s"}

_ENDED = """
SELECT r.experiment_id,
       coalesce(sum(json_extract(s.detail_json, '$.totals.gpu_s')), 0) AS gpu_s,
       coalesce(sum(json_extract(s.detail_json, '$.totals.cpu_s')), 0) AS cpu_s,
       coalesce(sum(json_extract(s.detail_json, '$.totals.wall_s')), 0) AS wall_s
FROM run_state s JOIN run r ON r.id = s.run_id
WHERE s.id IN (SELECT min(id) FROM run_state WHERE state != 'started' GROUP BY run_id)
GROUP BY r.experiment_id
"""

_GOING_ON = """
SELECT l.run_id, l.gpu_hours, l.cpu_hours, l.wall_hours,
       coalesce(p.gpu_s, 0) AS gpu_s, coalesce(p.cpu_s, 0) AS cpu_s,
       coalesce(p.wall_s, 0) AS wall_s
FROM lease l LEFT JOIN run_progress p ON p.run_id = l.run_id
WHERE l.run_id IN (SELECT run_id FROM run_state GROUP BY run_id HAVING max(state != 'started') = 0)
"""

Rows = Callable[[str], list[sqlite3.Row]]


@dataclass(frozen=True, slots=True)
class UnitAccount:
    """One unit, in hours: spent by all runs, set aside for running ones, and the limit.

    `limit` is None where the objective does not bound this unit.
    """

    unit: str
    spent: float
    leased: float
    limit: float | None

    @property
    def remaining(self) -> float | None:
        """What a new run may still be promised; None without a limit, never negative."""
        return None if self.limit is None else max(0.0, self.limit - self.spent - self.leased)


@dataclass(frozen=True, slots=True)
class Account:
    """All units, and the ids of the runs that hold leases now."""

    units: tuple[UnitAccount, ...]
    holders: tuple[int, ...]

    def unit(self, name: str) -> UnitAccount:
        """The account of one unit."""
        return next(unit for unit in self.units if unit.unit == name)


@dataclass(frozen=True, slots=True)
class Reservation:
    """The hours a run may spend, per unit; None means not limited."""

    gpu_hours: float | None
    cpu_hours: float | None
    wall_hours: float | None


def account(study: Study) -> Account:
    """The account as the ledger and the ingested journals have it now."""
    with study.read() as ledger:
        return account_of(ledger.rows)


def account_of(rows: Rows) -> Account:
    """The account as seen through a reader's or a transaction's `rows`."""
    by_experiment = ended_totals(rows).values()
    return account_after(
        rows,
        {total: sum(totals[total] for totals in by_experiment) for total in _TOTAL.values()},
    )


def ended_totals(rows: Rows) -> dict[int, dict[str, float]]:
    """Seconds that ended runs spent, by experiment id: gpu_s, cpu_s and wall_s."""
    return {
        row["experiment_id"]: {total: float(row[total]) for total in _TOTAL.values()}
        for row in rows(_ENDED)
    }


def account_after(rows: Rows, ended: Mapping[str, float]) -> Account:
    """The account where the seconds spent by ended runs (gpu_s, cpu_s, wall_s) are known."""
    limits = _limits(rows)
    going_on = rows(_GOING_ON)
    units = []
    for unit in UNITS:
        total = _TOTAL[unit]
        spent_live = [row[total] / SECONDS_PER_HOUR for row in going_on]
        leased = sum(
            max(0.0, row[unit] - spent)
            for row, spent in zip(going_on, spent_live, strict=True)
            if row[unit] is not None
        )
        units.append(
            UnitAccount(
                unit=unit,
                spent=ended[total] / SECONDS_PER_HOUR + sum(spent_live),
                leased=leased,
                limit=limits.get(unit),
            )
        )
    return Account(tuple(units), tuple(row["run_id"] for row in going_on))


def reserve(tx: Transaction, run_id: int, asked: Reservation, *, devices: int) -> Reservation:
    """Write the lease of a run, inside the transaction that records the run.

    Each unit gets what was asked, or everything that remains where less remains or nothing
    was asked.

    Args:
        tx: the open write transaction.
        run_id: the run it is for.
        asked: the most the run should get.
        devices: GPUs allocated to it; without any, no GPU-hours are set aside.

    Raises:
        RefusedError: nothing remains of a unit the run needs.
    """
    from grd_core.ledger.tables import Lease

    now = account_of(tx.rows)
    lease = Reservation(
        gpu_hours=_grant(now, "gpu_hours", asked.gpu_hours) if devices else 0.0,
        cpu_hours=_grant(now, "cpu_hours", asked.cpu_hours),
        wall_hours=_grant(now, "wall_hours", asked.wall_hours),
    )
    tx.insert(
        Lease(
            run_id=run_id,
            gpu_hours=lease.gpu_hours,
            cpu_hours=lease.cpu_hours,
            wall_hours=lease.wall_hours,
        )
    )
    return lease


def _grant(now: Account, name: str, wanted: float | None) -> float | None:
    unit = now.unit(name)
    remaining = unit.remaining
    if remaining is not None and remaining * SECONDS_PER_HOUR < SMALLEST_LEASE_S:
        raise _exhausted(unit, now.holders)
    return min((bound for bound in (wanted, remaining) if bound is not None), default=None)


def _exhausted(unit: UnitAccount, holders: tuple[int, ...]) -> RefusedError:
    name = unit.unit.replace("_", "-").replace("gpu", "GPU").replace("cpu", "CPU")
    if unit.leased > 0:
        runs = ", ".join(str(run_id) for run_id in holders)
        return RefusedError(
            f"no {name} are left to promise: {unit.spent:.4g} of {unit.limit:.4g} are spent and "
            f"{unit.leased:.4g} are set aside for run {runs}",
            where="OBJECTIVE.md budget",
            fix=f"wait for it, or set [run] {unit.unit} in grd.toml so that runs ask for less",
        )
    return RefusedError(
        f"the budget is spent: {unit.spent:.4g} of {unit.limit:.4g} {name}",
        where="OBJECTIVE.md budget",
        fix=f"going on needs an amendment with its reason: raise budget.{unit.unit} in "
        "OBJECTIVE.md, then `grd objective amend --reason …`",
    )


def _limits(rows: Rows) -> dict[str, float]:
    locked = rows("SELECT rule_json FROM objective_lock ORDER BY id DESC LIMIT 1")
    if not locked:
        return {}
    rule: dict[str, Any] = json.loads(locked[0]["rule_json"])
    budget = rule.get("budget") or {}
    return {unit: float(budget[unit]) for unit in UNITS if budget.get(unit) is not None}
