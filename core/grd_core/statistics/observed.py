"""What was true and what was said, row by row: as numbers, or as coded classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grd_core.errors import DataError, UsageError
from grd_core.statistics.metrics import Metric

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A regression: true and predicted values, (n,) each."""

    truth: Floats
    said: Floats

    def take(self, rows: NDArray[Any]) -> Numbers:
        """These rows alone, by mask or positions."""
        return Numbers(self.truth[rows], self.said[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A classification: positions in `classes`, (n,), and scores (n, k) in that order.

    The last of two classes is the positive one.
    """

    truth: Codes
    said: Codes | None
    scores: Floats | None
    classes: tuple[Any, ...]

    def take(self, rows: NDArray[Any]) -> Labels:
        """These rows alone, by mask or positions; the classes stay as they are."""
        return Labels(
            self.truth[rows],
            None if self.said is None else self.said[rows],
            None if self.scores is None else self.scores[rows],
            self.classes,
        )


Observed = Numbers | Labels


def observe(
    metric: Metric,
    y_true: ArrayLike,
    y_pred: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
) -> Observed:
    """Arrays as the metric wants them.

    Raises:
        UsageError: the metric needs predictions or scores that are not given.
        DataError: a class that is not among `classes`, or scores of another width.
    """
    if metric.needs == "values":
        if y_pred is None:
            raise UsageError(f"{metric.name} needs predicted values", fix="pass y_pred")
        return Numbers(np.asarray(y_true, np.float64), np.asarray(y_pred, np.float64))
    if metric.needs == "labels" and y_pred is None:
        raise UsageError(f"{metric.name} needs predicted classes", fix="pass y_pred")
    if metric.needs == "scores" and scores is None:
        raise UsageError(f"{metric.name} needs class scores", fix="pass scores")
    return observe_labels(y_true, y_pred, scores, classes=classes)


def observe_labels(
    y_true: ArrayLike,
    y_pred: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
) -> Labels:
    """Classes coded by their position in `classes`, by default the sorted ones seen.

    Raises:
        DataError: a class that is not among `classes`, or scores of another width.
    """
    truth = np.asarray(y_true)
    said = None if y_pred is None else np.asarray(y_pred)
    seen = truth if said is None else np.concatenate([truth, said])
    known = np.unique(seen) if classes is None else np.asarray(list(classes))
    return Labels(
        truth=_codes(truth, known),
        said=None if said is None else _codes(said, known),
        scores=None if scores is None else _matrix(np.asarray(scores, np.float64), len(known)),
        classes=tuple(known.tolist()),
    )


def _codes(values: NDArray[Any], known: NDArray[Any]) -> Codes:
    order = np.argsort(known, kind="stable")
    places = np.searchsorted(known[order], values).clip(max=len(known) - 1)
    codes: Codes = order[places]
    strange = known[codes] != values
    if strange.any():
        raise DataError(
            f"class {values[strange].tolist()[0]!r} is not one of {list(known.tolist())}",
            fix="predict the classes the target holds, spelled the same way",
        )
    return codes


def _matrix(scores: Floats, classes: int) -> Floats:
    if scores.ndim == 1:
        if classes > 2:
            raise DataError(
                f"one score a row cannot rank {classes} classes",
                fix="give one score_<class> column a class",
            )
        return np.column_stack([1.0 - scores, scores])
    if scores.shape[1] != classes:
        raise DataError(
            f"{scores.shape[1]} score columns for {classes} classes",
            fix="give one score_<class> column a class",
        )
    return scores
