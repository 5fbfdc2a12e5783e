"""Folders listed once, and again only when their own time of change moves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from grd_core.identity import sha256_bytes

_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in a folder, sorted: its files and its folders; links count as their target."""

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    changed_ns: int
    listing: Listing


class Folders:
    """Lists folders and remembers them: an unchanged one costs a stat."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def list(self, folder: str) -> Listing:
        """What lies in a folder; nothing where it cannot be read. Never raises."""
        found = stat_of(folder)
        if found is None:
            self._known.pop(folder, None)
            return Listing()
        return self._listed(folder, found)

    def walk(
        self, top: str, enters: Callable[[str, str], bool], *, most: int = 100_000
    ) -> Iterator[tuple[str, Listing]]:
        """The folder and those below it, the nearest first, each once though links lead back.

        Args:
            top: where to begin.
            enters: whether to go on, from a folder, into one of this name in it.
            most: how many folders are told at most.
        """
        seen: set[tuple[int, int]] = set()
        waiting = [top]
        for folder in waiting:
            found = stat_of(folder)
            if found is None or (found.st_dev, found.st_ino) in seen:
                continue
            seen.add((found.st_dev, found.st_ino))
            listing = self._listed(folder, found)
            yield folder, listing
            if len(seen) >= most:
                return
            waiting += [f"{folder}/{name}" for name in listing.folders if enters(folder, name)]

    def _listed(self, folder: str, found: os.stat_result) -> Listing:
        known = self._known.get(folder)
        if known is not None and known.changed_ns == found.st_mtime_ns:
            return known.listing
        try:
            with os.scandir(folder) as entries:
                kinds = sorted((entry.name, entry.is_dir()) for entry in entries)
        except OSError:
            self._known.pop(folder, None)
            return Listing()
        listing = Listing(
            tuple(name for name, is_folder in kinds if not is_folder),
            tuple(name for name, is_folder in kinds if is_folder),
        )
        # Two changes within one tick of the file system's clock share a time: a folder
        # changed just now is listed again next time.
        settled = time.time_ns() - found.st_mtime_ns > _SETTLED_NS
        self._known[folder] = _Known(found.st_mtime_ns if settled else -1, listing)
        return listing


def stat_of(path: str) -> os.stat_result | None:
    """What the file system says of a path, or None where it says nothing."""
    try:
        return os.stat(path)  # noqa: PTH116 - a Path object for each of thousands costs more
    except OSError:
        return None


def mark(path: str) -> str:
    """A line that differs when the file was written or replaced: inode, size, time."""
    found = stat_of(path)
    if found is None:
        return f"{path}:absent"
    return f"{path}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def guarded_mark(path: str) -> str:
    """A `mark` with the time of the inode's change, which a program cannot set back."""
    found = stat_of(path)
    if found is None:
        return f"{path}:absent"
    return f"{path}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


def size_mark(path: str) -> str:
    """A line that differs when an append-only file grew."""
    found = stat_of(path)
    return f"{path}:{-1 if found is None else found.st_size}"


def digest(marks: Iterable[str]) -> str:
    """sha256 over marks."""
    return sha256_bytes("\n".join(marks).encode("utf-8", "surrogateescape"))
