"""Do scores mean what they say? The expected calibration error, with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grd_core.evaluation.schema import Calibration, CalibrationBin, fields_of
from grd_core.statistics.forms import Sums
from grd_core.statistics.intervals import bootstrap_interval
from grd_core.statistics.observed import Floats, Labels, Observed
from grd_core.statistics.resampling import Units

BINS = 15


def calibration_of(models: Sequence[Observed], units: Units, *, level: float) -> Calibration | None:
    """Of the mean score of the models; None where there are no scores.

    Two classes: the score of the positive class against its share. More: the highest score
    against how often it is right. Bins hold about equally many rows. The estimate is never
    negative and leans upward in small samples, also for a calibrated model.
    Source: Naeini, Cooper & Hauskrecht 2015, AAAI 2901-2907; top-label form and the
    metric's name from Guo et al. 2017, ICML 1321-1330; equal-mass bins from Nguyen &
    O'Connor 2015, EMNLP 1587-1598.
    """
    labelled = [model for model in models if isinstance(model, Labels)]
    scored = [model.scores for model in labelled if model.scores is not None]
    if not scored:
        return None
    scores, truth = np.mean(scored, axis=0), labelled[0].truth
    if scores.shape[1] == 2:
        of, said, was = f"the score of class {labelled[0].classes[1]}", scores[:, 1], truth == 1
    else:
        of, said, was = "the highest score", scores.max(axis=1), scores.argmax(axis=1) == truth
    bins = _equal_mass(said)
    width = int(bins.max()) + 1
    gaps = np.zeros((len(said), width))
    gaps[np.arange(len(said)), bins] = said - was
    form = Sums(
        np.hstack([gaps, np.ones((len(said), 1))]),
        lambda sums: np.abs(sums[:, :-1]).sum(axis=1) / sums[:, -1],
    )
    return Calibration(
        **fields_of(bootstrap_interval(form, units, level=level), level),
        of=of,
        bins=[
            CalibrationBin(
                n=int((bins == place).sum()),
                mean_score=float(said[bins == place].mean()),
                observed=float(was[bins == place].mean()),
            )
            for place in range(width)
        ],
    )


def _equal_mass(said: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    edges = np.unique(np.quantile(said, np.linspace(0, 1, BINS + 1)[1:-1]))
    _, codes = np.unique(np.searchsorted(edges, said, side="left"), return_inverse=True)
    return codes.astype(np.intp)
