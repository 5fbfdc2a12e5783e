"""The human's decision: Seal, Iterate or Archive, refused where the evidence does not hold.

Whatever is decided is recorded first in the ledger, with the answer to the gate's
question; an archived experiment moves to negative_results with everything it has. What the
decision was read from is compared again inside the transaction that records it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grd_core.errors import RefusedError, UsageError
from grd_core.gate.answers import (
    ANSWERS,
    DECISIONS,
    Statement,
    obstacles,
    problems,
)
from grd_core.gate.decision_log import write_decision_log
from grd_core.gate.evidence import GateSnapshot, gate_snapshot
from grd_core.gate.standing import standing
from grd_core.identity import canonical_json
from grd_core.ledger.write import Transaction
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study

__all__ = ["Decided", "Statement", "decide"]


@dataclass(frozen=True, slots=True)
class Decided:
    """The recorded decision and where the experiment's files are now."""

    id: int
    decision: str
    experiment: str
    outcome: str
    folder: Path
    notes: tuple[str, ...]


def decide(study: Study, reference: str, decision: str, statement: Statement) -> Decided:
    """Record a decision on an experiment; durable.

    Raises:
        UsageError: an unknown decision or answer.
        RefusedError: something needed is missing or does not hold, with the reason; or
            something was recorded on the experiment while it was decided.
    """
    if decision not in DECISIONS:
        raise UsageError(f"unknown decision {decision!r}", fix=f"one of {', '.join(DECISIONS)}")
    experiment = find_experiment(study, reference)
    gate = gate_snapshot(study, experiment)
    _check(gate, decision, statement)
    target = experiment.folder
    if decision == "archive":
        target = study.experiments_dir / "negative_results" / experiment.name
        _check_archive(study, experiment, target)
    with (
        _moved_back_on_failure(experiment.folder, target),
        study.write(f"decision {decision} for {experiment.name}", durable=True) as tx,
    ):
        if standing(tx, experiment.id) != gate.standing:
            raise RefusedError(
                f"something was recorded on {experiment.name} while this was decided",
                fix=f"`grd gate {experiment.number}` shows what stands now",
            )
        id_ = _record(study, tx, gate, decision, statement, target)
        # Inside the transaction: if the move fails, nothing is recorded.
        if target != experiment.folder and experiment.folder.exists():
            _move(study, experiment.folder, target)
    rendered = write_decision_log(study)
    notes = (rendered.note(),) if rendered.note() else ()
    return Decided(id_, decision, experiment.name, gate.outcome, target, notes)


def _check(gate: GateSnapshot, decision: str, statement: Statement) -> None:
    """Refuse by the first thing in the way: what stands, then what was said."""
    forbidding = obstacles(decision, gate)
    if forbidding:
        first = forbidding[0]
        more = f" (and {len(forbidding) - 1} more)" if len(forbidding) > 1 else ""
        of_seal = "seal is refused: " if first in gate.blockers else ""
        raise RefusedError(f"{of_seal}{first.reason}{more}", fix=first.fix)
    found = problems(decision, statement, gate)
    if found:
        unanswered = found[0].field == "answer" and statement.answer not in ANSWERS
        error = UsageError if unanswered else RefusedError
        raise error(found[0].message, fix=found[0].fix)


def _check_archive(study: Study, experiment: ExperimentRecord, target: Path) -> None:
    if target.exists() and experiment.folder.exists():
        raise RefusedError(
            "there is a folder of that name already",
            where=study.relative(target),
            fix="move it away; nothing is overwritten",
        )


def _move(study: Study, source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(source, target)  # noqa: PTH104  atomic within the study
    except OSError as error:
        raise RefusedError(
            f"the experiment's folder cannot be moved: {error.strerror}",
            where=study.relative(target.parent),
            fix="make that a folder you may write; nothing was recorded",
        ) from error


@contextmanager
def _moved_back_on_failure(source: Path, target: Path) -> Iterator[None]:
    """Where the decision is not recorded after all, its folder is where it was.

    The record may fail at its last step, the commit: a full disk, an interrupt.
    """
    there = source.exists()
    try:
        yield
    except BaseException:
        if there and not source.exists() and target.exists():
            os.rename(target, source)  # noqa: PTH104
        raise


def _record(
    study: Study,
    tx: Transaction,
    gate: GateSnapshot,
    decision: str,
    statement: Statement,
    target: Path,
) -> int:
    from grd_core.ledger.tables import Decision, ExperimentState, Touch

    detail = {
        "change": statement.change.strip(),
        "lesson": statement.lesson.strip(),
        "would_change": statement.would_change.strip(),
        "different": statement.different.strip(),
        "limitations": statement.limitations.strip(),
        "despite": statement.despite.strip(),
    }
    id_ = tx.insert(
        Decision(
            experiment_id=gate.experiment_id,
            scorecard_id=gate.standing.scorecard,
            decision=decision,
            review_id=gate.standing.review,
            question_answer=statement.answer,
            outcome=gate.outcome,
            reason=statement.reason.strip(),
            detail_json=canonical_json(detail),
        )
    )
    if gate.standing.freeze:
        tx.insert(
            Touch(
                freeze_id=gate.standing.freeze,
                what="sha256 of every frozen file",
                why=f"{decision} at the gate",
            )
        )
    state = {"seal": "sealed", "archive": "archived", "iterate": "open"}[decision]
    tx.insert(
        ExperimentState(
            experiment_id=gate.experiment_id,
            state=state,
            folder=study.relative(target),
            detail_json=canonical_json({"decision": id_}),
        )
    )
    return id_
