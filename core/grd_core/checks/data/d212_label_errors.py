"""D212: labels that are wrong far from any doubt, and equal rows with different labels."""

from __future__ import annotations

from collections.abc import Mapping
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
from grd_core.checks.data.conflicting_labels import (
    Conflicts,
    class_conflicts,
    number_conflicts,
    row_keys,
)
from grd_core.checks.data.encoded import Encoded, kind_of
from grd_core.checks.data.far_off_labels import far_off_labels, within_reach
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.label_margins import Margins, margins_of
from grd_core.checks.data.label_noise import (
    ANYWHERE,
    AT_THE_BORDER,
    LabelNoise,
    estimate_label_noise,
)
from grd_core.checks.data.other_columns import FOLDS, by_forest, by_ridge
from grd_core.checks.data.predictive_score import folds_of
from grd_core.checks.data.training_labels import Labels, encoded_features, labels_of

if TYPE_CHECKING:
    import numpy as np

_SEED = 212
_MOST_ROWS = 5000
_SMALL = 1000
_NAMED = 5
_FINE = 0.5


class LabelErrors:
    """Labels that are probably wrong, and labels that contradict each other.

    ## What it finds
    Classes: the share of training labels that are wrong, and the rows to look at first. Numbers:
    labels that lie far off everything the features tell, with an empty gap before them, as a lost
    decimal point or a code for «unknown» leaves. Both: rows that are equal in every feature and
    carry different labels more often than noise explains.

    ## Why it matters
    Wrong labels lower every score, hide differences between methods and can turn a comparison
    around; in a test part they set a ceiling that no method reaches.

    ## How it is measured
    At most 5,000 training rows, equal rows together, drawn by a hash. Held-out rows are classed by
    logistic regression on values and ranks, with radial basis functions where those err less.
    Near the border between classes a label that disagrees is doubt; further off disagreement falls
    away, but wrong labels stay. The model is P(disagrees | margin m) = e + (1 - e) / (1 +
    exp(a + b·m)); e is the share of wrong labels, and a ≤ 0 (at the border half of the labels
    disagree) where at least half of the rows differ in their features and every class is given
    to at least half as many rows as carry it. It warns where e is
    `share_floor = 0.04` or more, the lower end of its 95% interval `lowest_share = 0.02` or more,
    and a likelihood-ratio test of e = 0 passes at `significance = 0.002`. If randomised trees give
    more than a quarter of the suspected rows the very label they carry, or the interval reaches
    `widest_share = 0.1` without an alarm, the share is not estimable: the problem is too hard, or
    the rows are too few, to tell errors from doubt.

    Numbers: residuals of held-out ridge regression, scaled by the median of their tenth of the
    predictions. At least five rows at six deviations or more, and at most one in twenty, must
    stand apart from all others by a factor of 1.5, and by a gap that even a tail as heavy as
    Cauchy's shows only with probability `significance`; of positive labels in their logarithms too.

    Equal rows: pairs that disagree, less those that the held-out chances lead to expect, must be
    `conflict_share = 0.1` of the pairs and at least three, and pass at `significance`.

    ## How to fix it
    Look at the named rows and correct the source. Do not drop them by model: that removes the
    hard rows as well, and from a test part it removes what the model cannot do.

    ## When it is wrong
    Events that happen to anybody at a constant rate (an accident, a lapse) look like wrong labels:
    they too happen far from any border. Errors that follow the features are learned, not found.
    Where classes overlap much, or below a few hundred rows, errors of 10% are often not
    estimable.

    ## Reference
    Northcutt, Jiang and Chuang, «Confident learning: estimating uncertainty in dataset labels»,
    JAIR 70, 2021. Barton and Lord, «An upper asymptote for the three-parameter logistic
    item-response model», 1981. Self and Liang, JASA 82(398), 1987. Rényi, «On the theory of order
    statistics», 1953.
    """

    code: ClassVar[str] = "D212"
    title: ClassVar[str] = "Label errors and conflicting labels"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1613/jair.1.12125",
        "https://doi.org/10.1080/01621459.1987.10478472",
    )
    family: ClassVar[str] = "labels"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "share_floor": 0.04,
        "lowest_share": 0.02,
        "widest_share": 0.1,
        "conflict_share": 0.1,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Look for labels that contradict the features, or each other.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        keys = row_keys(frames.train, _compared(frames))
        labels = labels_of(frames, _MOST_ROWS, _SEED, keys)
        if isinstance(labels, NotApplicable):
            return labels
        columns = encoded_features(frames, labels, frames.features)
        rows = _Rows(frames, labels, context.id_column)
        if labels.classes:
            return self._classes(columns, labels, keys[labels.rows], rows, context)
        return self._numbers(columns, labels, keys[labels.rows], rows, context)

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned by wrong or conflicting labels."""
        return judge_by_severity(measurement)

    def _classes(
        self,
        columns: Encoded,
        labels: Labels,
        keys: np.ndarray[Any, Any],
        rows: _Rows,
        context: DataContext,
    ) -> Measurement | NotApplicable:
        import numpy as np

        limits, codes = self.thresholds, labels.codes
        folds = 10 if labels.n <= _SMALL else 3
        fold = folds_of(labels.n, _SEED, folds)
        margins = margins_of(columns.matrices[0], columns.categorical, codes, fold)
        fine = np.unique(keys).size >= _FINE * labels.n
        offset = AT_THE_BORDER if fine and _reach_the_border(margins, codes) else ANYWHERE
        noise = estimate_label_noise(margins.ahead, margins.wrong(codes), offset)
        conflicts = class_conflicts(keys, codes, margins.chances)
        evidence = self._conflicting(conflicts, rows, context)
        alarm = noise.p_value <= limits["significance"] and noise.share >= limits["share_floor"]
        alarm = alarm and noise.low >= limits["lowest_share"]
        missed = float(margins.wrong(codes).mean())
        unclear = ""
        if alarm and _trees_side_with_labels(columns, labels, noise):
            unclear = "trees side with labels that the border between the classes doubts"
        elif not alarm and noise.high >= limits["widest_share"]:
            unclear = (
                f"{labels.n:,} rows and a model that misses {missed:.0%} leave room for up to"
                f" {noise.high:.0%} of wrong labels"
            )
        if unclear and not evidence:
            return NotApplicable(f"the share of wrong labels is not estimable: {unclear}")
        if alarm and not unclear:
            evidence = (self._wrong(noise, missed, rows, context), *evidence)
        return Measurement(
            value=noise.share,
            method=(
                f"asymptote of disagreement with the margin of logistic regression, {folds} folds;"
                f" {conflicts.pairs:,} pairs of equal rows; {labels.sampled}, seed {_SEED}"
            ),
            n=labels.n,
            ci=(noise.low, noise.high),
            evidence=evidence,
            notes=(f"the share of wrong labels is not estimable: {unclear}",) if unclear else (),
        )

    def _wrong(
        self, noise: LabelNoise, missed: float, rows: _Rows, context: DataContext
    ) -> Evidence:
        import numpy as np

        suspects = int((noise.suspicion >= _SUSPECTED).sum())
        order = np.argsort(-noise.suspicion, kind="stable")
        return Evidence(
            title=f"{noise.share:.0%} of the labels are probably wrong",
            why=(
                f"about {noise.share:.1%} [{noise.low:.1%}, {noise.high:.1%}] of `{context.target}`"
                f" contradict the features far from any doubt (a model misses {missed:.1%} in all),"
                f" n = {noise.suspicion.size:,}; {suspects:,} rows are more likely wrong than not,"
                f" first: {rows.named(order)}"
            ),
            fix="look at these rows and correct the source; do not drop rows by model",
            severity=Severity.WARNING,
            path=context.train,
            value=noise.share,
            threshold=self.thresholds["share_floor"],
            family=self.family,
        )

    def _numbers(
        self,
        columns: Encoded,
        labels: Labels,
        keys: np.ndarray[Any, Any],
        rows: _Rows,
        context: DataContext,
    ) -> Measurement:
        import numpy as np
        from scipy.stats import binomtest

        fold = folds_of(labels.n, _SEED, FOLDS)
        matrix, values = columns.matrices[0], labels.values[:, 0]
        ways = [values, np.log(values)] if (values > 0).all() else [values]
        predicted = [
            by_ridge(matrix, columns.categorical, within_reach(one)[:, None], fold)[:, 0]
            for one in ways
        ]
        far = [far_off_labels(*pair) for pair in zip(predicted, ways, strict=True)]
        alarm = all(one.p_value <= self.thresholds["significance"] for one in far)
        conflicts = number_conflicts(keys, values, predicted[0])
        evidence = self._conflicting(conflicts, rows, context)
        count = far[-1].rows.size if alarm else 0
        if alarm:
            evidence = (
                Evidence(
                    title=f"{count} labels lie far off what the features tell",
                    why=(
                        f"{count:,} of {labels.n:,} labels of `{context.target}` are at least"
                        f" {far[-1].gap:.1f} times as far off as all others, p ="
                        f" {far[-1].p_value:.2g}; first: {rows.named(far[-1].rows)}"
                    ),
                    fix="look at these rows: a unit, a decimal point or a code for «unknown»",
                    severity=Severity.WARNING,
                    path=context.train,
                    value=count / labels.n,
                    family=self.family,
                ),
                *evidence,
            )
        share = binomtest(count, labels.n).proportion_ci(method="wilson")
        return Measurement(
            value=count / labels.n,
            method=(
                f"residuals of ridge regression, {FOLDS} folds, that stand apart;"
                f" {conflicts.pairs:,} pairs of equal rows; {labels.sampled}, seed {_SEED}"
            ),
            n=labels.n,
            ci=(float(share.low), float(share.high)),
            evidence=evidence,
        )

    def _conflicting(
        self, found: Conflicts, rows: _Rows, context: DataContext
    ) -> tuple[Evidence, ...]:
        beyond = found.observed - found.expected
        floor = self.thresholds["conflict_share"]
        if found.pairs == 0 or found.observed < 3 or beyond < floor * found.pairs:
            return ()
        if found.p_value > self.thresholds["significance"]:
            return ()
        named = "; ".join(rows.named(pair) for pair in found.rows[:_NAMED])
        evidence = Evidence(
            title=f"{found.observed:.0f} pairs of equal rows carry different labels",
            why=(
                f"of {found.pairs:,} pairs of training rows equal in every feature"
                f" {found.observed:,.0f} differ in `{context.target}`, where {found.expected:,.1f}"
                f" are expected; first: {named}"
            ),
            fix="find out which of the two labels holds, and keep one row of each pair",
            severity=Severity.WARNING,
            path=context.train,
            value=found.observed / found.pairs,
            threshold=floor,
            family=self.family,
        )
        return (evidence,)


class _Rows:
    """How the rows in use are called."""

    def __init__(self, frames: Frames, labels: Labels, id_column: str) -> None:
        self._table, self._positions, self._id = labels.table(frames), labels.rows, id_column

    def named(self, rows: np.ndarray[Any, Any]) -> str:
        """The first few of these, by id where there is one, else by their number in the file."""
        if not self._id:
            return ", ".join(f"row {self._positions[int(row)] + 1}" for row in rows[:_NAMED])
        values = self._table[self._id]
        # repr: a value from data may hold control characters.
        shown = [str(values.iloc[int(row)]) for row in rows[:_NAMED]]
        return ", ".join(f"{self._id} {one[:40]!r}" for one in shown)


def _compared(frames: Frames) -> tuple[str, ...]:
    """The features, without whole numbers that only number the rows."""
    import pandas as pd

    names = []
    for name in frames.features:
        column = frames.train[name]
        numbering = pd.api.types.is_integer_dtype(column) and column.is_unique
        if kind_of(column) != "unreadable" and not numbering:
            names.append(name)
    return tuple(names)


def _reach_the_border(margins: Margins, codes: np.ndarray[Any, Any]) -> bool:
    """Whether each class is given to about as many rows as carry it: one that is hardly ever
    given, as a rare one, has no rows beside its border."""
    import numpy as np

    carried = np.bincount(codes)
    given = np.bincount(margins.given, minlength=carried.size)
    return bool((given >= _GIVEN * carried).all())


_GIVEN = 0.5


def _trees_side_with_labels(columns: Encoded, labels: Labels, noise: LabelNoise) -> bool:
    """Whether held-out trees, which draw no border, give suspected rows the label they carry:
    then the border is wrong, not the label."""
    fold = folds_of(labels.n, _SEED, FOLDS)
    trees = by_forest(columns.matrices[0], labels.values, fold).argmax(axis=1)
    suspected = noise.suspicion >= _SUSPECTED
    return bool((trees == labels.codes)[suspected].mean() > _SIDED) if suspected.any() else False


_SUSPECTED = 0.5
_SIDED = 0.25
