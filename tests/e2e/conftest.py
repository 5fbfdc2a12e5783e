"""A real terminal: the program on a pty, its screen read back by a terminal emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyte
import pytest

LIMIT_S = 90.0

OF_ITS_OWN = {"NO_COLOR", "SSH_TTY", "COLUMNS", "LINES"}
"""Not taken over from the tests' own terminal. A process of many tests is given a width of 80
columns, which a program believes before it asks its terminal."""

HEAVY = ("numpy", "pandas", "scipy", "sklearn", "pyarrow", "torch")


class Terminal:
    """A child process on a pty of a given size; what it draws is kept as a screen."""

    def __init__(
        self,
        arguments: list[str],
        *,
        columns: int,
        rows: int,
        env: dict[str, str],
        folder: Path = Path(),
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.received = 0
        self.exit_status: int | None = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # Before the program is there to ask: on a busy machine the parent may come later.
            _set_size(0, columns, rows)
            os.chdir(folder)
            os.execve(arguments[0], arguments, env)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        _set_size(self.master, columns, rows)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read(self, seconds: float) -> None:
        """Take what is drawn for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], left)
            if not ready:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.received += len(data)
            self._stream.feed(data)

    def wait_for(self, *words: str, absent: str = "", limit_s: float = LIMIT_S) -> str:
        """Read until all words are on the screen, and `absent` is not."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            shown = self.text()
            if all(word in shown for word in words) and not (absent and absent in shown):
                return shown
            self.read(0.05)
        raise AssertionError(f"{words} not on the screen:\n{self.text()}")

    def text(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """What is shown, row by row. The emulator's own reading fails where the first half of
        a wide character was written over: the second is left without a sign."""
        columns = range(self.screen.columns)
        return ["".join(row[x].data for x in columns) for row in self._rows()]

    def _rows(self) -> list[Any]:
        return [self.screen.buffer[y] for y in range(self.screen.lines)]

    def heavy_libraries(self) -> set[str]:
        """Compiled libraries the program has mapped by now which its interface must not load."""
        try:
            maps = Path(f"/proc/{self.pid}/maps").read_text()
        except OSError:
            return set()
        return {name for name in HEAVY if f"/site-packages/{name}/" in maps}

    def wait_for_exit(self) -> int:
        """The exit code, or minus the signal."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_status = os.waitstatus_to_exitcode(status)
                return self.exit_status
            if self.master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.05)
        raise AssertionError(f"still running:\n{self.text()}")

    def hang_up(self) -> None:
        """Close the terminal, as a dropped link does."""
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        if self.exit_status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
        if self.master >= 0:
            os.close(self.master)


def _set_size(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


Open = Callable[..., Terminal]


@pytest.fixture
def cockpit() -> Iterator[Open]:
    """Runs `grd` with these arguments on a terminal of its own."""
    opened: list[Terminal] = []

    def start(
        *arguments: str | Path,
        columns: int = 80,
        rows: int = 24,
        folder: Path = Path(),
        **env: str,
    ) -> Terminal:
        inherited = {k: v for k, v in os.environ.items() if k not in OF_ITS_OWN}
        terminal = Terminal(
            [sys.executable, "-m", "grd_tui", *map(str, arguments)],
            columns=columns,
            rows=rows,
            env={**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **env},
            folder=folder,
        )
        opened.append(terminal)
        return terminal

    yield start
    # Whatever a test did with it: the interface itself has loaded nothing heavy, all its life.
    heavy = {name for terminal in opened for name in terminal.heavy_libraries()}
    for terminal in opened:
        terminal.close()
    assert not heavy


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study just created."""
    from grd_core.study import create_study

    return create_study(tmp_path / "flight-delays", title="Flight delays").root
