"""Bytes a second on the terminal while a run is watched that goes on, over SSH and here.

The run logs five metrics 100 times a second and prints a line each second: more than a chart
can show, so every painting draws charts that have changed. Measured from outside, on a pty.
The two kinds of session take turns; only the one over SSH has a bar, since there it is paid.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from grd_core.study import Study
from tests.benchmarks.rounds import in_turns
from tests.benchmarks.row import Row, counted
from tests.benchmarks.terminal import Opened
from tests.small_study import locked_study

ROUNDS = counted(2, 1)
WATCHED_S = float(counted(10, 3))
SETTLED_S = float(counted(4, 2))
SIZES = ((80, 24), (120, 40))
BAR = 10_000
HERE = {"SSH_CONNECTION": "", "SSH_TTY": "", "SSH_CLIENT": ""}
REMOTE = {**HERE, "SSH_CONNECTION": "127.0.0.1 50000 127.0.0.1 22"}
LISTED = b"cost"
ZOOM = b"zoom"
"""What is drawn once the Loop has its experiments, and what only the watch's key line says."""

_HYPOTHESIS = """# A run to watch
## What we believe
It goes on.
## Why
It has to be watched.
## What would disprove it
Its end.
## How this tests it
It logs.
## Expected result
0.5
## What is new
It is the first.
"""

_TRAINING = '''"""Log 100 steps a second of five metrics until it is stopped."""
import math
import random
import time
from grd_log import log

noise = random.Random(7)
started = time.perf_counter()
for step in range(60_000):
    decay = math.exp(-step / 2000)
    log(step, loss=decay + noise.gauss(0, 0.02), accuracy=1 - decay / 2 + noise.gauss(0, 0.01),
        rate=1e-3 * decay, norm=1 + noise.random(), gain=noise.gauss(0, 1))
    if step % 100 == 0:
        print(f"step {step} loss {decay:.4f}", flush=True)
    time.sleep(max(0.0, (step + 1) / 100 - (time.perf_counter() - started)))
'''


def rows() -> Iterator[Row]:
    """At each size: over SSH against the bar, and beside it the session on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        study = locked_study(Path(folder) / "benchmarked-study")
        with _training(study):
            for columns, height in SIZES:
                taken = in_turns(
                    {
                        "remote": partial(_bytes_a_s, study.root, columns, height, REMOTE),
                        "here": partial(_bytes_a_s, study.root, columns, height, HERE),
                    },
                    ROUNDS,
                )
                remote, here = taken["remote"], taken["here"]
                yield Row(
                    f"watching a live run, {columns}×{height}, over SSH",
                    f"{remote.median:,.0f} bytes/s",
                    f"not over SSH {here.median:,.0f} bytes/s",
                    remote.to(here),
                    f"≤ {BAR:,} bytes/s",
                    max(remote.rounds) <= BAR,
                )


@contextmanager
def _training(study: Study) -> Iterator[None]:
    from grd_core.runs.experiments import find_experiment, new_experiment
    from grd_core.runs.start import start_run
    from grd_core.runs.stop import stop_run

    made = new_experiment(study, "A run to watch", kind="baseline")
    made.hypothesis_path.write_text(_HYPOTHESIS)
    (made.folder / "train.py").write_text(_TRAINING)
    started = start_run(study, find_experiment(study, str(made.number)))
    try:
        yield
    finally:
        stop_run(study, str(started.id))
        time.sleep(1.0)


def _bytes_a_s(root: Path, columns: int, height: int, environment: dict[str, str]) -> float:
    cockpit = Opened(
        ["-m", "grd_tui", str(root)], columns=columns, rows=height, environment=environment
    )
    try:
        cockpit.seconds_until(b"NEXT")
        cockpit.seconds_to(b"3", LISTED)
        cockpit.bytes_in(SETTLED_S / 2)
        cockpit.seconds_to(b"w", ZOOM)
        cockpit.bytes_in(SETTLED_S)
        return cockpit.bytes_in(WATCHED_S) / WATCHED_S
    finally:
        cockpit.close()
