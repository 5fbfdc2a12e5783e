"""The supervisor's and the guard's own journal files: one JSON object a line, one write each."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_LAST_WORD_TRIES = 30
"""How often, a second apart, a full disk is asked again to take a record that must not be lost."""


class JournalWriter:
    """Appends records to one file that nobody else writes.

    A record that the disk refuses is lost, except by `append_surely`; the half line it may
    leave is closed before the next one, so that it cannot swallow it.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._torn = True

    def append(self, kind: str, **fields: Any) -> bool:
        """Write one record with the wall time; False when it did not get through whole."""
        record = {"kind": kind, "time": round(time.time(), 6), **fields}
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        data = b"\n" + line if self._torn else line
        try:
            written = os.write(self._fd, data)
        except OSError:
            return False
        self._torn = written != len(data)
        return not self._torn

    def append_surely(self, kind: str, **fields: Any) -> bool:
        """Write one record and wait for the disk, trying for half a minute if it is full."""
        for attempt in range(_LAST_WORD_TRIES):
            if attempt:
                time.sleep(1.0)
            if self.append(kind, **fields):
                with suppress(OSError):  # a disk that went away has what it took
                    os.fsync(self._fd)
                return True
        return False

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
