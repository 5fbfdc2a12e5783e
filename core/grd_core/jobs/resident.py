"""A worker that stays: what it learned from one job is there for the next."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from grd_core.jobs.process import WorkerProcess
from grd_core.jobs.result import Cancelled, Errored, JobResult, TimedOut
from grd_core.jobs.worker import work_on


class Resident:
    """Carries out jobs one after the other in one process, which the first of them starts.

    A job that exceeds its limit is killed, and the process with it; a process that died, at
    work or idle, is replaced for the next job. It ends with `close`, or with its server.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._changing = threading.Lock()
        self._closed = False
        self._process: WorkerProcess | None = None

    @property
    def pid(self) -> int:
        """The id of the process; 0 where there is none."""
        process = self._process
        return process.pid if process is not None else 0

    def run(self, name: str, arguments: dict[str, Any], *, limit_s: float) -> JobResult:
        """Have one job carried out and wait for its end; jobs of other threads wait for theirs.

        Returns:
            Done, Errored, TimedOut or Cancelled, as from a worker of its own.
        """
        with self._turn:
            was_there = self._process is not None
            result = self._attempt(name, arguments, limit_s)
            if was_there and self._process is None and isinstance(result, Errored):
                # It died while it was idle, or of what it had gathered: not of this job alone.
                result = self._attempt(name, arguments, limit_s)
            return result

    def close(self) -> None:
        """End the process; what it would have said is cancelled, and no other is started."""
        with self._changing:
            self._closed = True
            process = self._process
        if process is not None:
            process.cancel()
            if self._turn.acquire(blocking=False):  # else whoever waits for it puts it away
                try:
                    self._put_away(process)
                finally:
                    self._turn.release()

    def _attempt(self, name: str, arguments: dict[str, Any], limit_s: float) -> JobResult:
        process = self._at_hand()
        if process is None:
            return Cancelled()
        deadline = time.monotonic() + limit_s
        with contextlib.suppress(OSError):  # of a dead one the answer tells how it died
            process.tell(name, arguments)
        result = process.answer(name, deadline, limit_s, None)
        if isinstance(result, TimedOut) or not process.is_alive:
            self._put_away(process)
        return result

    def _at_hand(self) -> WorkerProcess | None:
        with self._changing:
            if self._closed:
                return None
            process = self._process
        if process is not None and process.is_alive:
            return process
        if process is not None:
            self._put_away(process)
        process = WorkerProcess(work_on)
        with self._changing:
            if not self._closed:
                self._process = process
                return process
        process.cancel()
        process.bury()
        return None

    def _put_away(self, process: WorkerProcess) -> None:
        with self._changing:
            if self._process is not process:
                return
            self._process = None
        process.bury()
