"""How well predictions go with the truth, read so that one kind of shift leaves it as it is.

For classes: Tjur's coefficient of discrimination, the mean predicted share of a class among its
own rows less that among the rows of the others, classes weighted alike. For amounts: the slope
of the prediction over the truth. Both are a share of what could be told, about 0 to 1, and
negative where predictions go the wrong way. They rest on how predictions are distributed given
the truth alone: a shift of the classes' shares, or of the amounts', leaves them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Discrimination:
    """A discrimination and its standard error."""

    value: float
    error: float


def of_classes(
    predicted: Array, codes: Array, weights: Array, clusters: Array | None
) -> Discrimination:
    """For (n, k) predicted shares and (n,) classes 0..k-1, each of them present."""
    import numpy as np

    classes = predicted.shape[1]
    own = predicted[np.arange(codes.size), codes]
    marks = (own - (predicted.sum(axis=1) - own) / (classes - 1)) / classes
    value = 0.0
    influence = np.zeros(codes.size)
    for code in range(classes):
        here = codes == code
        share = weights[here] / weights[here].sum()
        mean = float(share @ marks[here])
        value += mean
        influence[here] = share * (marks[here] - mean)
    return Discrimination(value, _error(influence, clusters))


def of_amounts(
    predicted: Array, truth: Array, weights: Array, clusters: Array | None
) -> Discrimination:
    """For (n,) predictions and (n,) amounts, on one scale."""
    share = weights / weights.sum()
    centred = truth - float(share @ truth)
    spread = float(share @ centred**2)
    slope = float(share @ (centred * predicted)) / spread
    residual = predicted - float(share @ predicted) - slope * centred
    return Discrimination(slope, _error(share * centred * residual / spread, clusters))


def effective_rows(weights: Array) -> float:
    """Kish's effective number of rows; 0 where nothing weighs."""
    total = float((weights**2).sum())
    return float(weights.sum()) ** 2 / total if total > 0 else 0.0


def _error(influence: Array, clusters: Array | None) -> float:
    import numpy as np

    if clusters is not None:
        influence = np.bincount(np.unique(clusters, return_inverse=True)[1], weights=influence)
    return float((influence**2).sum() ** 0.5)
