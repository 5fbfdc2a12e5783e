"""D205: a column that by itself tells the target as nothing honest in the table does."""

from __future__ import annotations

import dataclasses
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
from grd_core.checks.data.encoded import Encoded
from grd_core.checks.data.frames import frames_of
from grd_core.checks.data.other_columns import jointly_explained
from grd_core.checks.data.predictive_score import (
    Bounded,
    ColumnScore,
    auc,
    auc_interval,
    class_aucs,
    explained_interval,
    folds_of,
    level_aucs,
    score_column,
)
from grd_core.checks.data.training_labels import Labels, encoded_features, labels_of

if TYPE_CHECKING:
    import numpy as np

_SEED = 205
_MOST_ROWS = 5000
_FEWEST_MISSING = 8
_MOST_TOGETHER = 5
_COLUMNS_A_LEAK = 5


class SingleColumnTellsTarget:
    """A column that alone predicts the target.

    ## What it finds
    A column, or the mere fact that its value is missing, from which the target can be told by
    itself: a copy of the target in another unit or spelling, a noisy copy, something recorded
    after the event, or a value that was only filled in for one outcome. Only the training part
    is looked at. The id, the time and the groups are not scored.

    ## Why it matters
    A value that exists only because the outcome is known will not be there when the model is
    used. The score then measures the recording, not the prediction.

    ## How it is measured
    At most 5,000 training rows, drawn with a fixed seed. Each column is cut into cells (its
    names, or quantiles of a number, and one cell for «missing») and each row predicted by the
    mean label of its cell in the other four of five folds; for numbers also by a straight line.
    The measure is the share of the target explained: R², and for classes the same of 0 and 1
    (the Brier skill score). A one-sided test of prediction against label must pass at
    `significance = 0.002` after Benjamini–Hochberg over all columns and all columns of «is
    missing». Then one of these must hold.

    - A copy: the column takes one value for each class, true for 99.5% of the rows, or a line or
      a rising curve goes through the numbers with R² of .9999. This blocks; the rest warns.
    - Nearly all: the share explained is `near_perfect = 0.98` or more.
    - Far beyond the others: the column explains `number_floor = 0.8` of a number or
      `class_floor = 0.6` of the classes, and leaves unexplained at most `left_ratio = 0.4` of
      what all other columns leave together (ridge regression on cells or randomised trees,
      whichever does better). Up to five such columns, and at most a fifth of the table, are set
      aside together, so that two leaks do not hide each other.
    - A mirror: the column takes no more values than there are classes (or two), and its AUC for
      one class against the others is `mirror_auc = 0.85`, at the lower end of its 95% interval
      at least .78.
    - A telling gap: whether the value is missing reaches `missing_auc = 0.8` (for numbers: the
      chance that the label of a row with the value is above one without, or below), at the
      lower end at least .7.

    ## How to fix it
    Ask when the value of the column is known. If after the outcome, declare it excluded. If only
    its gaps tell, ask who left them; fill nothing and drop the column until that is known.

    ## When it is wrong
    An honest feature can do the same: the last value of a slow series, one measured cause in a
    table of chance companions, a yes/no question that nearly is the question. A leak that
    explains less than the floors passes. Below 50 labelled rows nothing is said.

    ## Reference
    Kaufman, Rosset and Perlich, «Leakage in data mining», KDD 2011. Kapoor and Narayanan,
    «Leakage and the reproducibility crisis in machine-learning-based science», Patterns 4(9),
    2023, type L2. Brier, «Verification of forecasts expressed in terms of probability», 1950.
    """

    code: ClassVar[str] = "D205"
    title: ClassVar[str] = "One column alone predicts the target"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1145/2020408.2020496",
        "https://doi.org/10.1016/j.patter.2023.100804",
    )
    family: ClassVar[str] = "target"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "near_perfect": 0.98,
        "number_floor": 0.8,
        "class_floor": 0.6,
        "left_ratio": 0.4,
        "mirror_auc": 0.85,
        "missing_auc": 0.8,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Score every column of the training table by itself.

        Raises:
            DataError: a table cannot be read.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        labels = labels_of(frames, _MOST_ROWS, _SEED)
        if isinstance(labels, NotApplicable):
            return labels
        columns = encoded_features(frames, labels, frames.features_but(context.groups))
        if not columns.names:
            return NotApplicable("there is no feature column to score")
        found = self._told(columns, labels)
        best = found.best
        whole = _with_all(best, columns, labels) if found.told else 0.0
        return Measurement(
            value=best.explained,
            method=(
                f"share explained by one column, 5-fold cells; {found.columns} columns and"
                f" {found.gaps} columns of «is missing»; {labels.sampled}, seed {_SEED};"
                f" strongest: `{best.name}`"
            ),
            n=labels.n,
            ci=_pair(explained_interval(labels.values, best.predicted)),
            evidence=tuple(self._evidence(one, whole, labels, context) for one in found.told),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Failed by a copy of the target, warned by any other column that tells it."""
        return judge_by_severity(measurement)

    def _told(self, columns: Encoded, labels: Labels) -> _Found:
        from scipy.stats import false_discovery_control

        matrix, fold = columns.matrices[0], folds_of(labels.n, _SEED)
        scores = [
            score_column(name, matrix[:, place], bool(columns.categorical[place]), labels, fold)
            for place, name in enumerate(columns.names)
        ]
        gaps = _gaps(columns, labels, fold)
        adjusted = false_discovery_control([one.p_value for one in (*scores, *gaps)])
        real = {
            id(one)
            for one, p in zip((*scores, *gaps), adjusted, strict=True)
            if p <= self.thresholds["significance"]
        }
        told = [
            _Told(one, "gap", bound)
            for one in gaps
            if id(one) in real and (bound := self._telling_gap(one, matrix, columns, labels))
        ]
        by_gap = {one.score.name for one in told}
        left = [one for one in scores if id(one) in real and one.name not in by_gap]
        ways: dict[str, _Told] = {}
        for one in left:
            if one.exact:
                ways[one.name] = _Told(one, "copy")
            elif one.explained >= self.thresholds["near_perfect"]:
                ways[one.name] = _Told(one, "nearly all")
        for beyond in self._far_beyond(left, columns, labels):
            ways.setdefault(beyond.score.name, beyond)
        for one in left:
            bound = self._mirror(one, labels)
            if bound:
                ways.setdefault(one.name, _Told(one, "mirror", bound))
        told += sorted(ways.values(), key=lambda one: -one.score.explained)
        best = max(scores, key=lambda one: one.explained)
        return _Found(tuple(told), best, len(scores), len(gaps))

    def _far_beyond(
        self, scores: list[ColumnScore], columns: Encoded, labels: Labels
    ) -> list[_Told]:
        """The largest few columns that each leave far less open than all the others do."""
        import numpy as np

        floor = self.thresholds["class_floor" if labels.classes else "number_floor"]
        ranked = sorted(
            (one for one in scores if one.explained >= floor), key=lambda one: -one.explained
        )
        width = len(columns.names)
        told: list[_Told] = []
        if width < 2 or not ranked:
            return told
        most = min(len(ranked), _MOST_TOGETHER, max(1, width // _COLUMNS_A_LEAK))
        # The most set aside first: where even then the others do well, no fewer need be tried.
        for together in (most, *range(1, most)):
            aside = {one.name for one in ranked[:together]}
            kept = np.array([name not in aside for name in columns.names])
            others = jointly_explained(
                columns.matrices[0][:, kept], columns.categorical[kept], labels, _SEED
            )
            most_left = self.thresholds["left_ratio"] * (1 - others.explained)
            if 1 - ranked[0].explained > most_left:
                break
            if len(told) < together and all(
                1 - one.explained <= most_left for one in ranked[:together]
            ):
                told = [_Told(one, "beyond", others=others.explained) for one in ranked[:together]]
        return told

    def _mirror(self, score: ColumnScore, labels: Labels) -> Bounded | None:
        if not labels.classes or score.levels > max(2, len(labels.classes)):
            return None
        best = max(level_aucs(labels, score.cells), key=lambda one: one.value)
        enough = best.value >= self.thresholds["mirror_auc"] and best.low >= _LOWEST_MIRROR
        return best if enough else None

    def _telling_gap(
        self, gap: ColumnScore, matrix: np.ndarray[Any, Any], columns: Encoded, labels: Labels
    ) -> Bounded | None:
        import numpy as np

        missing = np.isnan(matrix[:, columns.names.index(gap.name)])
        if labels.classes:
            best = max(level_aucs(labels, gap.cells), key=lambda one: one.value)
        else:
            value = auc(missing.astype(float), labels.values[:, 0])
            count = int(missing.sum())
            best = auc_interval(max(value, 1 - value), count, labels.n - count)
        enough = best.value >= self.thresholds["missing_auc"] and best.low >= _LOWEST_GAP
        return best if enough else None

    def _evidence(
        self, told: _Told, whole: float, labels: Labels, context: DataContext
    ) -> Evidence:
        score = told.score
        bound = explained_interval(labels.values, score.predicted)
        measured = f"{_measure(labels)} {bound}"
        if labels.classes:
            best = told.auc or max(class_aucs(labels, score.predicted), key=lambda one: one.value)
            measured = f"AUC {best}, {measured}"
        elif told.auc:
            measured = f"AUC {told.auc}, {measured}"
        measured += f", a model of all columns {whole:.3f}, n = {labels.n:,}"
        name, target = score.name, context.target
        title, why, fix = {
            "copy": (
                f"`{name}` is the target in another form",
                f"`{name}` and `{target}` determine each other: {measured}",
                f"exclude `{name}`",
            ),
            "nearly all": (
                f"`{name}` nearly is the target",
                f"`{name}` alone tells `{target}`: {measured}",
                f"ask when `{name}` is known; if not at prediction time, exclude it",
            ),
            "beyond": (
                f"`{name}` nearly is the target",
                f"`{name}` alone tells `{target}`: {measured}; all other columns together"
                f" {told.others:.2f}",
                f"ask when `{name}` is known; if not at prediction time, exclude it",
            ),
            "mirror": (
                f"`{name}` mirrors the target",
                f"`{name}` has {score.levels} values and tells `{target}`: {measured}",
                f"ask when `{name}` is known; if not at prediction time, exclude it",
            ),
            "gap": (
                f"whether `{name}` is missing tells the target",
                f"whether `{name}` is missing tells `{target}`: {measured}",
                f"ask why `{name}` is missing; exclude it until that is known",
            ),
        }[told.way]
        return Evidence(
            title=title,
            why=why,
            fix=fix,
            severity=Severity.BLOCKING if told.way == "copy" else Severity.WARNING,
            path=context.train,
            value=told.auc.value if told.auc else score.explained,
            threshold=self._threshold(told.way, labels),
            family=self.family,
        )

    def _threshold(self, way: str, labels: Labels) -> float:
        floor = "class_floor" if labels.classes else "number_floor"
        names = {"mirror": "mirror_auc", "gap": "missing_auc", "beyond": floor}
        return self.thresholds[names.get(way, "near_perfect")]


_LOWEST_MIRROR = 0.78
_LOWEST_GAP = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A column that tells the target, in which way, with the AUC that was asked for and what
    the other columns explain, where that was."""

    score: ColumnScore
    way: str
    auc: Bounded | None = None
    others: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    told: tuple[_Told, ...]
    best: ColumnScore
    columns: int
    gaps: int


def _gaps(columns: Encoded, labels: Labels, fold: np.ndarray[Any, Any]) -> list[ColumnScore]:
    """The score of «is missing» for each column with enough missing and enough present values."""
    import numpy as np

    found = []
    for place, name in enumerate(columns.names):
        missing = np.isnan(columns.matrices[0][:, place])
        if min(missing.sum(), (~missing).sum()) >= _FEWEST_MISSING:
            found.append(score_column(name, missing.astype(float), True, labels, fold))
    return found


def _with_all(best: ColumnScore, columns: Encoded, labels: Labels) -> float:
    """What the strongest column explains, with what all columns explain of the rest."""
    left = dataclasses.replace(labels, values=labels.values - best.predicted)
    others = jointly_explained(columns.matrices[0], columns.categorical, left, _SEED)
    return 1 - (1 - best.explained) * (1 - others.explained)


def _measure(labels: Labels) -> str:
    return "Brier skill" if labels.classes else "R²"


def _pair(bound: Bounded) -> tuple[float, float]:
    return bound.low, bound.high
