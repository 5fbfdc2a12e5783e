"""The wait that an event ends: a burst of events is one wake-up, a stream of them a beat."""

from __future__ import annotations

import threading
import time

QUIET_S = 0.05
"""A burst has ended when nothing came for this long."""

LONGEST_BURST_S = 0.25
"""A burst that does not end is answered after this long all the same."""

GAP_S = 0.2
"""Seconds between two wake-ups by news: a script may rewrite a file beside itself for hours."""

BEAT_S = 0.4
"""Seconds between two wake-ups by what never stops, such as the journal of a live run."""


class Bell:
    """Rung from any thread, waited on by one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._woken = False
        self._first = self._last = 0.0
        self._steady = False
        self._answered = float("-inf")

    def wake(self) -> None:
        """End the wait now, or the next one at once."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def news(self) -> None:
        """Something changed that wants eyes as soon as the burst is over."""
        with self._changed:
            now = time.monotonic()
            asleep = not self._first
            self._first, self._last = self._first or now, now
            # The waiter reads the clock itself: thousands of events must not wake it each.
            if asleep:
                self._changed.notify_all()

    def beat(self) -> None:
        """Something changed that changes all the time."""
        with self._changed:
            if not self._steady:
                self._steady = True
                self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Return when rung, or after `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not self._woken:
                left = min(deadline, self._due()) - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._woken = self._steady = False
            self._first = self._last = 0.0
            self._answered = time.monotonic()

    def _due(self) -> float:
        due = float("inf")
        if self._first:
            over = min(self._last + QUIET_S, self._first + LONGEST_BURST_S)
            due = max(over, self._answered + GAP_S)
        if self._steady:
            due = min(due, self._answered + BEAT_S)
        return due
