"""The meter strip with GPUs that are lost, unreadable or partitioned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grd_core.budget.meter import (
    Gpu,
    GpuReading,
    GpuReadings,
    HostSample,
    LostGpu,
    MigInstance,
    UnreadableGpu,
)
from grd_screens.glyphs import UNICODE
from grd_screens.strip import GIB, StripState, load_percent, strip_line

WORKING = GpuReading(0, "A100", 87.0, 31 * GIB, 80 * GIB, 412.0, 61.0)
LOST = LostGpu(1, "A100", "GPU is lost")


def line(sample: HostSample, *devices: Gpu, width: int = 118) -> str:
    shown = replace(sample, gpus=GpuReadings(devices))
    return strip_line(StripState().sampled(shown, load_percent(shown)), UNICODE, width).plain


def test_a_lost_gpu_is_called_so_and_the_other_is_read(on_cpu: HostSample) -> None:
    assert "GPU0 87% 31.0/80G 412W  GPU1 ! lost" in line(on_cpu, WORKING, LOST)
    assert "2 GPUs mean 87% ! GPU1 lost" in line(on_cpu, WORKING, LOST, width=30)
    assert line(on_cpu, WORKING, LOST, width=20).startswith("GPU1 lost")
    assert "GPU1 ! lost" in line(on_cpu, LOST)


def test_an_unreadable_gpu_shows_no_zero(on_cpu: HostSample) -> None:
    silent = UnreadableGpu(0, "A100", "Insufficient Permissions")
    assert "GPU0 unmeasured" in line(on_cpu, silent)


def test_a_partitioned_gpu_is_nobodys(on_cpu: HostSample) -> None:
    part = MigInstance(0, "1g.5gb", "MIG-1", GIB, 5 * GIB)
    whole = replace(WORKING, utilisation_percent=None, instances=(part,))
    assert "GPU0 MIG: shared, unattributable 31.0/80G 412W" in line(on_cpu, whole)


@pytest.mark.parametrize("width", range(1, 100, 3))
def test_it_fits_any_width(on_cpu: HostSample, width: int) -> None:
    shown = replace(on_cpu, gpus=GpuReadings((WORKING, LOST)))
    assert strip_line(StripState(sample=shown), UNICODE, width).cell_length <= width
