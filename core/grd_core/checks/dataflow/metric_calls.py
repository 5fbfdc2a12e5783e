"""Calls of metrics, as rows of a table, and what is wrong with what they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from grd_core.checks.dataflow.machine import Call, Facts, ModelPair
from grd_core.checks.dataflow.taints import Nature
from grd_core.checks.dataflow.values import Forecast, Value


@dataclass(frozen=True, slots=True)
class Metric:
    """One row: `true` and `predicted` may be exchanged only if `symmetric`; `scores` wants
    scores and no classes."""

    name: str
    symmetric: bool = False
    scores: bool = False


def _metrics(names: str, *, symmetric: bool = False, scores: bool = False) -> tuple[Metric, ...]:
    return tuple(Metric(name, symmetric, scores) for name in names.split())


METRICS: tuple[Metric, ...] = (
    *_metrics(
        "precision_score recall_score fbeta_score precision_recall_fscore_support "
        "classification_report confusion_matrix balanced_accuracy_score r2_score "
        "explained_variance_score mean_absolute_percentage_error mean_pinball_loss "
        "mean_poisson_deviance mean_gamma_deviance d2_absolute_error_score"
    ),
    *_metrics(
        "accuracy_score f1_score cohen_kappa_score matthews_corrcoef jaccard_score "
        "mean_squared_error root_mean_squared_error mean_absolute_error max_error "
        "median_absolute_error mean_squared_log_error zero_one_loss hamming_loss",
        symmetric=True,
    ),
    *_metrics(
        "roc_auc_score roc_curve average_precision_score precision_recall_curve log_loss "
        "brier_score_loss det_curve",
        scores=True,
    ),
)
_BY_NAME = {row.name: row for row in METRICS}
_TRUE = ("y_true", "labels_true")
_PREDICTED = ("y_pred", "y_score", "y_prob", "y_proba", "probas_pred")
_VALIDATION = ("val", "dev", "tun", "calib")


class Flaw(Enum):
    """What is wrong with a metric's arguments."""

    SWAPPED = auto()
    HARD_LABELS = auto()
    OWN_CUTOFF = auto()


@dataclass(frozen=True, slots=True)
class MetricCall:
    """A call of a metric with its two arguments, and as they are written."""

    metric: Metric
    call: Call
    true: Value
    predicted: Value
    true_node: ast.expr | None
    predicted_node: ast.expr | None


@dataclass(frozen=True, slots=True)
class MetricFlaw:
    """A metric that is given the wrong thing; `line` is where the cutoff comes from."""

    flaw: Flaw
    item: MetricCall
    pair: ModelPair | None
    line: int = 0


def metric_calls(facts: Facts) -> Iterator[MetricCall]:
    """Every call of a known metric with two known arguments."""
    for item in facts.calls:
        row = _BY_NAME.get(item.symbol.rpartition(".")[2])
        if row is None or item.symbol.startswith("."):
            continue
        true, predicted = item.call.argument(0, *_TRUE), item.call.argument(1, *_PREDICTED)
        if true is not None and predicted is not None:
            yield MetricCall(
                row,
                item.call,
                true,
                predicted,
                item.call.expression(0, *_TRUE),
                item.call.expression(1, *_PREDICTED),
            )


def metric_flaws(facts: Facts) -> tuple[MetricFlaw, ...]:
    """One for each line and flaw."""
    found: dict[tuple[Flaw, str, int], MetricFlaw] = {}
    for item in metric_calls(facts):
        for flaw, line in _flaws(facts, item):
            site = item.call.site
            pair = judging(facts, item)
            found.setdefault((flaw, site.path, site.line), MetricFlaw(flaw, item, pair, line))
    return tuple(found.values())


def _flaws(facts: Facts, item: MetricCall) -> Iterator[tuple[Flaw, int]]:
    true, predicted, row = item.true, item.predicted, item.metric
    exchanged = true.forecast is not None and predicted.forecast is None and predicted.origin
    if exchanged and not row.symmetric:
        yield Flaw.SWAPPED, 0
    if row.scores and Forecast.LABELS in (predicted.forecast, true.forecast):
        yield Flaw.HARD_LABELS, 0
    if row.scores:
        return
    for taint in sorted(predicted.taints, key=lambda taint: taint.statistic):
        statistic = facts.statistics[taint.statistic]
        own = statistic.nature is Nature.CUTOFF and statistic.rows & true.rows
        if own and is_last_judged(facts, predicted.rows):
            yield Flaw.OWN_CUTOFF, statistic.site.line
            return


def judging(facts: Facts, item: MetricCall) -> ModelPair | None:
    """The pair whose judged rows the metric is given."""
    rows = item.true.rows | item.predicted.rows
    return next((p for p in facts.pairs if p.evaluate.rows & rows), None)


def is_last_judged(facts: Facts, rows: frozenset[int]) -> bool:
    """True when a model is judged on these rows, apart from its training rows, and on no others
    that nobody chose by. Rows called validation rows are meant for choosing."""
    names = (facts.rows[above].name for row in rows for above in facts.rows.ancestors(row))
    if any(part in name.lower() for name in names for part in _VALIDATION):
        return False
    judged = [pair for pair in facts.pairs if pair.evaluate.rows & rows]
    for pair in judged:
        if not _apart(facts, pair.train.rows, rows):
            return False
        if any(_judges_others(facts, other, pair, rows) for other in facts.pairs):
            return False
    return bool(judged)


def _judges_others(facts: Facts, other: ModelPair, pair: ModelPair, rows: frozenset[int]) -> bool:
    judged = other.evaluate
    return (
        other.train.site == pair.train.site
        and not judged.internal
        and bool(judged.rows)
        and not judged.rows & rows
        and _apart(facts, judged.rows, pair.train.rows)
    )


def _apart(facts: Facts, one: frozenset[int], other: frozenset[int]) -> bool:
    return all(facts.rows.apart(a, b) for a in one for b in other)
