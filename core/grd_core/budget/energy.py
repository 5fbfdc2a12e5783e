"""The energy of a run's GPUs: differences of the driver's counters, else power over time.

Advice, never enforced: the counter is of the whole device, exists from Volta on, moves every
20 to 100 ms, and begins again at 0 when the driver is loaded anew.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from grd_core.budget.gpus import SHARED, GpuReading, Gpus, Unmeasured

JOULES_PER_KWH = 3.6e6

LONGEST_GAP_S = 10.0
"""Between two readings further apart than this, power is not taken to have stayed the same."""


@dataclass(frozen=True, slots=True)
class EnergySpent:
    """Joules of all devices together, and how they are known.

    `integrated_j` of `joules` is power times time, where no counter could be used.
    `unmeasured_s` are device-seconds of which nothing is known and which count as nothing, so
    that `joules` is a lower bound unless they are 0. `resets` counts counters that went back.
    """

    joules: float
    integrated_j: float
    unmeasured_s: float
    resets: int

    @property
    def kwh(self) -> float:
        """The same in kilowatt-hours."""
        return self.joules / JOULES_PER_KWH


@dataclass(frozen=True, slots=True)
class EnergyUnknown:
    """Nothing can be said of the energy, and why."""

    reason: str


Energy = EnergySpent | EnergyUnknown


@dataclass(slots=True)
class _Device:
    """The last reading of one device, and what was added up until then."""

    last: GpuReading | None = None
    last_at_s: float = 0.0
    is_partitioned: bool = False
    counted_j: float = 0.0
    integrated_j: float = 0.0
    unmeasured_s: float = 0.0
    resets: int = 0
    is_known: bool = False


@dataclass(slots=True)
class EnergyMeter:
    """Adds up the energy of some devices from readings in the order of their times.

    Args:
        devices: indices of the devices allocated to the run.
        started_s: when the run began, on the clock of `take`.
    """

    devices: Collection[int]
    started_s: float
    _of: dict[int, _Device] = field(init=False)
    _why_none: str = field(init=False, default="not read yet")

    def __post_init__(self) -> None:
        self._of = {index: _Device(last_at_s=self.started_s) for index in self.devices}

    def take(self, readings: Gpus, at_s: float) -> None:
        """Take up what the meter read at `at_s`, in seconds of a monotonic clock."""
        if isinstance(readings, Unmeasured):
            self._why_none = readings.reason
            return
        for device in readings.devices:
            known = self._of.get(device.index)
            if known is None:
                continue
            if isinstance(device, GpuReading):
                _take_up(known, device, at_s)
            else:
                self._why_none = device.reason

    def total(self, at_s: float) -> Energy:
        """What is known at `at_s`."""
        if not self._of:
            return EnergyUnknown("no device was allocated")
        if any(device.is_partitioned for device in self._of.values()):
            return EnergyUnknown(f"{SHARED}: MIG instances have no energy of their own")
        if not any(device.is_known for device in self._of.values()):
            return EnergyUnknown(self._reason())
        integrated_j = sum(device.integrated_j for device in self._of.values())
        return EnergySpent(
            joules=integrated_j + sum(device.counted_j for device in self._of.values()),
            integrated_j=integrated_j,
            unmeasured_s=sum(
                device.unmeasured_s + max(0.0, at_s - device.last_at_s)
                for device in self._of.values()
            ),
            resets=sum(device.resets for device in self._of.values()),
        )

    def _reason(self) -> str:
        for device in self._of.values():
            if device.last is not None:
                return device.last.why("energy_mj") or "it was read only once"
        return self._why_none


def _take_up(known: _Device, now: GpuReading, at_s: float) -> None:
    before, gap_s = known.last, at_s - known.last_at_s
    known.last, known.last_at_s = now, at_s
    known.is_partitioned = known.is_partitioned or now.is_partitioned
    if before is not None and before.energy_mj is not None and now.energy_mj is not None:
        if now.energy_mj >= before.energy_mj:
            known.is_known = True
            known.counted_j += (now.energy_mj - before.energy_mj) / 1000.0
            return
        known.resets += 1
    # What the counter shows after it went back covers an unknown part of the interval. Until
    # its first answer a device is taken to have drawn what it draws then.
    then = before or now
    if then.power_w is None or now.power_w is None or gap_s > LONGEST_GAP_S:
        known.unmeasured_s += gap_s
    elif gap_s > 0:
        known.is_known = True
        known.integrated_j += (then.power_w + now.power_w) / 2.0 * gap_s


def described(energy: Energy) -> dict[str, float | int | str]:
    """The same for a journal: numbers, or the reason why there are none."""
    if isinstance(energy, EnergyUnknown):
        return {"unknown": energy.reason}
    return {
        "joules": round(energy.joules, 3),
        "kwh": round(energy.kwh, 9),
        "integrated_j": round(energy.integrated_j, 3),
        "unmeasured_s": round(energy.unmeasured_s, 3),
        "resets": energy.resets,
    }
