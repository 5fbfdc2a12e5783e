"""Leaving without being asked by a key: a signal, or a terminal that is gone."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

GRACE_S = 2.0
"""How long a cockpit that was told to leave may take before it is ended."""


def leave_when_told(leave: Callable[[int], object], terminal: int = 0) -> None:
    """Call `leave` with an exit code on SIGHUP, on SIGTERM, and when nobody is at the other end
    of the terminal any more; end the process if that has not helped after GRACE_S.

    Python runs a signal's handler on the main thread alone. One that waits for the thread that
    writes to the terminal, which the hang-up has just ended, was measured not to run it: so the
    terminal itself is watched too, by a thread that needs nobody. This also ends a process
    that was told to ignore SIGHUP, which would spin on an empty read.
    """

    def told(number: int, frame: FrameType | None = None) -> None:
        threading.Thread(target=_end_after, args=(128 + number,), daemon=True).start()
        leave(128 + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, told)
    threading.Thread(
        target=_when_gone, args=(terminal, told), name="grd-terminal", daemon=True
    ).start()


def wait_until_gone(terminal: int) -> None:
    """Sleep until this terminal has hung up."""
    poll = select.poll()
    # Without an event to ask for, only the end of it is told.
    poll.register(terminal, 0)
    while not poll.poll():
        continue


def _when_gone(terminal: int, told: Callable[[int], None]) -> None:
    wait_until_gone(terminal)
    told(signal.SIGHUP)


def _end_after(code: int) -> None:
    time.sleep(GRACE_S)
    os._exit(code)
