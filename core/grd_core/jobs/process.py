"""A worker process and the conversation with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from grd_core.jobs.result import Cancelled, Done, Errored, JobResult, Progress, TimedOut
from grd_core.jobs.server import running_server, without_main
from grd_core.jobs.worker import errored_from

GONE_WITHIN_S = 1.0
"""How long the end of a killed worker is waited for."""

_LOOK_UP_S = 0.2
"""How often a wait looks whether it is still wanted."""

_OUTPUT = "grd-job-"


class WorkerProcess:
    """One process from the forkserver that leads a process group of its own.

    Args:
        life: what it does, called with `words`, its end of the pipe and the path of its output.
    """

    def __init__(self, life: Callable[..., None], *words: str) -> None:
        context = running_server()
        self._cancelled = threading.Event()
        self._killing = threading.Lock()
        self._killed = False
        ours, theirs = context.Pipe()
        self._output = _output_file()
        self._process = context.Process(
            target=life, args=(*words, theirs, str(self._output)), daemon=False
        )
        with without_main():
            self._process.start()
        theirs.close()
        self._pipe: Connection = ours

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended by itself, nor was made to."""
        return not self._killed and self._process.is_alive()

    def tell(self, name: str, arguments: dict[str, Any]) -> None:
        """Name it a job.

        Raises:
            OSError: it is dead.
        """
        self._pipe.send_bytes(json.dumps({"name": name, "arguments": arguments}).encode())

    def answer(
        self, name: str, deadline: float, limit_s: float, on_progress: Progress | None
    ) -> JobResult:
        """Wait for the end of what it was told, passing progress on; `deadline` is monotonic.

        It is alive after Done and after an exception, and must be buried after all else.
        """
        while True:
            if self._cancelled.is_set():
                return Cancelled()
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return TimedOut(limit_s)
            try:
                if not self._pipe.poll(min(remaining, _LOOK_UP_S)):
                    continue
                message = json.loads(self._pipe.recv_bytes())
            except (EOFError, OSError):
                return Cancelled() if self._cancelled.is_set() else self._died(name)
            if message["type"] == "progress":
                if on_progress is not None:
                    on_progress(message["fraction"], message["message"])
            elif message["type"] == "done":
                return Done(message["value"])
            else:
                return errored_from(message)

    def cancel(self) -> None:
        """Kill it and whatever it started; the answer becomes `Cancelled`. Never blocks."""
        self._cancelled.set()
        self._kill()

    def bury(self) -> None:
        """Kill it where it lives, and leave nothing of it behind."""
        self._kill()
        # A worker inside the kernel, on a disk that hangs, dies when the kernel lets go.
        self._process.join(timeout=GONE_WITHIN_S)
        self._pipe.close()
        self._output.unlink(missing_ok=True)

    def _died(self, name: str) -> Errored:
        self._process.join(timeout=2)
        code = self._process.exitcode
        how = (
            f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"exited {code}"
        )
        tail = self._output.read_text(errors="replace")[-2000:]
        self._kill()
        return Errored(f"the worker of {name.rsplit(':', 1)[-1]} {how}", tail)

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
