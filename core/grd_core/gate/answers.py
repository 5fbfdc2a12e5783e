"""What each of the gate's three answers asks for: the one place that says so.

A form reads the fields and the problems while somebody types; `decide` refuses by the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.errors import UsageError
from grd_core.gate.blockers import LOOP, Blocker
from grd_core.gate.evidence import GateSnapshot

DECISIONS = ("seal", "iterate", "archive")
ANSWERS = ("original", "changed")
LEAST_REASON = 15
"""Characters a reason must have."""
QUESTION = "Did we answer the original question, or a changed one?"


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
class FieldRule:
    """One field of a decision's statement.

    `name` is that of `Statement`; `least` the characters it needs, 0 where it may stay empty;
    `choices` what it may be, where that is not free; `exactly` what has to be typed out.
    Where `only_if_answer` is set the field is needed only with that answer.
    """

    name: str
    asks: str
    least: int = 1
    choices: tuple[str, ...] = ()
    exactly: str = ""
    only_if_answer: str = ""

    @property
    def option(self) -> str:
        """The option of `grd decide` that says it."""
        return f"--{self.name.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a statement does not do yet: the field to look at, a sentence, and a remedy."""

    field: str
    message: str
    fix: str


def required_fields(decision: str, snapshot: GateSnapshot) -> tuple[FieldRule, ...]:
    """The fields of a decision on this evidence, in the order they are asked.

    Raises:
        UsageError: an unknown decision.
    """
    if decision not in DECISIONS:
        raise UsageError(f"unknown decision {decision!r}", fix=f"one of {', '.join(DECISIONS)}")
    return tuple(_fields(decision, snapshot))


def problems(decision: str, statement: Statement, snapshot: GateSnapshot) -> tuple[Problem, ...]:
    """What is missing or does not hold, in the order of the fields; empty when it will do.

    Raises:
        UsageError: an unknown decision.
    """
    return tuple(
        problem
        for rule in required_fields(decision, snapshot)
        if (problem := _problem(rule, decision, statement, snapshot)) is not None
    )


def obstacles(decision: str, snapshot: GateSnapshot) -> tuple[Blocker, ...]:
    """What forbids this decision whatever is said with it; empty when it may be made."""
    return tuple(_obstacles(decision, snapshot))


def changed_fields(snapshot: GateSnapshot) -> tuple[str, ...]:
    """The fields by which the record shows that the question is no longer the original."""
    return tuple(
        change.field
        for change in snapshot.changes
        if change.classification in ("loosened", "changed")
    )


def _fields(decision: str, snapshot: GateSnapshot) -> Iterator[FieldRule]:
    yield FieldRule(
        "answer", QUESTION, choices=ANSWERS[1:] if changed_fields(snapshot) else ANSWERS
    )
    yield FieldRule("change", "how the question changed", only_if_answer="changed")
    yield FieldRule("reason", "why; others will weigh it", least=LEAST_REASON)
    if decision == "archive":
        yield FieldRule("lesson", "what was learned")
        yield FieldRule("would_change", "what would have to change to try again")
    if decision == "iterate":
        yield FieldRule("different", "what will be different next time")
    yield FieldRule("limitations", "where the result should not be expected to hold", least=0)
    if decision == "seal":
        if snapshot.outcome != "confirmed":
            yield FieldRule("despite", f"why it is sealed although {snapshot.outcome}")
        yield FieldRule("confirm", "the study's name, typed out", exactly=snapshot.study)


def _problem(
    rule: FieldRule, decision: str, statement: Statement, snapshot: GateSnapshot
) -> Problem | None:
    given = getattr(statement, rule.name).strip()
    if rule.only_if_answer not in ("", statement.answer):
        return None
    if rule.choices:
        return None if given in rule.choices else _wrong_answer(rule, given, snapshot)
    if rule.exactly:
        if given == rule.exactly:
            return None
        return Problem(
            rule.name, f"{decision} asks for {rule.asks}", f"{rule.option} {rule.exactly}"
        )
    if len(given) >= rule.least:
        return None
    if rule.name == "reason":
        message = "a decision needs a reason others can weigh"
        return Problem(rule.name, message, f"{rule.option}, at least {rule.least} characters")
    if rule.name == "despite":
        return Problem(
            rule.name,
            f"seal is refused: by the registered rule the claim is {snapshot.outcome}",
            "archive it as what was found, or say in writing why it is sealed: --despite",
        )
    return Problem(rule.name, f"{decision} asks {rule.asks}", f"{rule.option}, in your words")


def _wrong_answer(rule: FieldRule, given: str, snapshot: GateSnapshot) -> Problem:
    if given in ANSWERS:
        changed = ", ".join(changed_fields(snapshot))
        return Problem(
            rule.name,
            f"the record shows the question changed after the lock: {changed}",
            "--answer changed, and --change in your words",
        )
    return Problem(
        rule.name,
        "did we answer the original question, or a changed one?",
        "--answer original or --answer changed",
    )


def _obstacles(decision: str, snapshot: GateSnapshot) -> Iterator[Blocker]:
    name, number = snapshot.experiment, snapshot.number
    if snapshot.state != "open":
        yield Blocker(
            f"{name} is {snapshot.state} already",
            "`grd history` shows that decision; a new experiment can follow it",
            LOOP,
            "experiment show",
        )
    if snapshot.verdict is None:
        yield Blocker(
            f"{name} has no verdict yet: there is no evidence to decide on",
            f"`grd critic {number} --because …` first",
            LOOP,
            "critic",
        )
    if snapshot.standing.going_on:
        yield Blocker(
            f"{name} has a run that is still going on",
            "`grd stop RUN` first, or wait for its end",
            LOOP,
            "stop",
        )
    # To go on one needs the files; to archive what was found, the records are enough.
    if decision == "iterate" and snapshot.files_gone:
        yield Blocker(
            f"the files of {name} are gone",
            "restore the folder; where an archive was cut short it is in negative_results",
            LOOP,
            "experiment show",
        )
    if decision == "seal":
        yield from snapshot.blockers
