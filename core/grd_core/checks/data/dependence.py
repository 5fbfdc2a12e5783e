"""How columns hang together, apart from how each is distributed: scores and pairs of scores.

A column becomes one or a few scores, each with mean 0 and variance 1 within its own table:
a line and a curve over the ranks of a number, a mark for each common value of a category, a mark
for missing values. What tells a column's distribution is gone from them; the mean product
of two columns' scores is a correlation, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import Encoded

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    _Said = tuple[str, tuple[Array, Array]]

_COMMON = 0.05
"""The share that a category's value, or missing values, must have in both tables for a mark."""
_MOST_MARKS = 4
_LEAST_VALUES = 3
_LEAST_LEFT = 0.1
_CLEAR = 0.6
MOST_PAIRS = 5
"""Pairs of columns that are read at once."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of two tables, (n, q) and (m, q), with the column that each belongs to, (q,),
    and words for each."""

    first: Array
    second: Array
    owner: Array
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Places of scores, (k,) each, of different columns whose product tells the tables apart,
    with the weight of each product."""

    left: Array
    right: Array
    weight: Array

    def read(self, scores: Array) -> Array:
        """The weighted sum of products for every row, (n,)."""
        products = scores[:, self.left] * scores[:, self.right]
        read: Array = products @ self.weight
        return read


def scores_of(encoded: Encoded) -> Scores:
    """The scores of the two tables of `encoded`; columns that say nothing have none."""
    import numpy as np

    tables = encoded.matrices
    kept: list[tuple[Array, Array]] = []
    owner: list[int] = []
    words: list[str] = []
    for place, name in enumerate(encoded.names):
        columns = (tables[0][:, place], tables[1][:, place])
        of = _category_scores if encoded.categorical[place] else _number_scores
        for said, pair in (*of(columns), *_missing_scores(columns)):
            scaled = tuple(_standardised(values) for values in pair)
            if scaled[0] is not None and scaled[1] is not None:
                kept.append((scaled[0], scaled[1]))
                owner.append(place)
                words.append(f"{said} of `{name}`" if said else f"`{name}`")
    if not kept:
        empty = tuple(np.empty((len(table), 0)) for table in tables)
        return Scores(empty[0], empty[1], np.array([], dtype=int), ())
    return Scores(
        np.column_stack([pair[0] for pair in kept]),
        np.column_stack([pair[1] for pair in kept]),
        np.array(owner),
        tuple(words),
    )


def product_variance(scores: Array) -> Array:
    """The variance of every product of two scores over all rows, (q, q)."""
    import numpy as np

    rows = len(scores)
    squares = scores**2
    mean = scores.T @ scores / rows
    return np.asarray(np.maximum(squares.T @ squares / rows - mean**2, 1e-9))


def differing_pairs(
    difference: Array, variance: Array, owner: Array, rows: tuple[int, int], most: int
) -> Pairs:
    """At most `most` pairs of scores whose mean products differ by most standard errors, at least
    three fifths as many as the first, no two of the same two columns; weighted as the
    independence rule weighs them (Bickel and Levina 2004): difference over variance."""
    import numpy as np

    error = variance * (1 / rows[0] + 1 / rows[1])
    z = np.abs(difference) / np.sqrt(error)
    z[owner[:, None] >= owner[None, :]] = 0.0
    order = np.argsort(-z, axis=None)[: 8 * most]
    left, right = np.unravel_index(order, z.shape)
    columns = owner[left] * (owner.max() + 1) + owner[right]
    first = np.sort(np.unique(columns, return_index=True)[1])[:most]
    left, right = left[first], right[first]
    clear = z[left, right] >= _CLEAR * z[left[0], right[0]]
    left, right = left[clear], right[clear]
    return Pairs(left, right, difference[left, right] / variance[left, right])


def relations(encoded: Encoded) -> Array:
    """The products of scores that tell the two tables of `encoded` apart most, for the rows of
    both, (n + m, k); k is 0 where fewer than two columns have scores."""
    import numpy as np

    scores = scores_of(encoded)
    rows = np.vstack([scores.first, scores.second])
    if np.unique(scores.owner).size < 2:
        return np.empty((len(rows), 0))
    sizes = (len(scores.first), len(scores.second))
    means = [table.T @ table / len(table) for table in (scores.first, scores.second)]
    pairs = differing_pairs(
        means[1] - means[0], product_variance(rows), scores.owner, sizes, MOST_PAIRS
    )
    products: Array = rows[:, pairs.left] * rows[:, pairs.right]
    return products


def _number_scores(columns: tuple[Array, Array]) -> list[_Said]:
    import numpy as np
    from scipy.stats import rankdata

    lines, curves = [], []
    for values in columns:
        here = ~np.isnan(values)
        line = np.full(values.size, np.nan)
        line[here] = (rankdata(values[here]) - 0.5) / max(int(here.sum()), 1) - 0.5
        lines.append(line)
        curves.append(_curve(line))
    scores: list[_Said] = [("", (lines[0], lines[1]))]
    if curves[0] is not None and curves[1] is not None:
        scores.append(("extremes", (curves[0], curves[1])))
    return scores


def _curve(line: Array) -> Array | None:
    """The square of a line over ranks, less what the line tells of it; None where nothing is
    left: on two values the square is the line, with a sign that follows their shares."""
    import numpy as np

    here = ~np.isnan(line)
    if np.unique(line[here]).size < _LEAST_VALUES:
        return None
    centred, square = line[here] - line[here].mean(), line[here] ** 2
    spread = float(square.var())
    rest = square - square.mean() - centred * (float(centred @ square) / float(centred @ centred))
    if float(rest.var()) < _LEAST_LEFT * spread:
        return None
    curve = np.full(line.size, np.nan)
    curve[here] = rest
    return curve


def _category_scores(columns: tuple[Array, Array]) -> list[_Said]:
    import numpy as np

    marks = []
    values = np.unique(columns[0][~np.isnan(columns[0])])[: _MOST_MARKS + 1]
    # The last of few values is what the others leave: its mark would say the same again.
    for value in values[:_MOST_MARKS] if values.size > 2 else values[:1]:
        pair = tuple(
            np.where(np.isnan(column), np.nan, column == value).astype(float) for column in columns
        )
        shares = [float(np.nanmean(mark)) if (~np.isnan(mark)).any() else 0.0 for mark in pair]
        if all(_COMMON <= share <= 1 - _COMMON for share in shares):
            marks.append(("a value", (pair[0], pair[1])))
    return marks


def _missing_scores(columns: tuple[Array, Array]) -> list[_Said]:
    import numpy as np

    gone = tuple(np.isnan(column).astype(float) for column in columns)
    if all(_COMMON <= mark.mean() <= 1 - _COMMON for mark in gone):
        return [("absence", (gone[0], gone[1]))]
    return []


def _standardised(values: Array) -> Array | None:
    """Mean 0 and variance 1 over what is present, 0 where missing; None for a constant."""
    import numpy as np

    here = ~np.isnan(values)
    if here.sum() < 2:
        return None
    spread = float(values[here].std())
    if spread < 1e-9:
        return None
    return np.where(here, (values - values[here].mean()) / spread, 0.0)
