"""Commands of the Gate: the evidence, and the decision on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, FieldKind, Form, Values, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grd_core.gate.answers import FieldRule, Statement
    from grd_core.gate.evidence import GateSnapshot
    from grd_core.study import Study

PAGE = 5

_LONG = frozenset({"reason", "change", "lesson", "would_change", "different", "despite"})
_TITLES = {"seal": "Seal", "iterate": "Iterate", "archive": "Archive"}


def _gate_form(study: Study, given: Given) -> Form:
    from grd_core.gate.lines import gate_lines

    if given.get("experiment"):
        return Form("Read the evidence")
    lines = gate_lines(study)
    names = tuple(line.experiment for line in lines)
    return Form(
        "Read the evidence",
        intro=(f"{len(lines)} experiments wait for a decision: {', '.join(names) or 'none'}.",),
        fields=(
            Field("experiment", "experiment", value=names[0] if names else "", completions=names),
        ),
        problems=lambda values: required(values, "experiment"),
        confirm="Read",
    )


def _gate(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.experiments import find_experiment

    experiment = find_experiment(study, values["experiment"])
    return Outcome(f"the evidence on {experiment.name}", page=PAGE, about=str(experiment.number))


def _decide_form(study: Study, given: Given) -> Form:
    """The fields the core asks for this decision on this evidence.

    Raises:
        RefusedError: the evidence was not read, or says something else by now.
    """
    from grd_core.gate.answers import required_fields

    decision = given.get("decision", "")
    evidence = _read_evidence(study, given)
    rules = required_fields(decision, evidence)
    return Form(
        f"{_TITLES[decision]} {evidence.experiment}",
        intro=tuple(_intro(decision, evidence)),
        fields=tuple(_field(rule) for rule in rules),
        problems=lambda values: _problems(decision, rules, evidence, values),
        confirm=_TITLES[decision],
        # The evidence may change while the reason is written: the words are kept.
        draft=("experiment", "decision"),
    )


def _decide(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.gate.decide import decide

    progress(0.1, "comparing the evidence with what was read")
    _read_evidence(study, values)
    decided = decide(study, values["experiment"], values["decision"], _statement(values))
    return Outcome(
        f"{decided.decision}: {decided.experiment} ({decided.outcome}); its files are in"
        f" {study.relative(decided.folder)}",
        notes=decided.notes,
        page=PAGE,
        about=f"decided:{values['experiment']}",
    )


def _read_evidence(study: Study, given: Mapping[str, str]) -> GateSnapshot:
    """The evidence as it stands, if it is what was read."""
    from grd_core.errors import RefusedError
    from grd_core.gate.evidence import gate_snapshot
    from grd_core.runs.experiments import find_experiment
    from grd_screens.pages.gate.reading import identity

    if not given.get("evidence"):
        raise RefusedError(
            "a decision is made where its evidence is read",
            fix="5 opens the Gate, enter the evidence, space reads on; then S, I or A",
        )
    evidence = gate_snapshot(study, find_experiment(study, given["experiment"]))
    if identity(evidence) != given["evidence"]:
        raise RefusedError(
            f"the evidence on {evidence.experiment} is not what was read any more",
            fix="r on the Gate takes up what stands now",
        )
    return evidence


def _intro(decision: str, evidence: GateSnapshot) -> list[str]:
    from grd_core.gate.answers import QUESTION, changed_fields

    runs = len(evidence.runs)
    will = {
        "seal": f"{evidence.experiment} is sealed, {evidence.outcome} by the registered rule. Its"
        " code, config, hypothesis and predictions are held to their bytes from now on. This"
        " cannot be taken back.",
        "iterate": f"{evidence.experiment} stays open; that you looked and went on is recorded.",
        "archive": f"{evidence.experiment} is closed, {evidence.outcome}, and its folder with"
        f" {runs} ended run{'s' * (runs != 1)} moves to experiments/negative_results. This cannot"
        " be taken back.",
    }[decision]
    changed = changed_fields(evidence)
    record = f" The record shows it changed: {', '.join(changed)}." if changed else ""
    return [will, f"{QUESTION}{record}"]


def _field(rule: FieldRule) -> Field:
    kind: FieldKind = "choice" if rule.choices else "text" if rule.name in _LONG else "line"
    answer = rule.only_if_answer
    return Field(
        rule.name,
        rule.name.replace("_", " "),
        kind,
        hint=rule.asks,
        choices=rule.choices,
        shown=(lambda values: values["answer"] == answer) if answer else lambda values: True,
        kept="each time anew" if rule.exactly else "as draft",
    )


def _problems(
    decision: str, rules: tuple[FieldRule, ...], evidence: GateSnapshot, values: Values
) -> dict[str, str]:
    from grd_core.gate.answers import problems

    by_name = {rule.name: rule for rule in rules}
    return {
        problem.field: _sentence(by_name[problem.field], problem.message, values)
        for problem in problems(decision, _statement(values), evidence)
    }


def _sentence(rule: FieldRule, message: str, values: Values) -> str:
    if rule.exactly:
        return f"type {rule.exactly}"
    if rule.choices:
        return message if values[rule.name] else "which? right and left choose"
    missing = rule.least - len(values[rule.name].strip())
    return f"{message}: {missing} characters more" if rule.least > 1 else message


def _statement(values: Values) -> Statement:
    from grd_core.gate.answers import Statement

    return Statement(**{name: values.get(name, "") for name in Statement.__slots__})


GATE_COMMANDS: tuple[Command, ...] = (
    Command("gate", "read the evidence for a decision", PAGE, "reads", _gate_form, _gate),
    Command(
        "decide", "seal, iterate or archive an experiment", PAGE, "writes", _decide_form, _decide
    ),
)
