"""The baseline that a claim is measured against: one rule, for the Critic and the Evaluator.

A baseline is evidence like any other. It counts with the run of its own recorded PROCEED, of
the files that stand there now, with the predictions of that run's end. Where several would
do, the first one made counts: a weaker one made later cannot take its place, unless the
first is archived, which is a recorded decision with a reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.errors import RefusedError
from grd_core.identity import sha256_file
from grd_core.ledger.in_force import unfrozen
from grd_core.ledger.read import Reader
from grd_core.runs.experiment_files import hashes_of
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.runs.judged import recorded_predictions
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class BaselineRun:
    """The reviewed run of a baseline experiment, and the sha256 of its prediction table."""

    experiment: ExperimentRecord
    run: int
    predictions: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class NoBaseline:
    """There is nothing to measure against, and why."""

    reason: str


def own_baselines(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The baselines of a locked rule that are runs of this study, required ones first."""
    own = [item for item in rule["baselines"] if item["kind"] == "own_run"]
    return sorted(own, key=lambda item: not is_required(item))


def is_required(item: dict[str, Any]) -> bool:
    """Whether a registered baseline must be there for a result to count."""
    return bool(item.get("required", True))


def main_baseline(
    study: Study, ledger: Reader, experiment: ExperimentRecord, rule: dict[str, Any]
) -> BaselineRun | NoBaseline:
    """The first of the locked rule's own baselines, as it stands."""
    own = own_baselines(rule)
    if not own or experiment.kind == "baseline":
        return NoBaseline("a baseline is not measured against itself" if own else "none is own")
    return baseline_run(study, ledger, experiment, own[0]["name"], rule)


def baseline_run(
    study: Study, ledger: Reader, experiment: ExperimentRecord, name: str, rule: dict[str, Any]
) -> BaselineRun | NoBaseline:
    """The run that stands for a registered baseline.

    Args:
        study: the study.
        ledger: its ledger.
        experiment: what would be measured against it, which cannot be its own baseline.
        name: as the locked objective names it; where it registers only one, every
            experiment of kind baseline is meant, whatever its name.
        rule: the locked rule.
    """
    known = [
        record
        for record in list_experiments(study, ledger)
        if record.kind == "baseline" and record.id != experiment.id and record.state != "archived"
    ]
    only = len(own_baselines(rule)) == 1
    for record in known:
        if not only and _key(name) not in map(_key, (record.slug, record.title, record.name)):
            continue
        review = ledger.one(
            "SELECT verdict, run_id FROM review WHERE experiment_id = ? AND stage = 'loop'"
            " ORDER BY id DESC LIMIT 1",
            record.id,
        )
        if review is not None and review["verdict"] == "PROCEED":
            return _standing(study, ledger, record, review["run_id"])
    return NoBaseline("no baseline experiment of that name has a recorded verdict PROCEED")


def _standing(
    study: Study, ledger: Reader, record: ExperimentRecord, run: int
) -> BaselineRun | NoBaseline:
    row = ledger.one("SELECT inputs_json FROM run WHERE id = ?", run)
    if row is None:
        return NoBaseline(f"{record.name} has no finished run that was judged")
    began_with = json.loads(row["inputs_json"])
    if unfrozen(ledger, began_with.get("freeze", 0)) is not None:
        return NoBaseline(f"{record.name} ran on parts of the data that were unfrozen since")
    if record.files_gone or began_with.get("files") != hashes_of(record.folder):
        return NoBaseline(f"the files of {record.name} changed since its verdict PROCEED")
    try:
        path = recorded_predictions(study, ledger, run)
    except RefusedError as error:
        return NoBaseline(error.what)
    if path is None:
        return NoBaseline(f"{record.name} wrote no prediction table")
    return BaselineRun(record, run, path, sha256_file(path))


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
