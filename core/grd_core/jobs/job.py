"""One job in one worker process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from grd_core.jobs.result import Cancelled, Done, Errored, JobResult, Progress, TimedOut
from grd_core.jobs.scope import CancelledError, refuse_if_cancelled, scopes_here
from grd_core.jobs.server import running_server, without_main
from grd_core.jobs.worker import errored_from, work

GONE_WITHIN_S = 1.0
"""How long the end of a killed worker is waited for."""

_LOOK_UP_S = 0.2
"""How often a wait looks whether it is still wanted."""

_OUTPUT = "grd-job-"


class Job:
    """One running job; `result` blocks, `cancel` kills the process at once.

    Raises:
        CancelledError: a scope around it was cancelled before it was started.
    """

    def __init__(self, name: str, arguments: dict[str, Any], *, limit_s: float) -> None:
        refuse_if_cancelled()
        context = running_server()
        self.name = name
        self.limit_s = limit_s
        self._cancelled = threading.Event()
        self._killing = threading.Lock()
        self._killed = False
        receiver, sender = context.Pipe(duplex=False)
        self._output = _output_file()
        self._process = context.Process(
            target=work,
            args=(name, json.dumps(arguments), sender, str(self._output)),
            daemon=False,
        )
        with without_main():
            self._process.start()
        sender.close()
        self._receiver: Connection = receiver
        self._deadline = time.monotonic() + limit_s
        self._scopes = scopes_here()
        for scope in self._scopes:
            scope.join(self)

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid or 0

    def cancel(self) -> None:
        """Kill the worker and whatever it started; the result becomes `Cancelled`."""
        self._cancelled.set()
        self._kill()

    def result(self, on_progress: Progress | None = None) -> JobResult:
        """Wait for the end, passing progress on.

        Returns:
            Done, Errored, TimedOut or Cancelled; the process is gone in every case.
        """
        try:
            outcome = self._follow(on_progress)
        finally:
            self._kill()
            # A worker inside the kernel, on a disk that hangs, dies when the kernel lets go.
            self._process.join(timeout=GONE_WITHIN_S)
            for scope in self._scopes:
                scope.leave(self)
            self._receiver.close()
            self._output.unlink(missing_ok=True)
        return outcome

    def _follow(self, on_progress: Progress | None) -> JobResult:
        while True:
            if self._cancelled.is_set():
                return Cancelled()
            remaining = self._deadline - time.monotonic()
            if remaining <= 0:
                return TimedOut(self.limit_s)
            try:
                if not self._receiver.poll(min(remaining, _LOOK_UP_S)):
                    continue
                message = json.loads(self._receiver.recv_bytes())
            except (EOFError, OSError):
                return Cancelled() if self._cancelled.is_set() else self._died()
            if message["type"] == "progress":
                if on_progress is not None:
                    on_progress(message["fraction"], message["message"])
            elif message["type"] == "done":
                return Done(message["value"])
            else:
                return errored_from(message)

    def _died(self) -> Errored:
        self._process.join(timeout=2)
        code = self._process.exitcode
        how = (
            f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"exited {code}"
        )
        tail = self._output.read_text(errors="replace")[-2000:]
        return Errored(f"the worker of {self.name.rsplit(':', 1)[-1]} {how}", tail)

    def _kill(self) -> None:
        """The worker leads its own process group: kill all of it, though its leader be dead.

        Once only: afterwards the group's number may be another's.
        """
        with self._killing:
            if self._killed:
                return
            self._killed = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            if self._process.is_alive():
                self._process.kill()


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


def _output_file() -> Path:
    """Where a worker's output goes: a full pipe would stop it. Files of callers that were
    killed before they could remove theirs are removed here."""
    folder = Path(tempfile.gettempdir())
    for left in folder.glob(f"{_OUTPUT}*-*"):
        owner = left.name.removeprefix(_OUTPUT).split("-")[0]
        if not Path("/proc", owner).exists():
            left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{_OUTPUT}{os.getpid()}-")
    os.close(handle)
    return Path(name)
