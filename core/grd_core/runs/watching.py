"""One run as it is watched, live or ended: metrics, pace, alarms, leases and output."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.launch.spec import STDOUT_LOG
from grd_core.runs.alarms import WatchAlarm, alarms_of
from grd_core.runs.costs import Costs, costs_of_one
from grd_core.runs.live import LeaseLine, lease_lines, liveness_of
from grd_core.runs.metric_lines import MetricLine, metric_lines
from grd_core.runs.metric_names import MetricPair, pairs_of
from grd_core.runs.notes import Note, notes_of_run
from grd_core.runs.pace import pace_of
from grd_core.runs.progress import progress_of
from grd_core.runs.readers.taking_up import MetricFile, metric_files
from grd_core.runs.records import find_run, runs_going_on
from grd_core.runs.run_lines import RunLine, runs_named
from grd_core.study import Study

STDOUT_TAIL_BYTES = 131_072
STDOUT_TAIL_LINES = 1_000


@dataclass(frozen=True, slots=True)
class WatchSnapshot:
    """One run, live or ended.

    `liveness` is running, silent (its supervisor lives but has not been heard of),
    gone (nobody supervises it and no end is recorded yet), out of reach (its folder cannot be
    read, so nobody can tell) or ended. `gpus` is the meter's
    last list of devices or "unmeasured". `stdout` holds the last `STDOUT_TAIL_LINES` lines,
    raw text that a face must sanitise. `pairs` are metrics of one quantity on both parts.

    `progress_text` says how far it is ("step 12/30", "step 12" where the length is unknown),
    `fraction` the same from 0 to 1, `of_source` where the length comes from, `eta_s` seconds
    to the end at the rate of the last minutes; None or "" where nobody can tell. `files` are
    those of other tools that metrics come from. `costs` are its kilowatt-hours and money,
    `notes` what researchers noted, the oldest first, as raw as `stdout`.
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
    pairs: tuple[MetricPair, ...] = ()
    alarms: tuple[WatchAlarm, ...] = ()
    step: int | None = None
    of_steps: int | None = None
    of_source: str = ""
    fraction: float | None = None
    eta_s: float | None = None
    progress_text: str = ""
    files: tuple[MetricFile, ...] = ()
    costs: Costs | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOfInterest:
    """A run in the list beside the one that is watched: its line and its own metrics."""

    run: RunLine
    metrics: tuple[MetricLine, ...]


def watch_snapshot(study: Study, reference: str) -> WatchSnapshot:
    """One run by its id or `experiment/ordinal`; reads only.

    Raises:
        UsageError: there is no such run.
    """
    run = find_run(study, reference)
    now = time.time()
    with study.read() as ledger:
        (line,) = runs_named(ledger, (run.id,))
        progress = progress_of(ledger.driver, run.id)
        metrics = metric_lines(ledger, run.id, now)
        leases = lease_lines(ledger, run, progress)
        pace = pace_of(ledger, run, metrics)
        liveness = liveness_of(run, line.age_s)
        files = metric_files(ledger, run.id)
        costs = costs_of_one(study, ledger, run.id)
        notes = notes_of_run(ledger, run.id)
        alarms = alarms_of(
            ledger,
            line,
            metrics,
            pace,
            liveness=liveness,
            progress=progress,
            files=files,
        )
        faults = ledger.one(
            "SELECT coalesce(sum(malformed), 0) AS malformed, coalesce(sum(lost), 0) AS lost,"
            " coalesce(sum(status = 'rewritten'), 0) AS rewritten"
            " FROM journal_offset WHERE run_id = ?",
            run.id,
        )
    text, size = _stdout_tail(run.folder / STDOUT_LOG)
    own = tuple(metric for metric in metrics if not metric.is_meter)
    return WatchSnapshot(
        run=line,
        command=run.command,
        liveness=liveness,
        metrics=own,
        meter=tuple(metric for metric in metrics if metric.is_meter),
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
        pairs=pairs_of(metric.name for metric in own),
        alarms=alarms,
        step=pace.step,
        of_steps=pace.of_steps,
        of_source=pace.of_source,
        fraction=pace.fraction,
        eta_s=pace.eta_s,
        progress_text=pace.text,
        files=files,
        costs=costs,
        notes=notes,
    )


def runs_of_interest(study: Study, *, limit: int = 12) -> tuple[RunOfInterest, ...]:
    """The runs to choose from while watching: those that go on, then the newest ended ones.

    Newest first within each; all that go on, even beyond `limit`.
    """
    now = time.time()
    with study.read() as ledger:
        live = [run.id for run in runs_going_on(study, ledger)][::-1]
        newest = ledger.rows("SELECT id FROM run ORDER BY id DESC LIMIT ?", limit + len(live))
        ended = [row["id"] for row in newest if row["id"] not in live]
        chosen = live + ended[: max(0, limit - len(live))]
        lines = {line.id: line for line in runs_named(ledger, tuple(chosen))}
        return tuple(
            RunOfInterest(
                lines[id_],
                tuple(m for m in metric_lines(ledger, id_, now) if not m.is_meter),
            )
            for id_ in chosen
        )


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
    whole = lines[1:] if size > STDOUT_TAIL_BYTES and len(lines) > 1 else lines
    return tuple(whole[-STDOUT_TAIL_LINES:]), size
