"""Key to paint while 20,000 points a second stream in, and in the Loop while a review runs.

Measured from outside, on a pty: from writing the key to the first byte of what nothing but
that key draws. In the Loop it is the cursor's mark, which only a moved cursor draws; in the
watch it is the word that its view is frozen. Two cores shared with the training, its
supervisor, the ingester and the review's two workers.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grd_core.study import Study
from tests.benchmarks.row import Row, counted
from tests.benchmarks.terminal import Opened
from tests.small_study import judged_study

KEYS_A_ROUND = counted(60, 6)
ROUNDS = counted(4, 1)
BUDGET_S = 0.050
MARK = "▌".encode()
LISTED = b"cost"
ZOOM = b"zoom"
"""What is drawn once the Loop has its experiments, and what only the watch's key line says."""
FROZEN = b"view frozen"

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


def rows() -> Iterator[Row]:
    """In the Loop and in the watch: the 99th percentile against 50 ms, the median beside it."""
    with tempfile.TemporaryDirectory() as folder:
        study = judged_study(Path(folder) / "benchmarked-study")
        with _stream(study):
            with _in_the_loop(study) as cockpit:
                yield _row("key to paint, 20,000 points/s and a review", _moves(cockpit))
            with _in_the_loop(study) as cockpit:
                cockpit.seconds_to(b"w", ZOOM)
                cockpit.bytes_in(2.0)
                yield _row("key to paint in the watch, 20,000 points/s", _freezes(cockpit))


def _row(what: str, seconds: list[float]) -> Row:
    seconds = sorted(seconds)
    worst = seconds[int(len(seconds) * 0.99)]
    figure = f"p99 {worst * 1000:.0f} ms, median {statistics.median(seconds) * 1000:.0f} ms"
    reference = f"the bar itself, {len(seconds)} keys"
    return Row(what, figure, reference, worst / BUDGET_S, "p99 ≤ 50 ms", worst <= BUDGET_S)


def _moves(cockpit: Opened) -> list[float]:
    found = []
    for _ in range(ROUNDS):
        _review(cockpit)
        for number in range(KEYS_A_ROUND):
            found.append(cockpit.seconds_to(b"jk"[number % 2 : number % 2 + 1], MARK))
            cockpit.bytes_in(0.02)
    return found


def _review(cockpit: Opened) -> None:
    """Have the chosen experiment reviewed, and leave that running."""
    cockpit.press(b"cR")
    cockpit.bytes_in(0.5)
    cockpit.press(b"\x1b")
    cockpit.bytes_in(0.5)


def _freezes(cockpit: Opened) -> list[float]:
    found = []
    for _ in range(ROUNDS * KEYS_A_ROUND // 2):
        found.append(cockpit.seconds_to(b" ", FROZEN))
        cockpit.bytes_in(0.1)
        cockpit.press(b" ")
        cockpit.bytes_in(0.3)
    return found


@contextmanager
def _in_the_loop(study: Study) -> Iterator[Opened]:
    cockpit = Opened(["-m", "grd_tui", str(study.root)], columns=120, rows=40)
    try:
        cockpit.seconds_until(b"NEXT")
        cockpit.seconds_to(b"3", LISTED)
        cockpit.bytes_in(2.0)
        yield cockpit
    finally:
        cockpit.close()


@contextmanager
def _stream(study: Study) -> Iterator[None]:
    from grd_core.runs.experiments import find_experiment, new_experiment
    from grd_core.runs.start import start_run
    from grd_core.runs.stop import stop_run

    made = new_experiment(study, "A stream of points", kind="refinement")
    made.hypothesis_path.write_text(find_experiment(study, "2").hypothesis_path.read_text())
    (made.folder / "train.py").write_text(_STREAM)
    started = start_run(study, find_experiment(study, str(made.number)))
    try:
        yield
    finally:
        stop_run(study, str(started.id))
        time.sleep(1.0)
