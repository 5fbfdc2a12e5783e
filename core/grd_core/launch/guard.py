"""The guard: a process above the supervisor that ends what a killed supervisor leaves.

The guard is a subreaper, so orphans of a dead supervisor become its children. It knows of
that death by the end of a pipe only the supervisor can write to; a supervisor that has
ended its run writes one byte first. Where the guard itself is killed, the supervisor
starts a *stand-in* below itself, which cannot inherit orphans and finds them by the run's
token instead. A run is not stopped for the guard's death: stopping days of training to
replace a process that does nothing in a healthy run would be the greater harm.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from typing import NoReturn

from grd_core.launch.journal import JournalWriter
from grd_core.launch.killing import carriers, kill_until_none, living_descendants, reap_children
from grd_core.launch.locks import try_lock
from grd_core.launch.spec import GUARD_JOURNAL, GUARD_LOCK, RunSpec

FINISHED = b"."
"""What a supervisor writes to its guard once its run has ended and nothing is left of it."""


def start_supervisor(
    spec: RunSpec, supervise: Callable[[int, int], None], handshake: int
) -> NoReturn:
    """Fork the supervisor below this process and guard it to its end; then exit.

    Args:
        spec: the run.
        supervise: what the supervisor does, given its guard's pid and the pipe to it.
        handshake: the launcher's pipe, which only the supervisor may keep open.
    """
    from grd_core.launch.kernel import become_subreaper

    become_subreaper()
    started = time.monotonic()
    lock = _lock(spec)
    this = os.getpid()
    ear, mouth = os.pipe()
    if os.fork() == 0:
        os.close(ear)
        os.close(lock)
        os.setsid()
        supervise(this, mouth)
        os._exit(0)
    os.close(mouth)
    os.close(handshake)
    _outlive_terminal()
    if os.read(ear, 1) != FINISHED:
        end_orphans(spec, started)
    start_what_follows(spec)
    os._exit(0)


def start_stand_in(spec: RunSpec) -> tuple[int, int]:
    """Fork another guard below this supervisor; returns its pid and the pipe to it."""
    started = time.monotonic()
    ear, mouth = os.pipe()
    pid = os.fork()
    if pid:
        os.close(ear)
        return pid, mouth
    # Only these may stay open: a copy of the supervisor's lock or pipe would outlive it.
    os.dup2(ear, 3)
    os.closerange(4, 4096)
    os.setsid()
    _outlive_terminal()
    _lock(spec)
    if os.read(3, 1) != FINISHED:
        end_orphans(spec, started)
    start_what_follows(spec)
    os._exit(0)


def end_orphans(spec: RunSpec, started: float) -> None:
    """Kill everything of a run whose supervisor is gone, and journal it as interrupted."""
    this = os.getpid()

    def living() -> list[int]:
        return list({*living_descendants(this), *carriers(spec.token)} - {this})

    killed = kill_until_none(living, collect=reap_children)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall_s = time.monotonic() - started
    journal = JournalWriter(spec.journal_dir / GUARD_JOURNAL)
    journal.append_surely(
        "exit",
        reason="interrupted",
        detail="the supervisor was killed",
        exit_code=None,
        orphans_killed=killed,
        wall_s=round(wall_s, 3),
        cpu_s=round(used.ru_utime + used.ru_stime, 3),
        gpu_s=round(wall_s * len(spec.gpus), 3),
    )
    journal.close()


def start_what_follows(spec: RunSpec) -> None:
    """Start the command that is due after this run; where it cannot be, another grd will."""
    if not spec.afterwards:
        return
    try:
        subprocess.Popen(
            spec.afterwards,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        return


def _outlive_terminal() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _lock(spec: RunSpec) -> int:
    """Hold the guard's lock; somebody who only asks may have it for an instant."""
    path = spec.run_dir / GUARD_LOCK
    while (lock := try_lock(path)) is None:
        time.sleep(0.01)
    return lock
