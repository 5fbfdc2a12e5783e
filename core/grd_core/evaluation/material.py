"""What an evaluation would score: the judged runs of the candidate and of its baselines.

Nothing here opens frozen labels. Whatever is wrong is refused here, before a look at them
is spent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.errors import RefusedError
from grd_core.evaluation.predictions import find_predictions, predictions_identity
from grd_core.identity import sha256_file
from grd_core.ledger.read import Reader
from grd_core.runs.experiment_files import CODE_SUFFIXES, CONFIG_SUFFIXES, hashes_of
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.study import Study

_DONE_RUNS = """
SELECT r.id, r.ordinal, r.seed, r.inputs_json, s.detail_json FROM run r
JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
WHERE r.experiment_id = ? AND s.state = 'done' ORDER BY r.id DESC
"""
_SAME_METHOD = ("files", "hypothesis", "objective", "freeze", "data")
"""What two runs must have started from alike to be seeds of one method."""


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
        RefusedError: a table changed since its run ended, or a required baseline was not run.
        DataError: a run wrote no table, or two.
    """
    candidate = _tables(study, ledger, experiment, run)
    others = list_experiments(study, ledger)
    baselines = tuple(
        _baseline(study, ledger, experiment, item, others, rule) for item in rule["baselines"]
    )
    return Material(candidate, baselines, predictions_identity([one.path for one in candidate]))


def _tables(
    study: Study, ledger: Reader, experiment: ExperimentRecord, run: int
) -> tuple[ScoredTable, ...]:
    """The judged run's table first, then the newest of each other seed of the same method."""
    rows = ledger.rows(_DONE_RUNS, experiment.id)
    judged = next((row for row in rows if row["id"] == run), None)
    if judged is None:
        raise RefusedError(
            f"{experiment.name} has no finished run that was judged",
            where=study.relative(experiment.folder),
            fix=f"`grd run {experiment.number}`, then `grd critic {experiment.number}`",
        )
    method = _method(judged["inputs_json"])
    chosen = {judged["seed"]: judged}
    for row in rows:
        if row["seed"] not in chosen and _method(row["inputs_json"]) == method:
            chosen[row["seed"]] = row
    found = []
    for row in chosen.values():
        folder = experiment.folder / "runs" / f"{row['ordinal']:02d}"
        path = find_predictions(folder)
        digest = sha256_file(path)
        recorded = json.loads(row["detail_json"]).get("files", {}).get(path.name, digest)
        if recorded != digest:
            raise RefusedError(
                f"the predictions of run {row['id']} changed since it ended",
                where=study.relative(path),
                fix="run it again; a table that was edited is not what the model said",
            )
        found.append(ScoredTable(path, row["id"], row["seed"], digest))
    return tuple(found)


def _method(inputs_json: str) -> list[Any]:
    inputs = json.loads(inputs_json)
    return [inputs.get(key) for key in _SAME_METHOD]


def _baseline(
    study: Study,
    ledger: Reader,
    experiment: ExperimentRecord,
    item: dict[str, Any],
    others: Sequence[ExperimentRecord],
    rule: dict[str, Any],
) -> Baseline:
    def stands(*tables: ScoredTable) -> Baseline:
        return Baseline(
            item["name"], item["kind"], item.get("required", True), item.get("expected"), tables
        )

    # A baseline is not measured against itself.
    if item["kind"] != "own_run" or experiment.kind == "baseline":
        return stands()
    own = [one for one in rule["baselines"] if one["kind"] == "own_run"]
    for record in _candidates_for(item["name"], others, only=len(own) == 1):
        run = _current_run(ledger, record)
        if run is not None and record.id != experiment.id:
            return stands(*_tables(study, ledger, record, run))
    if item.get("required", True):
        raise RefusedError(
            f"the required baseline «{item['name']}» has no finished run of its present code",
            where="OBJECTIVE.md, baselines",
            fix="run it, as an experiment of kind baseline named as the objective names it",
        )
    return stands()


def _current_run(ledger: Reader, record: ExperimentRecord) -> int | None:
    """Its newest finished run of the code and config that stand there now."""
    if record.files_gone:
        return None
    now = hashes_of(record.folder, CODE_SUFFIXES | CONFIG_SUFFIXES)
    for row in ledger.rows(_DONE_RUNS, record.id):
        if json.loads(row["inputs_json"]).get("files") == now:
            return int(row["id"])
    return None


def _candidates_for(
    name: str, others: Sequence[ExperimentRecord], *, only: bool
) -> list[ExperimentRecord]:
    """Baseline experiments of that name, newest first; any, where one baseline is registered."""
    known = [record for record in reversed(others) if record.kind == "baseline"]
    wanted = _key(name)
    named = [one for one in known if wanted in (_key(one.slug), _key(one.title), _key(one.name))]
    return named or (known if only else [])


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
