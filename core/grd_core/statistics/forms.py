"""Each metric in the form in which it can be resampled fast.

Most metrics are functions of sums over rows (a mean of losses, a ratio of counts): a
resample of whole clusters then needs only the sums of each cluster. The others depend on
order (ranks, medians): the rows are sorted once, and a resample is a vector of weights.
Both give the number of the textbook formula with weights; the tests hold them against
scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from grd_core.errors import DataError
from grd_core.statistics.metrics import Metric
from grd_core.statistics.observed import Codes, Floats, Labels, Numbers, Observed, observe

__all__ = ["Averaged", "Form", "Ordered", "Sums", "form_of", "observe"]


class Form(Protocol):
    """A metric of n rows that can be evaluated again under other weights of the rows."""

    def value(self, weights: ArrayLike | None = None) -> float:
        """The metric with every row counted once, or `weights` times; NaN if undefined."""
        ...

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """From counts (b, `count`) of each unit to b values; `units` (n,) names the unit
        of each row."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A metric that is a function of m sums: `moments` is (n, m), `combine` (b, m) → (b,)."""

    moments: Floats
    combine: Callable[[Floats], Floats]

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`."""
        if weights is None:
            total = self.moments.sum(axis=0)
        else:
            total = np.asarray(weights, np.float64) @ self.moments
        return float(self.combine(total[None, :])[0])

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        columns = [np.bincount(units, column, minlength=count) for column in self.moments.T]
        totals = np.column_stack(columns)
        return lambda counts: self.combine(counts @ totals)


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """A metric of n rows in the order `order`; `evaluate` takes their weights in that order."""

    order: Codes
    evaluate: Callable[[Floats], float]

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`."""
        if weights is None:
            return self.evaluate(np.ones(len(self.order)))
        return self.evaluate(np.asarray(weights, np.float64)[self.order])

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        in_order = units[self.order]
        return lambda counts: np.array([self.evaluate(one[in_order]) for one in counts])


@dataclass(frozen=True, slots=True, eq=False)
class Averaged:
    """The unweighted mean of several forms over the same rows, one a class."""

    parts: tuple[Form, ...]

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`."""
        return float(np.mean([part.value(weights) for part in self.parts]))

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        each = [part.grouped(units, count) for part in self.parts]
        return lambda counts: np.mean([evaluate(counts) for evaluate in each], axis=0)


def form_of(metric: Metric, observed: Observed) -> Form:
    """The metric over these rows, ready to be resampled. The formula's source is the
    metric's own `source`.

    Raises:
        TypeError: values given for a metric of classes, or the other way round.
        DataError: the predictions lack the scores or the classes it needs.
    """
    if isinstance(observed, Numbers) and metric.name in _OF_NUMBERS:
        return _OF_NUMBERS[metric.name](observed)
    if isinstance(observed, Labels) and metric.name in _OF_LABELS:
        return _OF_LABELS[metric.name](observed)
    raise TypeError(f"{metric.name} cannot be computed from {type(observed).__name__}")


# --- means and ratios of sums ----------------------------------------------------------


def _ratio(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = sums[:, 0] / sums[:, 1]
    return ratio


def mean_of(losses: Floats) -> Sums:
    """The mean of one loss a row."""
    return Sums(np.column_stack([losses, np.ones(len(losses))]), _ratio)


def _rmse(data: Numbers) -> Sums:
    squares = mean_of((data.truth - data.said) ** 2)
    return Sums(squares.moments, lambda sums: np.sqrt(_ratio(sums)))


def _mape(data: Numbers) -> Sums:
    floor = np.finfo(np.float64).eps
    return mean_of(np.abs(data.truth - data.said) / np.maximum(np.abs(data.truth), floor))


def _r2(data: Numbers) -> Sums:
    # Centred first: the sum of squares about the mean would cancel for a large mean.
    centred = data.truth - data.truth.mean() if data.truth.size else data.truth
    errors = (data.truth - data.said) ** 2
    moments = np.column_stack([errors, np.ones(len(errors)), centred, centred**2])

    def combine(sums: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = sums[:, 3] - sums[:, 2] ** 2 / sums[:, 1]
            return np.where(spread > 0, 1.0 - sums[:, 0] / spread, np.nan)

    return Sums(moments, combine)


def _said(data: Labels) -> Codes:
    if data.said is None:
        raise DataError(
            "a metric of classes has no predicted classes to judge",
            fix="give the predicted class as y_pred: predict(ids, classes, …)",
        )
    return data.said


def _scores(data: Labels) -> Floats:
    if data.scores is None:
        raise DataError(
            "a metric of scores is locked, and the predictions have none",
            fix="give one score a class: predict(…, scores={class: values}) writes score_<class>",
        )
    return data.scores


def _balanced_accuracy(data: Labels) -> Sums:
    classes = len(data.classes)
    member = _one_hot(data.truth, classes)
    hits = member * (data.truth == _said(data))[:, None]

    def combine(sums: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = sums[:, :classes] / sums[:, classes:]
        present = sums[:, classes:] > 0
        held = np.maximum(present.sum(axis=1), 1)
        mean = np.where(present, recall, 0.0).sum(axis=1) / held
        return np.where(present.any(axis=1), mean, np.nan)

    return Sums(np.hstack([hits, member]), combine)


def _f1(data: Labels) -> Sums:
    classes = len(data.classes)
    truth, said = _one_hot(data.truth, classes), _one_hot(_said(data), classes)
    if classes == 2:
        truth, said = truth[:, 1:], said[:, 1:]
    width = truth.shape[1]

    def combine(sums: Floats) -> Floats:
        hits, sizes = sums[:, :width], sums[:, width:]
        score: Floats = (2.0 * hits / np.where(sizes > 0, sizes, 1.0)).mean(axis=1)
        return score

    return Sums(np.hstack([truth * said, truth + said]), combine)


def _log_loss(data: Labels) -> Sums:
    scores = _scores(data)
    floor = np.finfo(np.float64).eps
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = scores / scores.sum(axis=1, keepdims=True)
    of_truth = shares[np.arange(len(data.truth)), data.truth]
    return mean_of(-np.log(np.clip(of_truth, floor, 1.0)))


def _brier(data: Labels) -> Sums:
    scores = _scores(data)
    squares = ((scores - _one_hot(data.truth, len(data.classes))) ** 2).sum(axis=1)
    return mean_of(squares / 2.0 if len(data.classes) == 2 else squares)


def _one_hot(codes: Codes, classes: int) -> Floats:
    member: Floats = (codes[:, None] == np.arange(classes)[None, :]).astype(np.float64)
    return member


# --- metrics of order ------------------------------------------------------------------


def _median_ae(data: Numbers) -> Ordered:
    errors = np.abs(data.truth - data.said)
    order = np.argsort(errors, kind="stable")
    ranked = errors[order]

    def evaluate(weights: Floats) -> float:
        climbed = np.cumsum(weights)
        if not climbed.size or climbed[-1] <= 0:
            return float("nan")
        half = climbed[-1] / 2.0
        below = int(np.searchsorted(climbed, half, side="left"))
        above = int(np.searchsorted(climbed, half, side="right"))
        return float((ranked[below] + ranked[min(above, len(ranked) - 1)]) / 2.0)

    return Ordered(order, evaluate)


def _area_under_roc(positives: Floats, negatives: Floats) -> float:
    """From the weights of both classes at each distinct score, the highest first."""
    hits = np.cumsum(positives)
    pairs = (hits[-1] * negatives.sum()) if hits.size else 0.0
    return float(negatives @ (hits - positives / 2.0) / pairs) if pairs > 0 else float("nan")


def _precision_steps(positives: Floats, negatives: Floats) -> float:
    """From the weights of both classes at each distinct score, the highest first."""
    hits = np.cumsum(positives)
    if not hits.size or hits[-1] <= 0:
        return float("nan")
    flagged = np.cumsum(positives + negatives)
    precision = hits / np.where(flagged > 0, flagged, 1.0)
    return float(positives @ precision / hits[-1])


def _ranked(area: Callable[[Floats, Floats], float]) -> Callable[[Labels], Form]:
    def of_class(data: Labels, index: int) -> Ordered:
        scores = _scores(data)[:, index]
        order = np.argsort(-scores, kind="stable")
        member = (data.truth[order] == index).astype(np.float64)
        starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
        tied = len(starts) < len(order)

        def evaluate(weights: Floats) -> float:
            positives = weights * member
            if tied:
                positives = np.add.reduceat(positives, starts)
                weights = np.add.reduceat(weights, starts)
            return area(positives, weights - positives)

        return Ordered(order, evaluate)

    def build(data: Labels) -> Form:
        classes = len(data.classes)
        if classes <= 2:
            return of_class(data, classes - 1)
        return Averaged(tuple(of_class(data, index) for index in range(classes)))

    return build


_OF_NUMBERS: dict[str, Callable[[Numbers], Form]] = {
    "mae": lambda data: mean_of(np.abs(data.truth - data.said)),
    "mse": lambda data: mean_of((data.truth - data.said) ** 2),
    "rmse": _rmse,
    "median_ae": _median_ae,
    "r2": _r2,
    "mape": _mape,
}

_OF_LABELS: dict[str, Callable[[Labels], Form]] = {
    "accuracy": lambda data: mean_of((data.truth == _said(data)).astype(np.float64)),
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "roc_auc": _ranked(_area_under_roc),
    "average_precision": _ranked(_precision_steps),
    "log_loss": _log_loss,
    "brier": _brier,
}
