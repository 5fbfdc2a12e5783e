"""One study watched: wait until something may have changed, then look."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from grd_core.watch.bell import Bell
from grd_core.watch.events import Deaf, Events, Sound
from grd_core.watch.fingerprint import Fingerprint, Fingerprints
from grd_core.watch.mounts import MOUNTS, silent_file_system

Mode = Literal["events", "polling"]

POLL_S = 0.4
"""Seconds between two looks where nothing tells of changes."""

EVENTS_POLL_S = 1.0
"""Seconds between two looks where events tell of most: the ledger has none, since reading it
writes beside it, and what other verbs recorded should show within about a second too."""


class Watch:
    """Looks at one study, and waits for the next time that looking is worth it.

    `look` and `wait` belong to one thread; `wake` and `close` may come from any. Nothing is
    listened to, nor loaded for it, before the first `wait`.
    """

    def __init__(
        self, root: Path, *, clock: Callable[[], float] = time.time, mounts: Path = MOUNTS
    ) -> None:
        self._root = root
        self._mounts = mounts
        self._files = Fingerprints(root, clock)
        self._bell = Bell()
        self._events: Events | None = None
        self._reason = "nobody has waited yet"
        self._started = self._closed = self._far = False

    @property
    def mode(self) -> Mode:
        """Whether events end a wait early, or only time does."""
        return "polling" if self._events is None else "events"

    @property
    def reason(self) -> str:
        """Why there are no events, for the researcher; empty where there are."""
        return self._reason if self._events is None else ""

    @property
    def poll_s(self) -> float:
        """Seconds a face should wait at most in this mode."""
        return POLL_S if self._events is None or self._far else EVENTS_POLL_S

    def guard(self, source: Path | None) -> None:
        """From the next look on, look at the declared source too, wherever it lies."""
        self._files.guard("" if source is None else str(source))
        self._far = source is not None and bool(silent_file_system(source, self._mounts))

    def look(self) -> Fingerprint:
        """The fingerprint now. Never raises: what cannot be read counts as absent."""
        self._files.search()
        # First the ears, then the marks: what changes between the two is heard.
        self._follow()
        return self._files.take()

    def wait(self, timeout_s: float) -> None:
        """Return when something that matters changed, when woken, or after `timeout_s`.

        The first wait only begins to listen: look again after it.
        """
        if self._closed:
            return
        if not self._started:
            self._started = True
            self._listen()
            if self._events is not None:
                return
        self._bell.wait(timeout_s)

    def wake(self) -> None:
        """End the wait now; where nobody waits, the next one."""
        self._bell.wake()

    def close(self) -> None:
        """Stop listening and end the wait."""
        self._closed = True
        self._deafen("it was closed")
        self._bell.wake()

    def _listen(self) -> None:
        for folder in (self._root, self._root / "data" / "frozen", self._root / "experiments"):
            silent = silent_file_system(folder, self._mounts)
            if silent:
                self._reason = f"{silent} does not tell of changes"
                return
        try:
            self._events = Events(self._hear)
        except Deaf as refusal:
            self._reason = str(refusal)
            return
        self._files.search()
        self._follow()

    def _follow(self) -> None:
        events = self._events
        if events is None:
            return
        try:
            events.follow(self._files.places(), self._files.asked_for())
        except Deaf as refusal:
            self._deafen(str(refusal))

    def _deafen(self, reason: str) -> None:
        events, self._events = self._events, None
        self._reason = reason
        if events is not None:
            events.close()

    def _hear(self, sound: Sound) -> None:
        match sound:
            case Sound.WRITTEN:
                self._bell.news()
            case Sound.STEADY:
                self._bell.beat()
            case Sound.FOLDERS:
                self._files.scan_now()
                self._bell.news()
