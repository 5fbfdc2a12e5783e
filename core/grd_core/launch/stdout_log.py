"""stdout.log, bounded: its middle is given back to the disk, its offsets stay.

The child writes straight into the file, so that neither a slow nor a dead supervisor can
block it. Where the file system can punch holes, everything but the first mebibyte and the
newest part is dropped once the file takes more than its limit; readers see zero bytes
there. Elsewhere the log is not bounded, and the journal says so.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

KEEP_HEAD_BYTES = 2**20
_BLOCK = 4096
_KEEP_SIZE_AND_PUNCH_HOLE = 0x01 | 0x02

_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]


class StdoutLog:
    """Watches one log's size."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit = max(limit_bytes, 2 * KEEP_HEAD_BYTES)
        self._dropped_to = KEEP_HEAD_BYTES
        self.is_bounded = True

    def trim(self) -> int:
        """Drop the middle if the log takes more than its limit; returns the bytes given back."""
        if not self.is_bounded:
            return 0
        try:
            size = self._path.stat().st_size
        except OSError:
            return 0
        kept = size - self._dropped_to + KEEP_HEAD_BYTES
        if kept <= self._limit:
            return 0
        # Half of the limit is left standing, so that this happens rarely.
        end = (size - self._limit // 2) // _BLOCK * _BLOCK
        length = end - self._dropped_to
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            return 0  # out of reach for now, as a mount may be
        try:
            if _libc.fallocate(fd, _KEEP_SIZE_AND_PUNCH_HOLE, self._dropped_to, length) != 0:
                self.is_bounded = False
                return 0
        finally:
            os.close(fd)
        self._dropped_to = end
        return length
