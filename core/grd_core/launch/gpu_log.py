"""What a run's journal says of the GPUs: their readings, their energy, and those that vanish."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from grd_core.budget.energy import EnergyMeter, described
from grd_core.budget.gpu_meter import GpuMeter
from grd_core.budget.gpu_reader import GpuReader
from grd_core.budget.gpus import (
    Gpu,
    GpuReading,
    GpuReadings,
    LostGpu,
    Unattributable,
    counts_host_pids,
    memory_of,
)
from grd_core.launch.journal import JournalWriter


class GpuLog:
    """Looks at the GPUs of one run; GPU-hours are not its business: they are wall time.

    Args:
        devices: indices allocated to the run; without any, all devices are looked at and no
            energy is said to be the run's.
        started_s: when the run began, on the monotonic clock.
        journal: takes a `gpu_lost` or `gpu_back` record for each allocated device that
            vanishes or returns, and a note, once, for what cannot be known.
        living: pids of the run's processes.
    """

    def __init__(
        self,
        devices: Collection[int],
        started_s: float,
        journal: JournalWriter,
        living: Callable[[], Collection[int]],
    ) -> None:
        self._devices = devices
        self._journal = journal
        self._living = living
        self._reader = GpuReader(GpuMeter())
        self._energy = EnergyMeter(devices, started_s)
        self._host_pids = counts_host_pids()
        self._lost: set[int] = set()
        self._noted: set[str] = set()

    def look(self) -> dict[str, Any]:
        """Measure now; fields of a sample record.

        `gpus` holds, for each device, its index, utilisation in percent, watts, bytes used and
        in all, and degrees, None for what it does not tell, or is "unmeasured". `gpu_tree_bytes`
        holds indices with the bytes that the run's own processes have there, where that is known.
        `energy` stands there for a run with devices, as `energy.described` tells.
        """
        reading = self._reader.read()
        self._energy.take(reading.gpus, reading.at_s)
        fields: dict[str, Any] = {"gpus": "unmeasured"}
        if isinstance(reading.gpus, GpuReadings):
            shown = self._shown(reading.gpus)
            self._tell_changes(shown)
            fields["gpus"] = [_row(device) for device in shown]
            fields["gpu_tree_bytes"] = self._tree_bytes(shown)
        return fields | self._energy_until(reading.at_s)

    def last_word(self) -> dict[str, Any]:
        """Measure what the devices did since the last sample; fields of the exit record."""
        if not self._devices:
            return {}
        reading = self._reader.read()
        self._energy.take(reading.gpus, reading.at_s)
        return self._energy_until(reading.at_s)

    def _energy_until(self, at_s: float) -> dict[str, Any]:
        return {"energy": described(self._energy.total(at_s))} if self._devices else {}

    def _shown(self, found: GpuReadings) -> list[Gpu]:
        if not self._devices:
            return list(found.devices)
        by_index = {device.index: device for device in found.devices}
        return [
            by_index.get(index) or LostGpu(index, f"GPU {index}", "the driver lists no such device")
            for index in sorted(self._devices)
        ]

    def _tell_changes(self, shown: list[Gpu]) -> None:
        for device in shown:
            if device.index not in self._devices:
                continue
            if isinstance(device, LostGpu) and device.index not in self._lost:
                self._lost.add(device.index)
                self._journal.append(
                    "gpu_lost", index=device.index, name=device.name, reason=device.reason
                )
            elif isinstance(device, GpuReading) and device.index in self._lost:
                self._lost.remove(device.index)
                self._journal.append("gpu_back", index=device.index, name=device.name)

    def _tree_bytes(self, shown: list[Gpu]) -> list[tuple[int, int]]:
        answering = [device for device in shown if isinstance(device, GpuReading)]
        pids = frozenset(self._living()) if answering else frozenset()
        known = []
        for device in answering:
            held = memory_of(device, pids, host_pids=self._host_pids)
            if isinstance(held, Unattributable):
                self._note(f"memory of this run on GPU {device.index}: {held.reason}")
            else:
                known.append((device.index, held))
        return known

    def _note(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._journal.append("note", text=text)


def _row(device: Gpu) -> list[float | int | None]:
    if not isinstance(device, GpuReading):
        return [device.index, None, None, None, None, None]
    return [
        device.index,
        device.utilisation_percent,
        device.power_w,
        device.memory_used_bytes,
        device.memory_total_bytes,
        device.temperature_c,
    ]
