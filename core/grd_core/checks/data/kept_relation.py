"""How much of what features tell of a target in train they tell outside, whatever else moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grd_core.checks.contract import DataContext, NotApplicable, Thresholds
from grd_core.checks.data.class_labels import class_labels
from grd_core.checks.data.encoded import Encoded, encode
from grd_core.checks.data.frames import Frames
from grd_core.checks.data.split_structure import clusters_of, images_of_time, row_sample

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from grd_core.checks.data.discrimination import Discrimination

    Array = np.ndarray[Any, Any]

_MOST_ROWS = 1_500
_LEAST_ROWS = 40
_LEAST_OF_CLASS = 10
_MOST_CLASSES = 20
_LEAST_EFFECTIVE = 30
_LEAST_SHARED = 5
_CLEAR = 4.0
"""Standard errors from 0 that what is told in train must lie, for a change of it to show."""
_EDGE = 0.05
"""Of the chance to be in the other part, parts of one size: rows below it are not shared."""
_TOO_LITTLE = "the features tell too little of the target in train to see a change"
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Parts:
    """Labelled rows inside and outside train, with features as a forest reads them, the target as
    classes 0..k-1 or normal scores, and the clusters of each."""

    train: pd.DataFrame
    held: pd.DataFrame
    names: tuple[str, ...]
    encoded: Encoded
    features: tuple[Array, Array]
    truth: tuple[Array, Array]
    classes: int
    clusters: tuple[Array, Array] | tuple[None, None]


@dataclass(frozen=True, slots=True)
class Kept:
    """The discrimination before and after, and the share kept with its interval and p-value."""

    before: float
    after: float
    share: float
    ci: tuple[float, float]
    p: float


def parts_of(frames: Frames, held: pd.DataFrame, context: DataContext) -> Parts | NotApplicable:
    """A sample of the labelled rows of both parts, ready to be fitted and compared."""
    import numpy as np
    import pandas as pd

    from grd_core.checks.data.quick_forest import readable

    tables = [frames.train, held]
    for place, table in enumerate(tables):
        labelled = table[table[frames.target].notna()]
        tables[place] = labelled.iloc[row_sample(len(labelled), _MOST_ROWS, 211)]
    if min(len(table) for table in tables) < _LEAST_ROWS:
        return NotApplicable(f"fewer than {_LEAST_ROWS} labelled rows in train or outside")
    classes = 0
    if frames.task == "classification":
        both = class_labels([table[frames.target] for table in tables])
        counts = pd.concat([column.value_counts() for column in both], axis=1).fillna(0).min(axis=1)
        enough = counts[counts >= _LEAST_OF_CLASS].sort_index()
        common = sorted(enough.nlargest(_MOST_CLASSES).index)
        if len(common) < 2:
            return NotApplicable(
                f"fewer than two classes have {_LEAST_OF_CLASS} rows in train and outside"
            )
        tables = [t[b.isin(common)] for t, b in zip(tables, both, strict=True)]
        codes = [b[b.isin(common)].map(common.index).to_numpy(dtype=int) for b in both]
        truth, classes = (codes[0], codes[1]), len(common)
    else:
        truth = _normal_scores(*(table[frames.target] for table in tables))
        if min(float(np.std(piece)) for piece in truth) < 1e-6:
            return NotApplicable(f"`{frames.target}` does not vary in train or outside")
    barred = images_of_time((tables[0], tables[1]), frames.features, context.time)
    names = frames.features_but((*context.groups, *barred))
    encoded = encode(tables, names)
    if not encoded.names:
        return NotApplicable("no feature is left beside groups and what follows the time")
    matrices = readable(encoded)
    clusters = clusters_of(tables[0], tables[1], context.groups) or (None, None)
    return Parts(
        tables[0], tables[1], names, encoded, (matrices[0], matrices[1]), truth, classes, clusters
    )


def kept_of(parts: Parts, limits: Thresholds) -> Kept | NotApplicable:
    """The share of a forest's discrimination that is kept outside, the larger of two: over all
    rows, which a shift of the target leaves as it is, and over the rows that both parts have in
    common, which a shift of the features leaves as it is. The second, which costs a second forest,
    is measured where the first alone would be told by `significance` and `info_kept`.
    """
    import numpy as np

    from grd_core.checks.data.discrimination import effective_rows
    from grd_core.checks.data.quick_forest import fit_amounts, fit_classes

    fit = fit_classes if parts.classes else fit_amounts
    fitted = fit(parts.features[0], parts.truth[0], parts.features[1], 211)

    def weighted(weights: tuple[Array, Array]) -> tuple[Discrimination, Discrimination]:
        return (
            _discrimination(parts, 0, fitted.inside, weights[0]),
            _discrimination(parts, 1, fitted.outside, weights[1]),
        )

    plain = weighted((np.ones(parts.truth[0].size), np.ones(parts.truth[1].size)))
    if plain[0].value < _CLEAR * plain[0].error:
        return NotApplicable(_TOO_LITTLE)
    kept = _compared(*plain)
    if kept.p > limits["significance"] or kept.share > limits["info_kept"]:
        return kept
    weights = _overlap_weights(parts)
    shared = all(effective_rows(weight) >= _LEAST_EFFECTIVE for weight in weights)
    if not shared or not _all_classes(parts, weights):
        return NotApplicable("train and the rows outside hardly overlap: no relation to compare")
    common = weighted(weights)
    if common[0].value < _CLEAR * common[0].error:
        return NotApplicable(_TOO_LITTLE)
    other = _compared(*common)
    larger = max(kept, other, key=lambda one: one.share)
    return replace(larger, p=max(kept.p, other.p))


def _all_classes(parts: Parts, weights: tuple[Array, Array]) -> bool:
    """Every class, where the target has classes, still has rows enough that weigh something."""
    import numpy as np

    return all(
        np.bincount(truth, weights=weight > 0, minlength=parts.classes).min() >= _LEAST_SHARED
        for truth, weight in zip(parts.truth, weights, strict=True)
        if parts.classes
    )


def _compared(before: Discrimination, after: Discrimination) -> Kept:
    from scipy.stats import norm

    share = after.value / before.value
    half = _Z * (after.error**2 + share**2 * before.error**2) ** 0.5 / before.value
    z = abs(after.value - before.value) / (after.error**2 + before.error**2) ** 0.5
    p = float(2 * norm.sf(z))
    return Kept(before.value, after.value, share, (share - half, share + half), p)


def _discrimination(parts: Parts, place: int, predicted: Array, weights: Array) -> Discrimination:
    from grd_core.checks.data.discrimination import of_amounts, of_classes

    truth, clusters = parts.truth[place], parts.clusters[place]
    if parts.classes:
        return of_classes(predicted, truth, weights, clusters)
    return of_amounts(predicted[:, 0], truth, weights, clusters)


def _overlap_weights(parts: Parts) -> tuple[Array, Array]:
    """Each row by the chance that it came from the other part; 0 where it surely did not."""
    import numpy as np

    from grd_core.checks.data.dependence import relations
    from grd_core.checks.data.quick_forest import fit_classes

    # A forest of few trees does not see a correlation that turned: it is handed the products.
    rows = np.hstack([np.vstack(parts.features), relations(parts.encoded)])
    sizes = [piece.size for piece in parts.truth]
    member = np.repeat([0, 1], sizes)
    inside = fit_classes(rows, member, rows[:1], 211, leaf=10).inside[:, 1]
    odds = inside / np.maximum(1 - inside, 1e-9) * sizes[0] / sizes[1]
    chance = odds / (1 + odds)
    # Crump et al. 2009: rows that only one part has say nothing about the other.
    shared = (chance >= _EDGE) & (chance <= 1 - _EDGE)
    return (chance * shared)[: sizes[0]], ((1 - chance) * shared)[sizes[0] :]


def _normal_scores(train: pd.Series[Any], held: pd.Series[Any]) -> tuple[Array, Array]:
    """Both as normal scores of the training distribution: tails of any weight stay bounded."""
    import numpy as np
    from scipy.stats import norm

    known = np.sort(train.to_numpy(dtype=float))
    scored = []
    for piece in (train, held):
        values = piece.to_numpy(dtype=float)
        place = np.searchsorted(known, values, side="left") + np.searchsorted(
            known, values, "right"
        )
        share = (place / 2 + 0.5) / (known.size + 1)
        scored.append(np.asarray(norm.ppf(share), dtype=float))
    return scored[0], scored[1]
