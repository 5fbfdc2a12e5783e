"""Which GPUs a run may be given: those allowed, without those that running runs hold."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_core.launch.killing import TOKEN_VARIABLE, environment_of
from grd_core.study import Study

if TYPE_CHECKING:
    from grd_core.ledger.read import Reader

VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, slots=True)
class Devices:
    """Devices by index in PCI order: those that runs may get, and those held by runs now."""

    allowed: tuple[int, ...]
    held: frozenset[int]

    @property
    def free(self) -> tuple[int, ...]:
        """Allowed ones that nobody holds."""
        return tuple(index for index in self.allowed if index not in self.held)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell which devices there are, and why."""

    reason: str


def devices_of(study: Study, ledger: Reader, visible: str | None) -> Devices | Unknown:
    """The devices there are for a request.

    Allowed are those that answer the driver, bounded by grd.toml's [run] gpus and by
    `visible`, the CUDA_VISIBLE_DEVICES that stood when it was asked for.
    """
    from grd_core.budget.meter import GpuMeter, GpuReadings

    configured = study.config.run.gpus
    measured = GpuMeter().read()
    if isinstance(measured, GpuReadings):
        present: Sequence[int] = [device.index for device in measured.answering]
    elif configured:
        present = configured
    else:
        return Unknown(measured.reason)
    bound = _visible(visible)
    if isinstance(bound, Unknown):
        return bound
    allowed = tuple(
        index
        for index in sorted(set(present))
        if (configured is None or index in configured) and (bound is None or index in bound)
    )
    return Devices(
        allowed, held_by_ledger(ledger) | held_by_processes() if allowed else frozenset()
    )


def held_by_ledger(ledger: Reader) -> frozenset[int]:
    """Devices of this study's runs whose end is not recorded."""
    rows = ledger.rows(
        "SELECT json_extract(r.inputs_json, '$.gpus') AS gpus FROM run r"
        " WHERE r.id IN (SELECT run_id FROM run_state GROUP BY run_id"
        " HAVING max(state != 'started') = 0)"
    )
    return frozenset(index for row in rows if row["gpus"] for index in json.loads(row["gpus"]))


def held_by_processes() -> frozenset[int]:
    """Devices that processes of runs, of any study of this account, were started with."""
    held: set[int] = set()
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        environment = environment_of(int(name))
        if TOKEN_VARIABLE in environment:
            indices = _visible(environment.get(VISIBLE))
            held |= indices if isinstance(indices, frozenset) else set()
    return frozenset(held)


def _visible(said: str | None) -> frozenset[int] | Unknown | None:
    """The indices in CUDA_VISIBLE_DEVICES; None where it is not set."""
    if said is None:
        return None
    words = [word.strip() for word in said.split(",") if word.strip()]
    if words == ["-1"]:
        return frozenset()
    if not all(word.isdigit() for word in words):
        return Unknown(f"{VISIBLE} names devices by other than their index: {said}")
    return frozenset(map(int, words))
