"""How far two samples of one column lie apart, with an interval and a p-value.

The distance of two samples is the largest difference P(A in the second) - P(A in the first):
over all intervals without a lower end for numbers (Kolmogorov and Smirnov's distance), over all
sets of values for categories (total variation, less what chance alone adds). It is a share of
rows, 0 to 1, and is compared between columns of any kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, Any]

LEAST_ROWS = 20
"""Present values that either sample must hold; below it nothing is estimable."""

_LEAST_EXPECTED = 5
"""Rows a value must be expected to have in the smaller sample, else it is pooled as rare."""
_FIRST = 0.8
"""The share of the significance that goes to the test with more power for common drift."""
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance in 0..1, its 95% interval, and the p-value of no difference."""

    value: float
    ci: tuple[float, float]
    p: float


def distance_of_numbers(
    first: Vector, second: Vector, clusters: tuple[Vector, Vector] | None = None
) -> Distance | None:
    """Compare two vectors of numbers without NaN; ties are allowed. None below LEAST_ROWS.

    The p-value weights two tests (Holm's weighted Bonferroni, .8 to .2): the rank-sum test,
    which has nearly all power against a shift, and Kolmogorov and Smirnov's for any other change
    of shape. `clusters` number the groups of rows that count as one draw.
    """
    import numpy as np
    from scipy.stats import kstwobign, rankdata

    n, m = first.size, second.size
    if min(n, m) < LEAST_ROWS:
        return None
    values = np.concatenate([first, second])
    ranks = rankdata(values)
    spread = float(ranks.var(ddof=1))
    if spread == 0:
        return Distance(0.0, (0.0, 0.0), 1.0)
    points = np.unique(values)
    below = np.searchsorted(np.sort(first), points, side="right") / n
    below_second = np.searchsorted(np.sort(second), points, side="right") / m
    at = int(np.abs(below_second - below).argmax())
    distance = float(abs(below_second[at] - below[at]))
    inflation, draws = _design_effect((ranks[:n], ranks[n:]), clusters)
    shift = abs(float(ranks[n:].mean() - ranks[:n].mean()))
    p_shift = _tail(shift / (spread * (1 / n + 1 / m) * inflation) ** 0.5, draws)
    p_shape = float(kstwobign.sf(distance * (n * m / (n + m) / inflation) ** 0.5))
    p = min(1.0, p_shift / _FIRST, p_shape / (1 - _FIRST))
    return Distance(distance, _interval(distance, below[at], below_second[at], n, m, inflation), p)


def distance_of_categories(
    first: Vector, second: Vector, clusters: tuple[Vector, Vector] | None = None
) -> Distance | None:
    """Compare two vectors of non-negative codes. None below LEAST_ROWS.

    Rare values are pooled into one. The p-value weights the χ² test over the values (.8) and a
    test whether more rows of the second sample carry values which the first lacks (.2) than
    Good and Turing's estimate from the values that the first has once.
    """
    import numpy as np
    from scipy.stats import chi2

    n, m = first.size, second.size
    if min(n, m) < LEAST_ROWS:
        return None
    size = int(max(first.max(), second.max())) + 1
    counts = np.stack([np.bincount(first, minlength=size), np.bincount(second, minlength=size)])
    cells = _pooled(counts)
    table = np.zeros((2, cells.max() + 1))
    for row in (0, 1):
        np.add.at(table[row], cells, counts[row])
    p_table, distance, ci = 1.0, 0.0, (0.0, 0.0)
    shares = table / table.sum(axis=1, keepdims=True)
    inflation, draws = 1.0, float("inf")
    if table.shape[1] > 1:
        more = shares[1] > shares[0]
        if clusters is not None:
            marks = tuple(more[cells[codes]].astype(float) for codes in (first, second))
            inflation, draws = _design_effect((marks[0], marks[1]), clusters)
        inside = shares[:, more].sum(axis=1)
        distance = _beyond_chance(float(inside[1] - inside[0]), table, inflation)
        ci = _interval(distance, inside[0], inside[1], n, m, inflation)
        expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / (n + m)
        statistic = float(((table - expected) ** 2 / expected).sum()) / inflation
        p_table = float(chi2.sf(statistic, table.shape[1] - 1))
        if np.isfinite(draws):
            p_table = max(p_table, _tail(statistic**0.5, draws))
    new, new_ci, p_new = _unseen(counts, clusters is not None, first, second, clusters)
    p = min(1.0, p_table / _FIRST, p_new / (1 - _FIRST))
    return Distance(distance, ci, p) if distance >= new else Distance(new, new_ci, p)


def distance_of_shares(
    first: Vector, second: Vector, clusters: tuple[Vector, Vector] | None = None
) -> Distance | None:
    """Compare the shares of True in two vectors; Fisher's exact test where cells are small."""
    import numpy as np
    from scipy.stats import fisher_exact

    n, m = first.size, second.size
    if min(n, m) < LEAST_ROWS:
        return None
    hits = np.array([first.sum(), second.sum()], dtype=float)
    shares = hits / (n, m)
    pooled = hits.sum() / (n + m)
    if pooled in (0.0, 1.0):
        return Distance(0.0, (0.0, 0.0), 1.0)
    inflation, draws = _design_effect((first.astype(float), second.astype(float)), clusters)
    distance = float(abs(shares[1] - shares[0]))
    if min(n, m) * min(pooled, 1 - pooled) < 4 * _LEAST_EXPECTED and clusters is None:
        p = float(fisher_exact(np.array([[hits[0], n - hits[0]], [hits[1], m - hits[1]]]))[1])
    else:
        error = (pooled * (1 - pooled) * (1 / n + 1 / m) * inflation) ** 0.5
        p = _tail(distance / error, draws)
    return Distance(distance, _interval(distance, shares[0], shares[1], n, m, inflation), p)


def _beyond_chance(distance: float, table: Vector, inflation: float) -> float:
    """Total variation of a (2, k) table without what chance alone adds to it, which grows with
    the number of values: the expected distance of equal distributions, taken off in squares."""
    import numpy as np

    if table.shape[1] == 2:
        return distance
    rows = table.sum(axis=1)
    pooled = table.sum(axis=0) / rows.sum()
    errors = np.sqrt(pooled * (1 - pooled) * float((1 / rows).sum()) * inflation)
    chance = float(errors.sum()) * (2 / np.pi) ** 0.5 / 2
    return float(max(0.0, distance**2 - chance**2) ** 0.5)


def _pooled(counts: Vector) -> Vector:
    """The cell of every value: its own, or one shared by all values that are rare."""
    import numpy as np

    rows = counts.sum(axis=1)
    expected = counts.sum(axis=0) * rows.min() / rows.sum()
    common = expected >= _LEAST_EXPECTED
    if expected[~common].sum() < _LEAST_EXPECTED and common.any():
        # Too few rows for a cell of their own: they join the smallest common value.
        places = np.flatnonzero(common)
        smallest = places[expected[places].argmin()]
        cells = np.full(expected.size, int(common[:smallest].sum()))
    else:
        cells = np.full(expected.size, int(common.sum()))
    cells[common] = np.arange(int(common.sum()))
    return cells


def _unseen(
    counts: Vector,
    grouped: bool,
    first: Vector,
    second: Vector,
    clusters: tuple[Vector, Vector] | None,
) -> tuple[float, tuple[float, float], float]:
    """The share of rows with values new in the second sample beyond what chance brings, its
    interval, and a one-sided p-value."""
    n, m = counts.sum(axis=1)
    new = counts[0] == 0
    share = float(counts[1][new].sum() / m)
    once = float((counts[0] == 1).sum() / n)
    if counts[1][new].sum() < _LEAST_EXPECTED or share <= once:
        return 0.0, (0.0, 0.0), 1.0
    marks = ((counts[0] == 1)[first].astype(float), new[second].astype(float))
    inflation, draws = _design_effect(marks, clusters)
    pooled = (once * n + share * m) / (n + m)
    # Rows of one new value come together: Poisson counts repeat it up to m / n times.
    error = pooled * (1 - pooled) * (1 / n + (1 + m / n) / m) * inflation
    p = _tail((share - once) / error**0.5, draws) / 2 if error > 0 else 0.0
    return share - once, _interval(share - once, once, share, n, m, inflation), p


def _design_effect(
    marks: tuple[Vector, Vector], clusters: tuple[Vector, Vector] | None
) -> tuple[float, float]:
    """How many times larger the variance of a difference of means is for rows that come in
    clusters, at least 1, and the degrees of freedom that clusters leave."""
    import numpy as np

    if clusters is None:
        return 1.0, float("inf")
    independent = clustered = 0.0
    draws = 0
    for values, codes in zip(marks, clusters, strict=True):
        centred = values - values.mean()
        present, places = np.unique(codes, return_inverse=True)
        sums = np.bincount(places, weights=centred)
        draws += present.size
        independent += float(centred.var()) / values.size
        clustered += float((sums**2).sum()) / values.size**2
        if present.size < 2:
            return float("inf"), 1.0
    return (max(1.0, clustered / independent) if independent > 0 else 1.0), float(draws - 2)


def _tail(z: float, draws: float) -> float:
    """Two-sided p of a standardised difference: normal, or Student's for few clusters."""
    from scipy.stats import norm, t

    return float(2 * (norm.sf(z) if draws == float("inf") else t.sf(z, max(draws, 1.0))))


def _interval(
    value: float, share: float, share_second: float, n: int, m: int, inflation: float
) -> tuple[float, float]:
    """Normal 95% interval for a difference of two shares, the set that they count held fixed."""
    error = (share * (1 - share) / n + share_second * (1 - share_second) / m) * inflation
    # A share of 0 or 1 is known no better than one row in its sample.
    half = _Z * max(error, 1 / max(n, m) ** 2) ** 0.5
    return (max(0.0, value - half), min(1.0, value + half))
