"""What a set of columns tells together: the yardstick for what one or two of them tell alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.predictive_score import cells_of, explained_share, folds_of, smoothed
from grd_core.checks.data.training_labels import Labels

if TYPE_CHECKING:
    import numpy as np

MOST_ROWS = 2000
MOST_COLUMNS = 50
FOLDS = 3
_CELLS = 8
_RIDGE = 5.0
_TREES = 30
_LEAF = 4
_LARGEST = 1e37


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """What columns explain together, from 0 to 1, with the held-out predictions (m, k) and the
    positions (m,) of their rows among those asked about."""

    explained: float
    predicted: np.ndarray[Any, Any]
    rows: np.ndarray[Any, Any]


def jointly_explained(
    matrix: np.ndarray[Any, Any], categorical: np.ndarray[Any, Any], labels: Labels, seed: int
) -> Joint:
    """The share of the target that all columns of a matrix explain together.

    The better of two models on rows held out in turn: a ridge regression on cells of every
    column, and randomised trees. At most `MOST_ROWS` rows are used, and of more than
    `MOST_COLUMNS` columns those that alone tell most.

    Args:
        matrix: (n, p) encoded columns, NaN missing; p may be 0.
        categorical: (p,) bool.
        labels: of the same n rows.
        seed: of the draw of rows and folds.
    """
    import numpy as np

    picked = np.arange(labels.n)
    if labels.n > MOST_ROWS:
        picked = np.sort(np.random.default_rng(seed).choice(labels.n, MOST_ROWS, replace=False))
    values = labels.values[picked]
    flat = np.broadcast_to(values.mean(axis=0), values.shape)
    if matrix.shape[1] == 0:
        return Joint(0.0, flat, picked)
    fold = folds_of(picked.size, seed, FOLDS)
    kept = _strongest(matrix[picked], categorical, values, fold)
    part, categorical = matrix[np.ix_(picked, kept)], categorical[kept]
    tried = (by_ridge(part, categorical, values, fold), by_forest(part, values, fold))
    shares = [explained_share(values, one) for one in tried]
    best = int(np.argmax(shares))
    return Joint(max(0.0, shares[best]), tried[best], picked)


def _strongest(
    matrix: np.ndarray[Any, Any],
    categorical: np.ndarray[Any, Any],
    values: np.ndarray[Any, Any],
    fold: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    import numpy as np

    width = matrix.shape[1]
    if width <= MOST_COLUMNS:
        return np.arange(width)
    shares = []
    for place in range(width):
        cells = cells_of(matrix[:, place], bool(categorical[place]), _CELLS)
        shares.append(explained_share(values, smoothed(cells, values, fold)))
    return np.sort(np.argsort(shares)[-MOST_COLUMNS:])


def by_ridge(
    matrix: np.ndarray[Any, Any],
    categorical: np.ndarray[Any, Any],
    values: np.ndarray[Any, Any],
    fold: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """What ridge regression on the cells of each column, side by side, says of held-out rows,
    (n, k): the columns' effects add up, they do not act together."""
    import numpy as np

    blocks = [np.ones((len(values), 1))]
    for place in range(matrix.shape[1]):
        column = matrix[:, place]
        named = np.where(column < _CELLS - 1, column, np.where(np.isnan(column), np.nan, _CELLS))
        cells = cells_of(named if categorical[place] else column, bool(categorical[place]), _CELLS)
        blocks.append(np.eye(int(cells.max()) + 1)[cells])
        if not categorical[place]:
            blocks.append(_scaled(column))
    design = np.hstack(blocks)
    penalty = np.full(design.shape[1], _RIDGE)
    penalty[0] = 1e-6
    predicted = np.empty_like(values)
    for one in range(FOLDS):
        fit = design[fold != one]
        predicted[fold == one] = design[fold == one] @ ridge_weights(
            fit, values[fold != one], penalty
        )
    return predicted


def ridge_weights(
    fit: np.ndarray[Any, Any], values: np.ndarray[Any, Any], penalty: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Ridge weights, (q, k), of an (n, q) design; the system solved is the smaller of q and n."""
    import numpy as np

    rows, width = fit.shape
    if width <= rows:
        return np.asarray(np.linalg.solve(fit.T @ fit + np.diag(penalty), fit.T @ values))
    eased = fit / penalty
    return np.asarray(eased.T @ np.linalg.solve(eased @ fit.T + np.eye(rows), values))


def _scaled(column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """In standard deviations, cut at four; missing values at the mean; (n, 1)."""
    import numpy as np

    if np.isnan(column).all():
        return np.zeros((column.size, 1))
    deviation = float(np.nanstd(column)) or 1.0
    scaled = np.nan_to_num((column - np.nanmean(column)) / deviation)
    return np.asarray(np.clip(scaled, -4, 4)[:, None])


def by_forest(
    matrix: np.ndarray[Any, Any], values: np.ndarray[Any, Any], fold: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """What extremely randomised trees say of held-out rows, (n, k).

    Source: Geurts, Ernst and Wehenkel 2006, *Machine Learning* 63(1).
    """
    import numpy as np
    from sklearn.ensemble import ExtraTreesRegressor

    # Trees read float32; a largest float64 for «no data» or a ratio by nearly 0 is beyond it.
    matrix = np.clip(matrix, -_LARGEST, _LARGEST)
    predicted = np.empty_like(values)
    for one in range(FOLDS):
        forest = ExtraTreesRegressor(
            _TREES, min_samples_leaf=_LEAF, max_features=0.5, random_state=0
        ).fit(matrix[fold != one], np.squeeze(values[fold != one]))
        predicted[fold == one] = forest.predict(matrix[fold == one]).reshape(-1, values.shape[1])
    return predicted
