"""A model that fits in a fraction of a second and reads every table: for checks that ask what
features tell, not for scores that anybody reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import Encoded

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_TREES = 40
_VALUES = 30
"""Values of a category that a tree tells apart: rarer ones count as one, with new values."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Predictions for the rows that were fitted, each by trees that did not see it, and for other
    rows: (n, classes) shares, or (n, 1) amounts. Averages over trees, so means of both compare.
    """

    inside: Array
    outside: Array


def readable(encoded: Encoded) -> tuple[Array, ...]:
    """The matrices of `encoded` as trees read them best: ranks over all tables for amounts, that
    none is too large or too close to another; rare and new values of categories as one."""
    import numpy as np
    from scipy.stats import rankdata

    ends = np.cumsum([len(matrix) for matrix in encoded.matrices])[:-1]
    rows = np.vstack(encoded.matrices)
    ranks = rankdata(rows, axis=0, nan_policy="omit")
    codes = np.where(rows > _VALUES, float(_VALUES), rows)
    return tuple(np.split(np.where(encoded.categorical, codes, ranks), ends))


def fit_classes(features: Array, codes: Array, others: Array, seed: int, leaf: int = 5) -> Fitted:
    """Extremely randomised trees (Geurts, Ernst and Wehenkel 2006) on bootstrap samples.

    Args:
        features: (n, p), NaN for missing.
        codes: (n,) classes 0..k-1, each of them present.
        others: (m, p) rows to predict.
        seed: of the trees.
        leaf: the least rows of a leaf.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    forest = ExtraTreesClassifier(
        _TREES,
        min_samples_leaf=leaf,
        max_features=0.5,
        bootstrap=True,
        oob_score=True,
        n_jobs=1,
        random_state=seed,
    )
    forest.fit(features, codes)
    return Fitted(_known(forest.oob_decision_function_), forest.predict_proba(others))


def fit_amounts(features: Array, amounts: Array, others: Array, seed: int) -> Fitted:
    """As `fit_classes`, for an (n,) target of amounts."""
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(
        _TREES,
        min_samples_leaf=5,
        max_features=0.5,
        bootstrap=True,
        oob_score=True,
        n_jobs=1,
        random_state=seed,
    )
    forest.fit(features, amounts)
    return Fitted(_known(forest.oob_prediction_[:, None]), forest.predict(others)[:, None])


def _known(predictions: Array) -> Array:
    """Rows that every tree saw, rare beyond practice, get the mean of the others."""
    import numpy as np

    return np.where(np.isnan(predictions), np.nanmean(predictions, axis=0), predictions)
