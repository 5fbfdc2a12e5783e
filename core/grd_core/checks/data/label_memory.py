"""How long the label of a training table remembers its past: autocorrelation in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.time_order import NATURAL_STEPS_S, Times

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

FEWEST_STEPS = 30
MOST_STEPS = 5_000
FLOOR = 0.1
"""An autocorrelation below this is no memory."""

_SHUFFLES = 299
_LONGEST_SHARE = 0.1
_READ_OFF = 10
_FOLLOWED = 0.25


@dataclass(frozen=True, slots=True)
class Memory:
    """The autocorrelation of the label from one step of time to the next, its one-sided
    permutation p, over how many pairs of steps, and after which `length` (in the unit of the
    times) it falls below FLOOR; None where it does not within a tenth of the span."""

    step: float
    correlation: float
    p: float
    steps: int
    length: float | None


@dataclass(frozen=True, slots=True)
class NoMemory:
    """Why nothing can be said."""

    reason: str


def label_memory(times: Times, labels: Floats, seed: int) -> Memory | NoMemory:
    """The memory of the labels, (n, k), NaN where missing, without their straight trend.

    Labels are averaged over steps of equal length, the shortest of a second, a minute, an hour,
    a day or a week of which enough follow each other among the last MOST_STEPS; of several
    columns the one that remembers most is taken, in the shuffles as well.
    """
    import numpy as np

    known = ~np.isnan(times.values) & ~np.isnan(labels).any(axis=1)
    moments, values = times.values[known], labels[known]
    if moments.size < FEWEST_STEPS or np.ptp(moments) == 0:
        return NoMemory("too few labelled rows with a time")
    for step in _steps(times, moments):
        recent = moments > moments.max() - MOST_STEPS * step
        place = np.floor((moments[recent] - moments[recent].min()) / step).astype(np.int64)
        filled, inverse, counts = np.unique(place, return_inverse=True, return_counts=True)
        neighbours = _pairs(filled, 1)
        if len(neighbours[0]) >= max(FEWEST_STEPS, _FOLLOWED * filled.size):
            break
    else:
        return NoMemory("too few steps of time with labels follow each other")
    means = np.column_stack(
        [np.bincount(inverse, weights=column) / counts for column in values[recent].T]
    )
    means = _without_trend(means, filled)
    seen = _correlation(means, neighbours)
    column = int(seen.argmax())
    p = _chance(means, neighbours, seen, np.random.default_rng(seed))
    return Memory(
        step, float(seen[column]), p, len(neighbours[0]), _length(means[:, [column]], filled, step)
    )


def _steps(times: Times, moments: Floats) -> tuple[float, ...]:
    """Lengths of steps to try, the shortest first: natural ones for dates, none shorter than the
    values are apart; else multiples of their usual distance."""
    import numpy as np

    apart = np.diff(np.unique(moments))
    if times.dated:
        # Daily rows have nothing to tell within a day.
        return tuple(unit for unit in NATURAL_STEPS_S if unit >= 0.99 * apart.min())
    usual = float(np.median(apart))
    longest = float(np.ceil(np.ptp(moments) / usual / MOST_STEPS))
    return tuple(usual * factor for factor in (1.0, 2.0, 5.0, longest) if factor >= 1)


def _without_trend(means: Floats, place: Any) -> Floats:
    import numpy as np

    line = np.column_stack([np.ones(place.size), place - place.mean()])
    coefficients, *_ = np.linalg.lstsq(line, means, rcond=None)
    return np.asarray(means - line @ coefficients)


def _pairs(filled: Any, lag: int) -> tuple[Any, Any]:
    """Positions of steps that lie `lag` apart, both with rows."""
    import numpy as np

    later = np.searchsorted(filled, filled + lag)
    inside = later < filled.size
    first = np.flatnonzero(inside)
    first = first[filled[later[first]] == filled[first] + lag]
    return first, later[first]


def _correlation(means: Floats, pairs: tuple[Any, Any]) -> Floats:
    """The autocorrelation of each column, (k,); 0 for a column without variance."""
    import numpy as np

    spread = (means**2).mean(axis=0)
    covered = (means[pairs[0]] * means[pairs[1]]).mean(axis=0)
    return np.asarray(np.where(spread > 0, covered / np.where(spread > 0, spread, 1.0), 0.0))


def _chance(
    means: Floats, pairs: tuple[Any, Any], seen: Floats, random: np.random.Generator
) -> float:
    """How often the greatest correlation of shuffled steps reaches the greatest `seen`: counted,
    or from the normal law of each column's correlation, times the number of columns."""
    import numpy as np
    from scipy.stats import norm

    drawn = np.array([_correlation(random.permutation(means), pairs) for _ in range(_SHUFFLES)])
    above = int((drawn.max(axis=1) >= seen.max()).sum())
    spread = drawn.std(axis=0)
    if above >= _READ_OFF or not (spread > 0).all():
        return (above + 1) / (_SHUFFLES + 1)
    furthest = float(((seen - drawn.mean(axis=0)) / spread).max())
    return min(1.0, seen.size * float(norm.sf(furthest)))


def _length(column: Floats, filled: Any, step: float) -> float | None:
    """The first lag at which the autocorrelation is below FLOOR."""
    longest = max(2, int(_LONGEST_SHARE * (filled[-1] + 1)))
    for lag in range(1, longest + 1):
        pairs = _pairs(filled, lag)
        if len(pairs[0]) < FEWEST_STEPS // 2 or _correlation(column, pairs)[0] < FLOOR:
            return lag * step
    return None
