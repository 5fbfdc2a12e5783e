"""The metrics of predicted classes, ready to be resampled.

All but the share of hits are functions of three tallies a class: rows rightly called so,
rows that are of it, and rows that are called so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grd_core.errors import DataError
from grd_core.statistics.forms_resampled import Form, Sums, mean_of, ratio
from grd_core.statistics.observed import Codes, Floats, Labels


@dataclass(frozen=True, slots=True, eq=False)
class _Tallies:
    """For b resamples and k classes, (b, k) each: `hits`, rows that `are`, rows `called` so."""

    hits: Floats
    are: Floats
    called: Floats

    @property
    def all(self) -> Floats:
        """How many rows there are, (b, 1)."""
        rows: Floats = self.are.sum(axis=1, keepdims=True)
        return rows


_OfClass = Callable[[_Tallies], Floats]


def said_of(data: Labels) -> Codes:
    """The predicted classes.

    Raises:
        DataError: there are none.
    """
    if data.said is None:
        raise DataError(
            "a metric of classes has no predicted classes to judge",
            fix="give the predicted class as y_pred: predict(ids, classes, …)",
        )
    return data.said


def one_hot(codes: Codes, classes: int) -> Floats:
    """(n, classes): 1 in the column of each row's class, else 0."""
    member: Floats = (codes[:, None] == np.arange(classes)[None, :]).astype(np.float64)
    return member


def _hits(data: Labels) -> Floats:
    hits: Floats = (data.truth == said_of(data)).astype(np.float64)
    return hits


def _tallied(combine: Callable[[_Tallies], Floats]) -> Callable[[Labels], Sums]:
    def build(data: Labels) -> Sums:
        classes = len(data.classes)
        are, called = one_hot(data.truth, classes), one_hot(said_of(data), classes)

        def of_sums(sums: Floats) -> Floats:
            return combine(_Tallies(*np.hsplit(sums, 3)))

        return Sums(np.hstack([are * called, are, called]), of_sums)

    return build


# --- one number a class, (b, k) --------------------------------------------------------


def _or_zero(above: Floats, below: Floats) -> Floats:
    """0 where nothing is counted: a class never called has no right calls."""
    return np.where(below > 0, ratio(above, np.where(below > 0, below, 1.0)), 0.0)


def _precision(tallies: _Tallies) -> Floats:
    return _or_zero(tallies.hits, tallies.called)


def _recall(tallies: _Tallies) -> Floats:
    return _or_zero(tallies.hits, tallies.are)


def _f1(tallies: _Tallies) -> Floats:
    return _or_zero(2.0 * tallies.hits, tallies.are + tallies.called)


def _jaccard(tallies: _Tallies) -> Floats:
    return _or_zero(tallies.hits, tallies.are + tallies.called - tallies.hits)


def _specificity(tallies: _Tallies) -> Floats:
    others = tallies.all - tallies.are
    return _or_zero(others - tallies.called + tallies.hits, others)


# --- from one number a class to one number, (b,) ---------------------------------------


def _positive(of_class: _OfClass) -> Callable[[_Tallies], Floats]:
    return lambda tallies: of_class(tallies)[:, -1]


def _macro(of_class: _OfClass) -> Callable[[_Tallies], Floats]:
    """The mean over the classes that occur, as truth or as prediction."""

    def combine(tallies: _Tallies) -> Floats:
        occurs = tallies.are + tallies.called > 0
        return ratio(np.where(occurs, of_class(tallies), 0.0).sum(axis=1), occurs.sum(axis=1))

    return combine


def _weighted(of_class: _OfClass) -> Callable[[_Tallies], Floats]:
    def combine(tallies: _Tallies) -> Floats:
        return ratio((tallies.are * of_class(tallies)).sum(axis=1), tallies.all[:, 0])

    return combine


def _balanced_accuracy(tallies: _Tallies) -> Floats:
    held = tallies.are > 0
    return ratio(np.where(held, _recall(tallies), 0.0).sum(axis=1), held.sum(axis=1))


def _f1_usual(data: Labels) -> Sums:
    return _tallied(_positive(_f1) if len(data.classes) == 2 else _macro(_f1))(data)


def _jaccard_micro(tallies: _Tallies) -> Floats:
    hits, rows = tallies.hits.sum(axis=1), tallies.all[:, 0]
    return ratio(hits, 2.0 * rows - hits)


def _matthews(tallies: _Tallies) -> Floats:
    rows = tallies.all[:, 0]
    together = tallies.hits.sum(axis=1) * rows - (tallies.are * tallies.called).sum(axis=1)
    of_truth = rows**2 - (tallies.are**2).sum(axis=1)
    of_calls = rows**2 - (tallies.called**2).sum(axis=1)
    return _or_zero(together, np.sqrt(np.maximum(of_truth * of_calls, 0.0)))


def _kappa(tallies: _Tallies) -> Floats:
    rows = tallies.all[:, 0]
    agreed = ratio(tallies.hits.sum(axis=1), rows)
    by_chance = ratio((tallies.are * tallies.called).sum(axis=1), rows**2)
    return np.where(by_chance < 1.0, ratio(agreed - by_chance, 1.0 - by_chance), np.nan)


def _positive_likelihood_ratio(tallies: _Tallies) -> Floats:
    hits, are = tallies.hits[:, -1], tallies.are[:, -1]
    false_alarms = tallies.called[:, -1] - hits
    others = tallies.all[:, 0] - are
    found = ratio(ratio(hits, are), ratio(false_alarms, others))
    return np.where(false_alarms > 0, found, np.nan)


def _negative_likelihood_ratio(tallies: _Tallies) -> Floats:
    hits, are = tallies.hits[:, -1], tallies.are[:, -1]
    rightly_not = tallies.all[:, 0] - are - tallies.called[:, -1] + hits
    others = tallies.all[:, 0] - are
    found = ratio(ratio(are - hits, are), ratio(rightly_not, others))
    return np.where(rightly_not > 0, found, np.nan)


FORMS_OF_LABELS: dict[str, Callable[[Labels], Form]] = {
    "accuracy": lambda data: mean_of(_hits(data)),
    "hamming": lambda data: mean_of(1.0 - _hits(data)),
    "balanced_accuracy": _tallied(_balanced_accuracy),
    "f1": _f1_usual,
    "f1_macro": _tallied(_macro(_f1)),
    "f1_weighted": _tallied(_weighted(_f1)),
    "precision": _tallied(_positive(_precision)),
    "precision_macro": _tallied(_macro(_precision)),
    "precision_weighted": _tallied(_weighted(_precision)),
    "recall": _tallied(_positive(_recall)),
    "specificity": _tallied(_positive(_specificity)),
    "specificity_macro": _tallied(_macro(_specificity)),
    "jaccard": _tallied(_positive(_jaccard)),
    "jaccard_macro": _tallied(_macro(_jaccard)),
    "jaccard_micro": _tallied(_jaccard_micro),
    "jaccard_weighted": _tallied(_weighted(_jaccard)),
    "matthews_corrcoef": _tallied(_matthews),
    "cohen_kappa": _tallied(_kappa),
    "positive_likelihood_ratio": _tallied(_positive_likelihood_ratio),
    "negative_likelihood_ratio": _tallied(_negative_likelihood_ratio),
}
"""Each formula by the metric's name; its source is the metric's own `source`."""
