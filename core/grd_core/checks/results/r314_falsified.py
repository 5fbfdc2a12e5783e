"""R314: is a falsification criterion met on validation, by computation and not by argument?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from grd_core.checks.contract import (
    Cost,
    Evidence,
    FalsificationRule,
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
from grd_core.checks.results.validation import Validation, validation_of
from grd_core.errors import DataError
from grd_core.statistics.criteria import criterion_status
from grd_core.statistics.estimate import Estimate, Interval


class FalsificationMet:
    """A falsification criterion of the locked objective is met on validation data.

    ## What it finds
    A criterion that the objective registered beforehand (the value of a metric, or its gain
    over the baseline, compared with a threshold) which holds over the whole interval on the
    validation rows: the claim is disproved beyond doubt at the registered level.

    ## Why it matters
    A claim that is disproved and is tried again until it wins was never tested. This is an
    outcome, not a fault of method: nobody is sent back. The experiment goes to the human as
    refuted, and the frozen test part keeps its peek.

    ## How it is measured
    The interval of each metric and of its paired gain over the baseline on the validation
    rows, by the same resampling as R301. A criterion is met if its comparison holds at both
    ends of the interval, not met if at neither, undecided in between. One criterion met is
    enough: `tolerated = 0`. An undecided one is told as information.

    ## How to fix it
    Nothing is to be fixed: archive the experiment with what it taught. To test another
    claim, lock another objective in a study of its own, on data it has not seen.

    ## When it is wrong
    Validation rows served to choose the model, so they flatter it: a criterion met here in
    spite of that is met. The other way round says little. Without the predictions of a
    baseline a criterion on a gain cannot be computed; that is an error, never a pass.

    ## Reference
    Popper 1934, *Logik der Forschung*. Lakens 2017, *Equivalence Tests*, Social
    Psychological and Personality Science 8:355-362.
    """

    code: ClassVar[str] = "R314"
    title: ClassVar[str] = "A falsification criterion is met"
    group: ClassVar[Group] = Group.RESULTS
    kind: ClassVar[Kind] = Kind.OUTCOME
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "slow"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = ("doi:10.1177/1948550617697177",)
    family: ClassVar[str] = ""
    thresholds: ClassVar[Thresholds] = {"tolerated": 0.0}

    def measure(self, context: ResultsContext) -> Measurement | NotApplicable:
        """How many criteria are met; each criterion that is met or undecided is evidence."""
        if not context.falsification:
            return NotApplicable("the objective registers no criterion")
        if not context.predictions:
            return NotApplicable("no finished run of the code as it stands has predictions")
        validation = validation_of(context)
        evidence = tuple(
            item
            for criterion in context.falsification
            for item in _evidence(criterion, validation, context.predictions)
        )
        first = _estimate(context.falsification[0], validation)
        return Measurement(
            value=float(sum(item.severity is Severity.WARNING for item in evidence)),
            method="criteria held against whole intervals on validation",
            n=first.n if isinstance(first, Interval) else None,
            evidence=evidence,
            notes=validation.notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A criterion met fails; since it is an outcome, that stops no loop."""
        met = measurement.value is not None and measurement.value > thresholds["tolerated"]
        return Status.FAILED if met else Status.PASSED


def _evidence(
    criterion: FalsificationRule, validation: Validation, path: str
) -> Iterator[Evidence]:
    estimate = _estimate(criterion, validation)
    if not isinstance(estimate, Interval):
        return
    status = criterion_status(estimate, criterion.comparison, criterion.threshold)
    if status not in ("met", "undecided"):
        return
    yield Evidence(
        title=FalsificationMet.title if status == "met" else "A falsification criterion is open",
        why=(
            f"the {criterion.of} of {criterion.metric} is {estimate.estimate:.4g},"
            f" {estimate.level:.0%} interval {estimate.low:.4g} to {estimate.high:.4g}; the claim"
            f" is disproved by {criterion.comparison} {criterion.threshold:.4g}"
        ),
        fix="decide at the gate: a refutation is a result"
        if status == "met"
        else "nothing yet: the frozen test part decides",
        severity=Severity.WARNING if status == "met" else Severity.INFO,
        path=path,
        value=estimate.estimate,
        threshold=criterion.threshold,
    )


def _estimate(criterion: FalsificationRule, validation: Validation) -> Estimate:
    """The interval a criterion is about.

    Raises:
        DataError: it is about a gain over a baseline that is not there, or about a metric
            that is not locked.
    """
    for measured in validation.metrics:
        if measured.rule.name == criterion.metric:
            if criterion.of != "gain":
                return measured.value
            if measured.gain is not None:
                return measured.gain
            raise DataError(
                f"the criterion on the gain in {criterion.metric} cannot be computed: no required"
                " baseline stands with a verdict PROCEED, its files and its predictions unchanged",
                where="; ".join(validation.notes) or "OBJECTIVE.md, falsification",
                fix="run and review the baseline, or restore what its verdict was given for",
            )
    raise DataError(
        f"{criterion.metric} is not a locked metric",
        where="OBJECTIVE.md, falsification",
        fix="name a metric of the objective, and amend it with the reason",
    )
