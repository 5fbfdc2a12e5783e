"""Several jobs at once, their results as they end."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator
from typing import Any, Protocol

from grd_core.jobs.job import Job
from grd_core.jobs.result import JobResult
from grd_core.jobs.scope import refuse_if_cancelled

_LOOK_UP_S = 0.2
"""How often the wait for news looks whether it is still wanted."""

News = tuple[int, JobResult | tuple[float, str]]
"""A job's index, with its result or with how far it is."""


class ManyObserver(Protocol):
    """Told how several jobs fare, by their index, on the thread that iterates over them."""

    def started(self, index: int) -> None:
        """The job has a worker now."""

    def progress(self, index: int, fraction: float, message: str) -> None:
        """The job said how far it is, 0 to 1."""


def run_many(
    jobs: list[tuple[str, dict[str, Any]]],
    *,
    limit_s: float,
    workers: int = 2,
    observer: ManyObserver | None = None,
) -> Generator[tuple[int, JobResult], None, None]:
    """Run several jobs, at most `workers` at once; yield (index, result) as each ends.

    Closing the iterator early kills what still runs.

    Raises:
        CancelledError: a scope around the iteration was cancelled; nothing runs any more.
    """
    news: queue.Queue[News] = queue.Queue()
    waiting = list(enumerate(jobs))
    running: dict[int, Job] = {}

    def follow(index: int, job: Job) -> None:
        news.put((index, job.result(lambda *progress: news.put((index, progress)))))

    try:
        while waiting or running:
            while waiting and len(running) < workers:
                index, (name, arguments) = waiting.pop(0)
                running[index] = Job(name, arguments, limit_s=limit_s)
                threading.Thread(target=follow, args=(index, running[index]), daemon=True).start()
                if observer is not None:
                    observer.started(index)
            index, said = _next(news)
            if isinstance(said, tuple):
                if observer is not None:
                    observer.progress(index, *said)
                continue
            del running[index]
            yield index, said
    finally:
        for job in running.values():
            job.cancel()


def _next(news: queue.Queue[News]) -> News:
    """The next of the jobs' news, unless a scope is cancelled: then nobody waits for them."""
    while True:
        refuse_if_cancelled()
        with contextlib.suppress(queue.Empty):
            return news.get(timeout=_LOOK_UP_S)
