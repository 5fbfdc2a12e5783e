"""What one logged step and the import cost the training, beside the trackers people use.

Each round starts a fresh process for grd and one for the tracker, on the same interpreter, and
logs the same five metrics a step, one step after the other. Three prices are taken: the call
itself (median and 99th percentile), and the whole way from the first call until everything is
kept, a share of it for each step. Kept means what each calls so: an event file, an offline run,
a database. For grd it is the ledger, ingesting included, though no training waits for that.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from grd_core.launch.locks import try_lock
from grd_core.launch.spec import JOURNAL_FOLDER, SUPERVISOR_LOCK
from grd_core.runs.ingest import Ingested, ingest
from grd_core.study import Study
from tests.benchmarks.bench_log import GRD_LOG
from tests.benchmarks.rounds import Measured, in_turns
from tests.benchmarks.row import Line, Row, Skipped, counted
from tests.benchmarks.studies import add_running, study_with_experiments
from tests.benchmarks.trackers import (
    TRACKERS,
    Installed,
    Tracker,
    Unavailable,
    installed,
    last_words,
)

ROUNDS = counted(5, 1)
IMPORTS = counted(9, 1)
SHARE = counted(1, 20)
"""Of a tracker's steps one in so many is logged."""
LIMIT_S = 300
PROJECT = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
"""What would show this project to an interpreter that has none of it, or hide compiled code."""

GRD = Tracker(
    name="grd",
    package="",
    module="grd_log",
    begin="from grd_log import log",
    step="log(m, step=i)",
    end="",
    steps=5_000,
)

_STEPS = """
import json, time
{begin}
names = ("loss", "accuracy", "rate", "norm", "gain")
values = [
    {{n: (i * k * 0.6180339887) % 1.0 for k, n in enumerate(names, 1)}} for i in range({steps})
]
now = time.perf_counter_ns
taken = []
started = now()
for i, m in enumerate(values):
    before = now()
    {step}
    taken.append(now() - before)
{end}
whole = now() - started
taken.sort()
with open("taken.json", "w") as stream:
    json.dump([taken[len(taken) // 2], taken[len(taken) * 99 // 100], whole / len(taken)], stream)
"""

_IMPORT = """
import json, time
import numpy
begin = time.perf_counter_ns()
import {module}
taken = time.perf_counter_ns() - begin
with open("taken.json", "w") as stream:
    json.dump([taken], stream)
"""


class _Failed(Exception):
    """A process that was to be measured ended otherwise than well; its last words."""


@dataclass(frozen=True, slots=True)
class _Price:
    """Nanoseconds a step: the call's median and 99th percentile, and all of it until kept."""

    median: float
    p99: float
    kept: float


_PRICES: dict[str, Callable[[_Price], float]] = {
    "one logged step, 5 metrics, median": attrgetter("median"),
    "one logged step, 5 metrics, p99": attrgetter("p99"),
    "one step logged and kept": attrgetter("kept"),
}


@dataclass(frozen=True, slots=True)
class _Ours:
    """A study with a run that goes on, its journal, and a folder that holds only grd_log."""

    study: Study
    journal: Path
    training: Path

    def logged(self, python: str) -> _Price:
        """Logged by the interpreter that the tracker runs on, then brought into the ledger."""
        price = _logged(GRD, python, PYTHONPATH=str(self.training), GRD_JOURNAL=str(self.journal))
        started = time.perf_counter_ns()
        result = ingest(self.study)
        taken = time.perf_counter_ns() - started
        steps = _steps_of(GRD)
        assert isinstance(result, Ingested)
        assert result.points == 5 * steps
        return _Price(price.median, price.p99, price.kept + taken / steps)


def rows() -> Iterator[Line]:
    """For each tracker its three prices a step and its import; or why it was skipped."""
    with tempfile.TemporaryDirectory() as folder:
        training = Path(folder) / "training"
        training.mkdir()
        shutil.copy(GRD_LOG, training)
        study = study_with_experiments(Path(folder) / "study", 1)
        journal = add_running(study) / JOURNAL_FOLDER
        journal.mkdir(parents=True)
        held = try_lock(journal.parent / SUPERVISOR_LOCK)
        assert held is not None
        ours = _Ours(study, journal, training)
        for tracker in TRACKERS:
            yield from _beside(tracker, ours)


def _beside(tracker: Tracker, ours: _Ours) -> Iterator[Line]:
    found = installed(tracker.package, tracker.module)
    if isinstance(found, Unavailable):
        yield Skipped(tracker.name, found.why)
        return
    name = f"{tracker.name} {found.version}"
    try:
        _logged(tracker, found.python)  # a warm-up: it compiles, and shows that it runs
    except _Failed as error:
        yield Skipped(name, f"it does not run: {error}")
        return
    mine, theirs = [], []
    for _ in range(ROUNDS):
        mine.append(ours.logged(found.python))
        theirs.append(_logged(tracker, found.python))
    for what, price in _PRICES.items():
        grd, other = (Measured(tuple(map(price, each))) for each in (mine, theirs))
        reference = f"{name} {other.median / 1e3:,.1f} µs"
        yield Row(what, f"{grd.median / 1e3:,.1f} µs", reference, grd.to(other))
    yield _import(tracker, found, ours.training)


def _import(tracker: Tracker, found: Installed, training: Path) -> Row:
    def measure(module: str) -> float:
        code = _IMPORT.format(module=module)
        return _python(found.python, code, PYTHONPATH=str(training))[0]

    taken = in_turns(
        {"ours": lambda: measure("grd_log"), "theirs": lambda: measure(tracker.module)}, IMPORTS
    )
    ours, theirs = taken["ours"], taken["theirs"]
    return Row(
        "import after numpy",
        f"{ours.median / 1e6:.2f} ms",
        f"{tracker.name} {found.version} {theirs.median / 1e6:,.0f} ms",
        ours.to(theirs),
        "≤ 2 ms",
        ours.median <= 2e6,
    )


def _logged(tracker: Tracker, python: str, **more: str) -> _Price:
    code = _STEPS.format(
        begin=tracker.begin, step=tracker.step, end=tracker.end, steps=_steps_of(tracker)
    )
    return _Price(*_python(python, code, **{**tracker.environment, **more}))


def _steps_of(tracker: Tracker) -> int:
    return max(100, tracker.steps // SHARE)


def _python(python: str, code: str, **more: str) -> list[float]:
    """Run `code` in an empty folder that is its home too, and read what it took."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if k not in PROJECT}
        try:
            subprocess.run(
                [python, "-c", code],
                cwd=folder,
                env=environment | {"HOME": folder} | more,
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise _Failed(last_words(error.stderr)) from None
        except subprocess.TimeoutExpired:
            raise _Failed(f"it was not through within {LIMIT_S} s") from None
        found: list[float] = json.loads((Path(folder) / "taken.json").read_text())
    return found
