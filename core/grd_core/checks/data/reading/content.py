"""What names the bytes of a source, a file or a folder, and how many they are."""

from __future__ import annotations

from pathlib import Path

from grd_core.checks.data.reading.folder_manifest import folder_sha256, folder_size
from grd_core.checks.data.reading.places import require_file, seen_as, unchanged, unreadable
from grd_core.identity import sha256_file


def content_sha256(path: Path) -> str:
    """The sha256 of a file's bytes; of a folder that of its sorted manifest.

    Raises:
        DataError: it is gone, no regular file, may not be read, or changes meanwhile.
    """
    if seen_as(path) == "folder":
        return folder_sha256(path)
    require_file(path)
    try:
        with unchanged(path):
            return sha256_file(path)
    except OSError as error:
        raise unreadable(path, error) from error


def content_size(path: Path) -> int:
    """Bytes of a file, or of all files of a folder together; nothing is opened.

    Raises:
        DataError: it is gone, or a folder holds what is no data.
    """
    if seen_as(path) == "folder":
        return folder_size(path)
    require_file(path)
    return path.stat().st_size
