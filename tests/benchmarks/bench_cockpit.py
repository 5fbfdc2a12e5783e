"""The cockpit's budgets: first frame, data shown, idle cost; each against an empty application."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.row import Row, counted
from tests.benchmarks.terminal import Opened

ROUNDS = counted(5, 1)
IDLE_S = float(counted(10, 2))

_EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run()
"""


def rows() -> list[Row]:
    """Opening against an empty application, then standing idle."""
    from grd_core.study import create_study

    with tempfile.TemporaryDirectory() as folder:
        study = create_study(Path(folder) / "benchmarked-study").root
        return [*_opening(study), *_idling(study)]


def _opening(study: Path) -> list[Row]:
    empty, frame, data = [], [], []
    # In turns, so that what else the machine does falls on all alike; the first is a warm-up.
    for number in range(ROUNDS + 1):
        reference = Opened(["-c", _EMPTY])
        seconds = reference.seconds_until(b"ready")
        reference.close()
        cockpit = Opened(["-m", "grd_tui", str(study)])
        framed = cockpit.seconds_until(b"benchmarked-study")
        shown = cockpit.seconds_until(b"NEXT")
        cockpit.close()
        if number:
            empty.append(seconds)
            frame.append(framed)
            data.append(shown)
    base = statistics.median(empty)
    return [
        _ratio("first frame of the cockpit", statistics.median(frame), base, 1.5),
        _ratio("data shown in the cockpit", statistics.median(data), base, 2.0),
    ]


def _ratio(name: str, seconds: float, base: float, most: float) -> Row:
    reference = f"empty Textual app {base * 1000:.0f} ms"
    ratio = seconds / base
    return Row(name, f"{seconds * 1000:.0f} ms", reference, ratio, f"≤ {most:g}×", ratio <= most)


def _idling(study: Path) -> list[Row]:
    cockpit = Opened(["-m", "grd_tui", str(study)])
    cockpit.seconds_until(b"NEXT")
    cockpit.bytes_in(3.0)
    cpu_before = cockpit.cpu_s()
    sent = cockpit.bytes_in(IDLE_S) / IDLE_S
    cpu = (cockpit.cpu_s() - cpu_before) / IDLE_S
    memory = cockpit.rss_mb()
    cockpit.close()
    return [
        _held("idle cockpit, bytes", f"{sent:.0f} B/s", "400 B/s", sent / 400),
        _held("idle cockpit, CPU", f"{cpu:.2%}", "1%", cpu / 0.01),
        _held("idle cockpit, memory", f"{memory:.0f} MB", "150 MB", memory / 150),
    ]


def _held(name: str, figure: str, most: str, ratio: float) -> Row:
    return Row(name, figure, "the bar itself", ratio, f"≤ {most}", ratio <= 1)
