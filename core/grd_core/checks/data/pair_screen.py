"""Every pair of columns at once: what two columns tell together that neither tells alone.

A cross-fitted mean over the cells of a pair and what it leaves open need only the counts and sums
of the cells, and those of all pairs are one product of matrices. The rows are halved: each half
predicts the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.predictive_score import cells_of

if TYPE_CHECKING:
    import numpy as np

WORK = 1.5e9
"""Multiply-and-adds that the screen may spend on one product over all rows."""

MOST_COLUMNS = 300
FEWEST_CELLS = 4
MOST_CELLS = 8
MOST_NAMES = 10
_ROWS_A_CELL = 16
_PRIOR_ROWS = 1.0


@dataclass(frozen=True, slots=True)
class Grid:
    """How fine the screen looks: cells a number is cut into, and how many rows it reads."""

    cells: int
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """The share of each label that a pair explains, (k, p, p): by the cells of both columns, and
    by least squares on both and their product. The diagonals are of each column alone."""

    cells: np.ndarray[Any, Any]
    planes: np.ndarray[Any, Any]


def grid_for(n: int, columns: int) -> Grid:
    """As fine as the rows carry, with as many rows as `WORK` allows."""
    import math

    cells = max(FEWEST_CELLS, min(MOST_CELLS, math.isqrt(n // _ROWS_A_CELL)))
    while cells > FEWEST_CELLS and n * ((cells + 1) * columns) ** 2 > WORK:
        cells -= 1
    return Grid(cells, max(1000, min(n, int(WORK / ((cells + 1) * columns) ** 2))))


def screen_pairs(
    matrix: np.ndarray[Any, Any],
    categorical: np.ndarray[Any, Any],
    values: np.ndarray[Any, Any],
    half: np.ndarray[Any, Any],
    cells: int,
) -> Screened:
    """Score all pairs of columns.

    Args:
        matrix: (n, p) encoded columns, NaN missing.
        categorical: (p,) bool.
        values: (n, k) labels.
        half: (n,) bool, which rows are in the first half.
        cells: into how many a number is cut.
    """
    import numpy as np

    blocks, starts = _one_hot(matrix, categorical, cells)
    standard = _standard(matrix)
    labels = [values[:, place] - values[:, place].mean() for place in range(values.shape[1])]
    return Screened(
        np.stack([_by_cells(blocks, starts, y, half) for y in labels]),
        np.stack(_by_planes(standard, labels)),
    )


def pair_cells(
    matrix: np.ndarray[Any, Any], categorical: np.ndarray[Any, Any], cells: int
) -> np.ndarray[Any, Any]:
    """The cell of each row in each column, (n, p) int64; rare names share the last cell."""
    import numpy as np

    found = np.empty(matrix.shape, dtype=np.int64)
    for place in range(matrix.shape[1]):
        column = matrix[:, place]
        if categorical[place]:
            column = np.where(column >= MOST_NAMES, MOST_NAMES, column)
        found[:, place] = cells_of(column, bool(categorical[place]), cells)
    return found


def _one_hot(
    matrix: np.ndarray[Any, Any], categorical: np.ndarray[Any, Any], cells: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(n, total cells) float32, and where each column's cells start, (p + 1,)."""
    import numpy as np

    found = pair_cells(matrix, categorical, cells)
    sizes = found.max(axis=0) + 1
    starts = np.concatenate([[0], np.cumsum(sizes)])
    blocks = np.zeros((len(matrix), int(starts[-1])), dtype=np.float32)
    np.put_along_axis(blocks, found + starts[:-1], 1.0, axis=1)
    return blocks, starts


def _by_cells(
    blocks: np.ndarray[Any, Any],
    starts: np.ndarray[Any, Any],
    label: np.ndarray[Any, Any],
    half: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """The share explained by cell means of one half in the other, over both halves, (p, p)."""
    import numpy as np

    sides = (half, ~half)
    counts = [blocks[side].T @ blocks[side] for side in sides]
    weighted = blocks * label[:, None].astype(np.float32)
    sums = [blocks[side].T @ weighted[side] for side in sides]
    lost = np.zeros((starts.size - 1,) * 2)
    for fit, used in ((0, 1), (1, 0)):
        prior = _PRIOR_ROWS * float(label[sides[fit]].mean())
        mean = (sums[fit] + prior) / (counts[fit] + _PRIOR_ROWS)
        # The squared error of a cell, less that of predicting the overall mean, which is 0.
        change = mean * (mean * counts[used] - 2 * sums[used])
        lost += np.add.reduceat(np.add.reduceat(change, starts[:-1], axis=0), starts[:-1], axis=1)
    return -lost / float((label**2).sum())


def _standard(matrix: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """In standard deviations; missing values at the mean."""
    import numpy as np

    here = ~np.isnan(matrix)
    means = np.where(here, matrix, 0.0).sum(axis=0) / np.maximum(here.sum(axis=0), 1)
    filled = np.where(here, matrix, means)
    centred = filled - filled.mean(axis=0)
    deviation = centred.std(axis=0)
    return np.asarray(centred / np.where(deviation > 0, deviation, 1.0))


def _by_planes(
    matrix: np.ndarray[Any, Any], labels: list[np.ndarray[Any, Any]]
) -> list[np.ndarray[Any, Any]]:
    """R² of least squares on [a, b, a·b] for each label, (p, p)."""
    import numpy as np

    n, p = matrix.shape
    squares = matrix**2
    first, second = matrix.T @ matrix / n, squares.T @ matrix / n
    normal = np.empty((p, p, 3, 3))
    normal[..., 0, 0] = np.diag(first)[:, None] + _JITTER
    normal[..., 1, 1] = np.diag(first)[None, :] + _JITTER
    normal[..., 2, 2] = squares.T @ squares / n - first**2 + _JITTER
    normal[..., 0, 1] = normal[..., 1, 0] = first
    normal[..., 0, 2] = normal[..., 2, 0] = second
    normal[..., 1, 2] = normal[..., 2, 1] = second.T
    found = []
    for label in labels:
        straight = matrix.T @ label / n
        right = np.empty((p, p, 3))
        right[..., 0], right[..., 1] = straight[:, None], straight[None, :]
        right[..., 2] = matrix.T @ (matrix * label[:, None]) / n
        weights = np.linalg.solve(normal, right[..., None])[..., 0]
        found.append((weights * right).sum(axis=-1) / float((label**2).mean()))
    return found


_JITTER = 1e-6
