"""C112: a metric that is given the wrong thing, or chosen by what it is reported on."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.code.findings import counted, judged_by_count, places, quoted
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
)
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.cutoffs import (
    OnlyAccuracy,
    TriedCutoffs,
    only_accuracy,
    tried_cutoffs,
)
from grd_core.checks.dataflow.machine import Facts, ModelPair
from grd_core.checks.dataflow.metric_calls import (
    Flaw,
    MetricFlaw,
    judging,
    metric_calls,
    metric_flaws,
)
from grd_core.checks.dataflow.programs import Programs, analyse_all
from grd_core.checks.dataflow.rows import Site


class MetricMisused:
    """A metric is given the wrong thing, or its threshold is chosen on the rows it is reported on.

    ## What it finds
    Predictions passed where the true values belong (`recall_score(y_pred, y_test)`), for metrics
    that are not symmetric; predicted classes passed to metrics of scores (`roc_auc_score`,
    `log_loss`); a decision threshold picked on the labels the result is then reported on; and
    accuracy as the only score where the program itself balances rare classes.

    ## Why it matters
    Exchanged arguments turn precision into recall and change R² without a bound. An AUC of classes
    is the balanced accuracy at one threshold, under another name. The best threshold on the test
    labels is fitted to them. Accuracy is high for a model that never finds the rare class.

    ## How it is measured
    The program is read, never run: predictions are followed by value from `predict` and
    `predict_proba` to the metric. A threshold counts when it comes from `roc_curve` or
    `precision_recall_curve`, or from a loop that keeps the best, over held-out labels after which
    no other rows are judged; rows called validation rows are meant for choosing. The value is the
    number of findings, all warnings, reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Pass the true values first. Give AUC, log loss and average precision the probabilities. Choose
    the threshold on validation rows. Beside accuracy report recall, precision or the AUC.

    ## When it is wrong
    Symmetric metrics (accuracy, MSE, binary F1) are not reported when exchanged. A class whose name
    does not say that it is a classifier is taken for none. A curve that is drawn with the chosen
    point marked on it, without a score at that point, is not reported.

    ## Reference
    Fawcett 2006, An introduction to ROC analysis, Pattern Recognition Letters 27; Lipton, Elkan,
    Naryanaswamy 2014, Optimal thresholding of classifiers to maximize F1, ECML.
    """

    code: ClassVar[str] = "C112"
    title: ClassVar[str] = "A metric given the wrong thing, or tuned on what it reports"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Fawcett 2006, Pattern Recognition Letters 27",
        "Lipton, Elkan, Naryanaswamy 2014, ECML",
    )
    family: ClassVar[str] = "metric"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """Look at what every metric is given."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        looked_at = sum(1 for facts in programs.facts for _ in metric_calls(facts))
        return counted(programs, _all(programs), looked_at)

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A finding is a warning."""
        return judged_by_count(measurement, thresholds)


def _all(programs: Programs) -> Iterator[Evidence]:
    for facts in programs.facts:
        for flaw in metric_flaws(facts):
            yield _flawed(flaw)
        for tried in tried_cutoffs(programs.units, facts):
            yield _tried(facts, tried)
        for only in only_accuracy(programs.units, facts):
            yield _accuracy(only)


def _flawed(found: MetricFlaw) -> Evidence:
    item = found.item
    name = item.metric.name
    true, predicted = quoted(written(item.true_node)), quoted(written(item.predicted_node))
    line = item.call.site.line
    if found.flaw is Flaw.SWAPPED:
        right = f"{name}({written(item.predicted_node)}, {written(item.true_node)})"
        return _evidence(
            f"{name} with its arguments exchanged",
            f"`{name}` (line {line}) is given the prediction {true} as the true values, "
            f"and {predicted} as the prediction",
            f"pass the true values first: {quoted(right)}",
            item.call.site,
            found.pair,
        )
    if found.flaw is Flaw.HARD_LABELS:
        return _evidence(
            f"{name} of classes",
            f"`{name}` (line {line}) ranks scores, and {predicted} holds predicted classes",
            "pass scores: `predict_proba(…)[:, 1]` or `decision_function(…)`",
            item.call.site,
            found.pair,
        )
    return _evidence(
        "a threshold chosen on the rows it is reported on",
        f"{predicted} is cut at a threshold that the labels {true} suggested (line {found.line}), "
        f"and `{name}` (line {line}) reports on the same labels",
        "choose the threshold on validation rows, then report once on the test rows",
        item.call.site,
        found.pair,
    )


def _tried(facts: Facts, found: TriedCutoffs) -> Evidence:
    item = found.item
    return _evidence(
        "a threshold chosen on the rows it is reported on",
        f"the loop over `{found.variable}` (line {found.loop_line}) scores each threshold on "
        f"{quoted(written(item.true_node))} and keeps the best (line {found.pick_line})",
        "choose the threshold on validation rows, then report once on the test rows",
        item.call.site,
        judging(facts, item),
    )


def _accuracy(found: OnlyAccuracy) -> Evidence:
    return _evidence(
        "accuracy alone, with rare classes",
        f"{found.shown_by} (line {found.shown_line}) says that classes are rare, and accuracy "
        f"(line {found.line}) is the only score",
        "report recall, precision or the AUC beside it",
        Site(found.path, found.line),
        None,
    )


def _evidence(title: str, why: str, fix: str, site: Site, pair: ModelPair | None) -> Evidence:
    return Evidence(
        title=title,
        why=why,
        fix=fix,
        severity=Severity.WARNING,
        path=site.path,
        line=site.line,
        places=(Place("cause", site.path, site.line),) if pair is None else places(site, pair),
        value=1.0,
        threshold=0.0,
        family="metric",
    )
