"""How far a row stands from the border between classes, for a model that did not see its label.

Logistic regression draws the border: its margin goes on growing far from it, also where some
labels are wrong, while a flexible model would learn the share of wrong labels as a probability.
Each number enters as it is and as its rank; where the border is bent, radial basis functions
join in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_STRENGTH = 0.3
_NAMES = 10
_CENTRES = 120
_ROUNDS = 40
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """For each row: the class a model gives it, by how much it is ahead of the next (in standard
    deviations over all rows), and probabilities (n, k)."""

    given: np.ndarray[Any, Any]
    ahead: np.ndarray[Any, Any]
    chances: np.ndarray[Any, Any]

    def wrong(self, codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """(n,) bool: where the label is another."""
        import numpy as np

        return np.asarray(self.given != codes)


def margins_of(
    matrix: np.ndarray[Any, Any],
    categorical: np.ndarray[Any, Any],
    codes: np.ndarray[Any, Any],
    fold: np.ndarray[Any, Any],
) -> Margins:
    """The margins of held-out rows; by the straight border, or the bent one where that errs less
    by more than a standard error."""
    import numpy as np

    design = _design(matrix, categorical)
    straight = _held_out(design, codes, fold)
    bent = _held_out(np.hstack([design, _radial(design, fold)]), codes, fold)
    gain = straight.wrong(codes).astype(float) - bent.wrong(codes)
    better = gain.mean() > gain.std() / np.sqrt(gain.size)
    return bent if better else straight


def _design(
    matrix: np.ndarray[Any, Any], categorical: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    import numpy as np
    from scipy.stats import rankdata

    blocks = [np.zeros((len(matrix), 1))]
    for place in range(matrix.shape[1]):
        column = matrix[:, place]
        missing = np.isnan(column)
        if categorical[place]:
            names = np.where(missing, _NAMES + 1, np.minimum(column, _NAMES)).astype(int)
            blocks.append(np.eye(_NAMES + 2)[names])
        elif not missing.all():
            deviation = float(np.nanstd(column)) or 1.0
            scaled = np.nan_to_num((column - np.nanmean(column)) / deviation)
            ranks = np.zeros(column.size)
            ranks[~missing] = rankdata(column[~missing]) / (~missing).sum() - 0.5
            parts = [np.clip(scaled, -4, 4), ranks * np.sqrt(12), missing.astype(float)]
            blocks.append(np.column_stack(parts))
    return np.hstack(blocks)


def _radial(design: np.ndarray[Any, Any], fold: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Closeness to some rows, (n, m); the width is the median distance to them."""
    import numpy as np
    from scipy.spatial.distance import cdist

    centres = design[np.argsort(fold, kind="stable")[: min(_CENTRES, len(design) // 4)]]
    distances = cdist(design, centres, "sqeuclidean")
    return np.asarray(4 * np.exp(-2 * distances / max(float(np.median(distances)), 1e-12)))


def _held_out(
    design: np.ndarray[Any, Any], codes: np.ndarray[Any, Any], fold: np.ndarray[Any, Any]
) -> Margins:
    import warnings

    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    classes = int(codes.max()) + 1
    scores = np.full((len(codes), classes), -1e3)
    for one in range(int(fold.max()) + 1):
        fit, used = fold != one, fold == one
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough to rank rows by
            model = LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS, tol=_TOLERANCE).fit(
                design[fit], codes[fit]
            )
        score = model.decision_function(design[used])
        if score.ndim == 1:
            score = np.column_stack([-score / 2, score / 2])
        scores[np.ix_(used, model.classes_)] = score
    ordered = np.sort(scores, axis=1)
    ahead = ordered[:, -1] - ordered[:, -2]
    chances = np.exp(scores - ordered[:, -1:])
    chances /= chances.sum(axis=1, keepdims=True)
    return Margins(scores.argmax(axis=1), ahead / max(float(ahead.std()), 1e-12), chances)
