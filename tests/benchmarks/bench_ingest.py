"""How fast journals become points, against parsing their JSON and doing nothing with it."""

from __future__ import annotations

import json
import tempfile
from itertools import count
from pathlib import Path

from grd_core.launch.locks import try_lock
from grd_core.launch.spec import JOURNAL_FOLDER, SUPERVISOR_LOCK
from grd_core.runs.ingest import Ingested, ingest
from tests.benchmarks.rounds import in_turns, seconds
from tests.benchmarks.row import Row, counted
from tests.benchmarks.studies import add_running, study_with_experiments

STEPS = counted(100_000, 1_000)
ROUNDS = counted(3, 1)
METRICS = ("loss", "accuracy", "rate", "norm", "gain")


def rows() -> list[Row]:
    """Points a second into the ledger, and how soon one more step is in it."""
    with tempfile.TemporaryDirectory() as folder:
        study = study_with_experiments(Path(folder) / "study", 1)
        run_dir = add_running(study)
        journal = run_dir / JOURNAL_FOLDER / "1-1.jsonl"
        journal.parent.mkdir(parents=True)
        held = try_lock(run_dir / SUPERVISOR_LOCK)
        assert held is not None
        steps = count()
        lines: list[str] = []

        def write(number: int) -> None:
            lines[:] = [_line(next(steps)) for _ in range(number)]
            with journal.open("a") as stream:
                stream.write("\n".join(lines) + "\n")

        def ingested(number: int) -> float:
            write(number)
            return seconds(lambda: _expect(ingest(study), number * len(METRICS)))()

        # What is measured is written first; parsing takes the same lines in the same round.
        taken = in_turns(
            {
                "ingest": lambda: ingested(STEPS),
                "parse": seconds(lambda: [json.loads(line) for line in lines]),
                "one": lambda: ingested(1),
                "nothing": seconds(lambda: _expect(ingest(study), 0)),
            },
            ROUNDS,
        )
    points = STEPS * len(METRICS)
    whole, parsing, one = taken["ingest"], taken["parse"], taken["one"]
    return [
        Row(
            "durable ingest",
            f"{points / whole.median:,.0f} points/s",
            f"json.loads alone {points / parsing.median:,.0f} points/s",
            whole.to(parsing),
            "≥ 250,000 points/s",
            points / whole.median >= 250_000,
        ),
        Row(
            "one more step taken up",
            f"{one.median * 1000:.1f} ms",
            f"nothing new {taken['nothing'].median * 1000:.1f} ms",
            one.to(taken["nothing"]),
            "≤ 250 ms",
            one.median <= 0.25,
        ),
    ]


def _line(step: int) -> str:
    values = {name: (step * k * 0.6180339887) % 1.0 for k, name in enumerate(METRICS, start=1)}
    metrics = ",".join(f'"{name}":{value!r}' for name, value in values.items())
    return f'{{"step":{step},"time":{1e9 + step:.6f},"metrics":{{{metrics}}}}}'


def _expect(result: object, points: int) -> None:
    assert isinstance(result, Ingested)
    assert result.points == points
