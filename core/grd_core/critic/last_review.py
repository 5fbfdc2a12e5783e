"""The last review, over the scorecard: it routes to the gate whatever it finds.

It asks whether the scorecard can carry a decision, not whether the claim won. Its findings
stand at the gate beside those of the loop.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grd_core.errors import RefusedError
from grd_core.identity import canonical_json
from grd_core.ledger.read import Ledger
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study

ROUTE = "GATE"
RULE = "the scorecard goes to the gate whatever it says"


@dataclass(frozen=True, slots=True)
class LastReview:
    """What the last review found, in sentences, and its id."""

    id: int
    findings: tuple[str, ...]


def review_scorecard(study: Study, reference: str) -> LastReview:
    """Review the experiment's newest scorecard and record it; again: the recorded one.

    Raises:
        RefusedError: there is no scorecard, or another process reviewed it just now.
    """
    from grd_core.ledger.tables import Review

    experiment = find_experiment(study, reference)
    with study.read() as ledger:
        scored = ledger.one(
            "SELECT id, content_json FROM scorecard WHERE experiment_id = ?"
            " ORDER BY id DESC LIMIT 1",
            experiment.id,
        )
        if scored is None:
            raise RefusedError(
                f"{experiment.name} has no scorecard", fix=f"`grd evaluate {experiment.number}`"
            )
        known = last_review_of(ledger, experiment, scored["id"])
    if known is not None:
        return known
    content = json.loads(scored["content_json"])
    findings = findings_of(content)
    with study.write(f"scorecard of {experiment.name} reviewed", durable=True) as tx:
        if last_review_of(tx, experiment, scored["id"]) is not None:
            raise RefusedError(
                f"the scorecard of {experiment.name} was reviewed by another process just now",
                fix=f"`grd gate {experiment.number}` shows what was found",
            )
        id_ = tx.insert(
            Review(
                experiment_id=experiment.id,
                stage="scorecard",
                loop=0,
                run_id=0,
                inputs_json=canonical_json({"scorecard": scored["id"]}),
                verdict=ROUTE,
                rule=RULE,
                confidence="",
                justification="",
                detail_json=canonical_json({"reasons": list(findings)}),
            )
        )
    return LastReview(id_, findings)


def last_review_of(
    ledger: Ledger, experiment: ExperimentRecord, scorecard_id: int
) -> LastReview | None:
    """The recorded last review of that scorecard, if there is one."""
    row = ledger.one(
        "SELECT id, detail_json FROM review WHERE experiment_id = ? AND stage = 'scorecard'"
        " AND inputs_json = ? ORDER BY id DESC LIMIT 1",
        experiment.id,
        canonical_json({"scorecard": scorecard_id}),
    )
    if row is None:
        return None
    return LastReview(row["id"], tuple(json.loads(row["detail_json"])["reasons"]))


def findings_of(scorecard: dict[str, Any]) -> tuple[str, ...]:
    """What a reader of this scorecard must know before believing it; pure."""
    found = []
    for metric in scorecard["metrics"]:
        least = metric["minimum_effect"]
        if metric["low"] is None:
            found.append(f"R301 {metric['name']} has no interval: {metric['reason']}")
        elif metric["result"] == "crosses":
            found.append(f"R301 the interval of {metric['name']} crosses its threshold")
        for gain in scorecard["comparisons"]:
            if gain["metric"] != metric["name"] or gain["low"] is None or not least:
                continue
            half = (gain["high"] - gain["low"]) / 2
            if half > least:
                found.append(
                    f"R301 the gain in {metric['name']} over {gain['baseline']} is known to"
                    f" ±{half:.3g} only, the least worth having is {least:.3g}"
                )
    worst = scorecard["worst_stratum"]
    if worst and worst["low"] is not None and worst["overall"] is not None:
        outside = not worst["low"] <= worst["overall"] <= worst["high"]
        if outside:
            found.append(
                f"R311 {worst['column']}={worst['value']} is far from the rest:"
                f" {worst['metric']} {worst['estimate']:.4g}"
                f" [{worst['low']:.4g}, {worst['high']:.4g}], overall {worst['overall']:.4g}"
            )
    found.extend(
        f"R314 a falsification criterion is met: {criterion['meaning']}"
        for criterion in scorecard["falsification"]
        if criterion["status"] == "met"
    )
    provenance = scorecard["provenance"]
    declared = provenance["peeks_declared"]
    if declared is not None and provenance["peeks_used"] > declared:
        found.append(f"P402 peek {provenance['peeks_used']} of {declared} declared")
    return tuple(found)
