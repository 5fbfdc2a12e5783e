"""Runs whose guard and supervisor are both gone: what they left is found and ended.

Every process of a run carries its token, so a later grd finds the leftovers whatever
session they moved to and whoever inherited them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.budget.process_tree import read_process
from grd_core.launch.journal import JournalWriter
from grd_core.launch.killing import (
    TOKEN_VARIABLE,
    environment_of,
    kill_until_none,
    nothing_to_collect,
)
from grd_core.launch.locks import exclusive_if_free, is_held
from grd_core.launch.spec import GUARD_LOCK, JOURNAL_FOLDER, REAPER_JOURNAL, SUPERVISOR_LOCK

if TYPE_CHECKING:
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class Reaped:
    """Leftovers of one run that were ended: how many, and the CPU seconds they had used."""

    run_dir: Path
    processes: int
    cpu_s: float


def is_supervised(run_dir: Path) -> bool:
    """Whether the run's supervisor or its guard lives."""
    return is_held(run_dir / SUPERVISOR_LOCK) or is_held(run_dir / GUARD_LOCK)


@contextmanager
def unsupervised(run_dir: Path) -> Iterator[bool]:
    """Hold both of a run's locks, if both are free, so that no supervisor can begin meanwhile.

    The value says whether they were taken.
    """
    with ExitStack() as stack:
        yield all(
            stack.enter_context(exclusive_if_free(run_dir / name))
            for name in (SUPERVISOR_LOCK, GUARD_LOCK)
        )


def reap_leftovers(study: Study) -> tuple[Reaped, ...]:
    """End every process of this study's runs whose supervisor and guard are both gone."""
    found = (reap_run(run_dir) for run_dir in sorted(set(_run_dirs_of_processes(study.root))))
    return tuple(reaped for reaped in found if reaped.processes)


def reap_run(run_dir: Path) -> Reaped:
    """End what is left of one run, unless its supervisor or guard lives, and journal it."""
    if is_supervised(run_dir):
        return Reaped(run_dir, 0, 0.0)
    return end_leftovers(run_dir)


def end_leftovers(run_dir: Path) -> Reaped:
    """End what is left of one run; for a caller that holds `unsupervised(run_dir)`."""
    used: dict[int, float] = {}

    def living() -> list[int]:
        pids = _processes_of(run_dir)
        for pid in pids:
            if (process := read_process(pid)) is not None:
                used[pid] = process.cpu_s + process.waited_cpu_s
        return pids

    killed = kill_until_none(living, collect=nothing_to_collect)
    reaped = Reaped(run_dir, killed, sum(used.values()))
    if killed:
        journal = JournalWriter(run_dir / JOURNAL_FOLDER / REAPER_JOURNAL)
        journal.append_surely(
            "reaped",
            processes=killed,
            cpu_s=round(reaped.cpu_s, 3),
            monotonic=round(time.monotonic(), 3),
        )
        journal.close()
    return reaped


def _run_dirs_of_processes(root: Path) -> Iterator[Path]:
    """Folders of runs below `root` that running processes say they belong to."""
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            environment = environment_of(int(name))
            run_dir = Path(environment.get("GRD_RUN_DIR", "/"))
            if TOKEN_VARIABLE in environment and run_dir.is_relative_to(root):
                yield run_dir


def _processes_of(run_dir: Path) -> list[int]:
    here = str(run_dir)
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        environment = environment_of(int(name))
        if environment.get("GRD_RUN_DIR") == here and TOKEN_VARIABLE in environment:
            process = read_process(int(name))
            if process is not None and not process.is_zombie:
                found.append(process.pid)
    return found
