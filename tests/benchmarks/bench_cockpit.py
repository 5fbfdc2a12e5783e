"""The cockpit's budgets: first frame, data shown, idle cost; each against an empty application."""

from __future__ import annotations

import os
import pty
import select
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
IDLE_S = 10.0
LIMIT_S = 30.0

Row = tuple[str, str, str, float, str]

_EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run()
"""


class _Opened:
    """A program on a pty that drains what it draws."""

    def __init__(self, arguments: list[str]) -> None:
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="24")
            os.execv(sys.executable, [sys.executable, *arguments])
        self._drawn = b""

    def seconds_until(self, word: bytes) -> float:
        while word not in self._drawn:
            if time.perf_counter() - self.started > LIMIT_S:
                raise TimeoutError(f"{word!r} was never drawn")
            self._take(0.05)
        return time.perf_counter() - self.started

    def bytes_in(self, seconds: float) -> int:
        before = len(self._drawn)
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._take(left)
        return len(self._drawn) - before

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def _take(self, seconds: float) -> None:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if ready:
            self._drawn += os.read(self._master, 65536)


def rows() -> list[Row]:
    """Name, figure, reference, ratio of figure to reference, budget."""
    from grd_core.study import create_study

    with tempfile.TemporaryDirectory() as folder:
        study = create_study(Path(folder) / "benchmarked-study").root
        return [*_opening(study), *_idling(study)]


def _opening(study: Path) -> list[Row]:
    empty, frame, data = [], [], []
    # In turns, so that what else the machine does falls on all alike; the first is a warm-up.
    for number in range(ROUNDS + 1):
        reference = _Opened(["-c", _EMPTY])
        seconds = reference.seconds_until(b"ready")
        reference.close()
        cockpit = _Opened(["-m", "grd_tui", str(study)])
        framed = cockpit.seconds_until(b"benchmarked-study")
        shown = cockpit.seconds_until(b"NEXT")
        cockpit.close()
        if number:
            empty.append(seconds)
            frame.append(framed)
            data.append(shown)
    base = statistics.median(empty)
    return [
        _ratio("first frame of the cockpit", statistics.median(frame), base, "≤ 1.5"),
        _ratio("data shown in the cockpit", statistics.median(data), base, "≤ 2"),
    ]


def _ratio(name: str, seconds: float, base: float, budget: str) -> Row:
    reference = f"empty Textual app {base * 1000:.0f} ms"
    return (name, f"{seconds * 1000:.0f} ms", reference, seconds / base, budget)


def _idling(study: Path) -> list[Row]:
    cockpit = _Opened(["-m", "grd_tui", str(study)])
    cockpit.seconds_until(b"NEXT")
    cockpit.bytes_in(3.0)
    cpu_before = cockpit.cpu_s()
    sent = cockpit.bytes_in(IDLE_S) / IDLE_S
    cpu = (cockpit.cpu_s() - cpu_before) / IDLE_S
    memory = cockpit.rss_mb()
    cockpit.close()
    return [
        ("idle cockpit, bytes", f"{sent:.0f} B/s", "400 B/s", sent / 400, "≤ 1"),
        ("idle cockpit, CPU", f"{cpu:.2%}", "1%", cpu / 0.01, "≤ 1"),
        ("idle cockpit, memory", f"{memory:.0f} MB", "150 MB", memory / 150, "≤ 1"),
    ]


if __name__ == "__main__":
    for row in rows():
        print("  ".join(str(cell) for cell in row))
