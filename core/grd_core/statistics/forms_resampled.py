"""The shapes in which a metric of n rows can be computed again under other weights.

Most metrics are functions of sums over rows (a mean of losses, a ratio of counts): a
resample of whole clusters then needs only the sums of each cluster. The others depend on
order (ranks, medians): the rows are sorted once, and a resample is a vector of weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from grd_core.statistics.observed import Codes, Floats


class Form(Protocol):
    """A metric of n rows that can be evaluated again under other weights of the rows."""

    def value(self, weights: ArrayLike | None = None) -> float:
        """The metric with every row counted once, or `weights` times; NaN if undefined."""
        ...

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """From counts (b, `count`) of each unit to b values; `units` (n,) names the unit
        of each row."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A metric that is a function of m sums: `moments` is (n, m), `combine` (b, m) → (b,)."""

    moments: Floats
    combine: Callable[[Floats], Floats]

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`."""
        return float(self.combine(totals(self.moments, weights)[None, :])[0])

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        of_units = totals_of_units(self.moments, units, count)
        return lambda counts: self.combine(counts @ of_units)


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """A metric of rows in the order `order` (positions, all n or some of them); `evaluate`
    takes their weights in that order."""

    order: Codes
    evaluate: Callable[[Floats], float]

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`."""
        if weights is None:
            return self.evaluate(np.ones(len(self.order)))
        return self.evaluate(np.asarray(weights, np.float64)[self.order])

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        in_order = units[self.order]
        return lambda counts: np.array([self.evaluate(one[in_order]) for one in counts])


@dataclass(frozen=True, slots=True, eq=False)
class Averaged:
    """The unweighted mean of several forms over the same rows, one a class."""

    parts: tuple[Form, ...]

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`."""
        return float(np.mean([part.value(weights) for part in self.parts]))

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        each = [part.grouped(units, count) for part in self.parts]
        return lambda counts: np.mean([evaluate(counts) for evaluate in each], axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """The mean of p forms, each by how many rows are its own: `members` (n, p) are 0 or 1.

    A form without rows has no say, whatever its value.
    """

    parts: tuple[Form, ...]
    members: Floats

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`."""
        values = np.array([[part.value(weights)] for part in self.parts])
        return float(_shared(values, totals(self.members, weights)[None, :])[0])

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        each = [part.grouped(units, count) for part in self.parts]
        of_units = totals_of_units(self.members, units, count)
        return lambda counts: _shared(
            np.vstack([evaluate(counts) for evaluate in each]), counts @ of_units
        )


def _shared(values: Floats, sizes: Floats) -> Floats:
    """The mean of `values` (p, b) by `sizes` (b, p)."""
    said = np.where(sizes.T > 0, values, 0.0)
    return ratio((said * sizes.T).sum(axis=0), sizes.sum(axis=1))


def totals(moments: Floats, weights: ArrayLike | None) -> Floats:
    """The sum of each column of `moments` (n, m), with weights (n,) where there are any."""
    if weights is None:
        unweighted: Floats = moments.sum(axis=0)
        return unweighted
    weighted: Floats = np.asarray(weights, np.float64) @ moments
    return weighted


def totals_of_units(moments: Floats, units: Codes, count: int) -> Floats:
    """The sum of each column of `moments` (n, m) within each of `count` units: (count, m)."""
    return np.column_stack([np.bincount(units, column, minlength=count) for column in moments.T])


def ratio(above: Floats, below: Floats) -> Floats:
    """Element by element; NaN or ±∞ where `below` is 0, without a warning."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = above / below
    return found


def mean_of(losses: Floats) -> Sums:
    """The mean of one loss a row."""
    moments = np.column_stack([losses, np.ones(len(losses))])
    return Sums(moments, lambda sums: ratio(sums[:, 0], sums[:, 1]))
