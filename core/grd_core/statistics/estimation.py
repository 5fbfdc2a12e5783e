"""One metric over the models of several seeds: its value, and its replicates.

All metrics and all models see the same resamples of units, so any difference or weighted
sum of them is paired. Where there are several models, these are resampled as well: the
interval then answers for another training as much as for another test set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grd_core.statistics.forms import form_of
from grd_core.statistics.intervals import LEVEL, Estimate, interval_of
from grd_core.statistics.metrics import Metric
from grd_core.statistics.observed import Floats, Observed
from grd_core.statistics.own_metric import OWN_RESAMPLES
from grd_core.statistics.resampling import RESAMPLES, SEED, Units, draws, replicates


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A metric's mean over the models, the value of each model, and replicates (b,)."""

    value: float
    each: tuple[float, ...]
    replicates: Floats

    def interval(self, units: Units, *, level: float = LEVEL) -> Estimate:
        """The interval of the value; see `interval_of`."""
        return interval_of(self.value, self.replicates, units, level=level)


def draw_metrics(
    requests: Sequence[tuple[Metric, Sequence[Observed]]],
    units: Units,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[Drawn, ...]:
    """Each metric over its models, all of which answer the rows of `units`.

    `resamples` are at most those of `resamples_for`: all metrics share them, so that they
    stay paired.

    Source: Bouthillier et al. 2021, *Accounting for Variance in Machine Learning
    Benchmarks*, MLSys, for resampling data and seeds together.
    """
    resamples = resamples_for([metric for metric, _ in requests], resamples)
    forms = [[form_of(metric, model) for model in models] for metric, models in requests]
    drawn = replicates([f for group in forms for f in group], units, resamples=resamples, seed=seed)
    found = []
    start = 0
    for place, group in enumerate(forms):
        each = tuple(form.value() for form in group)
        block = drawn[start : start + len(group)]
        start += len(group)
        found.append(Drawn(float(np.mean(each)), each, _pooled(block, seed + 1 + place)))
    return tuple(found)


def resamples_for(metrics: Sequence[Metric], wanted: int = RESAMPLES) -> int:
    """How often these metrics are drawn again: fewer times where one is a person's own."""
    return min(wanted, OWN_RESAMPLES) if any(metric.own for metric in metrics) else wanted


def _pooled(block: Floats, seed: int) -> Floats:
    """The mean over as many models drawn with replacement, for each resample."""
    models = len(block)
    if models == 1:
        only: Floats = block[0]
        return only
    weights = np.vstack(list(draws(models, block.shape[1], seed))).T / models
    # A model that was not drawn must not spread its undefined value.
    pooled: Floats = np.where(weights > 0, weights * block, 0.0).sum(axis=0)
    return pooled
