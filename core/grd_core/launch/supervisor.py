"""The process that runs one run: `python -m grd_core.launch.supervisor SPEC.json FD`.

It detaches itself (double fork, own session), starts the command, samples the meter,
enforces the lease and journals all of it; it never opens the ledger. Order of a stop:
`save-requested` appears at 100% of the lease minus the grace time, SIGTERM goes to every
descendant at half of what is left, SIGKILL at 100%. A person's stop (`stop-requested`)
sends SIGTERM at once and SIGKILL after the grace time.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from functools import partial
from pathlib import Path

from grd_core.budget.process_tree import ProcessIdentity, TreeMeter
from grd_core.launch import guard
from grd_core.launch.child import start_child
from grd_core.launch.ending import Ending, judge_exit, oom_kills, table_hashes
from grd_core.launch.gpu_log import GpuLog
from grd_core.launch.journal import JournalWriter
from grd_core.launch.kernel import become_subreaper
from grd_core.launch.killing import kill_until_none, living_descendants, reap_children, send
from grd_core.launch.lease import SECONDS_PER_HOUR, Horizon, Rates, Spent, horizon
from grd_core.launch.locks import try_lock
from grd_core.launch.spec import (
    CALLED_OFF,
    SAVE_REQUESTED,
    STDOUT_LOG,
    STOP_REQUESTED,
    SUPERVISOR_JOURNAL,
    SUPERVISOR_LOCK,
    RunSpec,
    read_spec,
)
from grd_core.launch.stdout_log import StdoutLog

_LOCK_PATIENCE_S = 5.0
_SHORTEST_WAIT_S = 0.02
_RATE_WINDOW_S = 0.2
_CLOSE_LOOKS = 4
"""How much more often CPU time is measured where all processors together could end the lease."""


class Supervisor:
    """Runs one spec to its end; one use each."""

    def __init__(self, spec: RunSpec, guard_pid: int, pipe_to_guard: int) -> None:
        self._spec = spec
        self._guard_pid = guard_pid
        self._guard_pipe = pipe_to_guard
        self._stand_in: frozenset[int] = frozenset()
        self._journal = JournalWriter(spec.journal_dir / SUPERVISOR_JOURNAL)
        self._stdout = StdoutLog(spec.run_dir / STDOUT_LOG, spec.stdout_limit_bytes)
        self._tree = TreeMeter()
        self._status: int | None = None
        self._child = 0
        self._started = time.monotonic()
        self._gpus = GpuLog(spec.gpus, self._started, self._journal, self._living)
        self._spent = Spent()
        self._cpu_rate = 0.0
        self._rate_mark = Spent()
        self._rss = 0
        self._rss_peak = 0
        self._stopped = ""
        self._save_asked = False
        self._kill_at: float | None = None
        self._term_at: float | None = None

    def run(self, handshake: int) -> None:
        """Start, watch and end the run; answer the launcher through `handshake`."""
        become_subreaper()
        signal.pthread_sigmask(
            signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
        )
        if self._lies_there(CALLED_OFF):
            # An ingester gave it up for dead. It leaves no word of its own: nobody stopped it,
            # and what began it must be free to begin it again.
            _answer(handshake, {"error": "the run was given up before it began"})
            return
        if self._stop_requested():
            self._write_exit(Ending("stopped_by_user", None, "stopped before it started"))
            _answer(handshake, {"error": "the run was stopped before it started"})
            return
        oom_before = oom_kills()
        self._started = time.monotonic()
        try:
            self._child = start_child(self._spec)
        except OSError as error:
            what = f"{error.strerror}: {error.filename}"
            self._write_exit(Ending("failed", None, what))
            _answer(handshake, {"error": what})
            return
        me = ProcessIdentity.of(os.getpid())
        record = {
            "pid": os.getpid(),
            "start_ticks": me.start_ticks if me else 0,
            "boot_id": me.boot_id if me else "",
            "child_pid": self._child,
            "monotonic": round(self._started, 3),
        }
        self._journal.append_surely("start", gpus=list(self._spec.gpus), **record)
        _answer(handshake, record)
        self._watch()
        self._end_the_rest()
        self._measure()
        self._stdout.trim()  # what was printed since the last sample
        # Samples miss short peaks; the kernel kept the largest of any one process.
        largest_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self._rss_peak = max(self._rss_peak, largest_kib * 1024)
        self._write_exit(
            judge_exit(
                self._status or 0,
                stopped=self._stopped,
                save_asked=self._save_asked,
                oom_before=oom_before,
                stdout=self._spec.run_dir / STDOUT_LOG,
            ),
            **self._gpus.last_word(),
        )

    def finished(self) -> None:
        """Tell the guard that nothing is left to guard."""
        try:
            os.write(self._guard_pipe, guard.FINISHED)
        except OSError:
            return

    def _watch(self) -> None:
        """Until the child has ended: sample, enforce, obey."""
        next_sample = next_look = time.monotonic()
        while self._status is None:
            now = time.monotonic()
            if now >= next_look:
                self._measure()
                next_look = now + self._look_again_s()
            ends = self._enforce(now)
            if now >= next_sample:
                self._sample()
                self._look_after_guard()
                next_sample = max(next_sample + self._spec.sample_s, now)
            self._obey(now)
            pause = min(next_sample, next_look, ends) - time.monotonic()
            received = signal.sigtimedwait(
                {signal.SIGCHLD, signal.SIGTERM}, max(pause, _SHORTEST_WAIT_S)
            )
            if received is not None and received.si_signo == signal.SIGTERM:
                self._obey(time.monotonic(), interrupted=True)
            self._collect()

    def _look_again_s(self) -> float:
        """How long CPU time may go unmeasured: processors may get busier at any moment."""
        hours = self._spec.lease.cpu_hours
        if hours is None:
            return self._spec.sample_s
        safe_s = (hours * SECONDS_PER_HOUR - self._spent.cpu_s) / (os.cpu_count() or 1)
        return min(max(safe_s, self._spec.sample_s / _CLOSE_LOOKS), self._spec.sample_s)

    def _enforce(self, now: float) -> float:
        """Take the next step of a stop if it is due; returns when to look again."""
        horizon_now = self._horizon(now)
        if self._kill_at is not None and now >= self._kill_at:
            self._kill_all()
            return now
        if horizon_now is None:
            return self._kill_at if self._kill_at is not None else now + self._spec.sample_s
        grace_s = horizon_now.grace_s(self._spec.grace_s)
        if horizon_now.left_s <= 0:
            self._stopped = self._stopped or "stopped_by_budget"
            self._kill_all()
            return now
        if horizon_now.left_s <= grace_s and not self._save_asked:
            self._ask_to_save(horizon_now)
            self._term_at = now + horizon_now.left_s / 2
        if self._term_at is not None and now >= self._term_at and not self._stopped:
            self._stopped = "stopped_by_budget"
            self._kill_at = now + horizon_now.left_s
            self._terminate_all(horizon_now.unit)
        steps = [now + horizon_now.left_s]
        if not self._save_asked:
            steps.append(now + horizon_now.left_s - grace_s)
        elif not self._stopped and self._term_at is not None:
            steps.append(self._term_at)
        if self._kill_at is not None:
            steps.append(self._kill_at)
        return min(steps)

    def _horizon(self, now: float) -> Horizon | None:
        wall_s = now - self._started
        spent = Spent(wall_s, self._spent.cpu_s, wall_s * len(self._spec.gpus))
        rates = Rates(cpu=self._cpu_rate, gpu=float(len(self._spec.gpus)))
        return horizon(self._spec.lease, spent, rates)

    def _obey(self, now: float, *, interrupted: bool = False) -> None:
        """Begin a stop that a person asked for, or that a bare SIGTERM (a shutdown) means."""
        if self._stopped:
            return
        if self._stop_requested():
            self._stopped = "stopped_by_user"
        elif interrupted:
            self._stopped = "interrupted"
        else:
            return
        self._touch(SAVE_REQUESTED)
        self._kill_at = now + self._spec.grace_s
        self._terminate_all("request")

    def _stop_requested(self) -> bool:
        return self._lies_there(STOP_REQUESTED)

    def _lies_there(self, name: str) -> bool:
        """Whether the file lies in the run's folder; a mount that is away asks for nothing."""
        try:
            return (self._spec.run_dir / name).exists()
        except OSError:
            return False

    def _ask_to_save(self, ends: Horizon) -> None:
        self._save_asked = True
        self._touch(SAVE_REQUESTED)
        self._journal.append("save_requested", unit=ends.unit, left_s=round(ends.left_s, 3))

    def _terminate_all(self, why: str) -> None:
        self._journal.append("stopping", reason=self._stopped, why=why)
        send(self._living(), signal.SIGTERM)

    def _kill_all(self) -> None:
        kill_until_none(self._living, collect=self._collect)

    def _end_the_rest(self) -> None:
        """What the child left running gets SIGTERM, the grace time, and SIGKILL."""
        if self._kill_at is None and self._living():
            send(self._living(), signal.SIGTERM)
            self._kill_at = time.monotonic() + self._spec.grace_s
        while self._living():
            now = time.monotonic()
            ends = self._horizon(now)
            if now >= (self._kill_at or now) or (ends is not None and ends.left_s <= 0):
                self._kill_all()
                return
            signal.sigtimedwait({signal.SIGCHLD}, 0.05)
            self._collect()
            self._measure()

    def _living(self) -> list[int]:
        return living_descendants(os.getpid(), without=self._stand_in)

    def _collect(self) -> None:
        """Take the status of every child that has ended, adopted ones too."""
        ended = reap_children()
        if self._child in ended:
            self._status = ended[self._child]
        self._stand_in -= ended.keys()

    def _measure(self) -> int:
        """Bring what was spent up to date; returns the number of living processes."""
        now = time.monotonic()
        tree = self._tree.sample(without=self._stand_in)
        wall_s = now - self._started
        elapsed_s = wall_s - self._rate_mark.wall_s
        if elapsed_s >= _RATE_WINDOW_S:
            self._cpu_rate = (tree.cpu_s - self._rate_mark.cpu_s) / elapsed_s
            self._rate_mark = Spent(wall_s, tree.cpu_s)
        self._spent = Spent(wall_s, tree.cpu_s, wall_s * len(self._spec.gpus))
        self._rss = tree.rss_bytes
        self._rss_peak = max(self._rss_peak, tree.rss_bytes)
        return tree.processes

    def _sample(self) -> None:
        processes = self._measure()
        was_bounded = self._stdout.is_bounded
        self._stdout.trim()
        if was_bounded and not self._stdout.is_bounded:
            self._journal.append("note", text="stdout.log is not bounded on this file system")
        self._journal.append(
            "sample",
            **self._totals(),
            cpu_cores=round(self._cpu_rate, 3),
            rss_bytes=self._rss,
            processes=processes,
            **self._gpus.look(),
        )

    def _totals(self) -> dict[str, float | int]:
        return {
            "wall_s": round(self._spent.wall_s, 3),
            "cpu_s": round(self._spent.cpu_s, 3),
            "gpu_s": round(self._spent.gpu_s, 3),
            "peak_rss_bytes": self._rss_peak,
        }

    def _look_after_guard(self) -> None:
        """Replace a guard that was killed by a stand-in, and a stand-in likewise."""
        if self._stand_in or os.getppid() == self._guard_pid:
            return
        os.close(self._guard_pipe)
        pid, self._guard_pipe = guard.start_stand_in(self._spec)
        self._stand_in = frozenset({pid})
        self._journal.append("note", text="the guard was killed; a stand-in took its place")

    def _write_exit(self, ending: Ending, **gpus: object) -> None:
        self._journal.append_surely(
            "exit",
            reason=ending.reason,
            exit_code=ending.exit_code,
            detail=ending.detail,
            # Nothing of the run is left to write: what differs later was changed from outside.
            tables=table_hashes(self._spec.run_dir),
            **self._totals(),
            **gpus,
        )

    def _touch(self, name: str) -> None:
        try:
            (self._spec.run_dir / name).touch()
        except OSError:
            self._journal.append("note", text=f"{name} could not be written")


def _answer(handshake: int, content: dict[str, object]) -> None:
    """One line to the launcher, which may be gone by now."""
    try:
        os.write(handshake, json.dumps(content).encode() + b"\n")
        os.close(handshake)
    except OSError:
        return


def _supervise(spec: RunSpec, handshake: int, guard_pid: int, pipe_to_guard: int) -> None:
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while try_lock(spec.run_dir / SUPERVISOR_LOCK) is None:
        # An ingester that asks may hold it for an instant.
        if time.monotonic() > deadline:
            _answer(handshake, {"error": "another supervisor holds this run"})
            os.write(pipe_to_guard, guard.FINISHED)
            return
        time.sleep(0.01)
    supervisor = Supervisor(spec, guard_pid, pipe_to_guard)
    supervisor.run(handshake)
    supervisor.finished()


def main(arguments: list[str]) -> None:
    """Detach, then guard and supervise the run of a spec file."""
    spec = read_spec(Path(arguments[0]))
    handshake = int(arguments[1])
    os.set_inheritable(handshake, False)
    spec.journal_dir.mkdir(exist_ok=True)
    if os.fork():
        os._exit(0)
    guard.start_supervisor(spec, partial(_supervise, spec, handshake), handshake)


if __name__ == "__main__":
    main(sys.argv[1:])
