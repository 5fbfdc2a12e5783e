"""C107: preprocessing outside the cross-validation it should be inside."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.sentences import quoted, row_name
from grd_core.checks.contract import (
    CodeContext,
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Place,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.folds import outside_folds
from grd_core.checks.dataflow.leaks import Leak
from grd_core.checks.dataflow.machine import SPLIT_INSIDE
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.dataflow.trials import Trials, all_trials


class PreprocessingOutsideFolds:
    """Preprocessing is fitted on all rows of a cross-validation instead of in each fold.

    ## What it finds
    A scaler, imputer, encoder, feature selection or other statistic that was computed over rows,
    where `cross_val_score`, `cross_validate` or a search such as `GridSearchCV` then cuts its
    folds from the same rows, or `validation_split` holds some of them out. A statistic that also
    reaches rows held out by a split, or reaches the folds of the whole set, is C101's and is
    reported there once.

    ## Why it matters
    Every fold is judged on rows that its preprocessing has seen, so the scores of the folds are
    too good, and a search prefers the configurations that profit most. With feature selection by
    the target, pure noise can score far above chance. Scaling alone moves the AUC by 0.005 at most.

    ## How it is measured
    The program is read, never run. A statistic counts when it is in the features of the
    cross-validated or searched rows and was computed over those rows. With the target in it, it
    is blocking if no held-out rows judge the result besides the folds, a warning if they do;
    without the target it is a warning or for information. The value is the number of such
    statistics; a place is reported once there are more than `tolerated = 0`.

    ## How to fix it
    Put the step and the model into one Pipeline and cross-validate or search that: every fold
    then fits its own.

    ## When it is wrong
    A transformer of an unknown library is assumed to learn from the rows it is fitted on, and
    statistics of groups are sound under folds that never cut a group.

    ## Reference
    Ambroise and McLachlan 2002, Selection bias in gene extraction, PNAS 99:6562; Hastie,
    Tibshirani, Friedman 2009, The Elements of Statistical Learning, 7.10.2; arXiv 2604.04199.
    """

    code: ClassVar[str] = "C107"
    title: ClassVar[str] = "Preprocessing outside the cross-validation it should be inside"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Ambroise, McLachlan 2002, PNAS 99:6562",
        "Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, 7.10.2",
        "arXiv 2604.04199",
    )
    family: ClassVar[str] = "preprocessing"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Follow statistics into the rows that folds are cut from; never runs the code."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        evidence: dict[tuple[str, int], Evidence] = {}
        for trials in all_trials(context):
            leaks = outside_folds(trials.facts)
            judged = any(not trial.folds for trial in trials.trials)
            used = judged or any(True for _ in trials.uses())
            for leak in leaks:
                # what a fit holds out by itself decides when it stops, folds are a result
                inside = leak.pair.evaluate.method == SPLIT_INSIDE
                severity = _SEVERITIES[leak.supervised, used if inside else judged]
                item = _evidence(trials, leak, severity)
                evidence.setdefault((item.path, item.line), item)
        found = tuple(sorted(evidence.values(), key=lambda e: (-e.severity.rank, e.path, e.line)))
        return Measurement(
            value=float(len(found)),
            method="dataflow over the syntax tree",
            n=sum(len(facts.fits) for facts in programs.facts),
            evidence=found,
            notes=programs.notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Selection by the target fails where only the folds tell the result."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


_WATCH = "`validation_data`"
# by: with the target in it, held-out rows beside the folds
_SEVERITIES = {
    (True, False): Severity.BLOCKING,
    (True, True): Severity.WARNING,
    (False, False): Severity.WARNING,
    (False, True): Severity.INFO,
}


def _evidence(trials: Trials, leak: Leak, severity: Severity) -> Evidence:
    statistic, fit = leak.statistic, leak.pair.train
    rows = row_name(trials.rows, leak.train_rows, statistic.subject)
    if statistic.fitted:
        holder = quoted(written(statistic.holder)) or quoted(statistic.what)
        start = f"{holder} is fitted on {rows} (line {statistic.site.line})"
    else:
        start = f"the {statistic.what} in line {statistic.site.line} is taken over {rows}"
    title = f"{statistic.what} outside the cross-validation"
    if leak.pair.evaluate.method == SPLIT_INSIDE:
        cut = f"`{SPLIT_INSIDE}` in line {fit.site.line} holds out some of the same rows"
        fix = f"split rows off before the step, fit it on the others, and pass these for {_WATCH}"
    else:
        cut = f"the folds in line {fit.site.line} are cut from the same rows"
        fix = "put the step in a Pipeline with the model and cross-validate that"
    return Evidence(
        title=f"{title}, with the target in it" if leak.supervised else title,
        why=f"{start}, and {cut}",
        fix=fix,
        severity=severity,
        path=statistic.site.path,
        line=statistic.site.line,
        places=(
            Place("cause", statistic.site.path, statistic.site.line),
            Place("train", fit.site.path, fit.site.line),
            Place("evaluate", leak.pair.evaluate.site.path, leak.pair.evaluate.site.line),
        ),
        value=1.0,
        threshold=0.0,
        family="preprocessing",
    )
