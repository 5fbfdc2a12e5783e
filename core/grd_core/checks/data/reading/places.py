"""What lies at a path before it is opened, so that nothing hangs, and whether it stayed the same.

A pipe or a device would be waited for without end; a file that is being written holds other
rows at the end of a read than at its beginning.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from grd_core.errors import DataError

Seen = Literal["file", "folder", "nothing", "other"]


def seen_as(path: Path) -> Seen:
    """What is at a path, links followed, without opening it.

    Raises:
        DataError: the path cannot be followed: a loop of links, or a folder that may not be
            entered.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "nothing"
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


def require_file(path: Path) -> None:
    """Refuse what is no regular file that may be read.

    Raises:
        DataError: there is none, it is a pipe, a socket or a device, or may not be read.
    """
    seen = seen_as(path)
    if seen == "nothing":
        dangling = path.is_symlink()
        raise DataError(
            "the link points to nothing" if dangling else "there is no such file",
            where=str(path),
            fix="check where it points" if dangling else "check the path",
        )
    if seen != "file":
        raise DataError(
            "this is no regular file but a pipe, a socket or a device",
            where=str(path),
            fix="write the data to a file first: what is declared must be readable again",
        )
    if not os.access(path, os.R_OK):
        raise unreadable(path, PermissionError(13, "permission denied"))


def unreadable(path: Path, error: Exception) -> DataError:
    """The sentence for a file that the system does not let be read."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if isinstance(error, PermissionError):
        return DataError(
            "the file may not be read: permission denied",
            where=str(path),
            fix="give yourself the permission to read it",
        )
    return DataError(
        f"the file cannot be read: {said[:1].lower()}{said[1:]}",
        where=str(path),
        fix="check the path and the disk",
    )


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Refuse what was read inside when the file was written to meanwhile.

    A folder's own time tells of files that came or went; those in it are held by their sizes
    while they are hashed.

    Raises:
        DataError: size, time or file are others at the end than at the beginning.
    """
    before = _stamp(path)
    try:
        yield
    except DataError as error:
        # Half a row at the end is no fault of a file that is being written.
        if _stamp(path) != before:
            raise _changed(path) from error
        raise
    if _stamp(path) != before:
        raise _changed(path)


def _changed(path: Path) -> DataError:
    return DataError(
        "the file changed while it was read",
        where=str(path),
        fix="wait until nothing writes to it, then read it again",
    )


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        state = path.stat()
    except OSError:
        return ()
    return (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
