"""The desk: work done beside the screen, on threads that can be told to stop.

A task is a function of the study. What is heavy in it runs in worker processes, which the
task's cancel scope kills. Its progress and its end come back as messages, so that a screen
that was closed meanwhile loses nothing but the news.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from grd_core.jobs import CancelScope
    from grd_core.study import Study

Progress = Callable[[float, str], None]
Work = Callable[["Study", Progress], object]


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The task's value."""

    value: object


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it was not done, in one sentence; `fix` is the part that says what to do."""

    sentence: str
    what: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """It was told to stop."""


Ending = Succeeded | Refused | Stopped
Then = Callable[[Ending], None]


@dataclass(slots=True)
class Running:
    """A task that goes on: what it does now, how far it is (0 to 1), since when."""

    key: str
    title: str
    fraction: float = 0.0
    doing: str = ""
    started: float = field(default_factory=time.monotonic)
    scope: CancelScope | None = None
    stopped: bool = False

    @property
    def only_asks(self) -> bool:
        """Whether it reads for the screen alone: nothing is told of it, nothing changed by it."""
        return self.key.startswith("ask ")

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.started


class TaskMoved(Message):
    """A task began or came further."""

    def __init__(self, task: Running) -> None:
        super().__init__()
        self.task = task


class TaskEnded(Message):
    """A task ended; `then` is to be called with how."""

    def __init__(self, task: Running, ending: Ending, then: Then) -> None:
        super().__init__()
        self.task = task
        self.ending = ending
        self.then = then


class Desk:
    """Runs tasks on daemon threads, one for each key at a time."""

    def __init__(self, root: Path, post: Callable[[Message], object]) -> None:
        self._root = root
        self._post = post
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()

    @property
    def running(self) -> tuple[Running, ...]:
        """The tasks that go on, the oldest first."""
        with self._lock:
            return tuple(self._running.values())

    def task(self, key: str) -> Running | None:
        """The running task of this key."""
        return self._running.get(key)

    def begin(self, key: str, title: str, work: Work, then: Then) -> bool:
        """Run `work` on a thread and call `then` on the interface's; False when a task of
        this key is running, and then nothing is begun."""
        with self._lock:
            if key in self._running:
                return False
            task = self._running[key] = Running(key, title)
        threading.Thread(
            target=self._run, args=(task, work, then), name=f"grd-{key}", daemon=True
        ).start()
        return True

    def stop(self, key: str) -> None:
        """Kill what the task of this key has started; it ends as `Stopped`."""
        task = self._running.get(key)
        if task is not None:
            task.stopped = True
            if task.scope is not None:
                task.scope.cancel()

    def stop_all(self) -> None:
        """Stop every task."""
        for task in self.running:
            self.stop(task.key)

    def _run(self, task: Running, work: Work, then: Then) -> None:
        ending = self._ending(task, work)
        with self._lock:
            del self._running[task.key]
        self._post(TaskEnded(task, Stopped() if task.stopped else ending, then))

    def _ending(self, task: Running, work: Work) -> Ending:
        from grd_core.errors import GrdError
        from grd_core.jobs import cancel_scope
        from grd_core.study import Study

        def progress(fraction: float, doing: str) -> None:
            task.fraction, task.doing = fraction, doing
            self._post(TaskMoved(task))

        try:
            with cancel_scope() as scope:
                task.scope = scope
                if task.stopped:
                    return Stopped()
                self._post(TaskMoved(task))
                return Succeeded(work(Study(self._root), progress))
        except GrdError as error:
            return Refused(error.sentence(), error.what, error.fix)
        except Exception as error:  # noqa: BLE001 - the boundary: a fault is shown, not raised
            fault = f"{type(error).__name__}: {error}"
            return Refused(
                f"something unforeseen failed ({fault}): the shell's --debug says where", fault
            )
