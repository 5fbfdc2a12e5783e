"""Key to paint while 20,000 points a second stream in and a review runs.

Measured from outside, on a pty: from writing the key to the first byte of the cursor's mark,
which nothing but a moved cursor draws. Two cores shared with the training, its supervisor, the
ingester and the review's two workers.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.benchmarks.terminal import Opened, Row
from tests.small_study import judged_study

KEYS_A_ROUND = 60
ROUNDS = 4
BUDGET_S = 0.050
MARK = "▌".encode()

_STREAM = '''"""Log 4,000 steps a second of five metrics until it is stopped."""
import time
from grd_log import log

started = time.perf_counter()
step = 0
while time.perf_counter() - started < 300:
    for _ in range(40):
        log(step, a=1.0 / (step + 1), b=step % 7, c=0.5, d=step * 1e-4, e=2.0)
        step += 1
    time.sleep(max(0.0, step / 4000 - (time.perf_counter() - started)))
'''


def rows() -> list[Row]:
    """One row: the 99th percentile against 50 ms, the median beside it."""
    from grd_core.runs.experiments import find_experiment, new_experiment
    from grd_core.runs.start import start_run
    from grd_core.runs.stop import stop_run

    with tempfile.TemporaryDirectory() as folder:
        study = judged_study(Path(folder) / "benchmarked-study")
        made = new_experiment(study, "A stream of points", kind="refinement")
        made.hypothesis_path.write_text((find_experiment(study, "2").hypothesis_path).read_text())
        (made.folder / "train.py").write_text(_STREAM)
        started = start_run(study, find_experiment(study, str(made.number)))
        try:
            seconds = _presses(study.root)
        finally:
            stop_run(study, str(started.id))
            time.sleep(1.0)
    seconds.sort()
    worst = seconds[int(len(seconds) * 0.99)]
    median = statistics.median(seconds)
    figure = f"p99 {worst * 1000:.0f} ms, median {median * 1000:.0f} ms"
    return [("key to paint, 20,000 points/s, review", figure, "50 ms", worst / BUDGET_S, "≤ 1")]


def _presses(root: Path) -> list[float]:
    cockpit = Opened(["-m", "grd_tui", str(root)], columns=120, rows=40)
    cockpit.seconds_until(b"NEXT")
    cockpit.press(b"3")
    cockpit.bytes_in(2.0)
    found = []
    for _ in range(ROUNDS):
        # A review of the second experiment, left running.
        cockpit.press(b"cR")
        cockpit.bytes_in(0.5)
        cockpit.press(b"\x1b")
        cockpit.bytes_in(0.5)
        for number in range(KEYS_A_ROUND):
            found.append(cockpit.seconds_to(b"jk"[number % 2 : number % 2 + 1], MARK))
            cockpit.bytes_in(0.02)
    cockpit.close()
    return found


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "120")
    for row in rows():
        print("  ".join(str(cell) for cell in row))
