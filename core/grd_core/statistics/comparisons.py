"""Is the candidate better than the baseline, on the same rows and the same resamples?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from grd_core.errors import UsageError
from grd_core.statistics.estimation import Drawn
from grd_core.statistics.forms import Form
from grd_core.statistics.intervals import LEVEL, Estimate, Interval, NotEstimable, interval_of
from grd_core.statistics.metrics import gain
from grd_core.statistics.observed import Floats
from grd_core.statistics.resampling import RESAMPLES, SEED, Units, replicates


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the candidate gains over the baseline, positive when better, and the p-value of
    no difference; `p_value` is None where no interval could be given."""

    effect: Estimate
    p_value: float | None
    p_adjusted: float | None
    method: str


def compare_paired(
    candidate: Form,
    baseline: Form,
    direction: str,
    units: Units,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Comparison:
    """The paired bootstrap of the gain: both metrics under the same resamples of units.

    Source: Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, section 8.3 for
    the pairing; see `two_sided_p` for the p-value.
    """
    drawn = replicates((candidate, baseline), units, resamples=resamples, seed=seed)
    observed, gains = drawn_gain(
        Drawn(candidate.value(), (), drawn[0]), Drawn(baseline.value(), (), drawn[1]), direction
    )
    return compare_replicates(observed, gains, units, level=level)


def drawn_gain(candidate: Drawn, baseline: Drawn, direction: str) -> tuple[float, Floats]:
    """The gain in the good direction and its replicates (b,), paired resample by resample."""
    sign = -1.0 if direction == "lower" else 1.0
    observed = gain(direction, candidate.value, baseline.value)
    return observed, sign * (candidate.replicates - baseline.replicates)


def compare_replicates(
    observed: float, drawn: Floats, units: Units, *, level: float = LEVEL
) -> Comparison:
    """The comparison of an observed gain from its replicates (b,)."""
    effect = interval_of(observed, drawn, units, level=level)
    of_what = f"by {units.name}" if units.clustered else "by row"
    method = f"paired bootstrap {of_what}, two-sided"
    match effect:
        case NotEstimable():
            return Comparison(effect, None, None, method)
        case Interval():
            p_value = two_sided_p(observed, drawn, units.count)
            return Comparison(effect, p_value, p_value, method)


def two_sided_p(observed: float, drawn: Floats, units: int) -> float:
    """The probability, under no difference, of a gain at least this far from zero.

    The replicates are centred on the observed gain to stand for the null hypothesis; the
    observed one counts as a draw, so p is never 0. The normal quantile of that share is
    then read as one of t with k−1 degrees of freedom, shrunk by √((k−1)/k) for k units: the
    expansion of the interval, so that the two agree in small samples.
    Source: Davison & Hinkley 1997, *Bootstrap Methods and their Application*, sections
    4.4.1 and 4.2.5; Hesterberg 2015, The American Statistician 69:371-386, section 4.3.
    """
    centred = np.abs(drawn[np.isfinite(drawn)] - observed)
    share = (1 + np.count_nonzero(centred >= abs(observed))) / (1 + centred.size)
    quantile = -float(special.ndtri(share / 2.0))
    return float(2.0 * stats.t.sf(quantile * math.sqrt((units - 1) / units), units - 1))


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """p-values adjusted for the family, in the order given; None stays None and counts
    toward no family.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65-70.
    """
    tested = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p_value, place) in enumerate(tested):
        highest = max(highest, min(1.0, (len(tested) - rank) * p_value))
        adjusted[place] = highest
    return tuple(adjusted)


def adjust(p_values: Sequence[float | None], multiplicity: str) -> tuple[float | None, ...]:
    """p-values adjusted for the family by the registered procedure: «none», «holm»,
    «bonferroni» or «benjamini_hochberg»; None stays None.

    Source: Holm 1979 (above); Dunn 1961, JASA 56:52-64; Benjamini & Hochberg 1995, JRSS B
    57:289-300.

    Raises:
        UsageError: another procedure is named.
    """
    family = sum(p is not None for p in p_values)
    match multiplicity:
        case "none":
            return tuple(p_values)
        case "holm":
            return holm(p_values)
        case "bonferroni":
            return tuple(None if p is None else min(1.0, family * p) for p in p_values)
        case "benjamini_hochberg":
            return _benjamini_hochberg(p_values)
        case _:
            raise UsageError(
                f"no procedure is called {multiplicity!r}",
                fix="use none, holm, bonferroni or benjamini_hochberg",
            )


def _benjamini_hochberg(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    tested = sorted(((p, place) for place, p in enumerate(p_values) if p is not None), reverse=True)
    adjusted: list[float | None] = [None] * len(p_values)
    lowest = 1.0
    for above, (p_value, place) in enumerate(tested):
        lowest = min(lowest, p_value * len(tested) / (len(tested) - above))
        adjusted[place] = lowest
    return tuple(adjusted)
