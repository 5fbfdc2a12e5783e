"""Listening to folders: watchdog's inotify, one descriptor and one thread for a whole study.

Its `Observer` has a thread for each folder and holds back every event that follows half a
move for half a second; the descriptor below it does neither. Only writes are asked for at
the kernel: a program that rehashed on `opened` or `closed_no_write` would wake itself for
ever.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from grd_core.watch.places import Place, is_searched, matters

if TYPE_CHECKING:
    from watchdog.observers.inotify_c import (
        CallbackId,
        InotifyEvent,
        InotifyFD,
        Mask,
        WatchDescriptor,
    )

_JOIN_S = 0.5


class Sound(Enum):
    """What an event means to whoever waits."""

    WRITTEN = "written"  # a file that matters was written, replaced, renamed or removed
    STEADY = "steady"  # a journal grew
    FOLDERS = "folders"  # folders came or went, or events were lost: search again


class Deaf(Exception):  # noqa: N818 - a state of the machine, told to the researcher
    """Events cannot be had; the message says why."""


class Events:
    """Calls `hear` from its own thread for every event that matters.

    Raises:
        Deaf: the machine gives no inotify.
    """

    def __init__(self, hear: Callable[[Sound], None]) -> None:
        # Without a handler of its own, watchdog's warnings would be printed over the screen.
        logging.getLogger("watchdog").addHandler(logging.NullHandler())
        try:
            from watchdog.observers.inotify_c import InotifyFD
        except Exception as error:  # an old watchdog, or a C library without inotify
            raise Deaf("this machine offers no inotify") from error
        try:
            self._descriptor: InotifyFD = InotifyFD()
        except OSError as error:
            raise Deaf(_refusal(error)) from error
        self._hear = hear
        self._lock = threading.Lock()
        self._ears: dict[str, _Ear] = {}
        self._asked_for: Mapping[str, str] = {}
        self._descriptor.start()

    def follow(self, places: Mapping[str, Place], asked_for: Mapping[str, str]) -> None:
        """Listen to these folders and no others; those that are not there are left out.

        `asked_for` is a name that matters in a folder, whatever the folder is, by folder.

        Raises:
            Deaf: the kernel refuses more.
        """
        self._asked_for = asked_for
        with self._lock:
            gone = [ear for path, ear in self._ears.items() if places.get(path) is not ear.place]
            new = {path: place for path, place in places.items() if path not in self._ears}
        for ear in gone:
            self._forget(ear)
            if ear.path in places:
                new[ear.path] = places[ear.path]
        for path, place in new.items():
            self._listen(path, place)

    def close(self) -> None:
        """Stop listening; waits a moment for the thread."""
        self._descriptor.stop()
        self._descriptor.join(_JOIN_S)

    def _listen(self, path: str, place: Place) -> None:
        ear = _Ear(path, place, self)
        with self._lock:
            self._ears[path] = ear
        try:
            ear.wd = self._descriptor.add_callback(
                os.fsencode(path), _mask(), ear, _callback_id(ear)
            )
        except OSError as error:
            with self._lock:
                self._ears.pop(path, None)
            if error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENOMEM):
                raise Deaf(_refusal(error)) from error

    def _forget(self, ear: _Ear) -> None:
        with self._lock:
            if self._ears.get(ear.path) is not ear:
                return
            del self._ears[ear.path]
        # The kernel may have dropped the watch already, with its folder.
        with contextlib.suppress(OSError):
            if ear.wd is not None:
                self._descriptor.remove_callbacks([(ear.wd, _callback_id(ear))])

    def _heard(self, ear: _Ear, event: InotifyEvent) -> None:
        from watchdog.observers.inotify_c import InotifyConstants as Flags

        if event.mask & (Flags.IN_MOVE_SELF | Flags.IN_DELETE_SELF):
            # It has another path now, or none; what takes its place is followed anew.
            self._forget(ear)
            self._hear(Sound.FOLDERS)
            return
        name = os.fsdecode(event.name)
        asked_for = name == self._asked_for.get(ear.path)
        if asked_for and event.mask & Flags.IN_ISDIR:
            self._hear(Sound.FOLDERS)
        elif event.mask & Flags.IN_ISDIR:
            came_or_went = Flags.IN_CREATE | Flags.IN_DELETE | Flags.IN_MOVE
            if event.mask & came_or_went and is_searched(name):
                self._hear(Sound.FOLDERS)
        elif asked_for or matters(ear.place, name):
            self._hear(Sound.STEADY if ear.place is Place.JOURNAL else Sound.WRITTEN)

    def _lost(self, ear: _Ear) -> None:
        with self._lock:
            if self._ears.get(ear.path) is ear:
                del self._ears[ear.path]
        self._hear(Sound.FOLDERS)


@dataclass(eq=False, slots=True)
class _Ear:
    """One folder that is listened to, as watchdog calls back."""

    path: str
    place: Place
    owner: Events
    wd: WatchDescriptor | None = None

    def on_event(self, event: InotifyEvent) -> None:
        """The kernel tells of something in the folder, or of the folder."""
        self.owner._heard(self, event)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """The folder is gone, and with it the watch."""
        self.owner._lost(self)

    def on_queue_overflow(self) -> None:
        """The kernel threw events away."""
        self.owner._hear(Sound.FOLDERS)


def _callback_id(ear: _Ear) -> CallbackId:
    from watchdog.observers.inotify_c import CallbackId

    return CallbackId(id(ear))


def _mask() -> Mask:
    from watchdog.observers.inotify_c import InotifyConstants as Flags
    from watchdog.observers.inotify_c import Mask

    return Mask(
        Flags.IN_MODIFY
        | Flags.IN_CLOSE_WRITE
        | Flags.IN_ATTRIB
        | Flags.IN_CREATE
        | Flags.IN_DELETE
        | Flags.IN_MOVE
        | Flags.IN_DELETE_SELF
        | Flags.IN_MOVE_SELF
        | Flags.IN_ONLYDIR
        | Flags.IN_EXCL_UNLINK
    )


def _refusal(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC:
            return "the limit of inotify watches is reached (fs.inotify.max_user_watches)"
        case errno.EMFILE:
            return "the limit of inotify instances is reached (fs.inotify.max_user_instances)"
        case _:
            return f"inotify refuses: {error.strerror or error}"
