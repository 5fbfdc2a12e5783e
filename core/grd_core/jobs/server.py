"""The forkserver that workers come from: the scientific modules, loaded once."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import forkserver
from typing import Any

PRELOADED = ["grd_core.jobs.preloaded"]
"""What the forkserver imports once, so that each job need not."""


def warm_up() -> None:
    """Start the forkserver with its modules; slow once, so call it from a thread."""
    running_server()


def running_server() -> multiprocessing.context.ForkServerContext:
    """The context that starts workers; the server is started where it does not run."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with _STARTING, _server_environment(), _uninterrupted(), _real_stderr():
        forkserver.ensure_running()
    return context


@contextlib.contextmanager
def without_main() -> Iterator[None]:
    """Start a worker that does not import the program's main module over again.

    A job is a name, so nothing in there is needed; a script without a guard around what it
    does would do it once more in each worker, and a console script costs each its imports.
    """
    main = sys.modules["__main__"]
    with _STARTING:
        before: dict[str, Any] = {
            name: value for name, value in vars(main).items() if name in ("__spec__", "__file__")
        }
        vars(main).update(dict.fromkeys(before))
        try:
            yield
        finally:
            vars(main).update(before)


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


@contextlib.contextmanager
def _real_stderr() -> Iterator[None]:
    """An interface that owns the terminal puts something without a descriptor in the place of
    stderr, and the resource tracker, which hands it on, cannot start."""
    before = sys.stderr
    try:
        has_descriptor = before.fileno() >= 0
    except (OSError, ValueError, AttributeError):
        has_descriptor = True  # the tracker copes with those by itself
    if has_descriptor:
        yield
        return
    sys.stderr = sys.__stderr__
    try:
        yield
    finally:
        sys.stderr = before
