"""R301: can the locked metrics be stated with an interval, and is it narrow enough?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from grd_core.checks.contract import (
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    ResultsContext,
    Severity,
    Status,
    Thresholds,
)
from grd_core.checks.results.validation import MeasuredMetric, validation_of
from grd_core.errors import GrdError
from grd_core.statistics.estimate import Interval, NotEstimable


class MissingIntervals:
    """An interval of a locked metric is missing, or too wide to show the minimum effect.

    ## What it finds
    A locked metric that has no interval on the validation rows (too few independent rows
    or clusters, no variation, predictions missing), or one whose interval is so wide that
    the smallest effect worth having would be lost in it.

    ## Why it matters
    A number without its uncertainty cannot be compared with anything. Neighbouring rows (a
    day, a patient, a station) are not independent: an interval by row is then too narrow,
    several times in ordinary data.

    ## How it is measured
    Each locked metric on the rows of part validation, with labels joined from the frozen
    validation part. Units are drawn with replacement 2,000 times: values of the locked
    cluster column where there is one, else rows. The expanded percentile interval at
    1 − alpha needs at least `minimum_units = 10` units. Where there are several seeds they
    are drawn as well. With the baseline's predictions at hand, the interval held against
    the minimum effect is that of the paired gain over it, else that of the metric. More
    than `half_width_ratio = 1.0` times the minimum effect is a warning; where that is zero or
    not given, width is not judged. The value, interval,
    n and method reported are those of the first primary metric.

    ## How to fix it
    Hold out more clusters (days, groups), not only more rows; train more seeds; or declare
    a larger minimum effect in an amendment, with its reason.

    ## When it is wrong
    With a cluster column that does not hold the dependence (days, where whole seasons move
    together) the interval is still too narrow. Heavy tails make intervals of rmse and r2
    too short in small samples.

    ## Reference
    Hesterberg 2015, *What Teachers Should Know About the Bootstrap*, The American
    Statistician 69:371-386. Field & Welsh 2007, *Bootstrapping clustered data*, JRSS B
    69:369-390. Bouthillier et al. 2021, *Accounting for Variance in Machine Learning
    Benchmarks*, MLSys.
    """

    code: ClassVar[str] = "R301"
    title: ClassVar[str] = "An interval is missing or too wide"
    group: ClassVar[Group] = Group.RESULTS
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "slow"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "doi:10.1080/00031305.2015.1089789",
        "doi:10.1111/j.1467-9868.2007.00593.x",
        "arXiv:2103.03098",
    )
    family: ClassVar[str] = "power"
    thresholds: ClassVar[Thresholds] = {"half_width_ratio": 1.0, "minimum_units": 10.0}

    def measure(self, context: ResultsContext) -> Measurement | NotApplicable:
        """The interval of every locked metric on validation."""
        if not context.metrics:
            return NotApplicable("the objective locks no metric")
        try:
            validation = validation_of(context)
        except GrdError as error:
            evidence = _missing(context, "no metric", error.what, error.fix)
            return Measurement(None, "bootstrap", evidence=(evidence,))
        primary = validation.first_primary.value
        return Measurement(
            value=primary.estimate,
            method=primary.method,
            n=primary.n,
            ci=(primary.low, primary.high) if isinstance(primary, Interval) else None,
            evidence=tuple(item for one in validation.metrics for item in _evidence(one, context)),
            notes=validation.notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """No interval fails; a half-width beyond the minimum effect warns."""
        if any(item.severity is Severity.BLOCKING for item in measurement.evidence):
            return Status.FAILED
        too_wide = any(
            item.value is not None
            and item.threshold is not None
            and item.value > thresholds["half_width_ratio"] * item.threshold
            for item in measurement.evidence
        )
        return Status.WARNED if too_wide else Status.PASSED


def _evidence(measured: MeasuredMetric, context: ResultsContext) -> Iterator[Evidence]:
    rule = measured.rule
    of_gain = isinstance(measured.gain, Interval)
    effect = measured.gain if isinstance(measured.gain, Interval) else measured.value
    if isinstance(measured.value, NotEstimable):
        fix = "hold out more independent rows or clusters in the validation part"
        yield _missing(context, rule.name, measured.value.reason, fix)
    elif isinstance(effect, Interval) and rule.minimum_effect:
        ratio = MissingIntervals.thresholds["half_width_ratio"]
        if effect.half_width <= ratio * rule.minimum_effect:
            return
        of_what = f"the gain in {rule.name}" if of_gain else rule.name
        yield Evidence(
            title=MissingIntervals.title,
            why=(
                f"{of_what} is {effect.estimate:.4g}, {effect.level:.0%} interval"
                f" {effect.low:.4g} to {effect.high:.4g}: its half-width {effect.half_width:.4g}"
                f" is more than the minimum effect {rule.minimum_effect:.4g}"
                f" ({effect.n} rows, {effect.clusters} units)"
            ),
            fix="hold out more independent units, or amend the minimum effect with its reason",
            severity=Severity.WARNING,
            path=context.predictions,
            value=effect.half_width,
            threshold=rule.minimum_effect,
        )


def _missing(context: ResultsContext, metric: str, why: str, fix: str) -> Evidence:
    return Evidence(
        title=MissingIntervals.title,
        why=f"{metric} has no interval on validation: {why}",
        fix=fix,
        severity=Severity.BLOCKING,
        path=context.predictions,
    )
