"""The Loop as it stands: what the screens, the CLI and --json show of experiments and runs."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.budget.account import UnitAccount
from grd_core.runs.by_hand import ByHand, by_hand_in
from grd_core.runs.experiment_lines import ExperimentLine, experiments_of
from grd_core.runs.experiments import ExperimentRecord, stated
from grd_core.runs.live import LeaseLine
from grd_core.runs.metric_lines import MetricLine
from grd_core.runs.notes import Note, notes_of_experiment
from grd_core.runs.readers.taking_up import MetricFile, metric_files
from grd_core.runs.run_lines import RunLine, RunsPage, runs_of, runs_page
from grd_core.runs.watching import WatchSnapshot, watch_snapshot
from grd_core.study import Study

__all__ = [
    "ExperimentLine",
    "LeaseLine",
    "MetricLine",
    "RunLine",
    "RunsPage",
    "WatchSnapshot",
    "runs_page",
    "watch_snapshot",
]
"""Named here too, since they are part of what a face shows of runs."""


@dataclass(frozen=True, slots=True)
class LoopSnapshot:
    """All experiments, the newest runs of each, and the compute account.

    `runs` holds every run that goes on and the last `run_lines.RECENT` of each experiment, in
    the order of their ids; `run_count` says how many there are in all, `runs_page` gives them.
    """

    study: str
    experiments: tuple[ExperimentLine, ...]
    runs: tuple[RunLine, ...]
    budget: tuple[UnitAccount, ...]
    run_count: int = 0


@dataclass(frozen=True, slots=True)
class ExperimentSnapshot:
    """One experiment: what it believes, its line in the list, all its runs, its verdicts in
    their order; `files` are those of other tools that were looked at for its newest run,
    `by_hand` is training in its folder that no run accounts for, `notes` what was noted on its
    runs, the oldest first (raw text)."""

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
    line: ExperimentLine
    files: tuple[MetricFile, ...] = ()
    by_hand: ByHand | None = None
    notes: tuple[Note, ...] = ()


def loop_snapshot(study: Study) -> LoopSnapshot:
    """All experiments and their newest runs as the ledger has them; reads only."""
    with study.read() as ledger:
        experiments = experiments_of(study, ledger)
    return LoopSnapshot(
        study=study.name,
        experiments=experiments.lines,
        runs=experiments.runs,
        budget=experiments.account.units,
        run_count=sum(line.runs for line in experiments.lines),
    )


def experiment_snapshot(study: Study, experiment: ExperimentRecord) -> ExperimentSnapshot:
    """One experiment with its runs and verdicts, and what was trained by hand; reads only."""
    with study.read() as ledger:
        line = next(e for e in experiments_of(study, ledger).lines if e.id == experiment.id)
        runs = runs_of(ledger, experiment.id)
        files = metric_files(ledger, line.last_run)
        notes = notes_of_experiment(ledger, experiment.id)
        verdicts = ledger.rows(
            "SELECT at, stage, loop, verdict, confidence, justification FROM review"
            " WHERE experiment_id = ? AND stage = 'loop' ORDER BY id",
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
        line=line,
        files=files,
        by_hand=by_hand_in(study, experiment),
        notes=notes,
    )
