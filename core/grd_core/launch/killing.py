"""Ending processes for certain: again and again until none is left."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable

from grd_core.budget.process_tree import descendants

TOKEN_VARIABLE = "GRD_RUN_TOKEN"  # noqa: S105 - a name, carried by every process of a run

_FIRST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 1.0


def living_descendants(root: int, *, without: frozenset[int] = frozenset()) -> list[int]:
    """Pids below `root` that still run."""
    return [p.pid for p in descendants(root, without=without) if not p.is_zombie]


def environment_of(pid: int) -> dict[str, str]:
    """The environment a process was started with; empty where it may not be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as stream:  # noqa: PTH123
            content = stream.read()
    except OSError:
        return {}
    pairs = (item.decode(errors="replace").partition("=") for item in content.split(b"\0") if item)
    return {name: value for name, _, value in pairs}


def carriers(token: str) -> list[int]:
    """Pids of running processes whose environment carries this run's token."""
    wanted = f"{TOKEN_VARIABLE}={token}".encode()
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as stream:  # noqa: PTH123
                if wanted in stream.read().split(b"\0"):
                    found.append(int(name))
        except OSError:
            continue
    return found


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to each; those that are gone meanwhile do not matter."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def reap_children() -> dict[int, int]:
    """Collect every child that has ended: pid to wait status."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = status


def nothing_to_collect() -> None:
    """For a caller that is not the parent of what it kills, and has other children to keep."""


def kill_until_none(living: Callable[[], list[int]], *, collect: Callable[[], object]) -> int:
    """SIGKILL whatever `living` finds until it finds nothing, however long that takes.

    A process in uninterruptible sleep ends when the kernel lets it, so there is no limit;
    giving up would let it outlive its budget unseen.

    Args:
        living: the pids that still run.
        collect: takes the wait statuses of children that ended, before each look.

    Returns:
        How many different processes were killed.
    """
    killed: set[int] = set()
    pause_s = _FIRST_PAUSE_S
    while True:
        collect()
        found = living()
        if not found:
            return len(killed)
        killed.update(found)
        send(found, signal.SIGKILL)
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
