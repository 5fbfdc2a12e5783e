"""The metrics of class scores, ready to be resampled."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from grd_core.errors import DataError
from grd_core.statistics.forms_of_labels import one_hot
from grd_core.statistics.forms_resampled import (
    Averaged,
    Form,
    Ordered,
    Shared,
    Sums,
    mean_of,
    ratio,
)
from grd_core.statistics.observed import Floats, Labels

_Area = Callable[[Floats, Floats], float]
TOP = 2
"""How many of the highest scores may hold the class in `top_k_accuracy`."""


def scores_of(data: Labels) -> Floats:
    """The scores, (n, k) in the order of the classes.

    Raises:
        DataError: there are none.
    """
    if data.scores is None:
        raise DataError(
            "a metric of scores is locked, and the predictions have none",
            fix="give one score a class: predict(…, scores={class: values}) writes score_<class>",
        )
    return data.scores


# --- losses of probabilities -----------------------------------------------------------


def _logs(data: Labels) -> Floats:
    """The negative log-likelihood of each row's class."""
    scores = scores_of(data)
    shares = ratio(scores, scores.sum(axis=1, keepdims=True))
    of_truth = shares[np.arange(len(data.truth)), data.truth]
    lost: Floats = -np.log(np.clip(of_truth, np.finfo(np.float64).eps, 1.0))
    return lost


def _squares(data: Labels) -> Floats:
    """The squared error of each row, summed over the classes."""
    errors: Floats = ((scores_of(data) - one_hot(data.truth, len(data.classes))) ** 2).sum(axis=1)
    return errors


def _brier(data: Labels) -> Sums:
    squares = _squares(data)
    return mean_of(squares / 2.0 if len(data.classes) == 2 else squares)


def _explained(losses: Floats, data: Labels, null: Callable[[Floats], Floats]) -> Sums:
    """1 − the loss over that of always saying the class frequencies, which `null` gives from
    the classes' counts (b, k)."""
    moments = np.column_stack([losses, one_hot(data.truth, len(data.classes))])

    def combine(sums: Floats) -> Floats:
        without = null(sums[:, 1:])
        return np.where(without > 0, 1.0 - ratio(sums[:, 0], without), np.nan)

    return Sums(moments, combine)


def _null_logs(counts: Floats) -> Floats:
    shares = ratio(counts, counts.sum(axis=1, keepdims=True))
    logs = np.log(np.where(counts > 0, shares, 1.0))
    lost: Floats = -(counts * logs).sum(axis=1)
    return lost


def _null_squares(counts: Floats) -> Floats:
    rows = counts.sum(axis=1)
    lost: Floats = rows - ratio((counts**2).sum(axis=1), rows)
    return lost


def _top(data: Labels) -> Sums:
    ranked = np.argsort(scores_of(data), axis=1, kind="stable")[:, ::-1][:, :TOP]
    return mean_of((ranked == data.truth[:, None]).any(axis=1).astype(np.float64))


# --- areas under curves ----------------------------------------------------------------


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


def _ranked(data: Labels, index: int, area: _Area, among: NDArray[np.bool_] | None) -> Ordered:
    """The area of one class's score over the rows `among`, all by default."""
    rows = np.arange(len(data.truth)) if among is None else np.flatnonzero(among)
    scores = scores_of(data)[rows, index]
    order = np.argsort(-scores, kind="stable")
    member = (data.truth[rows[order]] == index).astype(np.float64)
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    tied = len(starts) < len(order)

    def evaluate(weights: Floats) -> float:
        positives = weights * member
        if tied:
            positives = np.add.reduceat(positives, starts)
            weights = np.add.reduceat(weights, starts)
        return area(positives, weights - positives)

    return Ordered(rows[order], evaluate)


def _against_rest(area: _Area) -> Callable[[Labels], Form]:
    def build(data: Labels) -> Form:
        classes = len(data.classes)
        if classes <= 2:
            return _ranked(data, classes - 1, area, None)
        return Averaged(tuple(_ranked(data, index, area, None) for index in range(classes)))

    return build


def _against_rest_by_size(data: Labels) -> Form:
    classes = range(len(data.classes))
    parts = tuple(_ranked(data, index, _area_under_roc, None) for index in classes)
    return Shared(parts, one_hot(data.truth, len(data.classes)))


def _pairs(data: Labels) -> tuple[tuple[Form, ...], Floats]:
    """Each pair of classes, judged by the score of either, and the rows (n, p) of each."""
    parts: list[Form] = []
    members = []
    for pair in combinations(range(len(data.classes)), 2):
        among = np.isin(data.truth, pair)
        members.append(among.astype(np.float64))
        both = (_ranked(data, index, _area_under_roc, among) for index in pair)
        parts.append(Averaged(tuple(both)))
    return tuple(parts), np.column_stack(members)


FORMS_OF_SCORES: dict[str, Callable[[Labels], Form]] = {
    "roc_auc": _against_rest(_area_under_roc),
    "roc_auc_ovr_weighted": _against_rest_by_size,
    "roc_auc_ovo": lambda data: Averaged(_pairs(data)[0]),
    "roc_auc_ovo_weighted": lambda data: Shared(*_pairs(data)),
    "average_precision": _against_rest(_precision_steps),
    "log_loss": lambda data: mean_of(_logs(data)),
    "brier": _brier,
    "d2_log_loss": lambda data: _explained(_logs(data), data, _null_logs),
    "d2_brier": lambda data: _explained(_squares(data), data, _null_squares),
    "top_k_accuracy": _top,
}
"""Each formula by the metric's name; its source is the metric's own `source`."""
