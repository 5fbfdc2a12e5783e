"""Who does the work of the live look: this process, or workers beside a screen.

A job is the same function either way. Whatever happens to it is a result: a crash, a hang
and a refusal reach the reader as a note, never as an exception.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any, Protocol

from grd_core.errors import GrdError
from grd_core.jobs import Cancelled, Done, Errored, Job, JobResult, Resident, TimedOut

Deliver = Callable[[JobResult], bool]
"""Takes a result, from any thread; whether somebody has to be told that it is there."""

Work = Callable[[str, dict[str, Any], float, Deliver], None]

LARGE_BYTES = 64 * 2**20
"""What a shell's verb hashes on its way: at half a gigabyte a second, a tenth of a second."""


class Hands(Protocol):
    """What carries out a job and delivers its result, now or later."""

    @property
    def most_bytes(self) -> float:
        """How many bytes may be hashed without being asked for."""
        ...

    def work(self, job: str, arguments: dict[str, Any], limit_s: float, deliver: Deliver) -> None:
        """Carry out a job by its dotted name; `deliver` is called once, from any thread."""
        ...

    def work_again(
        self, job: str, arguments: dict[str, Any], limit_s: float, deliver: Deliver
    ) -> None:
        """As `work`, with what is still known from the jobs that were carried out so before."""
        ...

    def close(self) -> None:
        """End what still runs."""
        ...


class Here:
    """Works in this process, at once: for a verb on a shell, which waits anyway."""

    most_bytes: float = LARGE_BYTES

    def work(self, job: str, arguments: dict[str, Any], limit_s: float, deliver: Deliver) -> None:
        """Call the job's function; the limit is the patience of whoever waits at the shell."""
        module, _, name = job.partition(":")
        try:
            function = getattr(importlib.import_module(module), name)
            result: JobResult = Done(function(arguments, _tell_nobody))
        except GrdError as error:
            result = Errored(error.sentence(), error=error)
        except Exception as error:  # noqa: BLE001 - the boundary a worker has too
            result = Errored(f"{type(error).__name__}: {error}")
        deliver(result)

    def work_again(
        self, job: str, arguments: dict[str, Any], limit_s: float, deliver: Deliver
    ) -> None:
        """Call the job's function: this process knows what it knows."""
        self.work(job, arguments, limit_s, deliver)

    def close(self) -> None:
        """Nothing is left running."""


class InWorkers:
    """Works in killable processes; `news` is called from a thread when a result has come."""

    most_bytes: float = float("inf")

    def __init__(self, news: Callable[[], object]) -> None:
        self._news = news
        self._lock = threading.Lock()
        self._running: set[Job] = set()
        self._resident = Resident()
        self._closed = False

    def work(self, job: str, arguments: dict[str, Any], limit_s: float, deliver: Deliver) -> None:
        """Start a worker and a thread that waits for it."""
        self._beside(lambda: self._follow(job, arguments, limit_s), deliver)

    def work_again(
        self, job: str, arguments: dict[str, Any], limit_s: float, deliver: Deliver
    ) -> None:
        """Have the worker that stays do it; the first job starts it."""
        self._beside(lambda: self._resident.run(job, arguments, limit_s=limit_s), deliver)

    def close(self) -> None:
        """Kill the workers; what they would have said is cancelled."""
        with self._lock:
            self._closed = True
            running = tuple(self._running)
        for job in running:
            job.cancel()
        self._resident.close()

    def _beside(self, carried_out: Callable[[], JobResult], deliver: Deliver) -> None:
        def follow() -> None:
            try:
                result = carried_out()
            except Exception as error:  # noqa: BLE001 - a machine out of processes or memory
                result = Errored(f"no worker can be started: {type(error).__name__}: {error}")
            if deliver(result):
                self._news()

        threading.Thread(target=follow, name="grd-live", daemon=True).start()

    def _follow(self, name: str, arguments: dict[str, Any], limit_s: float) -> JobResult:
        with self._lock:
            if self._closed:
                return Cancelled()
            job = Job(name, arguments, limit_s=limit_s)
            self._running.add(job)
        try:
            return job.result()
        finally:
            with self._lock:
                self._running.discard(job)


class Errand:
    """One kind of work, carried out one piece at a time."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._come: JobResult | None = None
        self._awaited = False
        self._out = False

    @property
    def is_out(self) -> bool:
        """Whether a piece was sent and its result not fetched yet."""
        return self._out

    def send(self, job: str, arguments: dict[str, Any], limit_s: float) -> None:
        """Have a piece of work done; the one before must have been fetched."""
        self._out = True
        self._work(job, arguments, limit_s, self._deliver)

    def wait(self, timeout_s: float) -> None:
        """Return when the result is there to be fetched, or after `timeout_s`."""
        with self._changed:
            self._awaited = True
            self._changed.wait_for(lambda: self._come is not None, timeout_s)
            self._awaited = False

    def fetch(self) -> JobResult | None:
        """The result of the piece that was sent, once, when it is there."""
        with self._changed:
            result, self._come = self._come, None
        if result is not None:
            self._out = False
        return result

    def _deliver(self, result: JobResult) -> bool:
        with self._changed:
            self._come = result
            self._changed.notify_all()
            return not self._awaited


def failure(result: Errored | TimedOut | Cancelled) -> str:
    """Why a job has no value, in a sentence."""
    match result:
        case Errored(sentence):
            return sentence
        case TimedOut(limit_s):
            return f"killed after {limit_s:.0f} s without an answer"
        case Cancelled():
            return "cancelled"


def _tell_nobody(fraction: float, message: str) -> None:
    """Progress nobody waits for."""
