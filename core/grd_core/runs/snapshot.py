"""The Loop and the Watch as they stand: what the screens, the CLI and --json show of runs."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.budget.account import UNITS, UnitAccount, account_of
from grd_core.launch.reap import is_supervised
from grd_core.launch.spec import STDOUT_LOG
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord, list_experiments, stated
from grd_core.runs.progress import METER_PREFIX, Progress, progress_of
from grd_core.runs.records import RunRecord, find_run
from grd_core.study import Study

STDOUT_TAIL_BYTES = 16_384
SILENT_AFTER_S = 10.0
"""A supervisor that has said nothing for so long is called silent."""

_SECONDS_PER_HOUR = 3600.0
_SPENT = {"gpu_hours": "gpu_s", "cpu_hours": "cpu_s", "wall_hours": "wall_s"}


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run on one line; totals in seconds, `age_s` since its supervisor was last heard of."""

    id: int
    name: str
    ordinal: int
    state: str
    seed: int
    started: str
    ended: str
    exit_code: int | None
    detail: str
    wall_s: float
    cpu_s: float
    gpu_s: float
    age_s: float | None


@dataclass(frozen=True, slots=True)
class ExperimentLine:
    """An experiment on one line: its last verdict and outcome, empty before there is one.

    `last_run` is the id of its newest run or 0; `verdict_is_old` says that a run was started
    after the last verdict.
    """

    id: int
    number: int
    name: str
    title: str
    kind: str
    parent: int
    state: str
    verdict: str
    verdict_is_old: bool
    outcome: str
    runs: int
    last_run: int
    going_on: int
    files_gone: bool


@dataclass(frozen=True, slots=True)
class LoopSnapshot:
    """All experiments and runs, and the compute account."""

    study: str
    experiments: tuple[ExperimentLine, ...]
    runs: tuple[RunLine, ...]
    budget: tuple[UnitAccount, ...]


@dataclass(frozen=True, slots=True)
class ExperimentSnapshot:
    """One experiment: what it believes, its runs, its verdicts in their order."""

    id: int
    number: int
    name: str
    title: str
    kind: str
    parent: int
    state: str
    folder: str
    files_gone: bool
    belief: str
    runs: tuple[RunLine, ...]
    verdicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric of a run. `last` is None where the last value is not finite; `last_text`
    says it in any case. `low` and `high` are over finite values; `age_s` since the last point.
    """

    name: str
    count: int
    nonfinite: int
    last_step: int
    last: float | None
    last_text: str
    low: float | None
    high: float | None
    age_s: float


@dataclass(frozen=True, slots=True)
class LeaseLine:
    """One unit of a run's lease, in hours; `lease` is None where it is not limited."""

    unit: str
    spent: float
    lease: float | None


@dataclass(frozen=True, slots=True)
class WatchSnapshot:
    """One run, live or ended.

    `liveness` is running, silent (its supervisor lives but has not been heard of),
    gone (nobody supervises it and no end is recorded yet) or ended. `gpus` is the meter's
    last list of devices or "unmeasured". `stdout` holds raw text that a face must sanitise.
    """

    run: RunLine
    command: tuple[str, ...]
    liveness: str
    metrics: tuple[MetricLine, ...]
    meter: tuple[MetricLine, ...]
    leases: tuple[LeaseLine, ...]
    rss_bytes: int
    peak_rss_bytes: int
    gpus: Any
    stdout: tuple[str, ...]
    stdout_bytes: int
    malformed: int
    lost: int
    journals_rewritten: int
    files_gone: bool


def loop_snapshot(study: Study) -> LoopSnapshot:
    """All experiments and runs as the ledger has them; reads only."""
    with study.read() as ledger:
        experiments = list_experiments(study, ledger)
        runs = _run_lines(ledger)
        counts = {row["experiment_id"]: row for row in ledger.rows(_RUN_COUNTS)}
        verdicts = _last_by_experiment(
            ledger, "SELECT experiment_id, verdict FROM review WHERE stage = 'loop'"
        )
        judged = _last_by_experiment(
            ledger, "SELECT experiment_id, at FROM review WHERE stage = 'loop'"
        )
        outcomes = _last_by_experiment(ledger, "SELECT experiment_id, outcome FROM scorecard")
        budget = account_of(ledger.rows).units
    lines = []
    for record in experiments:
        count = counts.get(record.id)
        newest_at = count["newest_at"] if count else ""
        lines.append(
            ExperimentLine(
                id=record.id,
                number=record.number,
                name=record.name,
                title=record.title,
                kind=record.kind,
                parent=record.parent,
                state=record.state,
                verdict=verdicts.get(record.id, ""),
                verdict_is_old=newest_at > judged.get(record.id, ""),
                outcome=outcomes.get(record.id, ""),
                runs=count["runs"] if count else 0,
                last_run=count["newest"] if count else 0,
                going_on=count["going_on"] if count else 0,
                files_gone=record.files_gone,
            )
        )
    return LoopSnapshot(study=study.name, experiments=tuple(lines), runs=runs, budget=budget)


def experiment_snapshot(study: Study, experiment: ExperimentRecord) -> ExperimentSnapshot:
    """One experiment with its runs and verdicts; reads only."""
    with study.read() as ledger:
        runs = _run_lines(ledger, experiment.id)
        verdicts = ledger.rows(
            "SELECT at, stage, loop, verdict, confidence, justification FROM review"
            " WHERE experiment_id = ? ORDER BY id",
            experiment.id,
        )
    return ExperimentSnapshot(
        id=experiment.id,
        number=experiment.number,
        name=experiment.name,
        title=experiment.title,
        kind=experiment.kind,
        parent=experiment.parent,
        state=experiment.state,
        folder=study.relative(experiment.folder),
        files_gone=experiment.files_gone,
        belief=stated(experiment, "belief"),
        runs=runs,
        verdicts=tuple(
            f"{row['verdict']} ({row['stage']} {row['loop']}, confidence {row['confidence']}): "
            f"{row['justification']}"
            for row in verdicts
        ),
    )


def watch_snapshot(study: Study, reference: str) -> WatchSnapshot:
    """One run by its id or `experiment/ordinal`; reads only.

    Raises:
        UsageError: there is no such run.
    """
    run = find_run(study, reference)
    now = time.time()
    with study.read() as ledger:
        line = next(line for line in _run_lines(ledger, run.experiment_id) if line.id == run.id)
        progress = progress_of(ledger.driver, run.id)
        metrics = tuple(_metric_lines(ledger, run.id, now))
        leases = tuple(_lease_lines(ledger, run, progress))
        faults = ledger.one(
            "SELECT coalesce(sum(malformed), 0) AS malformed, coalesce(sum(lost), 0) AS lost,"
            " coalesce(sum(status = 'rewritten'), 0) AS rewritten"
            " FROM journal_offset WHERE run_id = ?",
            run.id,
        )
    text, size = _stdout_tail(run.folder / STDOUT_LOG)
    return WatchSnapshot(
        run=line,
        command=run.command,
        liveness=_liveness(run, line),
        metrics=tuple(m for m in metrics if not m.name.startswith(METER_PREFIX)),
        meter=tuple(m for m in metrics if m.name.startswith(METER_PREFIX)),
        leases=leases,
        rss_bytes=progress.rss_bytes,
        peak_rss_bytes=progress.peak_rss_bytes,
        gpus=progress.gpus,
        stdout=text,
        stdout_bytes=size,
        malformed=faults["malformed"] if faults else 0,
        lost=faults["lost"] if faults else 0,
        journals_rewritten=faults["rewritten"] if faults else 0,
        files_gone=not run.folder.is_dir(),
    )


def _liveness(run: RunRecord, line: RunLine) -> str:
    if not run.is_going_on:
        return "ended"
    try:
        supervised = is_supervised(run.folder)
    except OSError:
        supervised = True  # a mount that is away says nothing about the run
    if not supervised:
        return "gone"
    silent = line.age_s is not None and line.age_s > SILENT_AFTER_S
    return "silent" if silent else "running"


_RUN_COUNTS = """
SELECT experiment_id, count(*) AS runs, max(id) AS newest, max(at) AS newest_at, sum(NOT EXISTS (
    SELECT 1 FROM run_state s WHERE s.run_id = run.id AND s.state != 'started')) AS going_on
FROM run GROUP BY experiment_id
"""

_RUN_LINES = """
SELECT r.id, printf('%03d-%s/%02d', e.number, e.slug, r.ordinal), r.ordinal, s.state, r.seed,
       r.at, CASE s.state WHEN 'started' THEN '' ELSE s.at END,
       json_extract(s.detail_json, '$.exit_code'),
       coalesce(json_extract(s.detail_json, '$.detail'), ''),
       coalesce(p.wall_s, json_extract(s.detail_json, '$.totals.wall_s'), 0.0),
       coalesce(p.cpu_s, json_extract(s.detail_json, '$.totals.cpu_s'), 0.0),
       coalesce(p.gpu_s, json_extract(s.detail_json, '$.totals.gpu_s'), 0.0),
       max(0.0, :now - p.heartbeat)
FROM (SELECT run_id, max(id) AS id FROM run_state GROUP BY run_id) last
JOIN run_state s ON s.id = last.id
JOIN run r ON r.id = last.run_id
JOIN experiment e ON e.id = r.experiment_id
LEFT JOIN run_progress p ON p.run_id = r.id AND s.state = 'started'
WHERE :experiment_id IS NULL OR r.experiment_id = :experiment_id
ORDER BY r.id
"""


def _run_lines(ledger: Reader, experiment_id: int | None = None) -> tuple[RunLine, ...]:
    """Runs as lines straight from the query: ten thousand of them are listed at a keypress."""
    cursor = ledger.driver.cursor()
    cursor.row_factory = None
    rows = cursor.execute(_RUN_LINES, {"now": time.time(), "experiment_id": experiment_id})
    return tuple(RunLine(*row) for row in rows)


def _metric_lines(ledger: Reader, run_id: int, now: float) -> Iterable[MetricLine]:
    for row in ledger.rows(
        "SELECT name, count, nonfinite, last_step, last_time, last_value, min_value, max_value"
        " FROM metric_summary WHERE run_id = ? ORDER BY name",
        run_id,
    ):
        last = math.nan if row["last_value"] is None else row["last_value"]
        yield MetricLine(
            name=row["name"],
            count=row["count"],
            nonfinite=row["nonfinite"],
            last_step=row["last_step"],
            last=last if math.isfinite(last) else None,
            last_text=repr(last),
            low=row["min_value"],
            high=row["max_value"],
            age_s=max(0.0, now - row["last_time"]),
        )


def _lease_lines(ledger: Reader, run: RunRecord, progress: Progress) -> Iterable[LeaseLine]:
    lease = ledger.one(
        "SELECT gpu_hours, cpu_hours, wall_hours FROM lease WHERE run_id = ?", run.id
    )
    for unit in UNITS:
        spent_s: float = getattr(progress, _SPENT[unit])
        yield LeaseLine(unit, spent_s / _SECONDS_PER_HOUR, lease[unit] if lease else None)


def _last_by_experiment(ledger: Reader, select: str) -> dict[int, str]:
    return {row[0]: row[1] for row in ledger.rows(f"{select} ORDER BY id")}


def _stdout_tail(path: Path) -> tuple[tuple[str, ...], int]:
    """The last lines of a log that may be large, may hold anything, or may not be there."""
    try:
        with path.open("rb") as stream:
            size = path.stat().st_size
            stream.seek(max(0, size - STDOUT_TAIL_BYTES))
            content = stream.read(STDOUT_TAIL_BYTES)
    except OSError:
        return (), 0
    if not content:
        return (), 0
    # A progress bar rewrites its line by carriage returns; only its last state counts.
    lines = [
        line.rstrip("\r").rpartition("\r")[2]
        for line in content.decode("utf-8", errors="replace").rstrip("\n").split("\n")
    ]
    # The first line is most likely cut.
    return tuple(lines[1:] if size > STDOUT_TAIL_BYTES else lines), size
