"""A program on a pty that drains what it draws, and how long it takes to draw it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

LIMIT_S = 60.0


class Opened:
    """A program of this interpreter on a pty of its own."""

    def __init__(
        self,
        arguments: list[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLUMNS=str(columns), LINES=str(rows))
            os.environ.update(environment or {})
            # Before the program starts: it must never see the size that a new pty has.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(sys.executable, [sys.executable, *arguments])
        self._drawn = b""

    def press(self, keys: bytes) -> None:
        """Send keys."""
        os.write(self._master, keys)

    def seconds_until(self, word: bytes) -> float:
        """Seconds from the start until `word` was drawn."""
        while word not in self._drawn:
            if time.perf_counter() - self.started > LIMIT_S:
                raise TimeoutError(f"{word!r} was never drawn")
            self._take(0.05)
        return time.perf_counter() - self.started

    def seconds_to(self, key: bytes, word: bytes) -> float:
        """Seconds from pressing `key` until `word` is drawn anew."""
        return self.seconds_after(lambda: self.press(key), word)

    def seconds_after(self, act: Callable[[], object], word: bytes) -> float:
        """Seconds from the end of an act until `word` is drawn anew."""
        self.bytes_in(0.0)
        self._drawn = b""
        act()
        started = time.perf_counter()
        while word not in self._drawn:
            if time.perf_counter() - started > LIMIT_S:
                raise TimeoutError(f"{word!r} was not drawn")
            self._take(0.01)
        return time.perf_counter() - started

    def bytes_in(self, seconds: float) -> int:
        """How many bytes it sends in this time."""
        before = len(self._drawn)
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._take(left)
        while self._take(0.0):
            pass
        return len(self._drawn) - before

    def cpu_s(self) -> float:
        """Processor time it took so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Resident memory in MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def _take(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if ready:
            self._drawn += os.read(self._master, 65536)
        return bool(ready)
