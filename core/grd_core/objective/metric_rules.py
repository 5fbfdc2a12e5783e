"""What makes metrics and falsification criteria a rule that can be computed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from grd_core.objective.document import Document
from grd_core.objective.model import Criterion, Metric
from grd_core.objective.problem import Problem
from grd_core.statistics.metrics import lookup, metrics_for, no_metric, suggest
from grd_core.statistics.metrics_entry import Metric as Registered
from grd_core.statistics.own_metric import is_own

WEIGHT_TOLERANCE = 1e-6


def metric_problems(document: Document) -> Iterator[Problem]:
    """Metrics that are unknown, doubled, without direction or threshold, or none primary."""
    metrics = document.objective.metrics
    if not any(metric.role == "primary" for metric in metrics):
        yield document.refusal(
            "metrics",
            "there is no primary metric",
            "name the one number that answers the question, with `role: primary`",
        )
    seen: dict[str, int] = {}
    for index, metric in enumerate(metrics):
        field = f"metrics[{index}]"
        if metric.registered in seen:
            yield document.refusal(
                f"{field}.name",
                f"{metric.name} stands here twice, first on line {seen[metric.registered]}",
                "keep one of them",
            )
        seen.setdefault(metric.registered, document.line_of(f"{field}.name"))
        yield from _metric(document, field, metric)


def _metric(document: Document, field: str, metric: Metric) -> Iterator[Problem]:
    known = lookup(metric.name)
    if is_own(metric.name):
        yield from _own(document, field, metric)
    else:
        yield from _of_catalogue(document, field, metric, known)
    if metric.good is None:
        yield document.refusal(
            f"{field}.direction",
            f"{metric.name} has no direction",
            "write `direction: lower` or `direction: higher`",
        )
    elif known is not None and metric.good != known.direction:
        yield document.refusal(
            f"{field}.direction",
            f"for {known.name} {known.direction} is better",
            f"write `direction: {known.direction}`",
        )
    if metric.threshold is None:
        yield document.refusal(
            f"{field}.threshold",
            f"{metric.name} has no threshold",
            "write the value from which on it counts as met",
        )
    elif known is not None and not known.low <= metric.threshold <= known.high:
        yield document.refusal(
            f"{field}.threshold",
            f"{known.name} cannot be {metric.threshold:g}",
            f"it lies between {_number(known.low)} and {_number(known.high)}",
        )
    if metric.role == "primary" and metric.minimum_effect is None:
        yield document.warning(
            f"{field}.minimum_effect",
            f"{metric.name} has no minimum effect, so no one can say whether the data suffice",
            "write the smallest gain over the baseline worth having, in the metric's unit",
        )


def _of_catalogue(
    document: Document, field: str, metric: Metric, known: Registered | None
) -> Iterator[Problem]:
    """A name that the catalogue does not know, or knows for another task or with a caution."""
    task = document.objective.task
    other = no_metric(metric.name)
    if known is None and other is not None:
        yield document.refusal(
            f"{field}.name", f"{metric.name} is no metric here: {other.why}", other.instead
        )
    elif known is None:
        near = suggest(metric.name)
        hint = f"did you mean {near}?" if near else f"use {metrics_for(task)}"
        yield document.refusal(f"{field}.name", f"no metric is called {metric.name!r}", hint)
    elif task not in known.tasks:
        macro = lookup(f"{known.name}_macro")
        fits = macro is not None and task in macro.tasks
        yield document.refusal(
            f"{field}.name",
            f"{known.name} is no metric of a {task} task",
            f"use {macro.name if macro and fits else metrics_for(task)}",
        )
    elif known.caution and not metric.reason:
        yield document.warning(
            f"{field}.name",
            f"of {known.name} one should know: {known.caution}",
            "write why it is right here as `reason: …`, or choose another metric",
        )
    for key in ("needs", "low", "high"):
        if known is not None and getattr(metric, key) is not None:
            yield document.refusal(
                f"{field}.{key}", f"the catalogue knows `{key}` of {known.name}", "leave it out"
            )


def _own(document: Document, field: str, metric: Metric) -> Iterator[Problem]:
    """What the objective has to say of a function of one's own."""
    task = document.objective.task
    fitting = ("values",) if task == "regression" else ("labels", "scores")
    if metric.needs not in fitting and (metric.needs or task != "regression"):
        yield document.refusal(
            f"{field}.needs",
            f"a {task} task has no {metric.needs} to give {metric.name}"
            if metric.needs
            else f"it is not said what {metric.name} is given beside the truth",
            f"write {' or '.join(f'`needs: {one}`' for one in fitting)}",
        )
    low = -math.inf if metric.low is None else metric.low
    high = math.inf if metric.high is None else metric.high
    if low >= high:
        yield document.refusal(
            f"{field}.low",
            f"nothing lies between {low:g} and {high:g}",
            "let `low` be below `high`",
        )
    elif metric.threshold is not None and not low <= metric.threshold <= high:
        yield document.refusal(
            f"{field}.threshold",
            f"{metric.name} cannot be {metric.threshold:g}",
            f"it is declared to lie between {_number(low)} and {_number(high)}",
        )


def _number(value: float) -> str:
    return f"{value:g}" if math.isfinite(value) else ("−∞" if value < 0 else "∞")


def weight_problems(document: Document) -> Iterator[Problem]:
    """Weights that are no shares of one composite."""
    for index, metric in enumerate(document.objective.metrics):
        if metric.role == "guard" and metric.weight:
            yield document.warning(
                f"metrics[{index}].weight",
                f"the weight of the guard {metric.name} is not used: a guard must pass by itself",
                "leave it out",
            )
    total = sum(document.objective.weights().values())
    if document.objective.metrics and abs(total - 1) > WEIGHT_TOLERANCE:
        field = next(
            (
                f"metrics[{index}].weight"
                for index, metric in enumerate(document.objective.metrics)
                if metric.weight is not None and metric.role != "guard"
            ),
            "metrics",
        )
        yield document.refusal(
            field,
            f"the weights sum to {total:g}",
            "let the weights of primary and secondary metrics sum to 1",
        )


def falsification_problems(document: Document) -> Iterator[Problem]:
    """Criteria that are missing, cannot be computed, or contradict what counts as good."""
    criteria = document.objective.falsification
    if not criteria:
        yield document.refusal(
            "falsification",
            "nothing could refute this objective",
            "write at least one criterion: metric, of, comparison, threshold, meaning",
        )
    for index, criterion in enumerate(criteria):
        yield from _criterion(document, f"falsification[{index}]", criterion)


def _criterion(document: Document, field: str, criterion: Criterion) -> Iterator[Problem]:
    metric = next(
        (m for m in document.objective.metrics if m.registered == criterion.registered), None
    )
    if metric is None:
        names = ", ".join(m.name for m in document.objective.metrics)
        fix = f"use one of the metrics above ({names})" if names else "register it under metrics"
        yield document.refusal(
            f"{field}.metric",
            f"{criterion.metric} is not among the metrics, so this cannot be computed",
            fix,
        )
        return
    if criterion.of == "gain" and not _has_reference(document, metric):
        yield document.refusal(
            f"{field}.of",
            f"no baseline has a value of {metric.name} to compute a gain against",
            "register a baseline with `kind: own_run`, or judge `of: value`",
        )
    if not criterion.meaning:
        yield document.warning(
            f"{field}.meaning", "no meaning is given", "say what it means for the claim"
        )
    yield from _contradictions(document, field, criterion, metric)


def _has_reference(document: Document, metric: Metric) -> bool:
    """An own run has every metric; a published value is one of the first primary metric."""
    first = next((m for m in document.objective.metrics if m.role == "primary"), None)
    return any(
        baseline.kind == "own_run" or (baseline.expected is not None and metric is first)
        for baseline in document.objective.baselines
    )


def _contradictions(
    document: Document, field: str, criterion: Criterion, metric: Metric
) -> Iterator[Problem]:
    """A criterion that refutes on a good result, or one that a success would meet, too."""
    below = criterion.comparison.startswith("<")
    good_below = criterion.of == "value" and metric.good == "lower"
    if metric.good is not None and below == good_below:
        better = "a larger gain" if criterion.of == "gain" else f"a {metric.good} {metric.name}"
        yield document.warning(
            f"{field}.comparison",
            f"{criterion.of} {criterion.comparison} {criterion.threshold:g} refutes the claim "
            f"when the result is good ({better} is better)",
            "turn the comparison around, or say in `meaning` why it stands so",
        )
        return
    bar = metric.threshold if criterion.of == "value" else metric.minimum_effect
    if bar is None:
        return
    overlaps = criterion.threshold > bar if below else criterion.threshold < bar
    if overlaps:
        what = "threshold" if criterion.of == "value" else "minimum effect"
        yield document.warning(
            f"{field}.threshold",
            f"between {criterion.threshold:g} and the {what} {bar:g} a result would both "
            "succeed and be refuted",
            f"let the criterion begin at the {what} or beyond it",
        )
