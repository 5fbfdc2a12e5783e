"""The objective compiled: the rule the Evaluator runs, and the same rule in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grd_core.objective.fields import shown_value
from grd_core.objective.model import Baseline, Budget, Criterion, Metric, Objective
from grd_core.objective.own_metrics import NO_SOURCES, Sources, own_json
from grd_core.statistics.metrics import lookup
from grd_core.statistics.own_metric import OWN_RESAMPLES

_GIVEN = {
    "values": "the true and the predicted values",
    "labels": "the true and the predicted classes",
    "scores": "the true classes and the scores",
}
"""What a function of one's own is given, by what the objective says that it needs."""

LEAST_ROWS = 30
"""Rows of a group that the Evaluator scores; a test holds it to the Evaluator's own."""


def rule_json(objective: Objective, version: int, sha256: str, sources: Sources) -> dict[str, Any]:
    """The decision rule as the ledger keeps it and the Evaluator runs it.

    Metrics stand under their registered names, directions and weights are resolved, and
    `version` and `sha256` name the locked bytes the rule was read from. A metric of one's own
    carries its source, from `sources`.
    """
    weights = objective.weights()
    evaluation = objective.evaluation.model_dump(mode="json")
    for key in ("groups", "exclusions"):
        evaluation[key] = list(getattr(objective.evaluation, key))
    return {
        "id": objective.id,
        "title": _line(objective.title),
        "version": version,
        "sha256": sha256,
        "population": _line(objective.population),
        "task": objective.task,
        "target": objective.target,
        "metrics": [
            {
                "name": metric.registered,
                "role": metric.role,
                "direction": metric.good,
                "threshold": metric.threshold,
                "minimum_effect": metric.minimum_effect,
                "weight": weights[metric.registered],
                "reason": _line(metric.reason),
            }
            | ({"own": own_json(metric, sources[metric.name])} if metric.name in sources else {})
            for metric in objective.metrics
        ],
        "strata": list(objective.strata),
        "evaluation": evaluation,
        "baselines": [baseline.model_dump(mode="json") for baseline in objective.baselines],
        "falsification": [
            {
                "metric": criterion.registered,
                "of": criterion.of,
                "comparison": criterion.comparison,
                "threshold": criterion.threshold,
                "meaning": _line(criterion.meaning),
                "claim": _line(criterion.claim),
            }
            for criterion in objective.falsification
        ],
        "budget": objective.budget.model_dump(mode="json") if objective.budget else {},
        "seen": list(objective.seen),
        "exploratory": list(objective.exploratory),
    }


def plain_words(objective: Objective, sources: Sources = NO_SOURCES) -> str:
    """The whole decision rule in sentences, for a reader who has to agree with it.

    `sources` are those of its metrics of one's own, which are named with their hashes.
    """
    level = f"{100 * (1 - objective.evaluation.alpha):.6g}%"
    judged = [metric for metric in objective.metrics if metric.role in ("primary", "guard")]
    parts = [
        _line(objective.title),
        _about(objective),
        f"It is confirmed when, over the whole {level} interval, all of this holds:",
        *(f"  · {_bar(metric)}" for metric in judged),
        "  · no criterion below is met or undecided",
        *(f"  · {gain}" for gain in _gains(objective)),
        f"It is refuted when, over the whole {level} interval, any of this holds:",
        *(f"  · {_refutation(objective, criterion)}" for criterion in objective.falsification),
        "  · one of the metrics above misses its threshold",
        *_otherwise(objective),
        _measurement(objective),
        *_functions(objective, sources),
        *_reported(objective),
        *_said_only(objective),
        *_spending(objective.budget),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def refutations(objective: Objective) -> tuple[str, ...]:
    """Each criterion on one short line: «mae gain < 0.25»."""
    return tuple(
        f"{item.registered}{' gain' if item.of == 'gain' else ''} "
        f"{item.comparison} {item.threshold:g}"
        for item in objective.falsification
    )


def _about(objective: Objective) -> str:
    population = f" about {_line(objective.population).rstrip('.')}" if objective.population else ""
    claim = f"A {objective.task} claim on `{objective.target}`{population}."
    if objective.task != "binary":
        return claim
    # Metrics such as average_precision are about one of the two classes.
    return f"{claim} The positive class is the later of the two labels in sorted order."


def _bar(metric: Metric) -> str:
    side = "at most" if metric.good == "lower" else "at least"
    bar = (
        f"is {side} {shown_value(metric.threshold)}"
        if metric.threshold is not None
        else "has no threshold"
    )
    guard = " (a guard: it must pass by itself)" if metric.role == "guard" else ""
    return f"{_name(metric.registered)} {bar}{guard}"


def _gains(objective: Objective) -> list[str]:
    """What every primary metric has to gain over each required baseline that has a value of
    it: a published one is of the first primary metric alone."""
    alpha = objective.evaluation.alpha
    return [
        f"{metric.registered} gains more than 0 over {_called(baseline)}, by estimate at least "
        f"{shown_value(metric.minimum_effect or 0.0)}, with an adjusted p of at most {alpha:g}"
        for metric in objective.metrics
        if metric.role == "primary"
        for baseline in objective.baselines
        if baseline.required and (baseline.kind == "own_run" or metric is objective.lead())
    ]


def _called(baseline: Baseline) -> str:
    if baseline.kind == "own_run":
        return f"the baseline {baseline.name} on the same rows"
    value = f" ({shown_value(baseline.expected)})" if baseline.expected is not None else ""
    return f"the published {baseline.name}{value}"


def _refutation(objective: Objective, criterion: Criterion) -> str:
    signs = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
    name = _name(criterion.registered)
    metric = next((m for m in objective.metrics if m.registered == criterion.registered), None)
    baseline = objective.measured_from(metric) if metric else None
    over = _called(baseline) if baseline else "a baseline that is not there"
    what = f"the gain in {name} over {over}" if criterion.of == "gain" else name
    meaning = f": {_line(criterion.meaning)}" if criterion.meaning else ""
    return f"{what} is {signs[criterion.comparison]} {shown_value(criterion.threshold)}{meaning}"


def _otherwise(objective: Objective) -> list[str]:
    evaluation = objective.evaluation
    plan = "the rule was loosened after results were seen"
    if evaluation.training_is_random:
        plan = f"fewer than {evaluation.seeds} seeds were trained, or {plan}"
    return [
        "Before either of these: it is inadmissible where a primary metric or a criterion cannot be"
        f" computed or a required baseline is missing, and deviated where {plan}.",
        "In all else, such as an interval that crosses its threshold, it is inconclusive.",
    ]


def _measurement(objective: Objective) -> str:
    evaluation = objective.evaluation
    units = f", whole values of `{evaluation.cluster}` at a time" if evaluation.cluster else ""
    seeds = f", as the mean over {evaluation.seeds} seeds" if evaluation.training_is_random else ""
    return (
        f"Measured on the frozen part of a {evaluation.split} split{seeds}; compared by "
        f"{evaluation.test.replace('_', ' ')}{units}, alpha {evaluation.alpha:g}, "
        f"{evaluation.multiplicity.replace('_', '-')} correction over all comparisons of one"
        " role.\nPredictions have to cover exactly the frozen rows; others are refused before a"
        " look is spent."
    )


def _said_only(objective: Objective) -> list[str]:
    """What is registered in words or for the training: the Evaluator computes nothing of it."""
    evaluation = objective.evaluation
    said = [
        f"left out: {_items(evaluation.exclusions)}" if evaluation.exclusions else "",
        f"missing data: {_line(evaluation.missing_data)}" if evaluation.missing_data else "",
        f"{evaluation.folds} folds" if evaluation.folds else "",
    ]
    found = [one.rstrip(".") for one in said if one]
    words = f"Registered for the training, not computed here: {'; '.join(found)}."
    return [words] if found else []


def _functions(objective: Objective, sources: Sources) -> Iterator[str]:
    """Where each metric of one's own stands, what it is given, and how often it is called."""
    for metric in objective.metrics:
        if metric.name in sources:
            given = _GIVEN[metric.needs or "values"]
            weighed = "weighs" if sources[metric.name].weighted else "repeats"
            yield (
                f"{metric.name} is the function in {sources[metric.name].described()}: it gets"
                f" {given}, {weighed} the rows of {OWN_RESAMPLES:,} resamples, and judges only"
                " while its source stays so."
            )


def _reported(objective: Objective) -> list[str]:
    secondary = [_name(m.registered) for m in objective.metrics if m.role == "secondary"]
    weighted = {name: share for name, share in objective.weights().items() if share}
    lines = []
    if secondary:
        lines.append(f"Reported beside it, without deciding: {', '.join(secondary)}.")
    if len(weighted) > 1:
        shares = ", ".join(f"{name} {share:g}" for name, share in weighted.items())
        lines.append(f"The composite weighs {shares}; it is reported and does not decide.")
    beside = [one.name for one in objective.baselines if not one.required]
    if beside:
        lines.append(f"Compared with it, without deciding: {_items(tuple(beside))}.")
    if objective.strata:
        lines.append(
            f"The worst group by {_items(objective.strata)} is always shown, among those of "
            f"{LEAST_ROWS} rows and more."
        )
    if objective.exploratory:
        lines.append(f"Exploratory only: {_items(objective.exploratory)}.")
    return lines


def _spending(budget: Budget | None) -> list[str]:
    if budget is None:
        return []
    limits = [
        f"{value:g} {name.replace('_', '-')}"
        for name in ("gpu_hours", "cpu_hours", "wall_hours")
        if (value := getattr(budget, name)) is not None
    ]
    if budget.cost is not None:
        limits.append(f"{budget.cost:g} {budget.currency}".strip())
    if budget.trials is not None:
        limits.append(f"{budget.trials} trials")
    limits.append(f"{budget.peeks} look{'' if budget.peeks == 1 else 's'} at the frozen labels")
    spent = "With no look left nothing more is scored; a further one is an amendment."
    stop = [f"Stop rule: {_line(budget.stop_rule).rstrip('.')}."] if budget.stop_rule else []
    return [f"At most {', '.join(limits)}. {spent}", *stop]


def _name(registered: str) -> str:
    known = lookup(registered)
    return f"{registered} ({known.title})" if known else registered


def _items(items: tuple[str, ...]) -> str:
    return ", ".join(_line(item).rstrip(".") for item in items)


def _line(text: str) -> str:
    return " ".join(text.split())
