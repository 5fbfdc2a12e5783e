"""Scoring an experiment on the frozen test part: admitted, recorded as a peek, then scored.

The peek is durable before a label is opened. A score that was begun and not finished is
taken up again under the same peek; predictions that were scored already are not scored
again.
"""

from __future__ import annotations

import json
from typing import Any

from grd_core.errors import RefusedError
from grd_core.evaluation.admission import Admitted, InputHashes, admit, still_admitted
from grd_core.evaluation.material import Material, ScoredTable
from grd_core.evaluation.snapshot import SCORECARD_FILE, EvaluationSnapshot, evaluation_snapshot
from grd_core.identity import canonical_json, sha256_bytes
from grd_core.jobs import Progress, run_job, value_of
from grd_core.objective.own_metrics import recorded_sources
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study

LIMIT_S = 900.0
"""How long scoring may take before it is killed."""


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
        acceptance: why to go on although the Critic's confidence is low, or fewer seeds were
            trained than declared; recorded with the peek.
        on_progress: told the share done and what is done.

    Returns:
        The evaluation as it now stands. Where the same predictions were scored under the
        same locked objective before, that scorecard stands and no peek is spent.

    Raises:
        RefusedError: the ledger is not sound, the last verdict is not PROCEED, its
            confidence is low and nobody accepts that, something changed since, the objective
            drifted, frozen bytes changed, or no peek is left.
        DataError: the predictions do not cover exactly the frozen ids; no peek was spent.
        JobError: scoring crashed or hung; the peek stands, and the same predictions may be
            evaluated again under it.
    """
    experiment = find_experiment(study, reference)
    admitted = admit(study, experiment, input_hashes, acceptance.strip())
    content = _scored_before(study, admitted)
    if content is None:
        arguments = _arguments(study, admitted)
        job = "grd_core.evaluation.frozen_part:rehearse_job"
        rehearsed = value_of(run_job(job, arguments, limit_s=LIMIT_S))
        if rehearsed["shortfall"] and not acceptance:
            raise RefusedError(
                f"{rehearsed['shortfall']}: the outcome could only be «deviated»",
                where=experiment.name,
                fix=f"`grd run {experiment.number} --seed K` for the others, then the Critic; or"
                " go on all the same: --accept REASON",
            )
        peek, used, scored = _peek(study, admitted)
        arguments["candidates"] = scored
        arguments["provenance"] |= {"peek": peek, "peeks_used": used}
        job = "grd_core.evaluation.scorecard:score_job"
        content = value_of(run_job(job, arguments, limit_s=LIMIT_S, on_progress=on_progress))
        content = _record(study, admitted, peek, content)
    elif content["provenance"]["review"] != admitted.review:
        # The numbers stand; only the verdict they follow is a newer one.
        content["provenance"]["review"] = admitted.review
        content = _record(study, admitted, content["provenance"]["peek"], content)
    _render(study, experiment, content)
    return evaluation_snapshot(study, experiment)


def _scored_before(study: Study, admitted: Admitted) -> dict[str, Any] | None:
    """The recorded scorecard of the same predictions against the same baselines under the same
    rule and freeze."""
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
    if (
        content
        and _locked_in(content) == (admitted.objective.sha256, admitted.objective.version)
        and _baselines_in(content["provenance"]) == _baselines_of(admitted.material)
    ):
        return content
    return None


def _locked_in(content: dict[str, Any]) -> tuple[str, int]:
    """The locked version a scorecard followed: a version may differ in its functions alone."""
    return content["objective"]["sha256"], content["objective"]["version"]


def _baselines_in(provenance: dict[str, Any]) -> dict[str, list[str]]:
    """sha256 of the tables that a scorecard measured against, by the baseline's name."""
    found = provenance["baselines"]
    return {name: sorted(one["sha256"] for one in found[name]) for name in found}


def _baselines_of(material: Material) -> dict[str, list[str]]:
    return {one.name: sorted(table.sha256 for table in one.tables) for one in material.baselines}


def _peek(study: Study, admitted: Admitted) -> tuple[int, int, int]:
    """Record the look at frozen labels, on the disk before one is opened.

    Returns:
        The peek's id, how many were used with it, and how many experiments were scored with
        this one. Looks at labels that were unfrozen since count with the others: rows of
        theirs may stand in the test part now.

    Raises:
        RefusedError: none is left, or what was admitted is no longer what stands.
    """
    from grd_core.ledger.tables import Peek, Touch

    experiment, freeze = admitted.experiment, admitted.freeze
    declared = admitted.peeks_declared
    with study.write(f"frozen labels opened for {experiment.name}", durable=True) as tx:
        still_admitted(tx, admitted)
        used = int(tx.value("SELECT count(*) FROM peek"))
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
        scored = int(tx.value("SELECT count(DISTINCT experiment_id) FROM peek"))
    return int(begun), used, scored


def _arguments(study: Study, admitted: Admitted) -> dict[str, Any]:
    """The scoring job's arguments; the peek is added once it is recorded."""
    freeze, material = admitted.freeze, admitted.material
    frozen = {part.path.rsplit("/", 1)[-1]: part for part in freeze.files}
    sources = recorded_sources(admitted.objective.rule).values()
    own = {path: sha256 for source in sources for path, sha256 in source.files}
    labels, features = frozen["test_labels.parquet"], frozen["test_features.parquet"]
    return {
        "rule": admitted.objective.rule,
        "root": str(study.root),
        "labels": str(study.root / labels.path),
        "features": str(study.root / features.path),
        "id_column": admitted.id_column,
        "frozen": {"labels": labels.sha256, "features": features.sha256},
        "predictions": [_pin(table) for table in material.candidate],
        "baselines": [
            {
                "name": baseline.name,
                "kind": baseline.kind,
                "required": baseline.required and admitted.experiment.kind != "baseline",
                "expected": baseline.expected,
                "predictions": [_pin(table) for table in baseline.tables],
            }
            for baseline in material.baselines
        ],
        "deviations": list(admitted.deviations),
        "late_changes": list(admitted.late_changes),
        "provenance": {
            "experiment": admitted.experiment.name,
            "freeze": freeze.id,
            "review": admitted.review,
            "peeks_declared": admitted.peeks_declared,
            "test_ids_sha256": freeze.test_ids_sha256,
            "files": {part.path: part.sha256 for part in (labels, features)} | own,
            "predictions": [_source(study, table) for table in material.candidate],
            "baselines": {
                baseline.name: [_source(study, table) for table in baseline.tables]
                for baseline in material.baselines
            },
        },
    }


def _pin(table: ScoredTable) -> dict[str, str]:
    return {"path": str(table.path), "sha256": table.sha256}


def _source(study: Study, table: ScoredTable) -> dict[str, Any]:
    return {
        "path": study.relative(table.path),
        "sha256": table.sha256,
        "run": table.run,
        "seed": table.seed,
    }


def _record(study: Study, admitted: Admitted, peek: int, content: dict[str, Any]) -> dict[str, Any]:
    """Record a scorecard once for its peek and verdict; the one that stands is returned.

    Raises:
        RefusedError: what was admitted is no longer what stands; the peek stays spent.
    """
    from grd_core.ledger.tables import ScorecardRecord

    text = canonical_json(content)
    outcome = content["outcome"]["outcome"]
    with study.write(f"scorecard of {admitted.experiment.name}: {outcome}", durable=True) as tx:
        still_admitted(tx, admitted)
        known = tx.value(
            "SELECT content_json FROM scorecard WHERE peek_id = ? ORDER BY id DESC LIMIT 1", peek
        )
        if known is not None:
            standing: dict[str, Any] = json.loads(known)
            if standing["provenance"]["review"] == admitted.review:
                return standing
        tx.insert(
            ScorecardRecord(
                experiment_id=admitted.experiment.id,
                peek_id=peek,
                outcome=outcome,
                sha256=sha256_bytes(text.encode()),
                content_json=text,
            )
        )
    return content


def _render(study: Study, experiment: ExperimentRecord, content: dict[str, Any]) -> None:
    from grd_core.rendering import render

    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    render(study.ledger_path, study.root, experiment.folder / SCORECARD_FILE, text)
