"""Intervals by resampling whole units, and the honest answer where there is none."""

from __future__ import annotations

import math

import numpy as np
from scipy import special, stats

from grd_core.statistics.estimate import Estimate, Interval, NotEstimable
from grd_core.statistics.forms import Form
from grd_core.statistics.observed import Floats
from grd_core.statistics.resampling import RESAMPLES, SEED, Units, replicates

__all__ = ["Estimate", "Interval", "NotEstimable", "bootstrap_interval", "interval_of"]

LEVEL = 0.95
MINIMUM_UNITS = 10
LARGEST_UNDEFINED_SHARE = 0.05


def bootstrap_interval(
    form: Form,
    units: Units,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate:
    """The interval of one metric by resampling units; see `interval_of` for the method."""
    refused = too_few(units, form.value())
    if refused is not None:
        return refused
    drawn = replicates((form,), units, resamples=resamples, seed=seed)[0]
    return interval_of(form.value(), drawn, units, level=level)


def too_few(units: Units, estimate: float) -> NotEstimable | None:
    """The refusal when fewer than `MINIMUM_UNITS` independent units were observed."""
    if units.count >= MINIMUM_UNITS:
        return None
    what = f"distinct values of {units.name}" if units.clustered else "rows"
    return NotEstimable(
        f"{units.count} {what}, fewer than the {MINIMUM_UNITS} an interval needs",
        len(units.of_row),
        units.count,
        estimate if math.isfinite(estimate) else None,
    )


def interval_of(estimate: float, drawn: Floats, units: Units, *, level: float = LEVEL) -> Estimate:
    """The expanded percentile interval of `estimate` from its replicates `drawn` (b,).

    The percentile interval is too short by √((k−1)/k) and ignores the t distribution for
    k units; the tail probability is therefore Φ(−√(k/(k−1)) · t_{k−1}) instead of
    (1−level)/2. Replicates that are undefined (one class only) are left out; more than
    `LARGEST_UNDEFINED_SHARE` of them, or no variation at all, and there is no interval.
    Source: Efron 1979, Annals of Statistics 7:1-26; the expansion is Hesterberg 2015,
    The American Statistician 69:371-386, section 4.3.
    """
    n, count = len(units.of_row), units.count
    if not math.isfinite(estimate):
        return NotEstimable("the metric is undefined on these rows", n, count)
    refused = too_few(units, estimate)
    if refused is not None:
        return refused
    defined = drawn[np.isfinite(drawn)]
    undefined = 1.0 - defined.size / max(drawn.size, 1)
    if undefined > LARGEST_UNDEFINED_SHARE:
        why = f"the metric is undefined in {undefined:.0%} of the resamples"
        return NotEstimable(why, n, count, estimate)
    tail = expanded_tail(level, count)
    low, high = (float(edge) for edge in np.quantile(defined, [tail, 1.0 - tail]))
    if not high - low > 1e-12 * max(1.0, abs(estimate)):
        why = f"all {count} units give the same value, so its variation was not observed"
        return NotEstimable(why, n, count, estimate)
    # An extreme estimate can fall outside its own percentiles; the interval holds it.
    return Interval(
        estimate, min(low, estimate), max(high, estimate), level, method_of(units), n, count
    )


def expanded_tail(level: float, units: int) -> float:
    """The probability to cut at each end for `units` ≥ 2 units, in (0, 0.5).

    Source: Hesterberg 2015, The American Statistician 69:371-386, section 4.3.
    """
    quantile = float(stats.t.ppf((1.0 + level) / 2.0, units - 1))
    return float(special.ndtr(-math.sqrt(units / (units - 1)) * quantile))


def method_of(units: Units) -> str:
    """The interval's method, in the words printed beside it."""
    if units.clustered:
        return f"cluster bootstrap by {units.name}, expanded percentile"
    return "bootstrap by row, expanded percentile"
