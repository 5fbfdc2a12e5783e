"""A lease: what one run may spend, and how long that lasts at the present rate. Pure.

Seconds are those of the monotonic clock and of the kernel's CPU accounting. Setting the wall
clock moves neither, and both stand still while the machine sleeps: a suspended machine trains
nothing and spends nothing, and the lease goes on after the wake where it stood.
"""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_HOUR = 3600.0

GRACE_SHARE = 0.1
"""The grace time is at most this share of the whole lease, so that short leases train too."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Hours a run may spend, per unit; None means not limited.

    GPU-hours are allocated devices times wall time, whatever the devices did.
    """

    wall_hours: float | None = None
    cpu_hours: float | None = None
    gpu_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds a run has spent, per unit."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds spent per second of wall time: processors in use, devices allocated."""

    cpu: float
    gpu: float


@dataclass(frozen=True, slots=True)
class Horizon:
    """The unit that runs out first, in wall seconds from now; and the whole lease likewise."""

    unit: str
    left_s: float
    total_s: float

    def grace_s(self, asked_s: float) -> float:
        """The grace time before the end: what was asked, bounded by the lease's length."""
        return min(asked_s, GRACE_SHARE * self.total_s)


def horizon(lease: Lease, spent: Spent, rates: Rates) -> Horizon | None:
    """When the lease ends if nothing changes; None when no limited unit is being spent."""
    ends = [
        Horizon(unit, (hours * SECONDS_PER_HOUR - used) / rate, hours * SECONDS_PER_HOUR / rate)
        for unit, hours, used, rate in (
            ("wall_hours", lease.wall_hours, spent.wall_s, 1.0),
            ("cpu_hours", lease.cpu_hours, spent.cpu_s, rates.cpu),
            ("gpu_hours", lease.gpu_hours, spent.gpu_s, rates.gpu),
        )
        if hours is not None and (rate > 0 or used > hours * SECONDS_PER_HOUR)
        for rate in (max(rate, 1e-9),)
    ]
    return min(ends, key=lambda end: end.left_s, default=None)
