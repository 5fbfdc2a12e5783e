"""A declared source told by `stat`: a file, or the entries of a folder; hidden ones left out."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.watch.folders import Folders, Listing, digest, guarded_mark, stat_of

MOST_ENTRIES = 5_000
"""Files of a folder that are looked at one by one, 20 ms of them; of a larger one only that names
came or went is told."""

MOST_FOLDERS = 1_000


@dataclass(frozen=True, slots=True)
class SourceMark:
    """`mark` differs when anything was written, replaced, added or removed, whatever its time was
    set to; `changed_s` is the last change of an inode, in seconds since the epoch."""

    mark: str
    changed_s: float
    size_bytes: int
    is_folder: bool


def source_mark(path: str, folders: Folders) -> SourceMark | None:
    """How the source at `path` stands, or None where there is nothing. Never raises.

    Args:
        path: absolute.
        folders: remembers what it listed, so that an unchanged folder is not listed again.
    """
    found = stat_of(path)
    if found is None:
        return None
    is_folder = stat.S_ISDIR(found.st_mode)
    marks, changed_s, size = [guarded_mark(path)], found.st_ctime, 0
    for folder, listing in source_folders(path, folders):
        names = [name for name in listing.files if _is_visible(folder, name)]
        if len(marks) + len(names) > MOST_ENTRIES:
            marks.append(guarded_mark(folder))
            continue
        for name in names:
            entry = stat_of(f"{folder}/{name}")
            marks.append(guarded_mark(f"{folder}/{name}"))
            if entry is not None:
                changed_s = max(changed_s, entry.st_ctime)
                size += entry.st_size
        if (own := stat_of(folder)) is not None:
            changed_s = max(changed_s, own.st_ctime)
    return SourceMark(digest(marks), changed_s, size if is_folder else found.st_size, is_folder)


def source_folders(path: str, folders: Folders) -> Iterator[tuple[str, Listing]]:
    """The folders that the source consists of; none where it is a file."""
    found = stat_of(path)
    if found is not None and stat.S_ISDIR(found.st_mode):
        yield from folders.walk(path, _is_visible, most=MOST_FOLDERS)


def _is_visible(folder: str, name: str) -> bool:
    return not name.startswith(".")
