"""Reading the GPUs without being held up: a driver that hangs answers when it can."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from grd_core.budget.gpu_meter import GpuMeter
from grd_core.budget.gpus import Gpus, Silent

PATIENCE_S = 0.25
"""How long a reading is waited for."""

ANSWERS_WITHIN_S = 20.0
"""How long one answer is waited for where much hangs on it: a driver that nobody uses takes
seconds to begin."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimedGpus:
    """A reading, and when it was complete on the monotonic clock, in seconds."""

    gpus: Gpus
    at_s: float


def answer_within(patience_s: float, ask: Callable[[], T]) -> T | Silent:
    """What the driver says to one question, for who has no second; silent where it takes longer.

    The question goes on being asked on a thread that keeps nobody from ending.
    """
    answer: Future[T] = Future()

    def serve() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
            answer.set_exception(error)

    threading.Thread(target=serve, name="gpus", daemon=True).start()
    try:
        return answer.result(timeout=patience_s)
    except TimeoutError:
        return Silent(f"the driver has not answered for {patience_s:.0f} s")


class GpuReader:
    """A meter on a thread of its own.

    A device that falls off the bus can keep the driver busy for many seconds, and a process
    that waits for it can neither be interrupted nor enforce anything meanwhile. Nobody may
    fork and go on using this in the child.
    """

    def __init__(self, meter: GpuMeter, *, patience_s: float = PATIENCE_S) -> None:
        self._meter = meter
        self._patience_s = patience_s
        self._asked_at: float | None = None
        self._requests: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[TimedGpus] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def read(self) -> TimedGpus:
        """A reading of now, or a late one that has come since; silent where there is none.

        Only the first call that gets no answer waits for it.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="gpus", daemon=True)
            self._thread.start()
        wait_s = 0.0
        if self._asked_at is None:
            self._asked_at, wait_s = time.monotonic(), self._patience_s
            self._requests.put(None)
        try:
            answer = self._answers.get(block=wait_s > 0, timeout=wait_s or None)
        except queue.Empty:
            now = time.monotonic()
            silent_s = now - self._asked_at
            return TimedGpus(Silent(f"the driver has not answered for {silent_s:.0f} s"), now)
        self._asked_at = None
        return answer

    def _serve(self) -> None:
        while True:
            self._requests.get()
            gpus = self._meter.read()
            self._answers.put(TimedGpus(gpus, time.monotonic()))
