"""One job in one worker process."""

from __future__ import annotations

import json
import time
from typing import Any

from grd_core.jobs.process import WorkerProcess
from grd_core.jobs.result import Cancelled, JobResult, Progress
from grd_core.jobs.scope import CancelledError, refuse_if_cancelled, scopes_here
from grd_core.jobs.worker import work


class Job:
    """One running job; `result` blocks, `cancel` kills the process at once.

    Raises:
        CancelledError: a scope around it was cancelled before it was started.
    """

    def __init__(self, name: str, arguments: dict[str, Any], *, limit_s: float) -> None:
        refuse_if_cancelled()
        self.name = name
        self.limit_s = limit_s
        self._process = WorkerProcess(work, name, json.dumps(arguments))
        self._deadline = time.monotonic() + limit_s
        self._scopes = scopes_here()
        for scope in self._scopes:
            scope.join(self)

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def cancel(self) -> None:
        """Kill the worker and whatever it started; the result becomes `Cancelled`."""
        self._process.cancel()

    def result(self, on_progress: Progress | None = None) -> JobResult:
        """Wait for the end, passing progress on.

        Returns:
            Done, Errored, TimedOut or Cancelled; the process is gone in every case.
        """
        try:
            return self._process.answer(self.name, self._deadline, self.limit_s, on_progress)
        finally:
            self._process.bury()
            for scope in self._scopes:
                scope.leave(self)


def run_job(
    name: str,
    arguments: dict[str, Any],
    *,
    limit_s: float,
    on_progress: Progress | None = None,
) -> JobResult:
    """Run one job to its end in a worker of its own; Cancelled where a scope says so."""
    try:
        job = Job(name, arguments, limit_s=limit_s)
    except CancelledError:
        return Cancelled()
    try:
        return job.result(on_progress)
    except BaseException:
        job.cancel()
        raise
