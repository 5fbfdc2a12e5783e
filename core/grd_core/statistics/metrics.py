"""The metrics a study may register, as data: direction, range, tasks, what they need.

Light at import. The formulas live in `forms`, which is imported only when something is
computed, so that the cockpit can validate an objective without loading numpy.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from grd_core.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Direction = Literal["lower", "higher"]
Task = Literal["regression", "binary", "multiclass"]
Needs = Literal["values", "labels", "scores"]
Distribution = Literal["imbalanced", "heavy_tails", "zeros"]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A distribution of the target under which a metric misleads, and why."""

    distribution: Distribution
    why: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: which way is good, which values it can take, what it is computed from.

    `needs` is «values» (numbers predicted), «labels» (classes predicted) or «scores»
    (class probabilities or ranks). `low` and `high` bound the range, infinities included.
    """

    name: str
    title: str
    direction: Direction
    low: float
    high: float
    tasks: tuple[Task, ...]
    needs: Needs
    aliases: tuple[str, ...]
    source: str
    unfit: tuple[Unfit, ...] = ()

    def gain(self, candidate: float, baseline: float) -> float:
        """How much better the candidate is, positive when it is better."""
        return gain(self.direction, candidate, baseline)

    def misfits(self, distributions: Sequence[str]) -> tuple[str, ...]:
        """One sentence for each of these distributions that the metric is unfit for."""
        return tuple(item.why for item in self.unfit if item.distribution in distributions)


def gain(direction: str, candidate: float, baseline: float) -> float:
    """The difference in the good direction: baseline − candidate where lower is better."""
    return baseline - candidate if direction == "lower" else candidate - baseline


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_INF = math.inf
_TAILS = "a few extreme rows decide {}; mae or median_ae describe the typical error"

CATALOGUE: tuple[Metric, ...] = (
    Metric(
        "mae",
        "mean absolute error",
        "lower",
        0.0,
        _INF,
        ("regression",),
        "values",
        ("mean_absolute_error", "neg_mean_absolute_error", "MeanAbsoluteError", "l1"),
        "Willmott & Matsuura 2005, Climate Research 30:79-82",
    ),
    Metric(
        "mse",
        "mean squared error",
        "lower",
        0.0,
        _INF,
        ("regression",),
        "values",
        ("mean_squared_error", "neg_mean_squared_error", "MeanSquaredError", "l2"),
        "Gauss 1821, Theoria combinationis",
        (Unfit("heavy_tails", _TAILS.format("a mean of squares")),),
    ),
    Metric(
        "rmse",
        "root mean squared error",
        "lower",
        0.0,
        _INF,
        ("regression",),
        "values",
        ("root_mean_squared_error", "neg_root_mean_squared_error", "RootMeanSquaredError"),
        "Hodson 2022, Geoscientific Model Development 15:5481-5487",
        (Unfit("heavy_tails", _TAILS.format("a root of a mean of squares")),),
    ),
    Metric(
        "median_ae",
        "median absolute error",
        "lower",
        0.0,
        _INF,
        ("regression",),
        "values",
        ("median_absolute_error", "neg_median_absolute_error"),
        "Hampel 1974, JASA 69:383-393",
    ),
    Metric(
        "r2",
        "coefficient of determination",
        "higher",
        -_INF,
        1.0,
        ("regression",),
        "values",
        ("r2_score", "R2Score", "r_squared"),
        "Wright 1921, Journal of Agricultural Research 20:557-585",
        (Unfit("heavy_tails", _TAILS.format("both sums of squares")),),
    ),
    Metric(
        "mape",
        "mean absolute percentage error",
        "lower",
        0.0,
        _INF,
        ("regression",),
        "values",
        (
            "mean_absolute_percentage_error",
            "neg_mean_absolute_percentage_error",
            "MeanAbsolutePercentageError",
        ),
        "Hyndman & Koehler 2006, International Journal of Forecasting 22:679-688",
        (Unfit("zeros", "a percentage of a target at or near zero explodes; use mae"),),
    ),
    Metric(
        "accuracy",
        "share of rows classified correctly",
        "higher",
        0.0,
        1.0,
        _CLASSES,
        "labels",
        ("accuracy_score", "Accuracy", "BinaryAccuracy", "acc"),
        "Sokolova & Lapalme 2009, Information Processing & Management 45:427-437",
        (
            Unfit(
                "imbalanced",
                "always naming the majority class scores high; use balanced_accuracy, "
                "average_precision or log_loss",
            ),
        ),
    ),
    Metric(
        "balanced_accuracy",
        "mean recall over the classes",
        "higher",
        0.0,
        1.0,
        _CLASSES,
        "labels",
        ("balanced_accuracy_score", "MulticlassAccuracy", "macro_recall", "recall_macro"),
        "Brodersen et al. 2010, ICPR 3121-3124",
    ),
    Metric(
        "f1",
        "F1 of the positive class; over several classes their unweighted mean",
        "higher",
        0.0,
        1.0,
        _CLASSES,
        "labels",
        ("f1_score", "BinaryF1Score", "MulticlassF1Score"),
        "van Rijsbergen 1979, Information Retrieval, ch. 7",
    ),
    Metric(
        "roc_auc",
        "area under the ROC curve; over several classes the mean of one against the rest",
        "higher",
        0.0,
        1.0,
        _CLASSES,
        "scores",
        ("roc_auc_score", "roc_auc_ovr", "AUROC", "BinaryAUROC", "MulticlassAUROC", "auc"),
        "Hanley & McNeil 1982, Radiology 143:29-36",
        (
            Unfit(
                "imbalanced",
                "the many negatives hide false alarms; average_precision shows them",
            ),
        ),
    ),
    Metric(
        "average_precision",
        "area under the precision-recall curve, as a step sum",
        "higher",
        0.0,
        1.0,
        _CLASSES,
        "scores",
        (
            "average_precision_score",
            "AveragePrecision",
            "BinaryAveragePrecision",
            "MulticlassAveragePrecision",
            "pr_auc",
            "auprc",
        ),
        "Davis & Goadrich 2006, ICML 233-240",
    ),
    Metric(
        "log_loss",
        "mean negative log-likelihood of the true class",
        "lower",
        0.0,
        _INF,
        _CLASSES,
        "scores",
        ("neg_log_loss", "logloss", "cross_entropy", "binary_crossentropy"),
        "Good 1952, Journal of the Royal Statistical Society B 14:107-114",
    ),
    Metric(
        "brier",
        "mean squared error of the class probabilities",
        "lower",
        0.0,
        2.0,
        _CLASSES,
        "scores",
        ("brier_score", "brier_score_loss", "neg_brier_score", "BrierScore"),
        "Brier 1950, Monthly Weather Review 78:1-3",
    ),
)
"""Every metric the tool can compute, with the name it is registered under.

`brier` over two classes is the squared error of the positive class and lies in [0, 1];
over more it sums the classes and lies in [0, 2], as Brier defined it.
"""


@cache
def _by_name() -> dict[str, Metric]:
    known = {_key(metric.name): metric for metric in CATALOGUE}
    for metric in CATALOGUE:
        for alias in metric.aliases:
            known.setdefault(_key(alias), metric)
    return known


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def lookup(name: str) -> Metric | None:
    """The metric of this name or alias, in any case, with or without underscores."""
    return _by_name().get(_key(name))


def suggest(name: str) -> str:
    """The registered name nearest to this one, empty when nothing is near."""
    near = difflib.get_close_matches(_key(name), _by_name(), n=1, cutoff=0.5)
    return _by_name()[near[0]].name if near else ""


def find_metric(name: str, *, where: str = "") -> Metric:
    """The metric of this name or alias.

    Raises:
        UsageError: nothing is registered under it; the nearest name is given.
    """
    metric = lookup(name)
    if metric is None:
        near = suggest(name)
        known = ", ".join(item.name for item in CATALOGUE)
        fix = f"did you mean {near}?" if near else f"use one of {known}"
        raise UsageError(f"no metric is called {name!r}", where=where, fix=fix)
    return metric


def compute(
    name: str,
    y_true: ArrayLike,
    y_pred: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
) -> float:
    """One metric of n rows; NaN where it is undefined, such as roc_auc of one class.

    `scores` is (n,) for two classes, the probability of the last of the sorted classes,
    or (n, k) in the order of `classes`. `weights` is (n,) and not negative.

    Raises:
        UsageError: unknown metric, or it needs predictions or scores that are not given.
    """
    from grd_core.statistics.forms import form_of, observe

    metric = find_metric(name)
    observed = observe(metric, y_true, y_pred, scores, classes=classes)
    return form_of(metric, observed).value(weights)
