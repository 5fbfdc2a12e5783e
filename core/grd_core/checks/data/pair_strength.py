"""What two named columns tell together, looked at closely: the pairs that the screen picked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.other_columns import FOLDS, by_forest, by_ridge
from grd_core.checks.data.predictive_score import (
    Bounded,
    cells_for,
    cells_of,
    explained_interval,
    explained_share,
    folds_of,
    score_column,
    smoothed,
)
from grd_core.checks.data.training_labels import Labels

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class PairStrength:
    """Shares of one label explained on held-out rows: by the two columns together, by the better
    one alone, by their effects added up; and in which form they were told together."""

    together: Bounded
    alone: float
    added: float
    form: str
    predicted: np.ndarray[Any, Any]


def pair_strength(
    two: np.ndarray[Any, Any], categorical: np.ndarray[Any, Any], labels: Labels, seed: int
) -> PairStrength:
    """Look closely at two encoded columns, (n, 2), for a label of one column, (n, 1).

    Together they are read as cells, as a sum and a product by least squares, as a ratio, and by
    randomised trees on all of these; the best on held-out rows counts.
    """
    import numpy as np

    fold = folds_of(labels.n, seed, FOLDS)
    alone = max(
        score_column("", two[:, place], bool(categorical[place]), labels, fold).explained
        for place in (0, 1)
    )
    added = explained_share(labels.values, by_ridge(two, categorical, labels.values, fold))
    tried: list[tuple[str, np.ndarray[Any, Any]]] = []
    made = [two]
    if not categorical.any():
        for form, column in _forms(two, labels.values, fold):
            score = score_column(form, column, False, labels, fold)
            tried.append((form, score.predicted))
            made.append(np.nan_to_num(column)[:, None])
    tried.append(("value by value", smoothed(_crossed(two, categorical), labels.values, fold)))
    tried.append(("by thresholds", by_forest(np.hstack(made), labels.values, fold)))
    form, predicted = max(tried, key=lambda one: explained_share(labels.values, one[1]))
    bound = explained_interval(labels.values, predicted)
    return PairStrength(bound, max(0.0, alone), max(0.0, alone, added), form, predicted)


def _forms(
    two: np.ndarray[Any, Any], values: np.ndarray[Any, Any], fold: np.ndarray[Any, Any]
) -> list[tuple[str, np.ndarray[Any, Any]]]:
    """New columns made of two numbers, (n,) each; weights come from the other folds."""
    import numpy as np

    a, b = (np.where(np.isnan(two[:, i]), np.nanmean(two[:, i]), two[:, i]) for i in (0, 1))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = [np.where(below != 0, above / below, np.nan) for above, below in ((a, b), (b, a))]
    sums = np.column_stack([np.ones(a.size), a, b])
    products = np.column_stack([sums, a * b])
    return [
        ("as a sum or difference", _fitted(sums, values, fold)),
        ("as a product", _fitted(products, values, fold)),
        ("as a ratio", ratios[0]),
        ("as a ratio", ratios[1]),
    ]


def _fitted(
    design: np.ndarray[Any, Any], values: np.ndarray[Any, Any], fold: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    import numpy as np

    fitted = np.empty(len(values))
    for one in range(int(fold.max()) + 1):
        weights = np.linalg.lstsq(design[fold != one], values[fold != one, 0], rcond=None)[0]
        fitted[fold == one] = design[fold == one] @ weights
    return fitted


def _crossed(two: np.ndarray[Any, Any], categorical: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The cell of each row in the grid of both columns, (n,) int64."""
    import numpy as np

    side = max(4, int(np.sqrt(cells_for(len(two)))))
    first, second = (cells_of(two[:, i], bool(categorical[i]), side) for i in (0, 1))
    _, cells = np.unique(first * (second.max() + 1) + second, return_inverse=True)
    return np.asarray(cells, dtype=np.int64)
