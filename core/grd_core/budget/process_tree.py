"""Processes as the kernel shows them: who descends from whom, and what a tree has spent.

Standard library only, since the supervisor of every run loads it.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """One process: identity (pid and kernel start time in ticks), parent, CPU and memory.

    `cpu_s` is its own time, `waited_cpu_s` that of children it has waited for.
    """

    pid: int
    parent: int
    start_ticks: int
    is_zombie: bool
    cpu_s: float
    waited_cpu_s: float
    rss_bytes: int


def read_process(pid: int) -> ProcessStat | None:
    """What the kernel says of `pid` now, or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:  # noqa: PTH123
            content = stream.read()
    except OSError:
        return None
    # The command name stands in parentheses and may itself hold spaces and parentheses.
    fields = content.rpartition(b")")[2].split()
    if len(fields) < 22:
        return None
    return ProcessStat(
        pid=pid,
        parent=int(fields[1]),
        start_ticks=int(fields[19]),
        is_zombie=fields[0] in {b"Z", b"X"},
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS_PER_S,
        waited_cpu_s=(int(fields[13]) + int(fields[14])) / _TICKS_PER_S,
        rss_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def processes() -> Iterator[ProcessStat]:
    """Every process there is."""
    for name in os.listdir("/proc"):  # noqa: PTH208 - called once a second for each run
        if name.isdigit() and (found := read_process(int(name))) is not None:
            yield found


def descendants(root: int, *, without: frozenset[int] = frozenset()) -> list[ProcessStat]:
    """The processes below `root`, zombies too; `without` and what is below it are left out."""
    children: dict[int, list[ProcessStat]] = {}
    for process in processes():
        children.setdefault(process.parent, []).append(process)
    found: list[ProcessStat] = []
    pending = [root]
    while pending:
        for child in children.get(pending.pop(), ()):
            if child.pid not in without:
                found.append(child)
                pending.append(child.pid)
    return found


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process that cannot be mistaken for a later one with the same pid, or after a boot."""

    pid: int
    start_ticks: int
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The identity of a running process, or None when there is none."""
        found = read_process(pid)
        return None if found is None else cls(pid, found.start_ticks, boot_id())

    def is_alive(self) -> bool:
        """Whether that very process still runs (a zombie does not)."""
        found = read_process(self.pid)
        return (
            found is not None
            and not found.is_zombie
            and found.start_ticks == self.start_ticks
            and self.boot_id == boot_id()
        )


def boot_id() -> str:
    """The kernel's name for this boot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class TreeSample:
    """A process tree at one moment: CPU seconds since its start, resident bytes, processes."""

    cpu_s: float
    rss_bytes: int
    processes: int


class TreeMeter:
    """CPU time of everything below this process, its subreaper; ended children too.

    Two lower bounds are taken and the larger one is reported, never less than before:
    what the kernel has added up along the chain of waits (which misses children that were
    discarded unwaited), and the sum of the last own times seen of each process (which
    misses what lived between two samples).
    """

    def __init__(self) -> None:
        self._waited_before = self._waited()
        self._own: dict[tuple[int, int], float] = {}
        self._ended_own_s = 0.0
        self._cpu_s = 0.0

    def sample(self, *, without: frozenset[int] = frozenset()) -> TreeSample:
        """Measure now. Costs one pass over the process table."""
        tree = descendants(os.getpid(), without=without)
        own = {(p.pid, p.start_ticks): p.cpu_s for p in tree}
        for key, seconds in self._own.items():
            if key not in own:
                self._ended_own_s += seconds
        self._own = own
        waited = self._waited() - self._waited_before
        by_waits = waited + sum(p.cpu_s + p.waited_cpu_s for p in tree)
        by_sight = self._ended_own_s + sum(own.values())
        self._cpu_s = max(self._cpu_s, by_waits, by_sight)
        return TreeSample(
            cpu_s=self._cpu_s,
            rss_bytes=sum(p.rss_bytes for p in tree if not p.is_zombie),
            processes=sum(not p.is_zombie for p in tree),
        )

    def _waited(self) -> float:
        # To the microsecond: /proc rounds user and system time down to ticks of 10 ms each,
        # and a run of 15 ms would have cost nothing.
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
