"""The objective held against the declared data: columns, roles, split, distribution."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from grd_core.objective.document import Document
from grd_core.objective.facts import DataFacts
from grd_core.objective.problem import Problem
from grd_core.statistics.metrics import lookup


def data_problems(document: Document, facts: DataFacts) -> Iterator[Problem]:
    """Every refusal that only the data can tell."""
    yield from _columns(document, facts)
    yield from _roles(document, facts)
    if facts.split and document.objective.evaluation.split != facts.split:
        yield document.refusal(
            "evaluation.split",
            f"the data were split {facts.split}, not {document.objective.evaluation.split}",
            f"write `split: {facts.split}`, or split the data again",
        )
    yield from _fitness(document, facts)


def _columns(document: Document, facts: DataFacts) -> Iterator[Problem]:
    evaluation = document.objective.evaluation
    named: list[tuple[str, str]] = [("target", document.objective.target)]
    for field, columns in (
        ("strata", document.objective.strata),
        ("evaluation.groups", evaluation.groups),
    ):
        named.extend((f"{field}[{index}]", name) for index, name in enumerate(columns))
    for key in ("time", "cluster"):
        if getattr(evaluation, key):
            named.append((f"evaluation.{key}", getattr(evaluation, key)))
    for field, name in named:
        if name in facts.excluded:
            yield document.refusal(
                field,
                f"the column {name} is excluded by declaration and stands in no frozen part",
                "use another column, or declare the source again without excluding it",
            )
        elif name not in facts.columns:
            near = difflib.get_close_matches(name, facts.usable, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else _some(facts.usable)
            yield document.refusal(field, f"{facts.source} has no column {name!r}", hint)


def _some(columns: tuple[str, ...]) -> str:
    more = ", …" if len(columns) > 8 else ""
    return f"use one of {', '.join(columns[:8])}{more}"


def _roles(document: Document, facts: DataFacts) -> Iterator[Problem]:
    objective = document.objective
    if objective.target != facts.target and objective.target in facts.columns:
        yield document.refusal(
            "target",
            f"the declared target is {facts.target}, not {objective.target}",
            "name the declared one, or declare the source again",
        )
    if objective.task != facts.task:
        yield document.refusal(
            "task",
            f"the source is declared for {facts.task}, not {objective.task}",
            "name the declared task, or declare the source again",
        )
    time = objective.evaluation.time
    if time and facts.time and time != facts.time:
        yield document.refusal(
            "evaluation.time",
            f"the declared time column is {facts.time}, not {time}",
            f"write `time: {facts.time}`",
        )


def structure_problems(document: Document, facts: DataFacts | None) -> Iterator[Problem]:
    """A split that ignores time or groups, declared here or with the source, unreasoned."""
    evaluation = document.objective.evaluation
    time = (facts.time if facts else "") or evaluation.time
    groups = ", ".join(dict.fromkeys([*(facts.groups if facts else ()), *evaluation.groups]))
    if time and evaluation.split != "temporal" and not evaluation.justification:
        yield document.refusal(
            "evaluation.split",
            f"a {evaluation.split} split ignores the order of time in {time}",
            "write `split: temporal`, or the reason as `justification: …`",
        )
    if groups and "grouped" not in evaluation.split and not evaluation.group_justification:
        yield document.refusal(
            "evaluation.split",
            f"a {evaluation.split} split ignores the groups in {groups}",
            "write `split: grouped`, or the reason as `group_justification: …`",
        )


def _fitness(document: Document, facts: DataFacts) -> Iterator[Problem]:
    if facts.frozen and not facts.profiled:
        yield document.warning(
            "metrics",
            "the training part has no profile, so no one can say whether the metrics fit it",
            "`grd data profile` describes the target",
        )
    for index, metric in enumerate(document.objective.metrics):
        known = lookup(metric.name)
        if known is None or metric.reason:
            continue
        for why in known.misfits(facts.distributions):
            yield document.refusal(
                f"metrics[{index}].name",
                f"{known.name} is unfit for this target: {why}",
                "choose another metric, or write why it is right here as `reason: …`",
            )
