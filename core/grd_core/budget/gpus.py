"""What is known of the GPUs at one moment: a device answers, is lost, or refuses, with the reason.

NVML's numbers are of the whole device: work of others on it is in them.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

SHARED = "shared, unattributable"
"""What is said of a number that cannot be divided among those who use a device."""

_FIRST_PID_NAMESPACE = 0xEFFFFFFC
"""Inode of the machine's own pid namespace (PROC_PID_INIT_INO in the kernel's proc_ns.h)."""


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that computes on a device; `pid` as the host counts, bytes None if not told."""

    pid: int
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A quantity that a device does not tell, and why."""

    quantity: str
    reason: str


@dataclass(frozen=True, slots=True)
class MigInstance:
    """A part of a partitioned device. It has memory, but neither utilisation nor energy."""

    index: int
    name: str
    uuid: str
    memory_used_bytes: int | None
    memory_total_bytes: int | None
    processes: tuple[GpuProcess, ...] | None = None


@dataclass(frozen=True, slots=True)
class GpuReading:
    """A device that answers. None where it does not answer that query: see `unanswered`.

    `index` stays with the device for as long as a meter lives, whatever the driver renumbers.
    `energy_mj` counts millijoules since the driver was loaded. `instances` is None unless the
    device is partitioned (MIG).
    """

    index: int
    name: str
    utilisation_percent: float | None
    memory_used_bytes: int | None
    memory_total_bytes: int | None
    power_w: float | None
    temperature_c: float | None
    uuid: str = ""
    energy_mj: int | None = None
    processes: tuple[GpuProcess, ...] | None = None
    instances: tuple[MigInstance, ...] | None = None
    unanswered: tuple[Unanswered, ...] = ()

    @property
    def is_partitioned(self) -> bool:
        """Whether several MIG instances share it."""
        return self.instances is not None

    @property
    def every_process(self) -> tuple[GpuProcess, ...] | None:
        """The processes on it and on its instances, each once; None where none are told."""
        parts = [self.processes, *(part.processes for part in self.instances or ())]
        if all(part is None for part in parts):
            return None
        # A partitioned device may list a process with its instance and with the whole.
        return tuple({p.pid: p for part in parts if part is not None for p in part}.values())

    def why(self, quantity: str) -> str:
        """Why a field is None, or nothing where it is not."""
        return next((one.reason for one in self.unanswered if one.quantity == quantity), "")


@dataclass(frozen=True, slots=True)
class LostGpu:
    """A device that was there, or is still listed, and fell off the bus."""

    index: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnreadableGpu:
    """A device that is listed and answers nothing: no permission, nothing supported."""

    index: int
    name: str
    reason: str


Gpu = GpuReading | LostGpu | UnreadableGpu


@dataclass(frozen=True, slots=True)
class GpuReadings:
    """Every device the driver lists or has listed, in the order of their indices; at least one."""

    devices: tuple[Gpu, ...]

    @property
    def answering(self) -> tuple[GpuReading, ...]:
        """The devices that can be read."""
        return tuple(device for device in self.devices if isinstance(device, GpuReading))

    @property
    def lost(self) -> tuple[LostGpu, ...]:
        """The devices that fell off."""
        return tuple(device for device in self.devices if isinstance(device, LostGpu))


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """No GPU was ever read, and why: there is none, or the driver does not answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Silent(Unmeasured):
    """Nothing was read for now: the driver is there and has not answered yet."""


Gpus = GpuReadings | Unmeasured


@dataclass(frozen=True, slots=True)
class Unattributable:
    """A number that is of the device and cannot be said of some processes, and why."""

    reason: str


def counts_host_pids() -> bool:
    """Whether this process and NVML mean the same process by a pid.

    NVML tells pids of the machine; in a container of its own pid namespace they are other
    processes, or none.
    """
    try:
        return os.stat("/proc/self/ns/pid").st_ino == _FIRST_PID_NAMESPACE  # noqa: PTH116
    except OSError:
        return False


def memory_of(
    reading: GpuReading, pids: Collection[int], *, host_pids: bool
) -> int | Unattributable:
    """Bytes of a device's memory that the processes `pids` hold.

    Args:
        reading: the device.
        pids: the processes, as this process counts them.
        host_pids: what `counts_host_pids` says.
    """
    listed = reading.every_process
    if listed is None:
        return Unattributable(reading.why("processes") or "the driver lists no processes")
    if not host_pids:
        return Unattributable(f"{SHARED}: the driver tells pids of the host, not of this container")
    own = [process.memory_bytes for process in listed if process.pid in pids]
    if any(held is None for held in own):
        return Unattributable("the driver does not tell what each process holds")
    return sum(held for held in own if held is not None)
