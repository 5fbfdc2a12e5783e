"""The GPUs beside a run as they are now: what each device does, and whose processes are on it.

Read where a panel is open, by the face's own process; what the run's supervisor measured at
every second stands in its `sys/` metrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grd_core.budget.meter import Gpu, GpuMeter, GpuReading, Unmeasured
from grd_core.budget.process_tree import descendants

if TYPE_CHECKING:
    from collections.abc import Set

    from grd_core.runs.progress import Progress


@dataclass(frozen=True, slots=True)
class DeviceProcess:
    """A process that computes on a device: the bytes it holds there, None where the driver does
    not tell; `is_own` where it belongs to the run."""

    pid: int
    memory_bytes: int | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device. None for what it does not tell; `note` says why it tells nothing, or what is
    missing. `processes` is None where the driver does not tell them; `is_given` where the run
    was given the device."""

    index: int
    name: str
    is_given: bool
    note: str
    utilisation_percent: float | None = None
    power_w: float | None = None
    temperature_c: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    processes: tuple[DeviceProcess, ...] | None = None


@dataclass(frozen=True, slots=True)
class GpuPanel:
    """All devices of this machine; none and the reason where nothing can be measured."""

    devices: tuple[DeviceLine, ...]
    reason: str = ""


def gpu_panel(progress: Progress) -> GpuPanel:
    """Measure now, for the run of this progress; milliseconds after the first call."""
    known = progress.supervisor
    child = known.get("child_pid") if not progress.exit else None
    own = frozenset({child, *(p.pid for p in descendants(child))}) if child else frozenset()
    found = _meter().read()
    if isinstance(found, Unmeasured):
        return GpuPanel((), found.reason)
    given = frozenset(known.get("gpus", ()))
    return GpuPanel(tuple(device_line(device, given, own) for device in found.devices))


def device_line(device: Gpu, given: Set[int], own: Set[int]) -> DeviceLine:
    """A device as a line; `given` are the indices the run got, `own` the pids of its tree."""
    is_given = device.index in given
    if not isinstance(device, GpuReading):
        return DeviceLine(device.index, device.name, is_given, device.reason)
    processes = device.processes
    return DeviceLine(
        index=device.index,
        name=device.name,
        is_given=is_given,
        note="; ".join(f"{one.quantity}: {one.reason}" for one in device.unanswered),
        utilisation_percent=device.utilisation_percent,
        power_w=device.power_w,
        temperature_c=device.temperature_c,
        memory_used_bytes=device.memory_used_bytes,
        memory_total_bytes=device.memory_total_bytes,
        processes=None
        if processes is None
        else tuple(DeviceProcess(p.pid, p.memory_bytes, p.pid in own) for p in processes),
    )


@lru_cache(maxsize=1)
def _meter() -> GpuMeter:
    return GpuMeter()
