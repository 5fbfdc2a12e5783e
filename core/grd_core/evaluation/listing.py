"""Every experiment with how far its evaluation came, on a line each; from the ledger alone."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from grd_core.evaluation.snapshot import State
from grd_core.ledger.in_force import mark_of
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class EvaluationLine:
    """One experiment's evaluation.

    `not_yet` says why it may not be scored now, as far as the ledger tells; empty where it
    may be or was. `accept` asks for a reason to go on with low confidence. `unfrozen` is the mark
    of a score on a test part that was taken back since, else empty.
    """

    experiment: str
    number: int
    title: str
    kind: str
    experiment_state: str
    state: State
    outcome: str
    at: str
    metric: str
    estimate: float | None
    low: float | None
    high: float | None
    not_yet: str
    accept: bool
    unfrozen: str = ""


def evaluation_list(study: Study) -> tuple[EvaluationLine, ...]:
    """All experiments in the order of their numbers; no file is opened."""
    with study.read() as ledger:
        text = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id DESC LIMIT 1")
        rule: dict[str, Any] | None = json.loads(text) if text else None
        used = ledger.value("SELECT count(*) FROM peek")
        return tuple(
            _line(ledger, experiment, rule, int(used))
            for experiment in list_experiments(study, ledger)
        )


def _line(
    ledger: Reader, experiment: ExperimentRecord, rule: dict[str, Any] | None, used: int
) -> EvaluationLine:
    scored = ledger.one(
        "SELECT id, at, outcome, peek_id, content_json FROM scorecard WHERE experiment_id = ?"
        " ORDER BY id DESC LIMIT 1",
        experiment.id,
    )
    review = ledger.one(
        "SELECT verdict, confidence FROM review WHERE experiment_id = ? AND stage = 'loop'"
        " ORDER BY id DESC LIMIT 1",
        experiment.id,
    )
    peek = ledger.value("SELECT max(id) FROM peek WHERE experiment_id = ?", experiment.id)
    begun = peek is not None and (scored is None or peek > scored["peek_id"])
    state: State = "interrupted" if begun else "scored" if scored else "not_scored"
    lead = _lead(json.loads(scored["content_json"])) if scored else {}
    return EvaluationLine(
        experiment=experiment.name,
        number=experiment.number,
        title=experiment.title,
        kind=experiment.kind,
        experiment_state=experiment.state,
        state=state,
        outcome=scored["outcome"] if scored else "",
        at=scored["at"] if scored else "",
        metric=lead.get("name", ""),
        estimate=lead.get("estimate"),
        low=lead.get("low"),
        high=lead.get("high"),
        not_yet="" if state == "scored" else _not_yet(experiment, review, rule, used, begun=begun),
        accept=state != "scored" and review is not None and review["confidence"] == "low",
        unfrozen=mark_of(ledger, scored["id"]) if scored else "",
    )


def _lead(content: dict[str, Any]) -> dict[str, Any]:
    """The first primary metric, or the first of all."""
    metrics: list[dict[str, Any]] = content["metrics"]
    return next((one for one in metrics if one["role"] == "primary"), metrics[0])


def _not_yet(
    experiment: ExperimentRecord,
    review: sqlite3.Row | None,
    rule: dict[str, Any] | None,
    used: int,
    *,
    begun: bool,
) -> str:
    from grd_core.evaluation.admission import gain_is_judged

    if experiment.state != "open":
        return f"it is {experiment.state}"
    if rule is None:
        return "the objective is not locked"
    if experiment.kind == "baseline" and gain_is_judged(rule):
        return "a baseline is scored with the experiment that is compared with it"
    if review is None:
        return "the Critic has recorded no verdict"
    if review["verdict"] != "PROCEED":
        return f"the last verdict is {review['verdict']}, not PROCEED"
    allowed = rule["budget"].get("peeks")
    if not begun and allowed is not None and used >= allowed:
        return f"no look at the frozen labels is left: {used} of {allowed} are used"
    return ""
