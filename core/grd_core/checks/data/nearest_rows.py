"""How near rows of mixed columns lie to the rows of a table, without their worst column.

Numbers become their interpolated rank in the table, so that neither units nor tails weigh.
The squared difference of two rows is a sum over columns: of ranks for numbers, MISMATCH for
categories that differ or where one value is missing. The largest column is left out, where
there are enough: a copy with one field changed stays near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import encode

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Bools = np.ndarray[Any, np.dtype[np.bool_]]

MISMATCH = 1 / 6
"""The expected squared difference of two independent ranks: a category weighs as a number."""

FEWEST_TO_TRIM = 4
"""With fewer columns, leaving one out leaves nothing that tells rows apart."""

AGREEMENT = 0.02
"""The ranks by which two values of one column may differ and still be one value, jittered."""

KNOTS = 40
"""Quantiles of a column between which its ranks are interpolated."""

_CODE_WIDTH = 6
_CANDIDATES = 8
_STRETCH = 100
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Comparable:
    """Rows of two tables in the same columns: ranks of numbers and codes of categories, (n, p)
    and (m, p) float64, NaN where missing. `fine` says which columns are numbers of many values;
    `left_out` names the columns that only number or name rows."""

    base: Floats
    other: Floats
    categorical: Bools
    fine: Bools
    names: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each query, (q,): the distance to the nearest row of the base that differs from it,
    that row's position, and whether the base holds an equal row."""

    distance: Floats
    row: np.ndarray[Any, np.dtype[np.int64]]
    has_twin: Bools


def comparable(base: pd.DataFrame, other: pd.DataFrame, names: Sequence[str]) -> Comparable:
    """Bring both tables to ranks and codes. Constants and columns of row names are left out."""
    import numpy as np

    encoded = encode((base, other), names)
    first, second = encoded.matrices
    kept, left_out, fine = [], [], []
    for column, name in enumerate(encoded.names):
        if "float32" in (base[name].dtype, other[name].dtype):
            # A value stored as float32 equals itself stored as float64.
            for rows in (first, second):
                rows[:, column] = rows[:, column].astype(np.float32)
        values = np.concatenate([first[:, column], second[:, column]])
        present = values[~np.isnan(values)]
        distinct = int(np.unique(present).size)
        whole = bool(encoded.categorical[column]) or bool((present % 1 == 0).all())
        if whole and present.size > 1 and _names_rows(base[name], other[name]):
            left_out.append(name)
        elif distinct > 1 or (distinct == 1 and present.size < values.size):
            kept.append(column)
            fine.append(not encoded.categorical[column] and distinct >= _many(present.size))
    base_rows, other_rows = first[:, kept], second[:, kept]
    categorical = encoded.categorical[kept]
    for place in np.flatnonzero(~categorical):
        _rank(base_rows, other_rows, int(place))
    return Comparable(
        base_rows,
        other_rows,
        categorical,
        np.array(fine, dtype=bool),
        tuple(encoded.names[column] for column in kept),
        tuple(left_out),
    )


def nearest_other(queries: Floats, base: Floats, categorical: Bools, own: Any = None) -> Nearest:
    """The nearest row of `base` for each query, rows equal to it passed over.

    Candidates come from one product of matrices, in which categories stand as random codes;
    the distance to each candidate is then computed exactly. `own`, (q,), is the position of
    each query in the base where it stands there itself.
    """
    import numpy as np

    codes = _Codes(base, categorical)
    coded = codes.of(base)
    # |x|² − 2 q·x in one product: what it lacks, |q|², is one number for each query.
    weights = np.concatenate([-2 * coded, (coded**2).sum(axis=1, keepdims=True)], axis=1).T
    distance = np.full(len(queries), np.inf)
    row = np.zeros(len(queries), dtype=np.int64)
    twin = np.zeros(len(queries), dtype=bool)
    trims = base.shape[1] >= FEWEST_TO_TRIM
    for start in range(0, len(queries), _BLOCK):
        part = slice(start, start + _BLOCK)
        asked = queries[part]
        ones = np.ones((len(asked), 1), dtype=np.float32)
        squared = np.concatenate([codes.of(asked), ones], axis=1) @ weights
        if own is not None:
            squared[np.arange(len(asked)), own[part]] = np.inf
        candidates = _candidates(squared)
        terms = _terms(asked[:, None, :], base[candidates], categorical)
        total = terms.sum(axis=2)
        itself = candidates == own[part][:, None] if own is not None else np.False_
        twin[part] = ((total == 0) & ~itself).any(axis=1)
        trimmed = total - (terms.max(axis=2) if trims else 0)
        trimmed[(total == 0) | itself] = np.inf
        best = trimmed.argmin(axis=1)
        distance[part] = np.sqrt(np.maximum(trimmed[np.arange(len(asked)), best], 0))
        row[part] = candidates[np.arange(len(asked)), best]
    return Nearest(distance, row, twin)


class _Codes:
    """Rows as points whose squared distance is the rows' own, for categories on average."""

    def __init__(self, base: Floats, categorical: Bools) -> None:
        import numpy as np

        random = np.random.default_rng(202)
        highest = np.nan_to_num(base).max(axis=0, initial=0)
        self._categorical = np.flatnonzero(categorical)
        self._numbers = np.flatnonzero(~categorical)
        self._gaps = self._numbers[np.isnan(base[:, self._numbers]).any(axis=0)]
        # One word for each value, one for values that the base lacks, one for missing.
        self._words = [
            random.choice([-0.5, 0.5], (int(highest[column]) + 3, _CODE_WIDTH))
            for column in self._categorical
        ]

    def of(self, rows: Floats) -> np.ndarray[Any, np.dtype[np.float32]]:
        """The points of these rows, (n, q) float32."""
        import numpy as np

        pieces = [
            np.nan_to_num(rows[:, self._numbers], nan=0.5),
            np.isnan(rows[:, self._gaps]) * MISMATCH**0.5,
        ]
        # Two random words differ in half of their places, by one in each.
        scale = (MISMATCH / (_CODE_WIDTH / 2)) ** 0.5
        for words, column in zip(self._words, self._categorical, strict=True):
            values = np.nan_to_num(rows[:, column], nan=len(words) - 1)
            pieces.append(words[np.minimum(values.astype(np.int64), len(words) - 1)] * scale)
        return np.concatenate(pieces, axis=1).astype(np.float32)


def agreeing(left: Floats, right: Floats, fine: Bools) -> np.ndarray[Any, np.dtype[np.int64]]:
    """In how many columns of many values both rows have one, within AGREEMENT ranks, (n,)."""
    import numpy as np

    close = np.abs(left[:, fine] - right[:, fine]) < AGREEMENT
    return np.asarray(close.sum(axis=1), dtype=np.int64)


def _candidates(
    squared: np.ndarray[Any, np.dtype[np.float32]],
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Positions of small entries of each row, (q, k): the least of each of the best stretches."""
    import numpy as np

    rows, width = squared.shape
    stretch = 1 if width <= _STRETCH * _CANDIDATES else _STRETCH
    whole = width // stretch * stretch
    folded = squared[:, :whole].reshape(rows, -1, stretch)
    least = folded.min(axis=2)
    count = min(_CANDIDATES, least.shape[1])
    best = np.argpartition(least, count - 1, axis=1)[:, :count]
    inside = np.take_along_axis(folded, best[:, :, None], axis=1).argmin(axis=2)
    found = best * stretch + inside
    if whole < width:
        rest = squared[:, whole:].argmin(axis=1) + whole
        found = np.concatenate([found, rest[:, None]], axis=1)
    return np.asarray(found, dtype=np.int64)


def _terms(left: Floats, right: Floats, categorical: Bools) -> Floats:
    """The squared difference in each column."""
    import numpy as np

    gaps_left, gaps_right = np.isnan(left), np.isnan(right)
    difference = np.nan_to_num(left - right)
    terms = np.where(categorical, MISMATCH * (difference != 0), difference**2)
    return np.where(gaps_left != gaps_right, MISMATCH, terms)


def _rank(base: Floats, other: Floats, column: int) -> None:
    """Replace a column by its rank in the base, in [0, 1], interpolated between KNOTS quantiles.

    Between all values, every step to the next one would be as long as any other: distances
    among rows of the base would be those of a grid, and other rows would lie inside its meshes.
    """
    import numpy as np

    present = np.sort(base[~np.isnan(base[:, column]), column])
    values, counts = np.unique(present, return_counts=True)
    if values.size == 0:
        # The base has no value here: all that the other table holds is equally far.
        other[:, column] = np.where(np.isnan(other[:, column]), np.nan, 0.5)
        return
    middle = (np.cumsum(counts) - counts / 2) / present.size
    if values.size > KNOTS:
        chosen = np.unique(np.searchsorted(middle, np.linspace(middle[0], middle[-1], KNOTS)))
        chosen = np.union1d(chosen, [0, values.size - 1])
        values, middle = values[chosen], middle[chosen]
    for rows in (base, other):
        # NaN stays NaN; what lies beyond the ends is kept apart from them.
        inside = np.interp(rows[:, column], values, middle)
        outside = np.where(rows[:, column] > values[-1], 1.0, inside)
        rows[:, column] = np.where(rows[:, column] < values[0], 0.0, outside)


def _many(present: int) -> float:
    return max(20.0, min(100.0, present / 3))


def _names_rows(base: pd.Series[Any], other: pd.Series[Any]) -> bool:
    """Does every value, in both tables, stand once and nowhere miss?"""
    import pandas as pd

    if base.isna().any() or not base.is_unique:
        return False
    both = pd.concat([base, other])
    return bool(both.notna().all() and both.is_unique)
