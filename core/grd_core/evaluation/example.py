"""One frozen row the model got wrong: its features, what was said and what was.

What was said and was stands in the recorded scorecard; no label is opened again. Reading the
row's features is a touch of frozen bytes, logged before they are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_core.errors import RefusedError, UsageError
from grd_core.evaluation.snapshot import evaluation_snapshot
from grd_core.jobs import run_job, value_of
from grd_core.ledger.in_force import mark_of_experiment
from grd_core.recon.records import FrozenPart, read_freeze, read_source

if TYPE_CHECKING:
    from grd_core.evaluation.lines import ErrorLine
    from grd_core.recon.records import FreezeRecord
    from grd_core.runs.experiments import ExperimentRecord
    from grd_core.study import Study

EXAMPLE_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Example:
    """A row: `features` are pairs of name and value as text, "" where it is missing."""

    id: str
    said: str
    was: str
    error: float
    features: tuple[tuple[str, str], ...]


def example(study: Study, experiment: ExperimentRecord, row_id: str) -> Example:
    """One of the hardest rows of an experiment's scorecard, with its features.

    Raises:
        RefusedError: the experiment was never scored, its test part was unfrozen since, the
            study cannot be written (so that the look could not be logged), or the frozen
            features changed.
        UsageError: the row is none of the hardest that the scorecard names.
    """
    error = _hard(study, experiment, row_id)
    with study.read() as ledger:
        freeze, source = read_freeze(ledger), read_source(ledger, study.root)
        mark = mark_of_experiment(ledger, experiment.id)
    if mark:
        # A row of that name may stand in the parts of now and be another one.
        raise RefusedError(
            f"{experiment.name} was {mark}: its rows are not those that are frozen now",
            where=experiment.name,
            fix="the files it was scored on are kept beside data/frozen; score it anew to look on",
        )
    if freeze is None or source is None:
        raise RefusedError("nothing is frozen", fix="`grd data freeze` after a split")
    features = next(part for part in freeze.files if part.path.endswith("test_features.parquet"))
    _log(study, freeze, features, f"row {row_id}, one that {experiment.name} got most wrong")
    found = value_of(
        run_job(
            "grd_core.evaluation.example_job:example_job",
            {
                "path": str(study.root / features.path),
                "sha256": features.sha256,
                "id_column": source.roles.id_column,
                "id": row_id,
            },
            limit_s=EXAMPLE_LIMIT_S,
        )
    )
    pairs = tuple((name, value) for name, value in found["features"])
    return Example(error.id, error.said, error.was, error.error, pairs)


def _hard(study: Study, experiment: ExperimentRecord, row_id: str) -> ErrorLine:
    snapshot = evaluation_snapshot(study, experiment)
    if snapshot.content is None:
        raise RefusedError(
            f"{experiment.name} was never scored: nothing looks at frozen rows before that",
            where=experiment.name,
            fix=f"`grd evaluate {experiment.number}` after PROCEED",
        )
    error = next((one for one in snapshot.hardest if one.id == row_id), None)
    if error is None:
        named = ", ".join(one.id for one in snapshot.hardest)
        raise UsageError(
            f"row {row_id!r} is none of the hardest, and no other row was told",
            where=experiment.name,
            fix=f"one of {named}",
        )
    return error


def _log(study: Study, freeze: FreezeRecord, features: FrozenPart, why: str) -> None:
    from grd_core.ledger.tables import Touch

    with study.write("a frozen row looked at") as tx:
        tx.insert(Touch(freeze_id=freeze.id, what=f"read a row of {features.path}", why=why))
