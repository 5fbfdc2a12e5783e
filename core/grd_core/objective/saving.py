"""Saving an edited OBJECTIVE.md: whole or not at all, and never over what someone else wrote."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.errors import RefusedError
from grd_core.identity import sha256_bytes
from grd_core.rendering import new_beside

if TYPE_CHECKING:
    from grd_core.study import Study

NO_FILE = ""
"""Stands for the sha256 of a file that is not there."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """The file's bytes, and their sha256: NO_FILE, and no bytes, where there is none."""

    raw: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The file holds these bytes now."""

    sha256: str


@dataclass(frozen=True, slots=True)
class ChangedMeanwhile:
    """Nothing was written: the file is not the one that was opened."""

    theirs: OnDisk


def on_disk(study: Study) -> OnDisk:
    """What stands in OBJECTIVE.md now.

    Raises:
        RefusedError: it is no file, or may not be read.
    """
    path = study.objective_path
    if not path.exists():
        return OnDisk(b"", NO_FILE)
    if not path.is_file():
        raise RefusedError(
            f"{path.name} is no file", where=str(path), fix="move what stands in its place"
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RefusedError(
            f"{path.name} cannot be read: {error.strerror}",
            where=str(path),
            fix="check that it is a file you may read",
        ) from error
    return OnDisk(raw, sha256_bytes(raw))


def save(study: Study, content: bytes, opened: str) -> Saved | ChangedMeanwhile:
    """Replace OBJECTIVE.md by `content`, byte for byte, if it still is what was opened.

    A link stays a link and the file's permissions stay as they were. A file that is gone is
    written anew.

    Args:
        study: the study.
        content: the new bytes.
        opened: the sha256 of the file the edit began from; NO_FILE where there was none.

    Raises:
        RefusedError: the file may not be written.
    """
    path = study.objective_path.resolve()
    if path.exists() and not os.access(path, os.W_OK):
        raise _unwritable(path, "it is write-protected")
    try:
        beside = _written_beside(path, content)
        try:
            # Looked at last, so that next to nothing lies between the look and the change.
            now = on_disk(study)
            if now.sha256 not in (opened, NO_FILE):
                return ChangedMeanwhile(now)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    return Saved(sha256_bytes(content))


def keep_beside(study: Study, content: bytes) -> Path:
    """Write bytes into a new file beside OBJECTIVE.md, under a name that is free.

    Raises:
        RefusedError: the folder may not be written.
    """
    folder = study.root
    for number in range(1, 10_000):
        path = folder / f"OBJECTIVE.edited-{number}.md"
        try:
            with path.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except FileExistsError:
            continue
        except OSError as error:
            raise _unwritable(path, error.strerror or str(error)) from error
        return path
    raise _unwritable(folder, "ten thousand edited objectives are kept there")


def _written_beside(path: Path, content: bytes) -> Path:
    """The bytes in a file of their own beside the one they are to replace, on the disk."""
    beside, stream = new_beside(path)
    try:
        with stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            if path.exists():
                os.fchmod(stream.fileno(), path.stat().st_mode & 0o7777)
            _keep_owner(stream.fileno(), path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def _keep_owner(handle: int, path: Path) -> None:
    """A file that a group shares stays the group's, where that may be."""
    with contextlib.suppress(OSError):
        os.fchown(handle, -1, path.stat().st_gid)


def _unwritable(path: Path, why: str) -> RefusedError:
    return RefusedError(
        f"{path.name} cannot be written: {why}",
        where=str(path),
        fix="check that you may write to it and to its folder",
    )
