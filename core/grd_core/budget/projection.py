"""When a budget will be gone if the runs that go on now keep spending as they do. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grd_core.budget.account import UNITS, UnitAccount

WARNED_SHARES = (0.5, 0.8, 0.95, 1.0)
"""Spent shares of a limit that are said in words."""

_SECONDS_PER_HOUR = 3600.0
_TIE_HOURS = 1e-6
"""A run often holds all that remains: its lease and the budget then end together."""
_FAR_S = 366 * 24 * _SECONDS_PER_HOUR
"""Nothing is foretold further than a year."""


@dataclass(frozen=True, slots=True)
class UnitRate:
    """How a run spends one unit: hours per hour now, and the hours left of its lease.

    `lease_left` is None where the lease does not bound this unit.
    """

    unit: str
    rate: float
    lease_left: float | None


@dataclass(frozen=True, slots=True)
class LiveSpending:
    """A run that goes on: what it spends, when it ends by itself, how far it is.

    `eta_s` is seconds to its own end, None where unknown. `done` of `of_steps` steps are
    through at `steps_per_s`, counted in `counter` (step or epoch).
    """

    run_id: int
    units: tuple[UnitRate, ...]
    eta_s: float | None = None
    done: float | None = None
    of_steps: int | None = None
    steps_per_s: float | None = None
    counter: str = "step"

    def unit(self, name: str) -> UnitRate:
        """How it spends one unit."""
        return next((one for one in self.units if one.unit == name), UnitRate(name, 0.0, None))


@dataclass(frozen=True, slots=True)
class UnitProjection:
    """One limited unit: its spent share, the present rate in hours per hour, and its end.

    `gone_in_s` and `gone_at` (UTC, ISO 8601) say when the budget, or the lease of a run that
    would need more, runs out before the live runs are through; None and "" when it does not
    or nobody can tell. `sentence` says the same in words, `warning` which share is spent.
    """

    unit: str
    share: float
    rate: float
    gone_in_s: float | None
    gone_at: str
    sentence: str
    warning: str


def project(
    units: Sequence[UnitAccount], live: Sequence[LiveSpending], *, now: datetime
) -> tuple[UnitProjection, ...]:
    """Each limited unit's projection, at constant rates.

    A run stops spending when it is through or when its lease of any unit is used up. The
    budget is gone when the runs' spending together reaches what is left of the limit.
    """
    return tuple(
        _project(unit, unit.limit, live, now)
        for name in UNITS
        for unit in units
        if unit.unit == name and unit.limit is not None
    )


def _project(
    unit: UnitAccount, limit: float, live: Sequence[LiveSpending], now: datetime
) -> UnitProjection:
    rate = sum(run.unit(unit.unit).rate for run in live)
    gone_s = _budget_gone_s(unit, limit, live)
    if gone_s is not None:
        what, cut_short = "", live
    else:
        what, cut_short, gone_s = _first_lease_gone(unit.unit, live)
    if gone_s is not None and gone_s > _FAR_S:
        gone_s = None
    gone = None if gone_s is None else now.astimezone(UTC) + timedelta(seconds=gone_s)
    return UnitProjection(
        unit=unit.unit,
        share=unit.spent / limit if limit > 0 else (1.0 if unit.spent > 0 else 0.0),
        rate=rate,
        gone_in_s=gone_s,
        gone_at="" if gone is None else gone.isoformat(timespec="seconds").replace("+00:00", "Z"),
        sentence=""
        if gone is None or gone_s is None
        else f"{what}gone {_clock(gone, now)}{_step_then(unit.unit, cut_short, gone_s)}",
        warning=_warning(unit, limit),
    )


def _budget_gone_s(unit: UnitAccount, limit: float, live: Sequence[LiveSpending]) -> float | None:
    """Seconds until what is left of the limit is spent; None where every run ends before."""
    left = limit - unit.spent
    spenders = [(run, _end_s(run)) for run in live if run.unit(unit.unit).rate > 0]
    at_s = 0.0
    for end_s in sorted({end for _, end in spenders}):
        going_on = [run for run, end in spenders if end >= end_s]
        rate = sum(run.unit(unit.unit).rate for run in going_on)
        gone_s = at_s + max(0.0, left) / rate * _SECONDS_PER_HOUR
        tie_s = _TIE_HOURS / rate * _SECONDS_PER_HOUR
        if gone_s <= end_s + tie_s:
            unfinished = any(run.eta_s is None or run.eta_s > gone_s + tie_s for run in going_on)
            return gone_s if unfinished else None
        left -= rate * (end_s - at_s) / _SECONDS_PER_HOUR
        at_s = end_s
    return None


def _end_s(run: LiveSpending) -> float:
    """When a run ends: through, or its lease of some unit used up."""
    ends = [math.inf if run.eta_s is None else run.eta_s]
    ends += [_lease_s(one) for one in run.units]
    return min(ends)


def _lease_s(one: UnitRate) -> float:
    if one.lease_left is None or one.rate <= 0:
        return math.inf
    return max(0.0, one.lease_left) / one.rate * _SECONDS_PER_HOUR


def _first_lease_gone(
    name: str, live: Sequence[LiveSpending]
) -> tuple[str, Sequence[LiveSpending], float | None]:
    """The run whose lease of this unit is the first to end it before it is through."""
    cut = [
        (lease_s, run)
        for run in live
        if (lease_s := _lease_s(run.unit(name))) == _end_s(run) < math.inf and lease_s != run.eta_s
    ]
    if not cut:
        return "", (), None
    lease_s, run = min(cut, key=lambda item: item[0])
    return f"lease of run {run.run_id} ", (run,), lease_s


def _step_then(name: str, live: Sequence[LiveSpending], gone_s: float) -> str:
    """Where the run that is cut short will be; only of one run that spends, and if it is known."""
    spending = [run for run in live if run.unit(name).rate > 0]
    if len(spending) != 1:
        return f", {len(spending)} runs unfinished" if len(spending) > 1 else ""
    run = spending[0]
    if run.done is None or run.of_steps is None or not run.steps_per_s:
        return ""
    then = min(run.of_steps, math.floor(run.done + run.steps_per_s * gone_s))
    return f", {run.counter} {then} of {run.of_steps}"


def _clock(gone: datetime, now: datetime) -> str:
    day = "" if gone.date() == now.astimezone(UTC).date() else f"{gone:%m-%d} "
    return f"at {day}{gone:%H:%M} UTC"


def warned_share(spent: float, limit: float | None) -> float | None:
    """The largest of `WARNED_SHARES` of a limit that is spent; None below the first."""
    if not limit or limit <= 0:
        return None
    return max((share for share in WARNED_SHARES if spent >= share * limit), default=None)


def warned_text(unit: UnitAccount) -> str:
    """The largest warned share that is spent, in words that change only when a larger one is;
    empty below the first."""
    share = warned_share(unit.spent, unit.limit)
    if share is None:
        return ""
    amount = f"{unit.limit:.4g} {unit.unit.replace('_hours', '-h')}"
    if share < 1.0:
        return f"budget: {share:.0%} of {amount} are spent"
    return f"budget: all of {amount} are spent; more needs `grd objective amend --reason …`"


def _warning(unit: UnitAccount, limit: float) -> str:
    if warned_share(unit.spent, limit) is None:
        return ""
    share = unit.spent / limit
    name = unit.unit.replace("_hours", "-h")
    if share >= 1.0:
        return f"spent: {unit.spent:.4g} of {limit:.4g} {name}"
    return f"{math.floor(share * 100)}% of {limit:.4g} {name} spent"
