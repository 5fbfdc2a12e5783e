"""Scoring an experiment on the frozen test part: admitted, recorded as a peek, then scored.

The peek is durable before a label is opened. A score that was begun and not finished is
taken up again under the same peek; predictions that were scored already are not scored
again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grd_core.errors import RefusedError
from grd_core.evaluation.material import Material, ScoredTable, gather
from grd_core.evaluation.snapshot import SCORECARD_FILE, EvaluationSnapshot, evaluation_snapshot
from grd_core.identity import canonical_json, sha256_bytes
from grd_core.jobs import Progress, run_job, value_of
from grd_core.objective.lock import unamended_drift
from grd_core.objective.versions import LockedVersion, current_objective, locked_versions
from grd_core.recon.freeze import frozen_faults
from grd_core.recon.records import FreezeRecord, read_freeze, read_source
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study

LIMIT_S = 900.0
"""How long scoring may take before it is killed."""

InputHashes = Callable[[Study, ExperimentRecord], dict[str, Any]]
"""The Critic's own hashes of what it judges; it stands a floor above, so it is handed in."""


@dataclass(frozen=True, slots=True)
class _Admitted:
    """An experiment that may be scored, and all that scoring it needs."""

    experiment: ExperimentRecord
    review: int
    why: str
    objective: LockedVersion
    freeze: FreezeRecord
    id_column: str
    material: Material
    deviations: tuple[str, ...]

    @property
    def peeks_declared(self) -> int | None:
        """How many looks the locked objective allows; None when it says nothing."""
        peeks: int | None = self.objective.rule["budget"].get("peeks")
        return peeks


def evaluate(
    study: Study,
    reference: str,
    input_hashes: InputHashes,
    *,
    acceptance: str = "",
    on_progress: Progress | None = None,
) -> EvaluationSnapshot:
    """Score an experiment once on the frozen labels, by the locked rule alone.

    Args:
        study: the study.
        reference: the experiment, as a researcher names it.
        input_hashes: the Critic's hashes of what it judges, to tell whether anything
            changed since its verdict.
        acceptance: why to go on although the Critic's confidence is low; recorded with
            the peek. A verdict of low confidence never leads on by itself.
        on_progress: told the share done and what is done.

    Returns:
        The evaluation as it now stands. Where the same predictions were scored under the
        same locked objective before, that scorecard stands and no peek is spent.

    Raises:
        RefusedError: the last verdict is not PROCEED, its confidence is low and nobody
            accepts that, something changed since, the objective drifted, frozen bytes
            changed, or no peek is left.
        DataError: the predictions do not cover exactly the frozen ids; no peek was spent.
        JobError: scoring crashed or hung; the peek stands, and the same predictions may be
            evaluated again under it.
    """
    experiment = find_experiment(study, reference)
    admitted = _admit(study, experiment, input_hashes, acceptance.strip())
    content = _scored_before(study, admitted)
    if content is None:
        arguments = _arguments(study, admitted)
        rehearsed = run_job(
            "grd_core.evaluation.frozen_part:rehearse_job", arguments, limit_s=LIMIT_S
        )
        value_of(rehearsed)
        peek, used, scored = _peek(study, admitted)
        arguments["candidates"] = scored
        arguments["provenance"] |= {"peek": peek, "peeks_used": used}
        job = "grd_core.evaluation.scorecard:score_job"
        content = value_of(run_job(job, arguments, limit_s=LIMIT_S, on_progress=on_progress))
        _record(study, admitted, peek, content)
    elif content["provenance"]["review"] != admitted.review:
        # The numbers stand; only the verdict they follow is a newer one.
        content["provenance"]["review"] = admitted.review
        _record(study, admitted, content["provenance"]["peek"], content)
    _render(study, experiment, content)
    return evaluation_snapshot(study, experiment)


# --- admission -------------------------------------------------------------------------


def _admit(
    study: Study, experiment: ExperimentRecord, input_hashes: InputHashes, acceptance: str
) -> _Admitted:
    number = experiment.number
    if experiment.state != "open":
        raise RefusedError(
            f"{experiment.name} is {experiment.state}: its evaluation stands",
            fix=f"`grd gate {number}` shows it",
        )
    drift = unamended_drift(study)
    if not drift.identical:
        raise RefusedError(
            f"OBJECTIVE.md differs from what is locked ({drift.summary()})",
            where=study.objective_path.name,
            fix="restore it, or `grd objective amend --reason …` and ask the Critic again",
        )
    objective = current_objective(study)
    with study.read() as ledger:
        review = ledger.one(
            "SELECT * FROM review WHERE experiment_id = ? AND stage = 'loop'"
            " ORDER BY id DESC LIMIT 1",
            experiment.id,
        )
        versions = locked_versions(ledger)
        freeze = read_freeze(ledger)
        source = read_source(ledger, study.root)
    if review is None or review["verdict"] != "PROCEED":
        said = f"is {review['verdict']}" if review else "does not exist"
        raise RefusedError(
            f"the last recorded verdict on {experiment.name} {said}, not PROCEED",
            where=experiment.name,
            fix=f"`grd critic {number}` says what is in the way",
        )
    if review["confidence"] == "low" and not acceptance:
        raise RefusedError(
            f"the Critic's confidence in {experiment.name} is low, so a person decides",
            where=experiment.name,
            fix=f"`grd evaluate {number} --accept REASON`, or apply the checks that were not",
        )
    judged, now = json.loads(review["inputs_json"]), input_hashes(study, experiment)
    changed = sorted(key for key in judged.keys() | now.keys() if judged.get(key) != now.get(key))
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} changed since the verdict PROCEED",
            where=study.relative(experiment.folder),
            fix=f"`grd critic {number} --because …` judges what is there now",
        )
    if freeze is None or source is None:
        raise RefusedError("nothing is frozen", fix="`grd data freeze` after a split")
    for fault in frozen_faults(study, freeze):
        raise RefusedError(
            f"a frozen file is {fault.what}", where=fault.path, fix="restore it from a backup"
        )
    with study.read() as ledger:
        material = gather(study, ledger, experiment, review["run_id"], objective.rule)
    return _Admitted(
        experiment=experiment,
        review=review["id"],
        why=f"PROCEED: {review['justification']}"
        + (f"; accepted: {acceptance}" if acceptance else ""),
        objective=objective,
        freeze=freeze,
        id_column=source.roles.id_column,
        material=material,
        deviations=tuple(_deviations(versions)),
    )


def _deviations(versions: tuple[LockedVersion, ...]) -> list[str]:
    """What was loosened in the rule after results had been seen; it never goes away."""
    return [
        f"version {version.version} loosened {change.field} after results were seen"
        for version in versions
        for change in version.changes
        if change.post_hoc
    ]


def _scored_before(study: Study, admitted: _Admitted) -> dict[str, Any] | None:
    """The recorded scorecard of the same predictions under the same rule and freeze."""
    with study.read() as ledger:
        row = ledger.one(
            "SELECT s.content_json FROM scorecard s JOIN peek p ON p.id = s.peek_id"
            " WHERE s.experiment_id = ? AND p.predictions_sha256 = ? AND p.freeze_id = ?"
            " ORDER BY s.id DESC LIMIT 1",
            admitted.experiment.id,
            admitted.material.identity,
            admitted.freeze.id,
        )
    content: dict[str, Any] | None = json.loads(row["content_json"]) if row else None
    if content and content["objective"]["sha256"] == admitted.objective.sha256:
        return content
    return None


# --- the peek, the job, the record -----------------------------------------------------


def _peek(study: Study, admitted: _Admitted) -> tuple[int, int, int]:
    """Record the look at frozen labels, on the disk before one is opened.

    Returns:
        The peek's id, how many were used with it, and how many experiments were scored on
        this freeze with this one.

    Raises:
        RefusedError: none is left.
    """
    from grd_core.ledger.tables import Peek, Touch

    experiment, freeze = admitted.experiment, admitted.freeze
    declared = admitted.peeks_declared
    with study.write(f"frozen labels opened for {experiment.name}", durable=True) as tx:
        used = int(tx.value("SELECT count(*) FROM peek WHERE freeze_id = ?", freeze.id))
        begun = tx.value(
            "SELECT max(p.id) FROM peek p WHERE p.experiment_id = ? AND p.freeze_id = ?"
            " AND p.predictions_sha256 = ? AND p.at > ?"
            " AND NOT EXISTS (SELECT 1 FROM scorecard s WHERE s.peek_id = p.id)",
            experiment.id,
            freeze.id,
            admitted.material.identity,
            admitted.objective.at,
        )
        if begun is None:
            if declared is not None and used >= declared:
                raise RefusedError(
                    f"no look at the frozen labels is left: {used} of {declared} are used",
                    where="OBJECTIVE.md, budget.peeks",
                    fix="decide with what is there; a further look is an amendment with a reason",
                )
            begun = tx.insert(
                Peek(
                    freeze_id=freeze.id,
                    experiment_id=experiment.id,
                    review_id=admitted.review,
                    predictions_sha256=admitted.material.identity,
                    why=admitted.why,
                )
            )
            used += 1
        else:
            tx.insert(
                Touch(
                    freeze_id=freeze.id,
                    what=f"scoring under peek {begun} is taken up again",
                    why="it was begun and left no scorecard",
                )
            )
        scored = int(
            tx.value(
                "SELECT count(DISTINCT experiment_id) FROM peek WHERE freeze_id = ?", freeze.id
            )
        )
    return int(begun), used, scored


def _arguments(study: Study, admitted: _Admitted) -> dict[str, Any]:
    """The scoring job's arguments; the peek is added once it is recorded."""
    freeze, material = admitted.freeze, admitted.material
    frozen = {part.path.rsplit("/", 1)[-1]: part for part in freeze.files}
    labels, features = frozen["test_labels.parquet"], frozen["test_features.parquet"]
    return {
        "rule": admitted.objective.rule,
        "labels": str(study.root / labels.path),
        "features": str(study.root / features.path),
        "id_column": admitted.id_column,
        "predictions": [str(table.path) for table in material.candidate],
        "baselines": [
            {
                "name": baseline.name,
                "kind": baseline.kind,
                "required": baseline.required and admitted.experiment.kind != "baseline",
                "expected": baseline.expected,
                "predictions": [str(table.path) for table in baseline.tables],
            }
            for baseline in material.baselines
        ],
        "deviations": list(admitted.deviations),
        "provenance": {
            "experiment": admitted.experiment.name,
            "freeze": freeze.id,
            "review": admitted.review,
            "peeks_declared": admitted.peeks_declared,
            "test_ids_sha256": freeze.test_ids_sha256,
            "files": {part.path: part.sha256 for part in (labels, features)},
            "predictions": [_source(study, table) for table in material.candidate],
            "baselines": {
                baseline.name: [_source(study, table) for table in baseline.tables]
                for baseline in material.baselines
            },
        },
    }


def _source(study: Study, table: ScoredTable) -> dict[str, Any]:
    return {
        "path": study.relative(table.path),
        "sha256": table.sha256,
        "run": table.run,
        "seed": table.seed,
    }


def _record(study: Study, admitted: _Admitted, peek: int, content: dict[str, Any]) -> None:
    from grd_core.ledger.tables import ScorecardRecord

    text = canonical_json(content)
    outcome = content["outcome"]["outcome"]
    with study.write(f"scorecard of {admitted.experiment.name}: {outcome}", durable=True) as tx:
        tx.insert(
            ScorecardRecord(
                experiment_id=admitted.experiment.id,
                peek_id=peek,
                outcome=outcome,
                sha256=sha256_bytes(text.encode()),
                content_json=text,
            )
        )


def _render(study: Study, experiment: ExperimentRecord, content: dict[str, Any]) -> None:
    from grd_core.rendering import render

    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    render(study.ledger_path, study.root, experiment.folder / SCORECARD_FILE, text)
