"""Which pairs of rows are nearer than chance brings rows together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.contract import NotApplicable, Thresholds
from grd_core.checks.data.nearest_rows import Comparable, agreeing, nearest_other

if TYPE_CHECKING:
    import numpy as np

FEWEST = 20
FINE_COLUMNS = 3
MOST_QUERIES = 800
_STEEPEST = 20.0


@dataclass(frozen=True, slots=True)
class Distances:
    """Nearest distances of rows without an equal row in train: of training rows, (k,), and of
    test rows, (m,), with the positions of these and of their partners in the sample. `asked`
    counts all test rows looked at."""

    among_train: np.ndarray[Any, Any]
    train_rows: np.ndarray[Any, Any]
    train_partners: np.ndarray[Any, Any]
    to_train: np.ndarray[Any, Any]
    test_rows: np.ndarray[Any, Any]
    partners: np.ndarray[Any, Any]
    asked: int


@dataclass(frozen=True, slots=True)
class Law:
    """How nearest distances thin out: `share` of rows lie below `cutoff` by chance."""

    median: float
    cutoff: float
    share: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Near test rows, nearest first, as positions in the distances; how many were expected."""

    near: np.ndarray[Any, Any]
    in_train: int
    expected: float
    p: float
    before_the_split: bool


def distances_of(rows: Comparable) -> Distances:
    import numpy as np

    own = np.arange(min(len(rows.base), MOST_QUERIES))
    among = nearest_other(rows.base[own], rows.base, rows.categorical, own)
    towards = nearest_other(rows.other, rows.base, rows.categorical)
    single = np.flatnonzero(~among.has_twin)
    alone = np.flatnonzero(~towards.has_twin)
    return Distances(
        among.distance[single],
        single,
        among.row[single],
        towards.distance[alone],
        alone,
        towards.row[alone],
        len(rows.other),
    )


def law_of(distances: np.ndarray[Any, Any], level: Thresholds) -> Law | NotApplicable:
    """Fit F(d) = 1 − exp(−ln 2 (d / median)^k) through the median and the ninth decile.

    The upper half is used because near copies, in train as well, fill the lower end.
    """
    import numpy as np

    if distances.size < FEWEST:
        return NotApplicable(f"fewer than {FEWEST} training rows differ from all others")
    median, high = np.quantile(distances, [0.5, 0.9])
    if median <= 0:
        return NotApplicable("most training rows differ from another in a single column")
    spread = np.log(high / median)
    steepness = min(_STEEPEST, np.log(np.log(10) / np.log(2)) / spread if spread > 0 else _STEEPEST)
    reach = (level["chance_share"] / np.log(2)) ** (1 / steepness)
    ratio = min(level["closeness"], reach)
    share = -np.expm1(-np.log(2) * ratio**steepness)
    return Law(float(median), float(ratio * median), float(share))


def weigh(seen: Distances, rows: Comparable, law: Law, level: Thresholds) -> Verdict:
    import numpy as np
    from scipy.stats import poisson

    near = np.flatnonzero(seen.to_train < law.cutoff)
    near = near[np.argsort(seen.to_train[near], kind="stable")]
    in_train = np.flatnonzero(seen.among_train < law.cutoff)
    by_law = law.share * seen.to_train.size
    # Near training rows mostly come as mutual pairs: their count varies twice as much.
    at_most = in_train.size + 3 * (2 * in_train.size) ** 0.5 + 1
    by_train = min(1.0, at_most / seen.among_train.size) * seen.to_train.size
    expected = max(by_law, by_train)
    p = float(poisson.sf(near.size - 1, expected))
    plain = Verdict(near, int(in_train.size), expected, p, False)
    if p < level["significance"]:
        return plain
    ours = agreeing(rows.other[seen.test_rows[near]], rows.base[seen.partners[near]], rows.fine)
    theirs = agreeing(
        rows.base[seen.train_rows[in_train]], rows.base[seen.train_partners[in_train]], rows.fine
    )
    copies, theirs_before = near[ours >= FINE_COLUMNS], int((theirs >= FINE_COLUMNS).sum())
    behind = (seen.to_train >= law.cutoff) & (seen.to_train < 1.5 * law.cutoff)
    allowed = law.share * seen.among_train.size
    crowded = poisson.sf(theirs_before - 1, allowed) < level["significance"]
    if not crowded or behind.sum() >= copies.size / 3:
        return plain
    p = float(poisson.sf(copies.size - 1, by_law))
    return Verdict(copies, int(in_train.size), by_law, p, True)
