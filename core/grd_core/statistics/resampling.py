"""Drawing whole units with replacement, once for every statistic of interest.

A unit is what is independent of the others: a row, or a cluster of rows such as a day.
All statistics see the same resamples, so that differences between them are paired.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grd_core.statistics.forms import Form
from grd_core.statistics.observed import Codes, Floats

RESAMPLES = 2_000
SEED = 20_130_101
_CELLS_AT_ONCE = 200_000
"""Draws counted at once: what still lies in a core's cache; ten times more costs threefold."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The unit of each of n rows, as positions 0 … `count` − 1, and what a unit is called."""

    of_row: Codes
    count: int
    name: str = "row"

    @classmethod
    def rows(cls, n: int) -> Units:
        """Every row on its own: right only where rows are independent."""
        return cls(np.arange(n), n)

    @classmethod
    def clusters(cls, keys: ArrayLike, name: str) -> Units:
        """Rows with equal keys stand or fall together; `name` is the column of the keys.

        Rows without a key are one cluster.
        """
        values = np.asarray(keys)
        # Text beside a missing key cannot be sorted as it is.
        sortable = values.astype(str) if values.dtype == object else values
        distinct, codes = np.unique(sortable, return_inverse=True)
        return cls(codes.reshape(-1), len(distinct), name)

    def take(self, rows: NDArray[np.bool_] | Codes) -> Units:
        """The units of these rows alone, numbered anew."""
        distinct, codes = np.unique(self.of_row[rows], return_inverse=True)
        return Units(codes.reshape(-1), len(distinct), self.name)

    @property
    def clustered(self) -> bool:
        """Whether a unit can hold more than one row."""
        return self.name != "row"


def draws(count: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each of `count` units is drawn, in blocks (b, count); each row sums to
    `count`. Seeded: the same arguments give the same draws."""
    generator = np.random.default_rng(seed)
    block = max(1, min(resamples, _CELLS_AT_ONCE // max(count, 1)))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = generator.integers(0, count, size=(size, count), dtype=np.int64)
        drawn += np.arange(size, dtype=np.int64)[:, None] * count
        counts = np.bincount(drawn.reshape(-1), minlength=size * count)
        yield counts.reshape(size, count).astype(np.float64)


def replicates(
    forms: Sequence[Form], units: Units, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Floats:
    """Every form under the same resamples of units: (len(forms), resamples).

    The nonparametric bootstrap, of clusters where rows are not independent.
    Source: Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, ch. 6 and 8;
    Field & Welsh 2007, JRSS B 69:369-390, for resampling clusters.
    """
    if not units.count:
        return np.full((len(forms), resamples), np.nan)
    evaluators = [form.grouped(units.of_row, units.count) for form in forms]
    blocks = [
        np.vstack([evaluate(counts) for evaluate in evaluators])
        for counts in draws(units.count, resamples, seed)
    ]
    return np.hstack(blocks) if blocks else np.empty((len(forms), 0))
