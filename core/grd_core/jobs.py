"""Heavy work in killable processes: a job is a dotted name plus JSON arguments.

The caller never imports the function it runs. A job function takes its arguments and a
`progress(fraction, message)` callback and returns a JSON-able dict. Workers come from a
forkserver that has the scientific modules loaded, run one job each, keep their output to
themselves and die with their server. A crash, a hang or a kill is a typed result, never
an exception from the worker and never silence.

The first start of the forkserver takes about a second: an interface starts it on a thread
with `warm_up`.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import multiprocessing
import os
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from grd_core.errors import GrdError, JobError

Progress = Callable[[float, str], None]
JobFunction = Callable[[dict[str, Any], Progress], dict[str, Any]]

PRELOADED = ["numpy", "pandas", "scipy.stats", "sklearn.metrics", "pyarrow.parquet"]
"""What the forkserver imports once, so that each job need not."""

_PR_SET_PDEATHSIG = 1
_OUTPUT = "grd-job-"


@dataclass(frozen=True, slots=True)
class Done:
    """The job ended and this is what it returned."""

    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Errored:
    """The job raised or its process died. `sentence` is for the researcher, `detail` for
    --debug; `error` is set when the job refused its input by a GrdError."""

    sentence: str
    detail: str = ""
    error: GrdError | None = None


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The job was killed at its limit."""

    limit_s: float


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was killed on request."""


JobResult = Done | Errored | TimedOut | Cancelled


class Job:
    """One running job; `result` blocks, `cancel` kills the process at once."""

    def __init__(self, name: str, arguments: dict[str, Any], *, limit_s: float) -> None:
        context = _context()
        self.name = name
        self.limit_s = limit_s
        self._cancelled = threading.Event()
        receiver, sender = context.Pipe(duplex=False)
        self._output = _output_file()
        self._process = context.Process(
            target=_work,
            args=(name, json.dumps(arguments), sender, str(self._output)),
            daemon=False,
        )
        self._process.start()
        sender.close()
        self._receiver: Connection = receiver
        self._deadline = time.monotonic() + limit_s

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
            self._process.join()
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
                if not self._receiver.poll(min(remaining, 0.2)):
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
                return _errored(message)

    def _died(self) -> Errored:
        self._process.join(timeout=2)
        code = self._process.exitcode
        how = (
            f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"exited {code}"
        )
        tail = self._output.read_text(errors="replace")[-2000:]
        return Errored(f"the worker of {self.name.rsplit(':', 1)[-1]} {how}", tail)

    def _kill(self) -> None:
        """The worker leads its own process group: kill all of it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.pid and self._process.is_alive():
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
    """Run one job to its end in a worker of its own."""
    job = Job(name, arguments, limit_s=limit_s)
    try:
        return job.result(on_progress)
    except BaseException:
        job.cancel()
        raise


def run_many(
    jobs: list[tuple[str, dict[str, Any]]], *, limit_s: float, workers: int = 2
) -> Iterator[tuple[int, JobResult]]:
    """Run several jobs, at most `workers` at once; yield (index, result) as each ends.

    Closing the iterator early kills what still runs.
    """
    import queue

    finished: queue.Queue[tuple[int, JobResult]] = queue.Queue()
    waiting = list(enumerate(jobs))
    running: dict[int, Job] = {}

    def follow(index: int, job: Job) -> None:
        finished.put((index, job.result()))

    try:
        while waiting or running:
            while waiting and len(running) < workers:
                index, (name, arguments) = waiting.pop(0)
                running[index] = Job(name, arguments, limit_s=limit_s)
                threading.Thread(target=follow, args=(index, running[index]), daemon=True).start()
            index, result = finished.get()
            del running[index]
            yield index, result
    finally:
        for job in running.values():
            job.cancel()


def value_of(result: JobResult) -> dict[str, Any]:
    """The value of a job that must have succeeded.

    Raises:
        GrdError: the job's own refusal, or a JobError that says how the worker ended.
    """
    match result:
        case Done(value):
            return value
        case Errored(_, _, error) if error is not None:
            raise error
        case Errored(sentence, detail):
            raise JobError(
                sentence,
                where=detail.strip().splitlines()[-1] if detail else "",
                fix="repeat with --debug to see where",
            )
        case TimedOut(limit_s):
            raise JobError(
                f"the job did not end within {limit_s:.0f} s and was killed",
                fix="raise the limit, or give it less data",
            )
        case Cancelled():
            raise JobError("the job was cancelled", fix="start it again")


def warm_up() -> None:
    """Start the forkserver with its modules; slow once, so call it from a thread."""
    _context()


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with _STARTING, _server_environment(), _uninterrupted():
        forkserver.ensure_running()
    return context


_STARTING = threading.Lock()

_SERVER_ENVIRONMENT = {
    # Six threaded workers on two cores take twice as long as six that are not.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # The server must not import from the working folder: a `scipy.py` of the researcher's
    # would then run inside the Critic.
    "PYTHONSAFEPATH": "1",
}


@contextlib.contextmanager
def _server_environment() -> Iterator[None]:
    """The server's variables, for its start alone: a training run must not inherit them."""
    before = {name: os.environ.get(name) for name in _SERVER_ENVIRONMENT}
    os.environ.update(_SERVER_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """The server inherits that ctrl+c is not for it, while it still loads its modules."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


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


def _errored(message: dict[str, Any]) -> Errored:
    refusal = message.get("refusal")
    if refusal is None:
        return Errored(message["sentence"], message["detail"])
    from grd_core import errors

    kind = getattr(errors, refusal["type"], GrdError)
    return Errored(
        message["sentence"],
        message["detail"],
        kind(refusal["what"], where=refusal["where"], fix=refusal["fix"]),
    )


def _work(name: str, arguments: str, sender: Connection, output: str) -> None:
    """The worker's whole life: a process boundary, so every exception becomes a result."""
    os.setpgid(0, 0)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    handle = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)

    def send(**message: Any) -> None:
        sender.send_bytes(json.dumps(message).encode())

    def progress(fraction: float, message: str) -> None:
        send(type="progress", fraction=fraction, message=message)

    try:
        module, _, function = name.partition(":")
        job: JobFunction = getattr(importlib.import_module(module), function)
        send(type="done", value=job(json.loads(arguments), progress))
    except GrdError as error:
        send(
            type="errored",
            sentence=error.sentence(),
            detail=traceback.format_exc(),
            refusal={
                "type": type(error).__name__,
                "what": error.what,
                "where": error.where,
                "fix": error.fix,
            },
        )
    except BaseException as error:  # noqa: BLE001  the boundary: a typed result, not a traceback
        send(
            type="errored",
            sentence=f"{type(error).__name__}: {error}",
            detail=traceback.format_exc(),
        )
