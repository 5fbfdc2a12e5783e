"""How a run ended, in the words of the ledger, told from what the supervisor saw."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from grd_core.identity import sha256_file

_OUT_OF_MEMORY = re.compile(
    rb"^(MemoryError\b|numpy\S*ArrayMemoryError\b|torch\.(cuda\.)?OutOfMemoryError\b"
    rb"|RuntimeError: CUDA out of memory)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The reason for an exit, its code (negative: the signal), and a word about it."""

    reason: str
    exit_code: int | None
    detail: str


def table_hashes(run_dir: Path) -> dict[str, str]:
    """sha256 of a run's prediction tables by name; the word `unreadable` where there is none."""
    found = {}
    for path in sorted(run_dir.glob("predictions.*")):
        try:
            found[path.name] = sha256_file(path)
        except OSError:
            found[path.name] = "unreadable"
    return found


def oom_kills() -> int:
    """How many processes the kernel has killed for memory: in our cgroup, else on the host."""
    for source in (_own_cgroup() / "memory.events", Path("/proc/vmstat")):
        try:
            content = source.read_text(encoding="ascii")
        except OSError:
            continue
        found = re.search(r"^oom_kill (\d+)$", content, re.MULTILINE)
        if found:
            return int(found.group(1))
    return 0


def judge_exit(
    status: int, *, stopped: str, save_asked: bool, oom_before: int, stdout: Path
) -> Ending:
    """Name an exit.

    Args:
        status: the child's wait status.
        stopped: why the supervisor stopped it, empty if it did not.
        save_asked: the child had been asked to save because its budget ended. Its exit then
            counts as stopped by budget, whatever its code: nobody can tell a script that
            finished from one that gave way.
        oom_before: `oom_kills()` when it started.
        stdout: its log, whose end tells a Python MemoryError.
    """
    code = os.waitstatus_to_exitcode(status)
    detail = f"ended by {signal.Signals(-code).name}" if code < 0 else ""
    if stopped:
        return Ending(stopped, code, detail)
    if save_asked:
        return Ending("stopped_by_budget", code, "it ended after it was asked to save")
    if code == 0:
        return Ending("done", 0, "")
    return _judge_failure(code, detail or f"exit code {code}", oom_before, stdout)


def _judge_failure(code: int, detail: str, oom_before: int, stdout: Path) -> Ending:
    if code == -signal.SIGKILL and oom_kills() > oom_before:
        return Ending("out_of_memory", code, "killed by the kernel for memory")
    if code > 0 and _OUT_OF_MEMORY.search(_end_of(stdout)):
        return Ending("out_of_memory", code, "the program could not allocate memory")
    return Ending("failed", code, detail)


def _own_cgroup() -> Path:
    try:
        content = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    except OSError:
        return Path("/sys/fs/cgroup")
    found = re.search(r"^0::/(.*)$", content, re.MULTILINE)
    return Path("/sys/fs/cgroup") / (found.group(1) if found else "")


def _end_of(path: Path, length: int = 4096) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - length))
            return stream.read()
    except OSError:
        return b""
