"""The share of labels that are wrong far from any border, told apart from doubt near it.

Where classes overlap a model is often wrong near the border and the less so the further away.
Wrong labels are wrong anywhere: far from the border the share of disagreeing labels no longer
falls, it levels off at their share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

AT_THE_BORDER = 0.0
"""Where rows reach up to the border, at least every second label there disagrees (e aside)."""

ANYWHERE = 10.0
"""Where rows are few of a kind, none needs be near the border, and nothing is known of it."""

_BINS = 80
_MOST = 0.45
_STEPS = 91
_HALF_95 = 1.9207  # half the 95% point of chi-square with one degree of freedom


@dataclass(frozen=True, slots=True, eq=False)
class LabelNoise:
    """The share of wrong labels with its 95% profile-likelihood interval, and p of none.
    `suspicion` (n,) is the chance that a row's label is wrong: 0 where the model agrees."""

    share: float
    low: float
    high: float
    p_value: float
    suspicion: np.ndarray[Any, Any]


def estimate_label_noise(
    ahead: np.ndarray[Any, Any], wrong: np.ndarray[Any, Any], offset: float
) -> LabelNoise:
    """Fit P(label disagrees | margin m) = e + (1 - e) / (1 + exp(a + b m)), b ≥ 0, a ≤
    offset, by maximum likelihood over e.

    Args:
        ahead: (n,) margins, in standard deviations.
        wrong: (n,) bool, where the label is not the class given.
        offset: AT_THE_BORDER or ANYWHERE.

    Source: the upper asymptote of Barton and Lord 1981, *An upper asymptote for the
    three-parameter logistic item-response model*, ETS; p of e = 0 from half a chi-square with
    one degree of freedom, Self and Liang 1987, JASA 82(398), case 5.
    """
    import numpy as np
    from scipy.stats import chi2

    order = np.argsort(ahead, kind="stable")
    pieces = np.array_split(order, min(_BINS, ahead.size))
    margin = np.array([ahead[piece].mean() for piece in pieces])
    rows = np.array([piece.size for piece in pieces], dtype=float)
    misses = np.array([wrong[piece].sum() for piece in pieces], dtype=float)
    shares = np.linspace(0.0, np.sqrt(_MOST), _STEPS) ** 2
    start = (0.0, 1.0)
    fits = []
    for share in shares:
        cost, start = _fit(float(share), offset, (margin, rows, misses), start)
        fits.append((cost, start))
    costs = np.array([cost for cost, _ in fits])
    best = int(costs.argmin())
    inside = shares[costs <= costs[best] + _HALF_95]
    ratio = 2 * max(0.0, float(costs[0] - costs[best]))
    share = float(shares[best])
    a, b = fits[best][1]
    falls = (1 - share) * _logistic(-(a + b * ahead))
    suspicion = np.where(wrong, share / (share + falls + 1e-12), 0.0)
    p_value = 0.5 * float(chi2.sf(ratio, 1)) if ratio > 0 else 1.0
    return LabelNoise(share, float(inside.min()), float(inside.max()), p_value, suspicion)


def _fit(
    share: float,
    offset: float,
    bins: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]],
    start: tuple[float, float],
) -> tuple[float, tuple[float, float]]:
    import numpy as np
    from scipy.optimize import minimize

    margin, rows, misses = bins

    def cost(at: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        falls = _logistic(-(at[0] + at[1] * margin))
        q = np.clip(share + (1 - share) * falls, 1e-9, 1 - 1e-9)
        value = -(misses * np.log(q) + (rows - misses) * np.log(1 - q)).sum()
        slope = -(misses / q - (rows - misses) / (1 - q)) * (1 - share)
        change = -slope * falls * (1 - falls)
        return float(value), np.array([change.sum(), (change * margin).sum()])

    bounds = [(-ANYWHERE, offset), (0.0, 30.0)]
    found = minimize(cost, np.array(start), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.fun), (float(found.x[0]), float(found.x[1]))


def _logistic(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np
    from scipy.special import expit

    return np.asarray(expit(x))
