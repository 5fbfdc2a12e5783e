"""One GPU asked through NVML, query by query. The module `pynvml` is loaded by `open_session`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from grd_core.budget.gpus import SHARED, GpuProcess, GpuReading, MigInstance, Unanswered, Unmeasured

if TYPE_CHECKING:
    from types import ModuleType

_OF_NOBODY = "utilisation_percent"
"""What a partitioned device does not tell, as its instances use it together."""


class DeviceLostError(Exception):
    """The device fell off the bus, or wants a reset before it answers again."""


class DeviceSilentError(Exception):
    """The device answers no query; the text is the driver's reason."""


def open_session() -> ModuleType | Unmeasured:
    """Load the driver's library and begin a session, or say why there is none."""
    try:
        import pynvml
    except ImportError:
        return Unmeasured("nvidia-ml-py is not installed")
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        if error.value == pynvml.NVML_ERROR_LIBRARY_NOT_FOUND:
            return Unmeasured("no NVIDIA driver on this machine")
        return Unmeasured(f"NVML does not start: {error}")
    module: ModuleType = pynvml
    return module


def close_session(nvml: Any) -> None:
    """End a session; one that the driver has dropped already is no fault."""
    try:
        nvml.nvmlShutdown()
    except nvml.NVMLError:
        return


def identify(nvml: Any, driver_index: int) -> tuple[Any, str, str]:
    """Handle, UUID and name of a device; the UUID is empty where it is not told.

    Raises:
        DeviceLostError, DeviceSilentError: it has no handle.
    """
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(driver_index)
    except nvml.NVMLError as error:
        raise _silence(nvml, error) from None
    asked = _Asked(nvml, handle)
    uuid = asked.query("uuid", nvml.nvmlDeviceGetUUID)
    name = asked.query("name", nvml.nvmlDeviceGetName)
    return handle, uuid or "", name or f"GPU {driver_index}"


def read_device(nvml: Any, handle: Any, index: int, name: str, uuid: str) -> GpuReading:
    """Everything one device tells now; what it does not tell is None, with the reason.

    Raises:
        DeviceLostError, DeviceSilentError: it answers nothing.
    """
    asked = _Asked(nvml, handle)
    mode = asked.query("instances", nvml.nvmlDeviceGetMigMode)
    partitioned = mode is not None and mode[0] == nvml.NVML_DEVICE_MIG_ENABLE
    utilisation = asked.query(_OF_NOBODY, nvml.nvmlDeviceGetUtilizationRates)
    memory = asked.query("memory_used_bytes", nvml.nvmlDeviceGetMemoryInfo)
    milliwatts = asked.query("power_w", nvml.nvmlDeviceGetPowerUsage)
    celsius = asked.query(
        "temperature_c", lambda h: nvml.nvmlDeviceGetTemperature(h, nvml.NVML_TEMPERATURE_GPU)
    )
    energy = asked.query("energy_mj", nvml.nvmlDeviceGetTotalEnergyConsumption)
    processes = asked.query("processes", lambda h: _processes(nvml, h))
    if all(value is None for value in (utilisation, memory, milliwatts, celsius, energy)):
        raise DeviceSilentError(asked.unanswered[-1].reason)
    return GpuReading(
        index=index,
        name=name,
        utilisation_percent=None if utilisation is None else float(utilisation.gpu),
        memory_used_bytes=None if memory is None else int(memory.used),
        memory_total_bytes=None if memory is None else int(memory.total),
        power_w=None if milliwatts is None else milliwatts / 1000.0,
        temperature_c=None if celsius is None else float(celsius),
        uuid=uuid,
        energy_mj=None if energy is None else int(energy),
        processes=processes,
        instances=tuple(_instances(nvml, handle)) if partitioned else None,
        unanswered=tuple(
            Unanswered(one.quantity, SHARED) if partitioned and one.quantity == _OF_NOBODY else one
            for one in asked.unanswered
            # A device that cannot be partitioned is no news.
            if one.quantity != "instances"
        ),
    )


def _instances(nvml: Any, parent: Any) -> Iterator[MigInstance]:
    count = _Asked(nvml, parent).query("instances", nvml.nvmlDeviceGetMaxMigDeviceCount)
    for index in range(count or 0):
        try:
            handle = nvml.nvmlDeviceGetMigDeviceHandleByIndex(parent, index)
        except nvml.NVMLError as error:
            if error.value in _lost_codes(nvml):
                raise DeviceLostError(str(error)) from None
            continue  # no instance was made there, or it is not ours to see
        asked = _Asked(nvml, handle)
        memory = asked.query("memory", nvml.nvmlDeviceGetMemoryInfo)
        yield MigInstance(
            index=index,
            name=asked.query("name", nvml.nvmlDeviceGetName) or f"instance {index}",
            uuid=asked.query("uuid", nvml.nvmlDeviceGetUUID) or "",
            memory_used_bytes=None if memory is None else int(memory.used),
            memory_total_bytes=None if memory is None else int(memory.total),
            processes=asked.query("processes", lambda h: _processes(nvml, h)),
        )


def _processes(nvml: Any, handle: Any) -> tuple[GpuProcess, ...]:
    try:
        listed = nvml.nvmlDeviceGetComputeRunningProcesses_v3(handle)
    except nvml.NVMLError as error:
        if error.value != nvml.NVML_ERROR_FUNCTION_NOT_FOUND:
            raise
        listed = nvml.nvmlDeviceGetComputeRunningProcesses_v2(handle)  # drivers before 510
    return tuple(GpuProcess(int(one.pid), one.usedGpuMemory) for one in listed)


class _Asked:
    """Queries of one handle, and what was refused."""

    def __init__(self, nvml: Any, handle: Any) -> None:
        self._nvml = nvml
        self._handle = handle
        self.unanswered: list[Unanswered] = []

    def query(self, quantity: str, function: Callable[[Any], Any]) -> Any:
        """The answer, or None where the driver refuses this query.

        Raises:
            DeviceLostError: it answers no query any more.
        """
        try:
            return function(self._handle)
        except self._nvml.NVMLError as error:
            if error.value in _lost_codes(self._nvml):
                raise DeviceLostError(str(error)) from None
            self.unanswered.append(Unanswered(quantity, str(error)))
            return None


def _lost_codes(nvml: Any) -> frozenset[int]:
    return frozenset({nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED})


def _silence(nvml: Any, error: Any) -> DeviceLostError | DeviceSilentError:
    if error.value in _lost_codes(nvml):
        return DeviceLostError(str(error))
    return DeviceSilentError(str(error))
