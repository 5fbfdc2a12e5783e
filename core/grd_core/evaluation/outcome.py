"""From intervals to words, by the registered rule alone. Pure, and light at import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from grd_core.statistics.criteria import CriterionStatus
from grd_core.statistics.estimate import Estimate, Interval, NotEstimable

ThresholdResult = Literal["pass", "fail", "crosses", "unjudged", "not_estimable"]
GainResult = Literal["better", "worse", "undecided", "not_estimable"]
Ending = Literal["confirmed", "refuted", "inconclusive", "inadmissible", "deviated"]

RULE = (
    "inadmissible if a primary metric or a criterion cannot be computed or a required baseline"
    " is missing; else deviated if the declared plan was not followed; else refuted if a"
    " falsification criterion, or the threshold of a primary or guard metric, is decided against"
    " the claim by its whole interval; else confirmed if every such threshold is passed by the"
    " whole interval, no criterion is met or undecided, and every primary metric gains at least"
    " its minimum effect over each required baseline, with an adjusted p of at most alpha; else"
    " inconclusive"
)
"""The rule that names the outcome, in the words printed beside it."""


@dataclass(frozen=True, slots=True)
class JudgedMetric:
    """A metric's threshold, judged."""

    name: str
    role: str
    result: ThresholdResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class JudgedGain:
    """A gain over a baseline, judged; `enough` is whether it reaches the minimum effect."""

    baseline: str
    metric: str
    role: str
    required: bool
    result: GainResult
    enough: bool
    significant: bool


@dataclass(frozen=True, slots=True)
class JudgedCriterion:
    """A falsification criterion, computed."""

    metric: str
    status: CriterionStatus
    meaning: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the hypothesis, and the facts that decided it."""

    outcome: Ending
    reasons: tuple[str, ...]
    rule: str = RULE


def threshold_result(
    estimate: Estimate, direction: str, threshold: float | None
) -> ThresholdResult:
    """Pass or fail only if the whole interval lies on one side of the threshold."""
    match estimate:
        case NotEstimable():
            return "not_estimable"
        case Interval(low=low, high=high):
            if threshold is None:
                return "unjudged"
            if direction == "lower":
                low, high, threshold = -high, -low, -threshold
            if low >= threshold:
                return "pass"
            return "fail" if high < threshold else "crosses"


def gain_result(estimate: Estimate) -> GainResult:
    """Better or worse only if the whole interval of the gain lies on one side of zero."""
    match estimate:
        case NotEstimable():
            return "not_estimable"
        case Interval(low=low, high=high):
            return "better" if low > 0 else "worse" if high < 0 else "undecided"


def decide_outcome(
    metrics: Sequence[JudgedMetric],
    gains: Sequence[JudgedGain],
    criteria: Sequence[JudgedCriterion],
    *,
    missing_baselines: Sequence[str] = (),
    deviations: Sequence[str] = (),
) -> Outcome:
    """The outcome by `RULE`; every reason is a sentence about one metric or criterion."""
    steps: tuple[tuple[Ending, Iterable[str]], ...] = (
        ("inadmissible", _unanswerable(metrics, criteria, missing_baselines)),
        ("deviated", deviations),
        ("refuted", _against(metrics, criteria)),
        ("inconclusive", _open(metrics, gains, criteria)),
    )
    for outcome, found in steps:
        reasons = tuple(found)
        if reasons:
            return Outcome(outcome, reasons)
    return Outcome("confirmed", tuple(_shown(metrics, gains, criteria)))


def _unanswerable(
    metrics: Sequence[JudgedMetric],
    criteria: Sequence[JudgedCriterion],
    missing_baselines: Sequence[str],
) -> Iterable[str]:
    for metric in metrics:
        if metric.role == "primary" and metric.result == "not_estimable":
            yield f"{metric.name} has no interval: {metric.reason}"
    for name in missing_baselines:
        yield f"the required baseline «{name}» has no predictions for the test part"
    for criterion in criteria:
        if criterion.status == "not_computable":
            yield f"the criterion on {criterion.metric} cannot be computed: {criterion.reason}"
    if not criteria:
        yield "no falsification criterion is registered"


def _against(metrics: Sequence[JudgedMetric], criteria: Sequence[JudgedCriterion]) -> Iterable[str]:
    for criterion in criteria:
        if criterion.status == "met":
            yield f"met: {criterion.meaning or 'the criterion on ' + criterion.metric}"
    for metric in metrics:
        if metric.role in ("primary", "guard") and metric.result == "fail":
            yield f"{metric.name} ({metric.role}) misses its threshold over its whole interval"


def _open(
    metrics: Sequence[JudgedMetric],
    gains: Sequence[JudgedGain],
    criteria: Sequence[JudgedCriterion],
) -> Iterable[str]:
    for metric in metrics:
        if metric.role in ("primary", "guard") and metric.result in ("crosses", "not_estimable"):
            said = "crosses its threshold" if metric.result == "crosses" else "is not estimable"
            yield f"{metric.name} ({metric.role}) {said}"
    for criterion in criteria:
        if criterion.status == "undecided":
            yield f"undecided: {criterion.meaning or 'the criterion on ' + criterion.metric}"
    for gain in gains:
        if gain.role != "primary" or not gain.required:
            continue
        over = f"over «{gain.baseline}»"
        if gain.result != "better" or not gain.significant:
            yield f"the gain in {gain.metric} {over} is not shown"
        elif not gain.enough:
            yield f"the gain in {gain.metric} {over} is below its minimum effect"


def _shown(
    metrics: Sequence[JudgedMetric],
    gains: Sequence[JudgedGain],
    criteria: Sequence[JudgedCriterion],
) -> Iterable[str]:
    for metric in metrics:
        if metric.result == "pass":
            yield f"{metric.name} ({metric.role}) passes its threshold over its whole interval"
    for gain in gains:
        if gain.result == "better" and gain.significant and gain.enough:
            yield f"{gain.metric} is better than that of «{gain.baseline}»"
    yield f"{len(criteria)} falsification criteria computed, none met"
