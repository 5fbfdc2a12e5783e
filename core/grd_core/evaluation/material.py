"""What an evaluation would score: the judged runs of the candidate and of its baselines.

Nothing here opens frozen labels. Whatever is wrong is refused here, before a look at them
is spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.errors import DataError, RefusedError
from grd_core.evaluation.predictions import predictions_identity
from grd_core.identity import sha256_file
from grd_core.ledger.read import Reader
from grd_core.runs.baselines import BaselineRun, baseline_run, is_required
from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.judged import recorded_predictions, seeds_of
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class ScoredTable:
    """A prediction table, with the run that wrote it and the seed it was started with."""

    path: Path
    run: int
    seed: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A registered baseline and the tables that stand for it; none for a published value."""

    name: str
    kind: str
    required: bool
    expected: float | None
    tables: tuple[ScoredTable, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that would be scored. `identity` names the candidate's predictions."""

    candidate: tuple[ScoredTable, ...]
    baselines: tuple[Baseline, ...]
    identity: str


def gather(
    study: Study, ledger: Reader, experiment: ExperimentRecord, run: int, rule: dict[str, Any]
) -> Material:
    """The tables of the judged run and of its other seeds, and those of the baselines.

    Raises:
        RefusedError: a table is not the one recorded at its run's end, or a required baseline
            does not stand.
        DataError: a run wrote no table.
    """
    candidate = _tables(study, ledger, experiment, run)
    baselines = tuple(
        _baseline(study, ledger, experiment, item, rule) for item in rule["baselines"]
    )
    return Material(candidate, baselines, predictions_identity([one.sha256 for one in candidate]))


def _tables(
    study: Study, ledger: Reader, experiment: ExperimentRecord, run: int
) -> tuple[ScoredTable, ...]:
    """The judged run's table first, then the newest of each other seed of the same method."""
    runs = seeds_of(ledger, experiment, run)
    if not runs:
        raise RefusedError(
            f"{experiment.name} has no finished run that was judged",
            where=study.relative(experiment.folder),
            fix=f"`grd run {experiment.number}`, then `grd critic {experiment.number}`",
        )
    found = []
    for one in runs:
        path = recorded_predictions(study, ledger, one.id)
        if path is None:
            raise DataError(
                f"run {one.id} wrote no prediction table",
                where=experiment.name,
                fix="write it with grd_log.predict, and run again",
            )
        found.append(ScoredTable(path, one.id, one.seed, sha256_file(path)))
    return tuple(found)


def _baseline(
    study: Study,
    ledger: Reader,
    experiment: ExperimentRecord,
    item: dict[str, Any],
    rule: dict[str, Any],
) -> Baseline:
    def stands(*tables: ScoredTable) -> Baseline:
        return Baseline(item["name"], item["kind"], is_required(item), item.get("expected"), tables)

    # A baseline is not measured against itself.
    if item["kind"] != "own_run" or experiment.kind == "baseline":
        return stands()
    found = baseline_run(study, ledger, experiment, item["name"], rule)
    if isinstance(found, BaselineRun):
        return stands(*_tables(study, ledger, found.experiment, found.run))
    if is_required(item):
        raise RefusedError(
            f"the required baseline «{item['name']}» does not stand: {found.reason}",
            where="OBJECTIVE.md, baselines",
            fix="run and review it, as an experiment of kind baseline named as the objective does",
        )
    return stands()
