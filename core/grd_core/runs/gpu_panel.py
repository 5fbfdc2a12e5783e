"""The GPUs beside a run as they are now: what each device does, and whose processes are on it.

Read where a panel is open, by the face's own process; what the run's supervisor measured at
every second stands in its `sys/` metrics. A driver that hangs keeps no face from drawing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grd_core.budget.gpu_meter import GpuMeter
from grd_core.budget.gpu_reader import PATIENCE_S, GpuReader
from grd_core.budget.gpus import Gpu, GpuReading, Gpus, Unmeasured, counts_host_pids
from grd_core.runs.device_processes import (
    DeviceProcess,
    processes_of_run,
    seen_from_inside,
    seen_here,
)

if TYPE_CHECKING:
    from collections.abc import Set

    from grd_core.budget.process_tree import ProcessIdentity
    from grd_core.runs.progress import Progress

__all__ = ["DeviceLine", "DeviceProcess", "GpuPanel", "device_line", "gpu_panel"]

ONCE_S = 5.0
"""How long a face waits that looks once: a driver that nobody uses takes seconds to begin."""

_OF_THE_HOST = "processes: the driver tells pids of the host, not of this container"
_LATE_S = 1.0


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


def gpu_panel(progress: Progress, *, patience_s: float = PATIENCE_S) -> GpuPanel:
    """Measure now, for the run of this progress; milliseconds after the first call.

    Args:
        progress: of the run.
        patience_s: how long an answer of the driver is waited for, in seconds.
    """
    found = _measured(patience_s)
    if isinstance(found, Unmeasured):
        return GpuPanel((), found.reason)
    # After the reading, so that a process the driver told of is looked for among the living.
    own = processes_of_run(progress)
    given = frozenset(progress.supervisor.get("gpus", ()))
    host_pids = counts_host_pids()
    return GpuPanel(
        tuple(device_line(device, given, own, host_pids=host_pids) for device in found.devices)
    )


def device_line(
    device: Gpu, given: Set[int], own: Set[ProcessIdentity], *, host_pids: bool
) -> DeviceLine:
    """A device as a line.

    Args:
        device: the reading.
        given: indices the run got.
        own: the run's processes.
        host_pids: what `gpus.counts_host_pids` says; without it no process can be named.
    """
    is_given = device.index in given
    if not isinstance(device, GpuReading):
        return DeviceLine(device.index, device.name, is_given, device.reason)
    listed = device.every_process
    notes = [f"{one.quantity}: {one.reason}" for one in device.unanswered]
    if listed and not host_pids:
        notes.append(_OF_THE_HOST)
    return DeviceLine(
        index=device.index,
        name=device.name,
        is_given=is_given,
        note="; ".join(notes),
        utilisation_percent=device.utilisation_percent,
        power_w=device.power_w,
        temperature_c=device.temperature_c,
        memory_used_bytes=device.memory_used_bytes,
        memory_total_bytes=device.memory_total_bytes,
        processes=None
        if listed is None
        else tuple(seen_here(p, own) if host_pids else seen_from_inside(p) for p in listed),
    )


def _measured(patience_s: float) -> Gpus:
    reader = _reader(patience_s)
    found = reader.read()
    if time.monotonic() - found.at_s > _LATE_S:
        # The answer to an earlier call, which a hanging driver gave when nobody waited any more.
        found = reader.read()
    return found.gpus


@lru_cache(maxsize=2)
def _reader(patience_s: float) -> GpuReader:
    return GpuReader(GpuMeter(), patience_s=patience_s)
