"""The experiments that wait at the gate, on a line each; from the ledger alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grd_core.critic.last_review import last_review_of
from grd_core.gate.evidence import NOT_EVALUATED, outcome_of
from grd_core.gate.standing import Standing, standing
from grd_core.ledger.in_force import mark_of
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.study import Study

Readiness = Literal["sealable", "refuted", "not sealable", "running"]


@dataclass(frozen=True, slots=True)
class GateLine:
    """One open experiment that has a verdict.

    `readiness` is what the ledger alone tells: running (no decision may be made yet),
    sealable (nothing recorded forbids it; the gate also compares files), refuted, or not
    sealable; `missing` then says why. `decided_before` counts earlier decisions to iterate.
    """

    experiment: str
    number: int
    title: str
    kind: str
    verdict: str
    confidence: str
    outcome: str
    readiness: Readiness
    missing: str
    decided_before: int
    standing: Standing


def gate_lines(study: Study) -> tuple[GateLine, ...]:
    """Every experiment that can be decided on, the newest first; no file is opened."""
    with study.read() as ledger:
        lines = [
            line
            for experiment in list_experiments(study, ledger)
            if experiment.state == "open" and (line := _line(ledger, experiment)) is not None
        ]
    return tuple(reversed(lines))


def _line(ledger: Reader, experiment: ExperimentRecord) -> GateLine | None:
    stands = standing(ledger, experiment.id)
    review = ledger.one("SELECT verdict, confidence, rule FROM review WHERE id = ?", stands.review)
    if review is None:
        return None
    scored = ledger.one(
        "SELECT outcome, json_extract(content_json, '$.provenance.review') AS review"
        " FROM scorecard WHERE id = ?",
        stands.scorecard,
    )
    outcome = outcome_of(review["rule"], scored["outcome"] if scored else "")
    missing = ""
    if stands.going_on:
        missing = "a run is still going on"
    elif review["verdict"] != "PROCEED":
        missing = f"the last verdict is {review['verdict']}"
    elif scored is None:
        missing = NOT_EVALUATED
    elif mark := mark_of(ledger, stands.scorecard):
        missing = mark
    elif scored["review"] != stands.review:
        missing = "the scorecard belongs to an earlier verdict"
    elif last_review_of(ledger, experiment, stands.scorecard) is None:
        missing = "the scorecard has had no last review"
    decided = ledger.value("SELECT count(*) FROM decision WHERE experiment_id = ?", experiment.id)
    return GateLine(
        experiment=experiment.name,
        number=experiment.number,
        title=experiment.title,
        kind=experiment.kind,
        verdict=review["verdict"],
        confidence=review["confidence"],
        outcome=outcome,
        readiness=_readiness(stands, outcome, missing),
        missing=missing,
        decided_before=int(decided),
        standing=stands,
    )


def _readiness(stands: Standing, outcome: str, missing: str) -> Readiness:
    if stands.going_on:
        return "running"
    if outcome == "refuted":
        return "refuted"
    return "not sealable" if missing else "sealable"
