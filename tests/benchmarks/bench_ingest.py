"""How fast journals become points, and how fast points are read back.

Run alone: `python tests/benchmarks/bench_ingest.py`.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from grd_core.identity import canonical_json
from grd_core.launch.locks import try_lock
from grd_core.launch.spec import JOURNAL_FOLDER, SUPERVISOR_LOCK
from grd_core.ledger.tables import Experiment, ExperimentState, ObjectiveLock, Run, RunState
from grd_core.runs.ingest import Ingested, ingest
from grd_core.runs.journal_reader import Series
from grd_core.runs.points import append_points, overview, read_points
from grd_core.runs.snapshot import loop_snapshot
from grd_core.study import Study, create_study

STEPS = 100_000
METRICS = ("loss", "accuracy", "rate", "norm", "gain")
POINTS = 1_000_000
RUNS = 10_000


def rows() -> list[tuple[str, str, str, float, str]]:
    """Name, figure, reference, ratio and budget of each measurement."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_ingest_rows(Path(folder) / "a"), *_read_rows(Path(folder) / "b")]


def _ingest_rows(root: Path) -> list[tuple[str, str, str, float, str]]:
    study = _study(root)
    (run_dir,) = _add_runs(study, 1)
    journal = run_dir / JOURNAL_FOLDER / "1-1.jsonl"
    journal.parent.mkdir(parents=True)
    lines = [_line(i) for i in range(STEPS)]
    journal.write_text("\n".join(lines) + "\n")
    held = try_lock(run_dir / SUPERVISOR_LOCK)
    parsing_s = _timed(lambda: [json.loads(line) for line in lines])
    ingest_s = _timed(lambda: ingest(study))
    points = STEPS * len(METRICS)
    with journal.open("a") as stream:
        stream.write(_line(STEPS) + "\n")
    one_step_s = _timed(lambda: _expect(ingest(study), len(METRICS)))
    nothing_s = _timed(lambda: _expect(ingest(study), 0))
    assert held is not None
    return [
        (
            "durable ingest",
            f"{points / ingest_s:,.0f} points/s",
            f"json.loads alone {points / parsing_s:,.0f} points/s",
            ingest_s / parsing_s,
            "≥ 250,000 points/s",
        ),
        (
            "one more step taken up",
            f"{one_step_s * 1000:.1f} ms",
            f"nothing new {nothing_s * 1000:.1f} ms",
            one_step_s / nothing_s,
            "≤ 250 ms",
        ),
    ]


def _read_rows(root: Path) -> list[tuple[str, str, str, float, str]]:
    study = _study(root)
    _add_runs(study, RUNS)
    with study.read() as ledger:
        before = ledger.value("PRAGMA page_count") * ledger.value("PRAGMA page_size")
    series = Series()
    for i in range(POINTS):
        series.add(i, 1e9 + i, math.sin(i))
    with study.write_derived() as connection:
        append_points(connection, 1, "loss", series)
    with study.read() as ledger:
        after = ledger.value("PRAGMA page_count") * ledger.value("PRAGMA page_size")
        everything_s = _timed(lambda: read_points(ledger, 1, "loss"))
    with study.read() as ledger:
        overview_s = _timed(lambda: overview(ledger, 1, "loss", buckets=400))
        plain_s = _timed(lambda: ledger.rows("SELECT * FROM run"))
    listed_s = _timed(lambda: loop_snapshot(study))
    size = (after - before) / POINTS
    return [
        (
            "one metric of 1M points, cold",
            f"{everything_s * 1000:.0f} ms",
            f"its overview {overview_s * 1000:.1f} ms",
            everything_s / overview_s,
            "≤ 100 ms, overview ≤ 15 ms",
        ),
        ("a point on disk", f"{size:.1f} bytes", "three numbers 24 bytes", size / 24, "≤ 27 bytes"),
        (
            "10,000 runs listed",
            f"{listed_s * 1000:.0f} ms",
            f"their bare rows {plain_s * 1000:.0f} ms",
            listed_s / plain_s,
            "≤ 60 ms",
        ),
    ]


def _study(root: Path) -> Study:
    study = create_study(root)
    with study.write("benchmark prepared") as tx:
        tx.insert(
            ObjectiveLock(
                version=1,
                sha256="",
                content_base64="",
                rule_json=canonical_json({"budget": {"cpu_hours": 10.0}}),
                reason="",
                changes_json="[]",
                results_seen_json="{}",
            )
        )
        tx.insert(Experiment(number=1, slug="one", title="one", kind="baseline", parent_id=0))
        folder = "experiments/exploration/001-one"
        tx.insert(ExperimentState(experiment_id=1, state="open", folder=folder, detail_json="{}"))
    return study


def _add_runs(study: Study, count: int) -> list[Path]:
    """Runs of one experiment; all but a single one have ended."""
    folder = "experiments/exploration/001-one/runs"
    ended = canonical_json(
        {
            "exit_code": 0,
            "detail": "",
            "totals": {"wall_s": 12.5, "cpu_s": 20.25, "gpu_s": 0.0, "peak_rss_bytes": 123456789},
            "files": {f"journal/{i}-1.jsonl": "0" * 64 for i in range(2)},
        }
    )
    with study.write("runs made") as tx:
        for i in range(1, count + 1):
            tx.insert(
                Run(
                    experiment_id=1,
                    ordinal=i,
                    folder=f"{folder}/{i:02d}",
                    command_json='["python","train.py"]',
                    seed=i,
                    inputs_json="{}",
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=i, state="started", detail_json="{}"))
            if count > 1:
                tx.insert(RunState(run_id=i, state="done", detail_json=ended))
    return [study.root / folder / f"{i:02d}" for i in range(1, count + 1)]


def _line(step: int) -> str:
    values = {name: (step * k * 0.6180339887) % 1.0 for k, name in enumerate(METRICS, start=1)}
    metrics = ",".join(f'"{name}":{value!r}' for name, value in values.items())
    return f'{{"step":{step},"time":{1e9 + step:.6f},"metrics":{{{metrics}}}}}'


def _expect(result: object, points: int) -> None:
    assert isinstance(result, Ingested)
    assert result.points == points


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    for row in rows():
        print("  ".join(f"{part:.1f}×" if isinstance(part, float) else part for part in row))
