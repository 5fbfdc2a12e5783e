"""D210: a target that is distributed differently outside the training table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from grd_core.checks.data.class_labels import class_labels
from grd_core.checks.data.column_shift import (
    ColumnShift,
    column_shifts,
    largest_ratio,
    new_values,
    significant,
)
from grd_core.checks.data.distances import LEAST_ROWS
from grd_core.checks.data.encoded import encode
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.split_structure import clusters_of, images_of_time, row_sample

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from grd_core.checks.data.estimated_shares import EstimatedShares

    Array = np.ndarray[Any, Any]

_MOST_ROWS = 20_000
_MOST_FITTED = 1_500
_LEAST_OF_CLASS = 20
_MOST_CLASSES = 20
_SHOWN = 3


class LabelShift:
    """The target is distributed differently outside the training table.

    ## What it finds
    Classes whose shares, or amounts whose distribution, differ between training rows and
    labelled rows outside (the test table where it carries the target, else the validation
    part). Where the test table has no labels, the shares of classes in it are estimated.

    ## Why it matters
    Accuracy, precision, calibration and every threshold follow the shares of the classes. A
    score under other shares is a score of another task, and a rare class that doubles can
    turn a comparison of methods.

    ## How it is measured
    With labels: the distance between the two distributions of the target, total variation for
    classes and Kolmogorov and Smirnov's for amounts, a share of rows from 0 to 1, tested by
    χ² or by ranks at `significance = 0.002`. It warns from `warning_distance = 0.1` or
    where a class changes its share by a factor of `warning_ratio = 2` or more and does so at the
    same significance by itself (Bonferroni), and is told from `info_distance = 0.05`. Without
    labels: a forest is fitted on training rows; if rows of a class look the same in both tables,
    its mean prediction in test is a mixture of its mean predictions per class in train, and
    solving for the mixture gives the shares (BBSE), with a bootstrap interval over 200
    resamples; the test compares the mean predictions. The
    assumption is looked at: training rows drawn again with the estimated shares must leave no
    feature distributed differently in test, else the estimate is told and does not warn. At
    most 20,000 rows of each table are compared, 1,500 for the forest. Where both comparisons
    are made, each is held to half the significance. Rows of a group that the split keeps whole
    count as one draw in the comparison of labels.

    ## How to fix it
    If the rows were cut by hand, stratify the split by the target. If new data will have the
    shares of the test table, reweight training rows or move the threshold to them, and report
    scores that do not follow shares beside those that do.

    ## When it is wrong
    A split in time may move the target by nature: then it is a fact to report. The estimate
    without labels is wrong where classes changed their looks in ways that no single feature
    shows. Amounts without labels are not estimable, nor are classes that the features do not
    tell apart.

    ## Reference
    Lipton, Wang and Smola, «Detecting and correcting for label shift with black box predictors»,
    ICML 2018. Saerens, Latinne and Decaestecker, «Adjusting the outputs of a classifier to new
    a priori probabilities», Neural Computation 14(1), 2002.
    """

    code: ClassVar[str] = "D210"
    title: ClassVar[str] = "Label shift outside train"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://arxiv.org/abs/1802.03916",
        "https://doi.org/10.1162/089976602753284446",
    )
    family: ClassVar[str] = "drift"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "warning_distance": 0.1,
        "warning_ratio": 2,
        "info_distance": 0.05,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Compare the target's distribution, with labels or by what a model predicts.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        if not frames.target:
            return NotApplicable("no target is declared")
        unlabelled = frames.target not in frames.test.columns
        estimated: _Answer | str = _estimated(frames, context) if unlabelled else ""
        compared: _Answer | str = "no labelled rows outside train"
        if frames.held is not None:
            compared = _compared(frames, frames.held, context, self.thresholds)
        answers = [one for one in (compared, estimated) if not isinstance(one, str)]
        reasons = [one for one in (compared, estimated) if isinstance(one, str) and one]
        if not answers:
            return NotApplicable("; ".join(reasons))
        level = self.thresholds["significance"] / len(answers)
        evidence = [self._evidence(frames, context, answer, level) for answer in answers]
        first = answers[0]
        return Measurement(
            value=first.distance,
            method="; ".join(answer.method for answer in answers),
            n=first.rows,
            ci=first.ci,
            evidence=tuple(one for one in evidence if one is not None),
            notes=tuple(reasons) if frames.held is not None else (),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned from the warning distance or ratio on; else passed."""
        return judge_by_severity(measurement)

    def _evidence(
        self, frames: Frames, context: DataContext, answer: _Answer, level: float
    ) -> Evidence | None:
        limits = self.thresholds
        far = (
            answer.distance >= limits["warning_distance"] or answer.ratio >= limits["warning_ratio"]
        )
        if answer.p > level or not (far or answer.distance >= limits["info_distance"]):
            return None
        broken = _unexplained(frames, context, answer, limits["significance"])
        warns = far and not broken
        low, high = answer.ci
        by_ratio = far and answer.distance < limits["warning_distance"]
        factor = f"; {answer.changed} by a factor of {answer.ratio:.1f}" if answer.changed else ""
        caveat = f"; but {broken}: take the estimate as a hint" if broken else ""
        return Evidence(
            title=f"`{frames.target}` is distributed differently in {answer.where}",
            why=(
                f"train → {answer.where}: {answer.words}; distance {answer.distance:.2f}"
                f" [{low:.2f}, {high:.2f}] over {answer.rows:,} rows{factor}{caveat}"
            ),
            fix=(
                f"stratify the split by `{frames.target}`, or decide which shares new data will"
                " have and reweight or set thresholds for them"
            ),
            severity=Severity.WARNING if warns else Severity.INFO,
            path=context.validation if answer.where == "validation" else context.test,
            value=answer.ratio if by_ratio else answer.distance,
            threshold=limits[_floor(far, by_ratio)],
            family=self.family,
        )


def _floor(far: bool, by_ratio: bool) -> str:
    """The threshold that was reached."""
    if by_ratio:
        return "warning_ratio"
    return "warning_distance" if far else "info_distance"


@dataclass(frozen=True, slots=True)
class _Answer:
    """A distance of the target's distributions, with or without labels outside.

    `ratio` is the largest factor by which a class surely changed its share, 1 where none did, and
    `changed` that class in words. `weights` are those of the training rows under the estimated
    shares, None with labels.
    """

    where: str
    distance: float
    ci: tuple[float, float]
    p: float
    ratio: float
    words: str
    method: str
    rows: int
    weights: Array | None = None
    changed: str = ""


def _compared(
    frames: Frames, held: pd.DataFrame, context: DataContext, limits: Thresholds
) -> _Answer | str:
    labelled = [table[table[frames.target].notna()] for table in (frames.train, held)]
    tables = [table.iloc[row_sample(len(table), _MOST_ROWS, 210)] for table in labelled]
    clusters = clusters_of(tables[0], tables[1], context.groups)
    columns = [table[frames.target] for table in tables]
    if frames.task == "classification":
        columns = class_labels(columns)
    shifts = [
        shift
        for shift in column_shifts(frames.target, columns[0], columns[1], clusters)
        if shift.what == "values"
    ]
    if not shifts:
        return f"fewer than {LEAST_ROWS} labelled rows in train or outside"
    shift: ColumnShift = shifts[0]
    new = new_values(columns[0], columns[1])
    rows = sum(len(table) for table in tables)
    kind = "total variation" if frames.task == "classification" else "Kolmogorov and Smirnov's"
    ratio, changed = 1.0, ""
    if frames.task == "classification":
        ratio, changed = largest_ratio(
            (columns[0], columns[1]), clusters, limits["warning_ratio"], limits["significance"]
        )
    return _Answer(
        frames.held_name,
        shift.distance.value,
        shift.distance.ci,
        shift.distance.p,
        ratio,
        f"{shift.words}, {new}" if new else shift.words,
        f"{kind} distance of the target in train and {frames.held_name}, {rows:,} rows",
        rows,
        changed=changed,
    )


def _estimated(frames: Frames, context: DataContext) -> _Answer | str:
    import numpy as np

    from grd_core.checks.data.estimated_shares import estimate_shares
    from grd_core.checks.data.quick_forest import fit_classes, readable

    if frames.task != "classification":
        return "amounts of a test table without labels are not estimable"
    train, test = _fitted_rows(frames)
    if len(test) < LEAST_ROWS:
        return f"the test table has fewer than {LEAST_ROWS} rows"
    (labels,) = class_labels([train[frames.target]])
    counts = labels.value_counts()
    names = sorted(counts[counts >= _LEAST_OF_CLASS].index)
    if not 2 <= len(names) <= _MOST_CLASSES:
        return f"{len(names)} classes have {_LEAST_OF_CLASS} training rows: no shares to estimate"
    train = train[labels.isin(names)]
    codes = labels[labels.isin(names)].map(names.index).to_numpy(dtype=int)
    features = _features(frames, context, train, test)
    if not features:
        return "no feature is left beside groups and what follows the time"
    matrices = readable(encode((train, test), features))
    fitted = fit_classes(matrices[0], codes, matrices[1], 210)
    shares = estimate_shares(fitted.inside, codes, fitted.outside)
    if shares is None:
        return "the features do not tell the classes apart: no shares to estimate in test"
    weights = np.zeros(len(labels))
    weights[labels.isin(names).to_numpy()] = (shares.after / shares.before)[codes]
    return _Answer(
        "test",
        shares.distance,
        shares.ci,
        shares.p,
        1.0,
        _share_words(shares, names),
        f"shares in test by BBSE, a forest on {len(train):,} training rows out of bag, seed 210",
        len(train) + len(test),
        weights,
    )


def _unexplained(frames: Frames, context: DataContext, answer: _Answer, level: float) -> str:
    """Where shares were estimated: which features still differ under them, in words."""
    import numpy as np

    if answer.weights is None:
        return ""
    train, test = _fitted_rows(frames)
    weights = answer.weights
    draws = max(int(weights.sum() ** 2 / (weights**2).sum()), LEAST_ROWS)
    rows = np.random.default_rng(210).choice(len(train), draws, p=weights / weights.sum())
    again = train.iloc[rows]
    shifts = [
        shift
        for name in _features(frames, context, train, test)
        for shift in column_shifts(name, again[name], test[name])
    ]
    left = significant(shifts, level)
    if not left:
        return ""
    named = ", ".join(f"`{shift.name}`" for shift in left[:_SHOWN])
    return f"{named} differ in ways that shares of classes do not explain"


def _fitted_rows(frames: Frames) -> tuple[pd.DataFrame, pd.DataFrame]:
    labelled = frames.train[frames.train[frames.target].notna()]
    return (
        labelled.iloc[row_sample(len(labelled), _MOST_FITTED, 210)],
        frames.test.iloc[row_sample(len(frames.test), _MOST_FITTED, 210)],
    )


def _features(
    frames: Frames, context: DataContext, train: pd.DataFrame, test: pd.DataFrame
) -> tuple[str, ...]:
    images = images_of_time((train, test), frames.features, context.time)
    return frames.features_but((*context.groups, *images))


def _share_words(shares: EstimatedShares, names: list[str]) -> str:
    import numpy as np

    order = np.argsort(-np.abs(shares.after - shares.before))[:_SHOWN]
    return "estimated, if classes look alike in both: " + ", ".join(
        f"{names[place]!r} {shares.before[place]:.1%} → {shares.after[place]:.1%}"
        for place in order
    )
