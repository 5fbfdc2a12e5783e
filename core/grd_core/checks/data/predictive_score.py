"""How well one column alone tells the target, on rows that the prediction did not see.

Every column is cut into cells: its values where they are few, quantiles of a number, names,
and one cell for «missing». A row is predicted by the mean label of the other folds' rows in
its cell, drawn towards the overall mean, so that no row speaks for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.training_labels import Labels

if TYPE_CHECKING:
    import numpy as np

FOLDS = 5
ROWS_A_CELL = 15
MOST_CELLS = 64
_PRIOR_ROWS = 1.0
_Z = 1.959964


@dataclass(frozen=True, slots=True, eq=False)
class ColumnScore:
    """What a column alone tells.

    `explained` is the share of the target's variance (for classes: of the Brier score of their
    frequencies) that the prediction takes away, at most 1; `predicted` is (n, k). `p_value` is
    of no relation at all. `exact` says that the column is another writing of the target. `cells`
    (n,) are those it was cut into.
    """

    name: str
    explained: float
    predicted: np.ndarray[Any, Any]
    p_value: float
    exact: bool
    cells: np.ndarray[Any, Any]

    @property
    def levels(self) -> int:
        """How many cells there are."""
        return int(self.cells.max()) + 1


@dataclass(frozen=True, slots=True)
class Bounded:
    """An estimate with its 95% interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def folds_of(n: int, seed: int, folds: int = FOLDS) -> np.ndarray[Any, Any]:
    """A fold for each row, (n,) int64, of equal sizes, at random."""
    import numpy as np

    return np.random.default_rng(seed).permutation(np.arange(n) % folds)


def cells_of(column: np.ndarray[Any, Any], categorical: bool, most: int) -> np.ndarray[Any, Any]:
    """The cell of each row, (n,) int64 from 0; missing values have one of their own.

    Args:
        column: (n,) float64, NaN missing; categories as ranks by frequency.
        categorical: categories keep all their values, whatever `most` is.
        most: cells for a number that has more distinct values.
    """
    import numpy as np

    present = ~np.isnan(column)
    cells = np.zeros(column.size, dtype=np.int64)
    values, places = np.unique(column[present], return_inverse=True)
    if not categorical and values.size > most:
        edges = np.unique(np.quantile(column[present], np.linspace(0, 1, most + 1)[1:-1]))
        places = np.searchsorted(edges, column[present], side="right")
    cells[present] = places
    cells[~present] = places.max() + 1 if places.size else 0
    return cells


def cells_for(n: int) -> int:
    """How many cells a number is cut into."""
    return max(4, min(MOST_CELLS, n // ROWS_A_CELL))


def score_column(
    name: str,
    column: np.ndarray[Any, Any],
    categorical: bool,
    labels: Labels,
    fold: np.ndarray[Any, Any],
) -> ColumnScore:
    """Score one encoded column, (n,) float64 with NaN missing."""
    cells = cells_of(column, categorical, cells_for(labels.n))
    predicted = smoothed(cells, labels.values, fold)
    explained = explained_share(labels.values, predicted)
    if not labels.classes and not categorical:
        straight = _with_a_line(column, cells, labels.values, fold)
        better = explained_share(labels.values, straight)
        if better > explained:
            explained, predicted = better, straight
    return ColumnScore(
        name,
        explained,
        predicted,
        _p_value(labels.values, predicted),
        _is_copy(column, categorical, labels),
        cells,
    )


def explained_share(values: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> float:
    """1 minus the squared error over that of the mean; both (n, k)."""
    return 1.0 - float(((values - predicted) ** 2).sum() / _spread(values))


def explained_interval(values: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> Bounded:
    """The share with its interval: the delta method on the ratio of two means, widened by what
    one row more could change.

    Source: Cochran 1977, *Sampling Techniques*, section 2.11 for the variance of a ratio.
    """
    import numpy as np

    n = len(values)
    lost = ((values - predicted) ** 2).sum(axis=1)
    whole = ((values - values.mean(axis=0)) ** 2).sum(axis=1)
    ratio = float(lost.sum() / whole.sum())
    error = float(np.sqrt(((lost - ratio * whole) ** 2).sum()) / whole.sum())
    half = _Z * error + (ratio + 0.1) / n
    return Bounded(1 - ratio, 1 - ratio - half, min(1.0, 1 - ratio + half))


def auc(truth: np.ndarray[Any, Any], score: np.ndarray[Any, Any]) -> float:
    """The probability that a row of the class scores above one that is not; 0.5 without both."""
    from scipy.stats import rankdata

    positives = int(truth.sum())
    negatives = truth.size - positives
    if not positives or not negatives:
        return 0.5
    ranks = rankdata(score)[truth > 0.5].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(value: float, positives: int, negatives: int) -> Bounded:
    """Its interval on the logit scale; at 0 and 1 half a row of the rarer class is allowed for.

    Source: Hanley and McNeil 1982, *Radiology* 143(1), equation 2; the logit scale as in Pepe
    2003, *The Statistical Evaluation of Medical Tests*, section 5.2.
    """
    import math

    rarer = min(positives, negatives)
    a = (value * rarer + 0.5) / (rarer + 1)
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    variance = a * (1 - a) + (positives - 1) * (q1 - a * a) + (negatives - 1) * (q2 - a * a)
    half = _Z * math.sqrt(variance / (positives * negatives)) / (a * (1 - a))
    centre = math.log(a / (1 - a))
    low, high = (1 / (1 + math.exp(-(centre + side * half))) for side in (-1, 1))
    return Bounded(value, min(low, value), max(high, value))


def level_aucs(labels: Labels, cells: np.ndarray[Any, Any]) -> tuple[Bounded, ...]:
    """The AUCs of a column of few values, from the means of its cells: held-out means of one
    cell would differ by fold and break its ties against it."""
    import numpy as np

    counts = np.maximum(np.bincount(cells), 1)
    means = [np.bincount(cells, weights=column) / counts for column in labels.values.T]
    return class_aucs(labels, np.column_stack(means)[cells])


def class_aucs(labels: Labels, predicted: np.ndarray[Any, Any]) -> tuple[Bounded, ...]:
    """One-against-the-rest AUC of each class, with intervals."""
    found = []
    for place in range(len(labels.classes)):
        truth = labels.values[:, place]
        positives = int(truth.sum())
        value = auc(truth, predicted[:, place])
        found.append(auc_interval(value, positives, labels.n - positives))
    return tuple(found)


def smoothed(
    cells: np.ndarray[Any, Any], values: np.ndarray[Any, Any], fold: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Cross-fitted means of the cells, drawn towards the other folds' mean; (n, k)."""
    import numpy as np

    folds, size = int(fold.max()) + 1, int(cells.max()) + 1
    key = cells * folds + fold
    counts = np.bincount(key, minlength=size * folds).reshape(size, folds)
    others = counts.sum(axis=1, keepdims=True) - counts
    fold_rows = np.bincount(fold, minlength=folds)
    predicted = np.empty_like(values)
    for place in range(values.shape[1]):
        column = values[:, place]
        sums = np.bincount(key, weights=column, minlength=size * folds).reshape(size, folds)
        fold_sums = np.bincount(fold, weights=column, minlength=folds)
        mean = (column.sum() - fold_sums) / (column.size - fold_rows)
        theirs = sums.sum(axis=1, keepdims=True) - sums
        fitted = (theirs + _PRIOR_ROWS * mean) / (others + _PRIOR_ROWS)
        predicted[:, place] = fitted[cells, fold]
    return predicted


def _with_a_line(
    column: np.ndarray[Any, Any],
    cells: np.ndarray[Any, Any],
    values: np.ndarray[Any, Any],
    fold: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """A straight line, then the cells' means of what it leaves; both cross-fitted."""
    import numpy as np

    present = ~np.isnan(column)
    line = np.zeros(len(values))
    for one in range(int(fold.max()) + 1):
        fit = present & (fold != one)
        x, y = column[fit], values[fit, 0]
        x_mean, y_mean = (x.mean(), y.mean()) if x.size else (0.0, 0.0)
        spread = ((x - x_mean) ** 2).sum()
        slope = ((x - x_mean) * (y - y_mean)).sum() / spread if spread > 0 else 0.0
        used = fold == one
        line[used] = np.where(present[used], y_mean + slope * (column[used] - x_mean), y_mean)
    return np.asarray(line[:, None] + smoothed(cells, values - line[:, None], fold))


def _p_value(values: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> float:
    """One-sided, of a correlation between prediction and label; the smallest of the classes
    times their number."""
    import numpy as np
    from scipy.stats import t

    n, width = values.shape
    deviations = predicted - predicted.mean(axis=0)
    centred = values - values.mean(axis=0)
    scale = np.sqrt((deviations**2).sum(axis=0) * (centred**2).sum(axis=0))
    products = (deviations * centred).sum(axis=0)
    r = np.divide(products, scale, out=np.zeros(width), where=scale > 0)
    r = np.clip(r, -1 + 1e-12, 1 - 1e-12)
    tail = t.sf(r * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    return float(min(1.0, width * tail.min()))


def _is_copy(column: np.ndarray[Any, Any], categorical: bool, labels: Labels) -> bool:
    """The target in another unit, scale or spelling: a line or a strictly rising curve through
    nearly all numbers, or one value of the column for each class."""
    import numpy as np
    from scipy.stats import rankdata

    present = ~np.isnan(column)
    if labels.classes:
        if np.unique(column).size != len(labels.classes):
            return False
        cells = cells_of(column, True, 0)
        joint = np.zeros((int(cells.max()) + 1, len(labels.classes)))
        np.add.at(joint, (cells, labels.codes), 1)
        owners = joint.argmax(axis=1)
        agreed = float(joint.max(axis=1).sum()) / labels.n
        return agreed >= COPY_AGREEMENT and np.unique(owners).size == len(labels.classes)
    if categorical or present.mean() < 0.5 or np.unique(column[present]).size < FEWEST_LEVELS:
        return False
    x, y = column[present], labels.values[present, 0]
    if np.ptp(y) == 0:
        return False
    line = np.corrcoef(x, y)[0, 1] ** 2
    ranks = np.corrcoef(rankdata(x), rankdata(y))[0, 1] ** 2
    return bool(max(line, ranks) >= COPY_R2)


COPY_AGREEMENT = 0.995
COPY_R2 = 0.9999
FEWEST_LEVELS = 10


def _spread(values: np.ndarray[Any, Any]) -> float:
    return max(float(((values - values.mean(axis=0)) ** 2).sum()), 1e-300)
