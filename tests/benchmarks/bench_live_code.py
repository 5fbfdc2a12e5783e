"""From the save of a script to the finding on the cockpit's screen, measured from outside.

The wait for the end of a burst of events, which an editor's save is, is told apart: it is a
choice and no work. The line of the finding differs from save to save, so what is drawn is new.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from grd_core.watch.bell import GAP_S, QUIET_S
from tests.benchmarks.row import Row, counted
from tests.benchmarks.terminal import Opened
from tests.small_study import locked_study

SAVES = counted(30, 2)
WARMING = 3
PAUSE_S = 2 * GAP_S
"""So long after a save the next one is no part of its burst."""

_LEAK = """
import pandas as pd
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

rows = pd.read_csv("tides.csv")
X, y = rows.drop(columns="level"), rows["level"]
X = SelectKBest(k=2).fit_transform(X, y)
a, b, c, d = train_test_split(X, y, random_state=0)
print(LogisticRegression().fit(a, c).score(b, d))
"""
_AT = _LEAK[: _LEAK.index("X = Select")].count("\n") + 1


def rows() -> Iterator[Row]:
    """Save after save, beside a linter of style on the same script."""
    from grd_core.runs.experiments import new_experiment

    with tempfile.TemporaryDirectory() as folder:
        study = locked_study(Path(folder) / "benchmarked-study")
        made = new_experiment(study, "A script that leaks", kind="baseline")
        script = made.folder / "train.py"
        taken = _saved(study.root, script)
        linted = statistics.median(_linted(script) for _ in range(counted(5, 1)))
    shown = statistics.median(taken) - QUIET_S
    yield Row(
        "save to finding on the screen, median",
        f"{shown * 1e3:.0f} ms, p90 {(_ninth_tenth(taken) - QUIET_S) * 1e3:.0f} ms",
        f"ruff check {linted * 1e3:.0f} ms; and {QUIET_S * 1e3:.0f} ms for a burst",
        shown / linted,
        "≤ 50 ms",
        shown <= 0.050,
    )


def _saved(root: Path, script: Path) -> list[float]:
    """Seconds from each save until its finding was drawn."""
    cockpit = Opened(["-m", "grd_tui", str(root)])
    taken = []
    try:
        cockpit.seconds_until(b"NEXT")
        cockpit.seconds_to(b"3", b"script that leaks")
        for number in range(WARMING + SAVES):
            time.sleep(PAUSE_S)
            line = 100 + number
            text = "\n" * (line - _AT) + _LEAK

            def save(text: str = text) -> None:
                script.write_text(text)

            taken.append(cockpit.seconds_after(save, f"C101:{line}".encode()))
    finally:
        cockpit.close()
    return taken[WARMING:]


def _ninth_tenth(taken: list[float]) -> float:
    return sorted(taken)[int(0.9 * (len(taken) - 1))]


def _linted(script: Path) -> float:
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--no-cache", "-q"]
    started = time.perf_counter()
    subprocess.run([*ruff, str(script)], capture_output=True, check=False)
    return time.perf_counter() - started
