"""The GPU meter: keeps a session with the driver, and knows a device again after a reload."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.budget.gpus import (
    Gpu,
    GpuReadings,
    Gpus,
    LostGpu,
    Unmeasured,
    UnreadableGpu,
)
from grd_core.budget.nvml import (
    DeviceLostError,
    DeviceSilentError,
    close_session,
    identify,
    open_session,
    read_device,
)

if TYPE_CHECKING:
    from types import ModuleType

RETRY_S = 30.0
"""A session that lacks a device, or could not begin, is begun anew this often at most."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A device that was read once: what it is called here, for good."""

    index: int
    name: str


@dataclass(frozen=True, slots=True)
class _Nameless:
    """A place in the driver's list whose device does not say which one it is."""

    place: int
    state: type[LostGpu | UnreadableGpu]
    reason: str


class GpuMeter:
    """Reads all GPUs. A device keeps its index by its UUID, however the driver renumbers.

    A driver that was reloaded drops every session, and one that was begun while a device was
    lost never sees it return: so whenever something is missing the session is begun anew, at
    once the first time and every `retry_s` from then on.
    """

    def __init__(self, *, retry_s: float = RETRY_S) -> None:
        self._retry_s = retry_s
        self._session: ModuleType | None = None
        self._absent = Unmeasured("not asked yet")
        self._retry_at = 0.0
        self._known: dict[str, _Known] = {}
        self._listed: dict[int, str] = {}
        self._answered: set[int] = set()

    def read(self) -> Gpus:
        """All devices now, or why there are none."""
        found = self._read()
        if not self._misses_something(found) or time.monotonic() < self._retry_at:
            return found
        self._begin()
        found = self._read()
        missing = self._misses_something(found)
        self._retry_at = time.monotonic() + self._retry_s if missing else 0.0
        return found

    def _misses_something(self, found: Gpus) -> bool:
        """Whether another session could tell more: a device that never answered is not ours."""
        if isinstance(found, Unmeasured):
            return True
        return any(
            isinstance(device, LostGpu)
            or (isinstance(device, UnreadableGpu) and device.index in self._answered)
            for device in found.devices
        )

    def _begin(self) -> None:
        if self._session is not None:
            close_session(self._session)
            self._session = None
        # Only within one session does a place in the driver's list mean one device.
        self._listed.clear()
        opened = open_session()
        if isinstance(opened, Unmeasured):
            self._absent = opened
        else:
            self._session = opened

    def _read(self) -> Gpus:
        nvml: Any = self._session
        if nvml is None:
            return self._without_answer(self._absent.reason)
        try:
            count = int(nvml.nvmlDeviceGetCount())
        except nvml.NVMLError as error:
            return self._without_answer(f"NVML does not answer: {error}")
        found = [self._device(nvml, place) for place in range(count)]
        devices: list[Gpu] = [one for one in found if not isinstance(one, _Nameless)]
        missing = self._missing(devices)
        for one in found:
            if isinstance(one, _Nameless):
                known = self._who(one.place, missing, {device.index for device in devices})
                devices.append(one.state(known.index, known.name, one.reason))
        devices.extend(
            LostGpu(known.index, known.name, "the driver does not list it any more")
            for known in missing
        )
        if not devices:
            return Unmeasured("the driver lists no device")
        return GpuReadings(tuple(sorted(devices, key=lambda device: device.index)))

    def _missing(self, devices: list[Gpu]) -> list[_Known]:
        there = {device.index for device in devices}
        return [known for known in self._known.values() if known.index not in there]

    def _who(self, place: int, missing: list[_Known], taken: set[int]) -> _Known:
        """Which device it is that does not say so: one that is missing, which it then is not."""
        if not missing:
            return _Known(_free_index(place, taken), f"GPU {place}")
        known = min(missing, key=lambda known: known.index != place)
        missing.remove(known)
        return known

    def _without_answer(self, reason: str) -> Gpus:
        if not self._known:
            return Unmeasured(reason)
        return GpuReadings(tuple(LostGpu(k.index, k.name, reason) for k in self._known.values()))

    def _device(self, nvml: Any, place: int) -> Gpu | _Nameless:
        known: _Known | None = self._known.get(self._listed.get(place, ""))
        state: type[LostGpu | UnreadableGpu]
        try:
            handle, uuid, name = identify(nvml, place)
            known = self._remember(place, uuid, name)
            reading = read_device(nvml, handle, known.index, name, uuid)
        except DeviceLostError as lost:
            state, reason = LostGpu, str(lost)
        except DeviceSilentError as silent:
            state, reason = UnreadableGpu, str(silent)
        else:
            self._answered.add(reading.index)
            return reading
        if known is None:
            return _Nameless(place, state, reason)
        return state(known.index, known.name, reason)

    def _remember(self, place: int, uuid: str, name: str) -> _Known:
        """A device by its UUID; a new one gets the driver's own place, if that is free."""
        key = self._listed[place] = uuid or f"unnamed {place}"
        if key not in self._known:
            taken = {known.index for known in self._known.values()}
            self._known[key] = _Known(_free_index(place, taken), name)
        return self._known[key]


def _free_index(place: int, taken: set[int]) -> int:
    return place if place not in taken else max(taken) + 1
