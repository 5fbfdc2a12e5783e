"""C103: a model judged on rows it was trained on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.measuring import measured
from grd_core.checks.code.row_words import places, sides
from grd_core.checks.contract import (
    CodeContext,
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.overlaps import Shared, Standing, shared_rows

_SEVERITIES = {
    Standing.ONLY_SCORE: Severity.BLOCKING,
    Standing.BESIDE_PREDICTIONS: Severity.BLOCKING,
    Standing.BESIDE_FOLDS: Severity.WARNING,
    Standing.BESIDE_HELD_OUT: Severity.INFO,
    Standing.NOT_SCORED: Severity.INFO,
}


class EvaluationOnTrainingRows:
    """A model is judged on rows it was trained on.

    ## What it finds
    An evaluating call (`score`, `evaluate`, `predict` and a metric of its result) on the rows of
    the training call of the same model, on a part of them, or on a set that holds them, such as
    the whole table after a fit on a part of it.

    ## Why it matters
    A model can remember rows. How well it does on those says nothing of the next ones, and a model
    that has memorised noise looks best.

    ## How it is measured
    The program is read, never run: every set of rows is known by how it was made, and two sets
    share rows when one was cut out of, or stacked into, the other. It is blocking where this is the
    model's only score, also where it predicts other rows but nothing compares these predictions
    with anything, and a warning where folds of the same rows are judged as well. Where a score on
    rows apart from the training rows stands beside it, or no metric is seen to read the predictions
    for the training rows, it is for information. A metric is a function of a library, or a mean or
    sum over what was made of predictions. What unit tests assert is no evaluation: they are not
    read. The value is the number of such evaluating calls, where those that do not block count
    once a file; they are reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Judge the model on rows it has not seen: split them off before the fit, or cross-validate. Call
    a training score by its name and set it beside the held-out one.

    ## When it is wrong
    Predictions for the training rows that only feed a plot or the next stage are no score. A
    function of an unknown library may have picked other rows; such pairs are left out. A metric
    computed row by row in a loop is not recognised, and the finding then stays information.

    ## Reference
    Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE; Hastie, Tibshirani,
    Friedman 2009, The Elements of Statistical Learning, section 7.4.
    """

    code: ClassVar[str] = "C103"
    title: ClassVar[str] = "A model judged on rows it was trained on"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE",
        "Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, 7.4",
    )
    family: ClassVar[str] = "overlap"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Compare the rows of both calls of every model; never runs the code."""
        return measured(
            context,
            lambda facts: [
                _evidence(facts, shared, more) for shared, more in _folded(shared_rows(facts))
            ],
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A model's only score fails; what stands beside a sound one does not."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _folded(found: Iterable[Shared]) -> list[tuple[Shared, int]]:
    """What blocks stands alone; the rest once for each standing, with how many more there are."""
    alike: dict[Hashable, list[Shared]] = {}
    for shared in found:
        blocks = _SEVERITIES[shared.standing] is Severity.BLOCKING
        alike.setdefault(shared if blocks else shared.standing, []).append(shared)
    return [(first, len(others)) for first, *others in alike.values()]


def _evidence(facts: Facts, shared: Shared, more: int) -> Evidence:
    pair = shared.pair
    train, judged = sides(facts, pair)
    return Evidence(
        title="judged on rows it was trained on",
        why=_why(facts, shared, train, judged) + (f" ({more} more calls like it)" if more else ""),
        fix="hold rows out before the fit, or cross-validate, and judge the model on those",
        severity=_SEVERITIES[shared.standing],
        path=pair.evaluate.site.path,
        line=pair.evaluate.site.line,
        places=places(pair.evaluate.site, pair),
        value=1.0,
        threshold=0.0,
        family="overlap",
    )


def _why(facts: Facts, shared: Shared, train: str, judged: str) -> str:
    fitted = shared.pair.train.site.line
    start = f"the model is trained on {train} (line {fitted})"
    if shared.train_rows == shared.evaluate_rows:
        same = "these very rows" if train == judged else f"{judged}, the same rows"
    elif shared.train_rows in facts.rows.ancestors(shared.evaluate_rows):
        same = f"{judged}, a part of them"
    else:
        same = f"{judged}, which holds rows of it"
    return f"{start} and judged on {same}{_ENDINGS[shared.standing]}"


_ENDINGS = {
    Standing.ONLY_SCORE: "; no score on other rows stands beside it",
    Standing.BESIDE_PREDICTIONS: "; its predictions for other rows are compared with nothing",
    Standing.BESIDE_FOLDS: "; only folds of these rows are judged beside it",
    Standing.BESIDE_HELD_OUT: "; a score on other rows stands beside it",
    Standing.NOT_SCORED: "; no metric is seen to read these predictions",
}
