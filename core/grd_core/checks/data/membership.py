"""Can rows of two tables be told apart by how their columns hang together? A classifier
two-sample test over pairs of scores, cross-fitted, with labels permuted for its null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.dependence import (
    MOST_PAIRS,
    Pairs,
    Scores,
    differing_pairs,
    product_variance,
)
from grd_core.checks.data.encoded import Encoded

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FOLDS = 5
_PERMUTATIONS = 99
_FIRST_LOOK = 20
_BEYOND_DOUBT = 8.0
"""Standard deviations of the permuted areas from which the first look is enough."""
_LEAST_SKEW = 0.5
_MARKS = 4
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Told:
    """How well rows are told apart: the cross-fitted area under the ROC curve, its 95% interval,
    the p-value, and the permutations behind it."""

    auc: float
    ci: tuple[float, float]
    p: float
    permutations: int


class PairReader:
    """Rows of two tables as scores, in folds, with the sums that every labelling needs."""

    def __init__(self, scores: Scores, clusters: Array | None, seed: int) -> None:
        """Put rows, or whole clusters of rows, into folds; `clusters` number the rows of both."""
        import numpy as np

        self._generator = np.random.default_rng(seed)
        self._rows = np.vstack([scores.first, scores.second])
        self._owner = scores.owner
        self._labels = np.repeat([0, 1], [len(scores.first), len(scores.second)])
        self._units = np.arange(len(self._rows)) if clusters is None else clusters
        self._units = np.unique(self._units, return_inverse=True)[1]
        self._unit_labels = np.zeros(self._units.max() + 1, dtype=int)
        self._unit_labels[self._units] = self._labels
        self._unit_folds = np.empty(self._unit_labels.size, dtype=int)
        for label in (0, 1):
            places = self._generator.permutation(np.flatnonzero(self._unit_labels == label))
            self._unit_folds[places] = np.arange(places.size) % FOLDS
        self._folds = self._unit_folds[self._units]
        self._variance = product_variance(self._rows)
        self._products = np.stack(
            [self._rows[self._folds == f].T @ self._rows[self._folds == f] for f in range(FOLDS)]
        )

    def area(self, labels: Array) -> tuple[float, float]:
        """The mean over folds of the area under the curve, each fold read by pairs found in the
        others, and DeLong's standard error."""
        import numpy as np

        second = np.stack([self._sum_of(labels, fold) for fold in range(FOLDS)])
        first = self._products - second
        sizes = np.array([np.bincount(labels[self._folds == f], minlength=2) for f in range(FOLDS)])
        areas, errors = [], []
        for fold in range(FOLDS):
            rows = sizes.sum(axis=0) - sizes[fold]
            if sizes[fold].min() < 2 or rows.min() < 2:
                continue
            difference = (second.sum(axis=0) - second[fold]) / rows[1]
            difference -= (first.sum(axis=0) - first[fold]) / rows[0]
            here = self._folds == fold
            pairs = self._pairs(difference, (int(rows[0]), int(rows[1])))
            area, error = _area(pairs.read(self._rows[here]), labels[here])
            areas.append(area)
            errors.append(error)
        return float(np.mean(areas)), float(np.sqrt(np.sum(np.square(errors))) / len(errors))

    def told(self, floor: float) -> Told:
        """The area for the true labels; permuted only where it reaches `floor`.

        Labels are permuted within folds, whole clusters at once. The tail beyond the permuted
        areas is Pearson's type III curve through their first three moments, leaning to the
        right by no less than half; p is never below that of a normal curve a fifth wider.
        """
        import numpy as np
        from scipy.stats import norm, pearson3, skew

        area, error = self.area(self._labels)
        areas: list[float] = []
        if area < floor:
            return Told(area, _interval(area, error), 1.0, 0)
        for _ in range(_PERMUTATIONS):
            areas.append(self.area(self._permuted())[0])
            if len(areas) == _FIRST_LOOK and _is_settled(area, np.array(areas)):
                break
        null = np.array(areas)
        spread = float(null.std(ddof=1))
        reached = (1 + int((null >= area).sum())) / (1 + null.size)
        z = (area - float(null.mean())) / spread
        tail = float(pearson3.sf(z, max(float(skew(null)), _LEAST_SKEW)))
        tail = max(tail, float(norm.sf(z / 1.2)))
        p = tail if not (null >= area).any() else max(tail, reached)
        return Told(area, _interval(area, max(error, spread)), p, null.size)

    def named(self, level: float) -> tuple[Pairs, Array, Array]:
        """The pairs that differ by Bonferroni's bound over all pairs at `level`, over all rows,
        with the mean products in the first and in the second table."""
        import numpy as np
        from scipy.stats import norm

        rows = np.bincount(self._labels)
        second = self._rows[self._labels == 1]
        means = second.T @ second / rows[1]
        before = (self._products.sum(axis=0) - second.T @ second) / rows[0]
        pairs = self._pairs(means - before, (int(rows[0]), int(rows[1])))
        at = (pairs.left, pairs.right)
        error = np.sqrt(self._variance[at] * (1 / rows[0] + 1 / rows[1]))
        tests = max(1, int((self._owner[:, None] < self._owner[None, :]).sum()))
        stands = np.abs(means - before)[at] / error >= norm.isf(level / 2 / tests)
        if not stands.any():
            stands[0] = True
        kept = Pairs(pairs.left[stands], pairs.right[stands], pairs.weight[stands])
        at = (kept.left, kept.right)
        return kept, before[at], means[at]

    def _sum_of(self, labels: Array, fold: int) -> Array:
        chosen = self._rows[(self._folds == fold) & (labels == 1)]
        products: Array = chosen.T @ chosen
        return products

    def _pairs(self, difference: Array, rows: tuple[int, int]) -> Pairs:
        return differing_pairs(difference, self._variance, self._owner, rows, MOST_PAIRS)

    def _permuted(self) -> Array:
        import numpy as np

        labels = self._unit_labels.copy()
        for fold in range(FOLDS):
            places = np.flatnonzero(self._unit_folds == fold)
            labels[places] = self._generator.permutation(labels[places])
        permuted: Array = labels[self._units]
        return permuted


def area_of_columns(encoded: Encoded, seed: int) -> tuple[float, float]:
    """How well single columns tell the tables apart: the cross-fitted area, read by the same
    independence rule over ranks within both tables together, and its standard error."""
    import numpy as np
    from scipy.stats import rankdata

    rows = np.vstack(encoded.matrices)
    labels = np.repeat([0, 1], [len(matrix) for matrix in encoded.matrices])
    amounts = rows[:, ~encoded.categorical & ~np.isnan(rows).all(axis=0)]
    # Ranks by frequency favour the table that they were counted in: only marks are fair.
    marks = [rows[:, encoded.categorical] == value for value in range(_MARKS)]
    ranks = rankdata(amounts, axis=0, nan_policy="omit")
    spread = np.nanstd(ranks, axis=0)
    scaled = (ranks - np.nanmean(ranks, axis=0)) / np.where(spread > 0, spread, 1.0)
    scaled = np.hstack([np.nan_to_num(scaled), *marks, np.isnan(rows)])
    folds = np.empty(labels.size, dtype=int)
    generator = np.random.default_rng(seed)
    for label in (0, 1):
        places = generator.permutation(np.flatnonzero(labels == label))
        folds[places] = np.arange(places.size) % FOLDS
    areas, errors = [], []
    for fold in range(FOLDS):
        known, here = folds != fold, folds == fold
        weight = scaled[known & (labels == 1)].mean(axis=0)
        weight = weight - scaled[known & (labels == 0)].mean(axis=0)
        area, error = _area(scaled[here] @ weight, labels[here])
        areas.append(area)
        errors.append(error)
    return float(np.mean(areas)), float(np.sqrt(np.sum(np.square(errors))) / FOLDS)


def _is_settled(area: float, null: Array) -> bool:
    """Nothing is there, or it is beyond doubt."""
    reached = int((null >= area).sum()) >= 2
    beyond = (area - float(null.mean())) / float(null.std(ddof=1)) >= _BEYOND_DOUBT
    return reached or beyond


def _area(read: Array, labels: Array) -> tuple[float, float]:
    """The area under the ROC curve and its standard error (DeLong et al. 1988)."""
    import numpy as np
    from scipy.stats import rankdata

    positive = labels == 1
    m, n = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(read)
    above = (ranks[positive] - rankdata(read[positive])) / n
    below = 1 - (ranks[~positive] - rankdata(read[~positive])) / m
    error = np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)
    return float(above.mean()), float(error)


def _interval(area: float, error: float) -> tuple[float, float]:
    return (max(0.0, area - _Z * error), min(1.0, area + _Z * error))
