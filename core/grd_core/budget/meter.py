"""The meter: what the host's processors, memory and GPUs are doing now.

A GPU that cannot be read is reported as such, with the reason; never as zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.budget.gpu_meter import GpuMeter
from grd_core.budget.gpus import (
    Gpu,
    GpuReading,
    GpuReadings,
    Gpus,
    LostGpu,
    MigInstance,
    Unmeasured,
    UnreadableGpu,
)

__all__ = [
    "Gpu",
    "GpuMeter",
    "GpuReading",
    "GpuReadings",
    "Gpus",
    "HostMeter",
    "HostSample",
    "LostGpu",
    "MigInstance",
    "Unmeasured",
    "UnreadableGpu",
]


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine at one moment: CPU over all cores since the last sample, memory, GPUs."""

    cpu_percent: float
    cpu_count: int
    memory_used_bytes: int
    memory_total_bytes: int
    gpus: Gpus


class HostMeter:
    """Samples the whole machine, for the cockpit's strip. Loads psutil and NVML when made."""

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil
        self._gpus = GpuMeter()
        psutil.cpu_percent(interval=None)  # the first call only sets the mark

    def sample(self) -> HostSample:
        """Measure now; CPU is over the time since the last sample."""
        memory = self._psutil.virtual_memory()
        return HostSample(
            cpu_percent=self._psutil.cpu_percent(interval=None),
            cpu_count=self._psutil.cpu_count() or 1,
            memory_used_bytes=int(memory.total - memory.available),
            memory_total_bytes=int(memory.total),
            gpus=self._gpus.read(),
        )
