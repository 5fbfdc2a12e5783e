"""Numbers as labels that stand apart from what the features tell, further than any tail reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class FarOff:
    """Numbers far off what the features tell, with an empty gap before them: positions (k,),
    most distant first, the factor of the gap, and its p-value."""

    rows: np.ndarray[Any, Any]
    gap: float
    p_value: float


FEWEST_FAR_OFF = 5
NEAREST_FAR_OFF = 6.0
SMALLEST_GAP = 1.5
MOST_FAR_OFF = 0.05
_TAIL = 1.0
_SLICES = 10


def far_off_labels(predicted: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> FarOff:
    """The largest residuals that stand apart from all others.

    Residuals are scaled by the median absolute one of their tenth of the predictions. Even of a
    tail as heavy as Cauchy's, 1/x, the k largest are a factor g above the next with probability
    g^(-k) only (Rényi's representation of the spacings of logarithms); the p-value is the
    smallest of these times their number.

    Args:
        predicted: (n,) for held-out rows, n of 50 or more.
        values: (n,) labels.
    """
    import numpy as np

    n = values.size
    residual = np.abs(values - predicted - np.median(values - predicted))
    scaled = np.zeros(n)
    slices = max(1, min(_SLICES, n // 30))
    for piece in np.array_split(np.argsort(predicted, kind="stable"), slices):
        middle = float(np.median(residual[piece])) * 1.4826
        scaled[piece] = residual[piece] / middle if middle > 0 else 0.0
    order = np.argsort(-scaled, kind="stable")
    counts = np.arange(FEWEST_FAR_OFF, max(FEWEST_FAR_OFF + 1, int(MOST_FAR_OFF * n)))
    first, after = scaled[order[counts - 1]], scaled[order[counts]]
    gaps = first / np.maximum(after, 1e-9)
    apart = (first >= NEAREST_FAR_OFF) & (gaps >= SMALLEST_GAP)
    chance = np.where(apart, np.exp(-_TAIL * counts * np.log(gaps)), 1.0)
    best = int(chance.argmin())
    p_value = min(1.0, float(chance[best]) * counts.size)
    return FarOff(order[: counts[best]], float(gaps[best]), p_value)


def within_reach(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Labels, (n,), drawn in to five deviations of their middle: what a model may be fitted on
    without following those that are far off."""
    import numpy as np

    middle = float(np.median(values))
    deviation = float(np.median(np.abs(values - middle))) * 1.4826
    if deviation <= 0:
        return values
    far = _REACH * deviation
    return np.asarray(np.clip(values, middle - far, middle + far))


_REACH = 5.0
