"""The meter: what the host's processors, memory and GPUs are doing now.

A GPU that cannot be read is reported as such, with the reason; never as zero. NVML numbers
are of the whole device: work of others on it is in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One device. None where this device does not answer that query (a MIG instance)."""

    index: int
    name: str
    utilisation_percent: float | None
    memory_used_bytes: int | None
    memory_total_bytes: int | None
    power_w: float | None
    temperature_c: float | None


@dataclass(frozen=True, slots=True)
class GpuReadings:
    """Every device the driver lists; at least one."""

    devices: tuple[GpuReading, ...]


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """No GPU could be read, and why: there is none, or it does not answer."""

    reason: str


Gpus = GpuReadings | Unmeasured


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine at one moment: CPU over all cores since the last sample, memory, GPUs."""

    cpu_percent: float
    cpu_count: int
    memory_used_bytes: int
    memory_total_bytes: int
    gpus: Gpus


class GpuMeter:
    """Reads the GPUs through NVML; the library is looked for once, on the first read."""

    def __init__(self) -> None:
        self._nvml: ModuleType | None = None
        self._absent: Unmeasured | None = None

    def read(self) -> Gpus:
        """All devices now, or why there are none. A device that fell off is left out."""
        if self._absent is not None:
            return self._absent
        if self._nvml is None:
            opened = _open_nvml()
            if isinstance(opened, Unmeasured):
                self._absent = opened
                return opened
            self._nvml = opened
        nvml = self._nvml
        try:
            count = int(nvml.nvmlDeviceGetCount())
        except nvml.NVMLError as error:
            return Unmeasured(f"NVML does not answer: {error}")
        devices = tuple(
            reading for index in range(count) if (reading := _read_device(nvml, index)) is not None
        )
        return GpuReadings(devices) if devices else Unmeasured("no device answers")


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


def _open_nvml() -> ModuleType | Unmeasured:
    try:
        import pynvml
    except ImportError:
        return Unmeasured("nvidia-ml-py is not installed")
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        if isinstance(error, pynvml.NVMLError_LibraryNotFound):
            return Unmeasured("no NVIDIA driver on this machine")
        return Unmeasured(f"NVML does not start: {error}")
    module: ModuleType = pynvml
    return module


def _read_device(nvml: Any, index: int) -> GpuReading | None:
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        name = nvml.nvmlDeviceGetName(handle)
    except nvml.NVMLError:
        return None

    def query(function: Callable[[Any], Any]) -> Any:
        try:
            return function(handle)
        except nvml.NVMLError:
            return None

    utilisation = query(nvml.nvmlDeviceGetUtilizationRates)
    memory = query(nvml.nvmlDeviceGetMemoryInfo)
    milliwatts = query(nvml.nvmlDeviceGetPowerUsage)
    celsius = query(lambda h: nvml.nvmlDeviceGetTemperature(h, nvml.NVML_TEMPERATURE_GPU))
    return GpuReading(
        index=index,
        name=name.decode() if isinstance(name, bytes) else str(name),
        utilisation_percent=None if utilisation is None else float(utilisation.gpu),
        memory_used_bytes=None if memory is None else int(memory.used),
        memory_total_bytes=None if memory is None else int(memory.total),
        power_w=None if milliwatts is None else milliwatts / 1000.0,
        temperature_c=None if celsius is None else float(celsius),
    )
