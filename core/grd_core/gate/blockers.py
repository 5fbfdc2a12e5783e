"""What refuses a seal: each reason with its remedy and the phase where its cause lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grd_core.critic.inputs import input_hashes
from grd_core.ledger.in_force import Unfrozen
from grd_core.ledger.verify import Fault
from grd_core.objective.lock import unamended_drift
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

RECON, OBJECTIVE, LOOP, EVALUATION, HISTORY = 1, 2, 3, 4, 7
"""Phases of the method a blocker leads to, by number."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a seal is refused, and the one thing to do.

    `leads_to` is the number of the phase where the cause lies; `command` names what to do
    there: `data verify`, `objective diff`, `critic`, `evaluate`, `experiment show`, `verify`.
    """

    reason: str
    fix: str
    leads_to: int
    command: str


def of_fault(fault: Fault) -> Blocker:
    """A byte or an event that is not what was recorded."""
    phase, command = _place(fault.where)
    return Blocker(
        f"{fault.where}: {fault.what}",
        "`grd verify` names every fault; restore the file",
        phase,
        command,
    )


def of_drift(study: Study) -> Iterator[Blocker]:
    """An objective that was edited and not amended."""
    drift = unamended_drift(study)
    if not drift.identical:
        yield Blocker(
            f"OBJECTIVE.md differs from what is locked ({drift.summary()})",
            "restore it, or `grd objective amend --reason …`",
            OBJECTIVE,
            "objective diff",
        )


def of_verdict(
    study: Study, experiment: ExperimentRecord, review: dict[str, Any] | None
) -> Iterator[Blocker]:
    """A last verdict that is not PROCEED, or that judged something else than what is there."""
    number = experiment.number
    if review is None or review["verdict"] != "PROCEED":
        said = review["verdict"] if review else "none"
        yield Blocker(
            f"its last verdict is {said}", f"`grd critic {number}` must say PROCEED", LOOP, "critic"
        )
        return
    if experiment.files_gone:
        yield Blocker("its files are gone", "restore its folder", LOOP, "experiment show")
        return
    now = input_hashes(study, experiment)
    changed = [key for key, was in json.loads(review["inputs_json"]).items() if now.get(key) != was]
    if changed:
        yield Blocker(
            f"the evidence is stale: {', '.join(changed)} changed since the verdict",
            f"`grd critic {number} --because …` judges what is there now",
            LOOP,
            "critic",
        )


def of_unfrozen(experiment: ExperimentRecord, taken_back: Unfrozen | None) -> Iterator[Blocker]:
    """A scorecard whose test part was taken back."""
    if taken_back is not None:
        number = experiment.number
        yield Blocker(
            f"it was {taken_back.mark}",
            f"`grd run {number}`, the Critic and `grd evaluate {number}` on the parts of now",
            EVALUATION,
            "evaluate",
        )


def of_scorecard(
    experiment: ExperimentRecord,
    review_id: int,
    scorecard: dict[str, Any] | None,
    *,
    reviewed: bool,
) -> Iterator[Blocker]:
    """No scorecard of the last verdict, or one that nobody reviewed."""
    number = experiment.number
    fix = f"`grd evaluate {number}` scores the frozen test part"
    if scorecard is None:
        yield Blocker("it was never scored on the frozen test part", fix, EVALUATION, "evaluate")
        return
    if scorecard["provenance"]["review"] != review_id:
        yield Blocker("the scorecard belongs to an earlier verdict", fix, EVALUATION, "evaluate")
    if not reviewed:
        yield Blocker(
            "its scorecard has had no last review",
            f"`grd evaluate {number}` again spends no look and reviews it",
            EVALUATION,
            "evaluate",
        )


def _place(where: str) -> tuple[int, str]:
    if where.startswith("data/frozen"):
        return RECON, "data verify"
    if where.startswith("objective "):
        return OBJECTIVE, "objective diff"
    if where.endswith("SCORECARD.json") or where.startswith("scorecard "):
        return EVALUATION, "evaluate"
    return (LOOP, "experiment show") if where.startswith("experiments/") else (HISTORY, "verify")
