"""Who a process on a device is: known by pid and start time, since the driver tells only a pid."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from grd_core.budget.gpus import GpuProcess
from grd_core.budget.process_tree import ProcessIdentity, boot_id, descendants
from grd_core.launch.killing import TOKEN_VARIABLE, environment_of
from grd_core.runs.progress import Progress


@dataclass(frozen=True, slots=True)
class DeviceProcess:
    """A process that computes on a device: the bytes it holds there, None where the driver does
    not tell; `is_own` where it belongs to the run. `name` is what the kernel calls it, empty
    where it cannot be told: it is gone, or its pid is one of the host's."""

    pid: int
    memory_bytes: int | None
    is_own: bool
    name: str = ""


def processes_of_run(progress: Progress) -> frozenset[ProcessIdentity]:
    """What lives below a run's supervisor, which adopts whatever its run leaves behind.

    Empty where that very supervisor is gone, whoever has its pid now.
    """
    known = progress.supervisor
    if progress.exit or not known:
        return frozenset()
    supervisor = ProcessIdentity(known["pid"], known["start_ticks"], known["boot_id"])
    if not supervisor.is_alive():
        return frozenset()
    boot = boot_id()
    return frozenset(
        ProcessIdentity(process.pid, process.start_ticks, boot)
        for process in descendants(supervisor.pid)
    )


def seen_here(process: GpuProcess, own: Set[ProcessIdentity]) -> DeviceProcess:
    """A process whose pid this process counts as the driver does; `own` are those of the run."""
    is_own = bool(own) and ProcessIdentity.of(process.pid) in own
    return DeviceProcess(process.pid, process.memory_bytes, is_own, name_of(process.pid))


def seen_from_inside(process: GpuProcess) -> DeviceProcess:
    """A process of the host, seen from a container: its pid means nothing here."""
    return DeviceProcess(process.pid, process.memory_bytes, is_own=False)


def name_of(pid: int) -> str:
    """What the kernel calls a process now; raw text, empty where there is none."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def somebody(process: GpuProcess, *, host_pids: bool) -> str:
    """A process that belongs to no run that is known to hold its device, in words.

    Args:
        process: as the driver lists it.
        host_pids: what `gpus.counts_host_pids` says.
    """
    if not host_pids:
        return f"pid {process.pid} of the host"
    environment = environment_of(process.pid)
    if TOKEN_VARIABLE in environment and (folder := environment.get("GRD_RUN_DIR")):
        return f"the run in {folder}"
    name = name_of(process.pid)
    return f"{name} (pid {process.pid})" if name else f"pid {process.pid}"
