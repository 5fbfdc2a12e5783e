"""C104: a statistic or transformer computed on the held-out rows themselves."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.measuring import measured
from grd_core.checks.code.row_words import argument, places, quoted, sides
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
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.overlaps import Refit, refits


class FitOnHeldOutRows:
    """A transformer or statistic is fitted on the held-out rows.

    ## What it finds
    `fit` or `fit_transform` on the rows a model is judged on, and open-coded statistics of these
    rows alone, such as `X_test.fillna(X_test.mean())`, where the result reaches the model: it reads
    the held-out rows through their own statistic, or was even trained with it.

    ## Why it matters
    The model was trained on features of one scale and is judged on another. A row's prediction then
    depends on which other rows are judged with it, so that the score is not that of the model as it
    would be used, one row at a time. A selection or an encoding fitted with the held-out target
    reads the answer.

    ## How it is measured
    The program is read, never run. A statistic is reported when it was computed over rows that a
    model is judged on and over none of its training rows, and reaches what the model reads. With
    the target in it the finding is blocking, without it a warning. The value is the number of such
    places; one is reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Fit on the training rows once and only `transform` the held-out rows; fill and scale with the
    numbers of the training rows.

    ## When it is wrong
    Rows that come in batches by nature, where each batch is to be normalised by itself in use as
    well, may be treated so. Statistics that do not mix rows are not meant, but those of an unknown
    transformer are assumed to.

    ## Reference
    Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE; scikit-learn user
    guide, Common pitfalls and recommended practices.
    """

    code: ClassVar[str] = "C104"
    title: ClassVar[str] = "A transformer fitted on the held-out rows"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Yang, Brower-Sinning, Lewis, Kästner 2022, Data Leakage in Notebooks, ASE",
        "scikit-learn user guide, Common pitfalls and recommended practices",
    )
    family: ClassVar[str] = "test-fit"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Follow statistics of held-out rows to the models they reach; never runs the code."""
        return measured(context, lambda facts: [_evidence(facts, refit) for refit in refits(facts)])

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """What reads the held-out target fails, the rest warns."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _evidence(facts: Facts, refit: Refit) -> Evidence:
    statistic, pair = refit.statistic, refit.pair
    train, judged = sides(facts, pair)
    return Evidence(
        title=f"{statistic.what} of the held-out rows",
        why=_why(refit, train, judged),
        fix=_fix(refit, train, judged),
        severity=Severity.BLOCKING if statistic.supervised else Severity.WARNING,
        path=statistic.site.path,
        line=statistic.site.line,
        places=places(statistic.site, pair),
        value=1.0,
        threshold=0.0,
        family="test-fit",
    )


def _why(refit: Refit, train: str, judged: str) -> str:
    statistic = refit.statistic
    subject = argument(statistic.subject, judged)
    line = statistic.site.line
    if statistic.fitted:
        start = f"{_holder(refit)} is fitted on {subject} (line {line})"
    else:
        start = f"the {statistic.what} in line {line} is taken over {subject}"
    end = f"which the model is judged on in line {refit.pair.evaluate.site.line}"
    reaches = f", and reaches {train}" if refit.reaches_training else ""
    return f"{start}, {end}{reaches}"


def _fix(refit: Refit, train: str, judged: str) -> str:
    if refit.statistic.fitted:
        return f"fit {_holder(refit)} on {train} only and call `transform` for {judged}"
    return f"take the {refit.statistic.what} over {train} and apply it to {judged}"


def _holder(refit: Refit) -> str:
    return quoted(written(refit.statistic.holder)) or f"`{refit.statistic.what}`"
