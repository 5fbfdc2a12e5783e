"""Cancelling work from another thread, without its callers knowing."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Iterator
from typing import Protocol

from grd_core.errors import JobError


class Cancellable(Protocol):
    """Something that runs and can be stopped at once."""

    def cancel(self) -> None:
        """Stop it; never blocks."""


class CancelledError(JobError):
    """The work was stopped on request; it has no result."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("cancelled", fix="start it again")


class CancelScope:
    """A handle on every job of one piece of work, for another thread to stop it.

    It takes hold through `cancel_scope`. Jobs that run are killed, with whatever they
    started, and none starts after that: what asked for them raises CancelledError. What the
    thread does between two jobs, a transaction for instance, is not interrupted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: set[Cancellable] = set()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called; it stays so."""
        return self._cancelled

    def cancel(self) -> None:
        """Kill every job of the scope and refuse further ones; from any thread, never blocks."""
        with self._lock:
            self._cancelled = True
            running = tuple(self._jobs)
        for job in running:
            job.cancel()

    def join(self, job: Cancellable) -> None:
        """Put a job that has just started under the scope; one that came too late is killed."""
        with self._lock:
            self._jobs.add(job)
            late = self._cancelled
        if late:
            job.cancel()

    def leave(self, job: Cancellable) -> None:
        """Take a job that has ended out of the scope."""
        with self._lock:
            self._jobs.discard(job)


_SCOPES: contextvars.ContextVar[tuple[CancelScope, ...]] = contextvars.ContextVar(
    "cancel scopes of this thread", default=()
)


@contextlib.contextmanager
def cancel_scope(scope: CancelScope | None = None) -> Iterator[CancelScope]:
    """Put every job that this thread starts inside the block under a scope.

    Scopes nest: a job belongs to all that surround it, and an inner one that is cancelled
    leaves the outer one as it was. Other threads are not concerned.

    Args:
        scope: one made beforehand, so that it can be cancelled before the block is entered;
            without it a new one.
    """
    scope = CancelScope() if scope is None else scope
    before = _SCOPES.set((*_SCOPES.get(), scope))
    try:
        yield scope
    finally:
        _SCOPES.reset(before)


def scopes_here() -> tuple[CancelScope, ...]:
    """The scopes around what this thread does now, the outermost first."""
    return _SCOPES.get()


def refuse_if_cancelled() -> None:
    """A point between two steps of long work at which it may be given up.

    Raises:
        CancelledError: a scope around this thread's work was cancelled.
    """
    if any(scope.cancelled for scope in _SCOPES.get()):
        raise CancelledError
