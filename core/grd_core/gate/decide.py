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
from grd_core.gate.decision_log import write_decision_log
from grd_core.gate.evidence import GateSnapshot, gate_snapshot
from grd_core.gate.standing import standing
from grd_core.identity import canonical_json
from grd_core.ledger.write import Transaction
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study

DECISIONS = ("seal", "iterate", "archive")
ANSWERS = ("original", "changed")
LEAST_REASON = 15
"""Characters a reason must have."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the researcher says with a decision.

    `answer` is to «did we answer the original question, or a changed one?»; `change` says
    how it changed. Seal needs `confirm`, the study's name typed out; archive needs `lesson`
    and `would_change`; iterate needs `different`.
    """

    reason: str
    answer: str
    change: str = ""
    confirm: str = ""
    lesson: str = ""
    would_change: str = ""
    different: str = ""
    limitations: str = ""
    despite: str = ""


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
    _check_open(experiment, gate)
    _check_files(study, experiment, decision)
    _check_statement(gate, decision, statement)
    if decision == "seal":
        _check_seal(study, gate, statement)
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


def _check_open(experiment: ExperimentRecord, gate: GateSnapshot) -> None:
    if gate.state != "open":
        raise RefusedError(
            f"{experiment.name} is {gate.state} already",
            fix="`grd history` shows that decision; a new experiment can follow it",
        )
    if gate.verdict is None:
        raise RefusedError(
            f"{experiment.name} has no verdict yet: there is no evidence to decide on",
            fix=f"`grd critic {experiment.number} --because …` first",
        )

    if gate.standing.going_on:
        raise RefusedError(
            f"{experiment.name} has a run that is still going on",
            fix="`grd stop RUN` first, or wait for its end",
        )


def _check_files(study: Study, experiment: ExperimentRecord, decision: str) -> None:
    """To go on one needs the files; to archive what was found, the records are enough."""
    if decision == "iterate" and experiment.files_gone:
        raise RefusedError(
            f"the files of {experiment.name} are gone",
            where=study.relative(experiment.folder),
            fix="restore the folder; where an archive was cut short it is in negative_results",
        )


def _check_statement(gate: GateSnapshot, decision: str, statement: Statement) -> None:
    if len(statement.reason.strip()) < LEAST_REASON:
        raise RefusedError(
            "a decision needs a reason others can weigh",
            fix=f"--reason, at least {LEAST_REASON} characters",
        )
    if statement.answer not in ANSWERS:
        raise UsageError(
            "did we answer the original question, or a changed one?",
            fix="--answer original or --answer changed",
        )
    if statement.answer == "changed" and not statement.change.strip():
        raise RefusedError("say how the question changed", fix="--change, in your words")
    changed = [c.field for c in gate.changes if c.classification in ("loosened", "changed")]
    if statement.answer == "original" and changed:
        raise RefusedError(
            f"the record shows the question changed after the lock: {', '.join(changed)}",
            fix="--answer changed, and --change in your words",
        )
    needed = {
        "archive": {
            "lesson": (statement.lesson, "what was learned"),
            "would-change": (statement.would_change, "what would have to change to try again"),
        },
        "iterate": {"different": (statement.different, "what will be different next time")},
    }.get(decision, {})
    for option, (given, meaning) in needed.items():
        if not given.strip():
            raise RefusedError(f"{decision} asks {meaning}", fix=f"--{option}, in your words")


def _check_seal(study: Study, gate: GateSnapshot, statement: Statement) -> None:
    if gate.blockers:
        first = gate.blockers[0]
        more = f" (and {len(gate.blockers) - 1} more)" if len(gate.blockers) > 1 else ""
        raise RefusedError(f"seal is refused: {first.reason}{more}", fix=first.fix)
    if gate.outcome != "confirmed" and not statement.despite.strip():
        raise RefusedError(
            f"seal is refused: by the registered rule the claim is {gate.outcome}",
            fix="archive it as what was found, or say in writing why it is sealed: --despite",
        )
    if statement.confirm.strip() != study.name:
        raise RefusedError(
            "seal asks for the study's name, typed out", fix=f"--confirm {study.name}"
        )


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
