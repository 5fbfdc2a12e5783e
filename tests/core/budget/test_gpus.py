"""GPUs through a stand-in for the driver's library, which this machine may not have."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from grd_core.budget.meter import GpuMeter, GpuReadings, Unmeasured


class NVMLError(Exception):
    pass


class LibraryNotFound(NVMLError):
    pass


@pytest.fixture
def driver(monkeypatch):
    """A driver of two devices, the second of which answers no query but its name and memory."""
    nvml = ModuleType("pynvml")
    nvml.NVMLError = NVMLError
    nvml.NVMLError_LibraryNotFound = LibraryNotFound
    nvml.NVML_TEMPERATURE_GPU = 0
    nvml.count = 2
    nvml.gone = set()

    def handle(index):
        if index in nvml.gone:
            raise NVMLError("GPU is lost")
        return index

    def only_first(value):
        def query(device, *_):
            if device != 0:
                raise NVMLError("Not Supported")
            return value

        return query

    nvml.nvmlInit = lambda: None
    nvml.nvmlDeviceGetCount = lambda: nvml.count
    nvml.nvmlDeviceGetHandleByIndex = handle
    nvml.nvmlDeviceGetName = lambda device: f"Device {device}"
    nvml.nvmlDeviceGetMemoryInfo = lambda _: SimpleNamespace(used=2**30, total=2**34)
    nvml.nvmlDeviceGetUtilizationRates = only_first(SimpleNamespace(gpu=55))
    nvml.nvmlDeviceGetPowerUsage = only_first(120_500)
    nvml.nvmlDeviceGetTemperature = only_first(60)
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    return nvml


def test_what_a_device_does_not_answer_is_none_never_zero(driver):
    readings = GpuMeter().read()
    assert isinstance(readings, GpuReadings)
    first, second = readings.devices
    assert (first.utilisation_percent, first.power_w, first.temperature_c) == (55.0, 120.5, 60.0)
    assert (second.utilisation_percent, second.power_w, second.temperature_c) == (None, None, None)
    assert second.memory_used_bytes == 2**30


def test_a_device_that_falls_off_is_left_out_and_may_come_back(driver):
    meter = GpuMeter()
    driver.gone = {0}
    assert [device.index for device in meter.read().devices] == [1]
    driver.gone = {0, 1}
    assert meter.read() == Unmeasured("no device answers")
    driver.gone = set()
    assert len(meter.read().devices) == 2


def test_a_missing_driver_is_looked_for_once(driver):
    asked = []

    def init():
        asked.append(1)
        raise LibraryNotFound("NVML Shared Library Not Found")

    driver.nvmlInit = init
    meter = GpuMeter()
    assert meter.read() == meter.read() == Unmeasured("no NVIDIA driver on this machine")
    assert len(asked) == 1


def test_a_driver_that_fails_says_why(driver):
    driver.nvmlInit = lambda: (_ for _ in ()).throw(NVMLError("Driver/library version mismatch"))
    assert GpuMeter().read() == Unmeasured("NVML does not start: Driver/library version mismatch")
