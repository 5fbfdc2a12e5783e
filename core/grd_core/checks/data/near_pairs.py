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
_CLOSER = 0.3
"""The second, closer look: a stray pair of training rows hides no copies that lie closer."""
_LOOKS = 3
"""At the cutoff, closer, and against the law alone: every p is multiplied by it."""


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
    """Nearest distances of all test rows, and of the first MOST_QUERIES rows of the base."""
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
    """Hold the near test rows against what the law and the training rows themselves expect.

    They are looked at below the cutoff, and well below it. Where both parts hold near copies from
    before the split, training rows are no measure of chance: pairs that agree in several fine
    columns are then held against the law alone.
    """
    for cutoff in (law.cutoff, law.cutoff * _CLOSER):
        verdict = _against_train(seen, law, cutoff)
        if verdict.p < level["significance"]:
            return verdict
    found = _against_law(seen, rows, law, level)
    return found if found is not None else _against_train(seen, law, law.cutoff)


def _against_train(seen: Distances, law: Law, cutoff: float) -> Verdict:
    """Near test rows against the larger of the law's and the training rows' own share."""
    from scipy.stats import poisson

    near, in_train = _below(seen.to_train, cutoff), _below(seen.among_train, cutoff)
    # Near training rows mostly come as mutual pairs: their count varies twice as much.
    at_most = in_train.size + 3 * (2 * in_train.size) ** 0.5 + 1
    by_train = min(1.0, at_most / seen.among_train.size) * seen.to_train.size
    expected = max(law.share * seen.to_train.size, by_train)
    p = min(1.0, _LOOKS * float(poisson.sf(near.size - 1, expected)))
    return Verdict(near, int(in_train.size), expected, p, False)


def _against_law(seen: Distances, rows: Comparable, law: Law, level: Thresholds) -> Verdict | None:
    """Near test rows that agree in several fine columns, where training rows do so as well and a
    gap lies behind them; else None."""
    from scipy.stats import poisson

    near, in_train = _below(seen.to_train, law.cutoff), _below(seen.among_train, law.cutoff)
    ours = agreeing(rows.other[seen.test_rows[near]], rows.base[seen.partners[near]], rows.fine)
    theirs = agreeing(
        rows.base[seen.train_rows[in_train]], rows.base[seen.train_partners[in_train]], rows.fine
    )
    copies, before = near[ours >= FINE_COLUMNS], int((theirs >= FINE_COLUMNS).sum())
    behind = _below(seen.to_train, 1.5 * law.cutoff).size - near.size
    allowed = law.share * seen.among_train.size
    if poisson.sf(before - 1, allowed) >= level["significance"] or behind >= copies.size / 3:
        return None
    expected = law.share * seen.to_train.size
    p = min(1.0, _LOOKS * float(poisson.sf(copies.size - 1, expected)))
    return Verdict(copies, int(in_train.size), expected, p, True)


def _below(distances: np.ndarray[Any, Any], cutoff: float) -> np.ndarray[Any, Any]:
    """Positions of the distances below the cutoff, the smallest first."""
    import numpy as np

    near = np.flatnonzero(distances < cutoff)
    return np.asarray(near[np.argsort(distances[near], kind="stable")])
