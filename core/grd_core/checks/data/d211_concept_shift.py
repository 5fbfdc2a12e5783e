"""D211: the target follows from the features in another way outside the training table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from grd_core.checks.contract import (
    Cost,
    DataContext,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.data.encoded import Encoded, encode
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.split_structure import clusters_of, images_of_time, row_sample

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from grd_core.checks.data.discrimination import Discrimination

    Array = np.ndarray[Any, Any]

_MOST_ROWS = 1_500
_LEAST_ROWS = 40
_LEAST_OF_CLASS = 10
_LEAST_EFFECTIVE = 30
_LEAST_SHARED = 5
_CLEAR = 4.0
"""Standard errors from 0 that what is told in train must lie, for a change of it to show."""
_EDGE = 0.05
"""Of the chance to be in the other part, parts of one size: rows below it are not shared."""
_TOO_LITTLE = "the features tell too little of the target in train to see a change"
_NAMED = 3
_Z = 1.959964


class ConceptShift:
    """The same features mean something else for the target outside the training table.

    ## What it finds
    A relation between features and target that training rows show and labelled rows outside
    training (the test table where it carries the target, else the validation part) do not:
    gone, weaker, or the other way round.

    ## Why it matters
    What the model learned is not so in the rows that judge it. More training rows of the old
    kind, a better model or another threshold will not help; a score averaged over both
    parts describes neither.

    ## How it is measured
    A forest is fitted on training rows. Its discrimination is measured on training rows by trees
    that did not see them, and on the rows outside: for classes Tjur's coefficient with all
    classes weighted alike, for amounts the slope of the prediction over the target's normal
    scores. The value is the share of it that is kept outside, 1 where nothing changed, negative
    where the relation turned. Two harmless explanations are ruled out in turn. Were only the
    features distributed differently, the discrimination would agree after both parts are
    weighted to the rows they have in common (overlap weights, from a second forest that tells
    the parts apart). Were only the target distributed differently, it would agree without
    weights, since it looks at predictions given the truth. Both differences must be significant
    at `significance = 0.002`, and the larger share kept counts: it is told up to
    `info_kept = 0.75`, and warns where the interval ends at `warning_kept = 0.5` or below.
    At most 1,500 rows of each part are read; rows of a group that the split keeps whole count as
    one draw.

    ## How to fix it
    Find what changed between the parts: a definition of the target, a coding, a time, a place.
    If the change is real and lasting, train on rows from after it; if a column changed its
    meaning, map it to one meaning or leave it out. Report the parts apart until then.

    ## When it is wrong
    A change of the least part of the relation leaves most of the discrimination and is not
    called. Where the features tell little of the target in train, or the parts hardly overlap,
    nothing can be said, and it says so. A target that rises by the same amount everywhere
    is D210's. Where features and target's shares move at once, for reasons of their own, it can
    take this for a change of the relation, and so it can where correlations between features
    turn (D209) and the forest had leaned on a stand-in.

    ## Reference
    Tjur, «Coefficients of determination in logistic regression models», American Statistician
    63(4), 2009. Crump et al., «Dealing with limited overlap in estimation of average treatment
    effects», Biometrika 96(1), 2009. Li, Morgan and Zaslavsky, «Balancing covariates via
    propensity score weighting», JASA 113(521), 2018. Moreno-Torres et al., «A unifying view on dataset shift in
    classification», Pattern Recognition 45(1), 2012.
    """

    code: ClassVar[str] = "D211"
    title: ClassVar[str] = "Concept shift outside train"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1198/tast.2009.08210",
        "https://doi.org/10.1080/01621459.2016.1260466",
        "https://doi.org/10.1016/j.patcog.2011.06.019",
    )
    family: ClassVar[str] = "drift"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "warning_kept": 0.5,
        "info_kept": 0.75,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Measure how much of what features tell in train they tell outside.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        if not frames.target or frames.held is None:
            return NotApplicable("no labelled rows outside train")
        parts = _parts(frames, frames.held, context)
        if isinstance(parts, NotApplicable):
            return parts
        kept = _kept(parts, self.thresholds)
        if isinstance(kept, NotApplicable):
            return kept
        return Measurement(
            value=kept.share,
            method=(
                f"share of a forest's discrimination kept on {len(parts.held):,} {frames.held_name}"
                f" rows against {len(parts.train):,} training rows out of bag, with and without"
                " overlap weights, seed 211"
            ),
            n=len(parts.train) + len(parts.held),
            ci=kept.ci,
            evidence=self._evidence(context, frames, parts, kept),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned where surely no more than half of the relation is kept; else passed."""
        return judge_by_severity(measurement)

    def _evidence(
        self, context: DataContext, frames: Frames, parts: _Parts, kept: _Kept
    ) -> tuple[Evidence, ...]:
        limits = self.thresholds
        if kept.p > limits["significance"] or kept.share > limits["info_kept"]:
            return ()
        warns = kept.ci[1] <= limits["warning_kept"]
        where = frames.held_name
        cause = (
            "neither drift of the features nor of the target explains it"
            if warns
            else "drift of the features and of the target may have a part in it"
        )
        low, high = kept.ci
        if kept.share < 0 and high < 0:
            title = f"what features mean for `{context.target}` is turned round in {where}"
        else:
            title = f"features tell less of `{context.target}` in {where} than in train"
        changed = _changed_columns(frames, parts, limits["significance"])
        return (
            Evidence(
                title=title,
                why=(
                    f"a model of the training rows tells {kept.before:.2f} of `{context.target}`"
                    f" in train and {kept.after:.2f} in {where}: {kept.share:.0%} kept"
                    f" [{low:.0%}, {high:.0%}], p {_p_words(kept.p)}; {cause}{changed}"
                ),
                fix=(
                    f"find out what changed for `{context.target}` between train and {where},"
                    " and train on rows from after the change or report the parts apart"
                ),
                severity=Severity.WARNING if warns else Severity.INFO,
                path=context.test if where == "test" else context.validation,
                value=kept.share,
                threshold=limits["warning_kept" if warns else "info_kept"],
                family=self.family,
            ),
        )


@dataclass(frozen=True, slots=True)
class _Parts:
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
class _Kept:
    """The discrimination before and after, and the share kept with its interval and p-value."""

    before: float
    after: float
    share: float
    ci: tuple[float, float]
    p: float


def _parts(frames: Frames, held: pd.DataFrame, context: DataContext) -> _Parts | NotApplicable:
    import numpy as np

    from grd_core.checks.data.quick_forest import readable

    tables = [frames.train, held]
    for place, table in enumerate(tables):
        labelled = table[table[frames.target].notna()]
        tables[place] = labelled.iloc[row_sample(len(labelled), _MOST_ROWS, 211)]
    if min(len(table) for table in tables) < _LEAST_ROWS:
        return NotApplicable(f"fewer than {_LEAST_ROWS} labelled rows in train or outside")
    classes = 0
    if frames.task == "classification":
        both = [table[frames.target].astype(str) for table in tables]
        common = [
            name
            for name, count in both[0].value_counts().sort_index().items()
            if min(count, int((both[1] == name).sum())) >= _LEAST_OF_CLASS
        ]
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
    return _Parts(
        tables[0], tables[1], names, encoded, (matrices[0], matrices[1]), truth, classes, clusters
    )


def _kept(parts: _Parts, limits: Thresholds) -> _Kept | NotApplicable:
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


def _all_classes(parts: _Parts, weights: tuple[Array, Array]) -> bool:
    """Every class, where the target has classes, still has rows enough that weigh something."""
    import numpy as np

    return all(
        np.bincount(truth, weights=weight > 0, minlength=parts.classes).min() >= _LEAST_SHARED
        for truth, weight in zip(parts.truth, weights, strict=True)
        if parts.classes
    )


def _compared(before: Discrimination, after: Discrimination) -> _Kept:
    from scipy.stats import norm

    share = after.value / before.value
    half = _Z * (after.error**2 + share**2 * before.error**2) ** 0.5 / before.value
    z = abs(after.value - before.value) / (after.error**2 + before.error**2) ** 0.5
    p = float(2 * norm.sf(z))
    return _Kept(before.value, after.value, share, (share - half, share + half), p)


def _discrimination(parts: _Parts, place: int, predicted: Array, weights: Array) -> Discrimination:
    from grd_core.checks.data.discrimination import of_amounts, of_classes

    truth, clusters = parts.truth[place], parts.clusters[place]
    if parts.classes:
        return of_classes(predicted, truth, weights, clusters)
    return of_amounts(predicted[:, 0], truth, weights, clusters)


def _overlap_weights(parts: _Parts) -> tuple[Array, Array]:
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


def _changed_columns(frames: Frames, parts: _Parts, level: float) -> str:
    """The columns whose correlation with the target changed most, in words."""
    import numpy as np
    from scipy.stats import norm

    from grd_core.checks.data.dependence import scores_of

    truth = []
    for table in (parts.train, parts.held):
        column = table[frames.target]
        truth.append(column.astype(str) if parts.classes else column)
    tables = [
        table[list(parts.names)].assign(**{frames.target: column})
        for table, column in zip((parts.train, parts.held), truth, strict=True)
    ]
    encoded = encode(tables, (*parts.names, frames.target))
    scores = scores_of(encoded)
    mine = scores.owner == len(encoded.names) - 1
    if not mine.any() or mine.all():
        return ""
    before = scores.first[:, ~mine].T @ scores.first[:, mine] / len(scores.first)
    after = scores.second[:, ~mine].T @ scores.second[:, mine] / len(scores.second)
    bound = norm.isf(level / 2 / before.size)
    error = (1 / len(scores.first) + 1 / len(scores.second)) ** 0.5
    owners = scores.owner[~mine]
    words = [word for word, own in zip(scores.words, mine, strict=True) if not own]
    named: list[str] = []
    seen: set[int] = set()
    for flat in np.argsort(-np.abs(after - before), axis=None):
        row, place = np.unravel_index(int(flat), before.shape)
        if abs(after[row, place] - before[row, place]) < bound * error or len(named) == _NAMED:
            break
        if int(owners[row]) not in seen:
            seen.add(int(owners[row]))
            named.append(f"{words[row]} {before[row, place]:+.2f} → {after[row, place]:+.2f}")
    return f"; correlation with it: {', '.join(named)}" if named else ""


def _p_words(p: float) -> str:
    return "< 0.0001" if p < 0.0001 else f"= {p:.4f}"
