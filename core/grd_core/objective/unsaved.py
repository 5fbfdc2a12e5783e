"""What was typed into OBJECTIVE.md and not saved, kept in `.grd` until it is.

Each open editor has a place of its own, held by a lock that falls with its process: what a
cockpit left behind that was killed is found by the next, and two that are open at once do not
write over each other.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.clock import utc_now
from grd_core.errors import RefusedError
from grd_core.rendering import write_atomically

if TYPE_CHECKING:
    from grd_core.study import Study

FOLDER = Path(".grd") / "unsaved"

_PLACES = 64
"""Editors of one study that can be open at once."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What was typed: the bytes as they would be saved, the sha256 of the file they were typed
    over, and when."""

    content: bytes
    opened: str
    at: str


class UnsavedPlace:
    """Where one editor keeps what was typed; `found` is what another left there."""

    def __init__(self, path: Path, lock: int, found: Unsaved | None) -> None:
        self._path = path
        self._lock = lock
        self.found = found

    def keep(self, content: bytes, opened: str) -> None:
        """Keep this instead of what was kept before; afterwards it outlives the process.

        Raises:
            RefusedError: it cannot be written.
        """
        kept = {"at": utc_now(), "opened": opened, "text": content.decode("utf-8")}
        try:
            write_atomically(self._path, json.dumps(kept).encode())
        except OSError as error:
            raise _unkept(self._path, error) from error

    def forget(self) -> None:
        """It is saved, or not wanted any more."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave what is kept to the next editor."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def take_place(study: Study) -> UnsavedPlace:
    """A place no other editor holds: the one with the newest words, else an empty one.

    Raises:
        RefusedError: the folder cannot be written, or every place is held.
    """
    folder = study.root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        free = list(_free(folder))
    except OSError as error:
        raise _unkept(folder, error) from error
    if not free:
        raise RefusedError(
            f"{_PLACES} editors of the objective are open",
            where=str(folder),
            fix="close those that are not used",
        )
    held = [place for place in free if place.found is not None]
    empty = (place for place in free if place.found is None)
    chosen = max(held, key=lambda place: place.found.at) if held else next(empty)  # type: ignore[union-attr]
    for place in free:
        if place is not chosen:
            place.close()
    return chosen


def _free(folder: Path) -> Iterator[UnsavedPlace]:
    """Every place that is not held, locked; a new one where all are."""
    is_any = False
    for number in range(1, _PLACES + 1):
        path = folder / f"objective-{number}.json"
        held = path.with_suffix(".lock")
        if is_any and not held.exists():
            return
        lock = os.open(held, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        is_any = True
        yield UnsavedPlace(path, lock, _read(path))


def _read(path: Path) -> Unsaved | None:
    """What is kept there; None where nothing is, or nothing that can be read."""
    try:
        kept = json.loads(path.read_bytes())
        return Unsaved(kept["text"].encode(), kept["opened"], kept["at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _unkept(path: Path, error: OSError) -> RefusedError:
    return RefusedError(
        f"what is typed cannot be kept: {error.strerror or error}",
        where=str(path),
        fix="check that you may write to the study's .grd folder",
    )
