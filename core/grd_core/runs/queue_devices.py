"""Which GPUs a run may be given: those allowed, without those that runs or others are on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_core.budget.gpu_reader import ANSWERS_WITHIN_S, answer_within
from grd_core.budget.gpus import GpuReadings, Gpus, Silent, counts_host_pids
from grd_core.launch.killing import TOKEN_VARIABLE, environment_of
from grd_core.runs.device_processes import somebody
from grd_core.study import Study

if TYPE_CHECKING:
    from grd_core.ledger.read import Reader

VISIBLE = "CUDA_VISIBLE_DEVICES"

_WAY_OUT = "; `share_gpus = true` under [run] in grd.toml lets runs onto those that others use"

_TOLD = 3
"""Of how many devices it is said why they are not free."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Devices by index in PCI order: those that runs may get, and those they cannot get now,
    each with why. Processes of others are on `crowded` ones."""

    allowed: tuple[int, ...]
    taken: Mapping[int, str]
    crowded: frozenset[int] = frozenset()

    @property
    def free(self) -> tuple[int, ...]:
        """Allowed ones that can be given now, those that nobody computes on first."""
        possible = [index for index in self.allowed if index not in self.taken]
        return tuple(sorted(possible, key=lambda index: (index in self.crowded, index)))

    @property
    def why_not_free(self) -> str:
        """What keeps the others, in words; empty where nothing does."""
        kept = [f"GPU {index} {self.taken[index]}" for index in self.allowed if index in self.taken]
        more = f", {len(kept) - _TOLD} more" if len(kept) > _TOLD else ""
        way_out = _WAY_OUT if self.crowded & self.taken.keys() else ""
        return ", ".join(kept[:_TOLD]) + more + way_out


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell which devices there are, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """There is a driver, and it does not answer: what it has may be known later."""

    reason: str


def devices_of(study: Study, ledger: Reader, visible: str | None) -> Devices | Unknown | NotNow:
    """The devices there are for a request.

    Allowed are those that answer the driver, bounded by grd.toml's [run] gpus and by
    `visible`, the CUDA_VISIBLE_DEVICES that stood when it was asked for. Not free are those
    that a run of this study or another was given, and, unless [run] share_gpus, those that a
    process of somebody else computes on.
    """
    configured = study.config.run.gpus
    measured = _measured()
    if isinstance(measured, Silent):
        return NotNow(measured.reason)
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
    if not allowed:
        return Devices((), {})
    held = held_by_processes() | held_by_ledger(ledger)
    others = {index: who for index, who in on_them(measured).items() if index not in held}
    taken = held if study.config.run.share_gpus else others | held
    return Devices(allowed, taken, frozenset(others))


def _measured() -> Gpus:
    """A reading by a meter of its own: it numbers the devices as a run that begins now does."""
    from grd_core.budget.gpu_meter import GpuMeter

    return answer_within(ANSWERS_WITHIN_S, GpuMeter().read)


def held_by_ledger(ledger: Reader) -> dict[int, str]:
    """Devices of this study's runs whose end is not recorded, and which run has each."""
    rows = ledger.rows(
        "SELECT r.id, json_extract(r.inputs_json, '$.gpus') AS gpus FROM run r"
        " WHERE r.id IN (SELECT run_id FROM run_state GROUP BY run_id"
        " HAVING max(state != 'started') = 0)"
    )
    return {
        index: f"is held by run {row['id']}"
        for row in rows
        if row["gpus"]
        for index in json.loads(row["gpus"])
    }


def held_by_processes() -> dict[int, str]:
    """Devices that processes of runs, of any study of this account, were started with."""
    held: dict[int, str] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        environment = environment_of(int(name))
        if TOKEN_VARIABLE in environment:
            indices = _visible(environment.get(VISIBLE))
            folder = environment.get("GRD_RUN_DIR", "another study")
            if isinstance(indices, frozenset):
                held |= dict.fromkeys(indices, f"is held by the run in {folder}")
    return held


def on_them(measured: Gpus) -> dict[int, str]:
    """Devices that processes compute on, and who that is; a driver that lists none says nothing."""
    if not isinstance(measured, GpuReadings):
        return {}
    host_pids = counts_host_pids()
    found = {}
    for device in measured.answering:
        if listed := device.every_process:
            more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
            who = somebody(listed[0], host_pids=host_pids)
            found[device.index] = f"is computed on by {who}{more}"
    return found


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
