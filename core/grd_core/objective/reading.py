"""The bytes of OBJECTIVE.md, from whatever stands under its name. Light to import."""

from __future__ import annotations

import stat
from pathlib import Path

from grd_core.errors import ConfigError

LARGEST = 16_000_000
"""Bytes of the largest file that is read; an objective has a few thousand."""


def read_bytes(path: Path) -> bytes:
    """The file's bytes as they are.

    Raises:
        ConfigError: it is missing, is no plain file, is too large, or cannot be read.
    """
    try:
        found = path.stat()
        # A pipe would keep its reader waiting, a device would never end.
        if not stat.S_ISREG(found.st_mode):
            raise ConfigError(
                f"{path.name} cannot be read: it is no plain file",
                where=str(path),
                fix="put a text file in its place",
            )
        if found.st_size > LARGEST:
            raise ConfigError(
                f"{path.name} has {found.st_size:,} bytes, more than an objective can have",
                where=str(path),
                fix=f"keep it below {LARGEST:,}; name other files in the prose",
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path.name} is missing", where=str(path), fix="`grd objective init` drafts one"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path.name} cannot be read: {error.strerror}",
            where=str(path),
            fix="check that it is a file you may read",
        ) from error
