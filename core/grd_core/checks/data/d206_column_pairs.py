"""D206: two columns that together tell the target, where neither does alone."""

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
from grd_core.checks.data.other_columns import MOST_ROWS, jointly_explained
from grd_core.checks.data.pair_screen import MOST_COLUMNS, Screened, grid_for, screen_pairs
from grd_core.checks.data.pair_strength import PairStrength, pair_strength
from grd_core.checks.data.predictive_score import folds_of
from grd_core.checks.data.training_labels import Labels, encoded_features, labels_of

if TYPE_CHECKING:
    import numpy as np

_SEED = 206
_MOST_ROWS = 5000
_LOOKED_AT = 4
_SCREEN_SHARE = 0.3
_SCREEN_GAIN = 0.2


class TwoColumnsTellTarget:
    """Two columns that together predict the target.

    ## What it finds
    Pairs of columns that alone tell little and together tell nearly everything: two halves of a
    key whose parity is the class, two amounts whose difference or product is the target, two
    scores of which the larger one names the winner. Only the training part is looked at; the id,
    the time and the groups are left out.

    ## Why it matters
    Any model that can combine columns will find such a pair, and look at each column in turn will
    not. If one half is known only after the outcome, the score promises what use cannot give.

    ## How it is measured
    All pairs are screened at once on at most 5,000 training rows (fewer where many columns would
    make it slow; of more than 300 columns the first 300): cross-fitted means over a grid of 4×4 to
    8×8 cells, names up to ten each, and least squares on both columns and their product; of
    several classes, each against the others. The four pairs that gain most over their better
    column are looked at closely on at most 2,000 rows, three folds: as cells, as sum, product and
    ratio, and by randomised trees. The share explained must differ from none at
    `significance = 0.002` divided by the number of pairs, and the pair must do either of these.

    - Act together: it explains `joint_floor = 0.5` or more, leaves open at most
      `joint_ratio = 0.6` of what the effects of both leave when added up (the better column alone
      included), and either explains `joint_gain = 0.5` more than these, or leaves open at most
      `others_ratio = 0.35` of what all other columns leave together.
    - Add up to the target: it explains `sum_floor = 0.9` or more and leaves open at most
      `others_ratio` of what the better column leaves, and of what all others leave.

    ## How to fix it
    Ask when both columns are known. If one of them is recorded after the outcome, or was made
    from the target, exclude it.

    ## When it is wrong
    A law that honestly joins two measured causes and little noise looks the same: an area by
    length and width. Three columns that only together tell the target are not found, nor a pair
    whose pattern is finer than the grid and not a sum, a product or a ratio. A single column that
    leaks (D205) can hide a pair that adds up to the target, until it is excluded.

    ## Reference
    Kaufman, Rosset and Perlich, «Leakage in data mining», KDD 2011. Geurts, Ernst and Wehenkel,
    «Extremely randomized trees», Machine Learning 63(1), 2006. Friedman and Popescu, «Predictive
    learning via rule ensembles», Annals of Applied Statistics 2(3), 2008, section 8.
    """

    code: ClassVar[str] = "D206"
    title: ClassVar[str] = "Two columns together predict the target"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1145/2020408.2020496",
        "https://doi.org/10.1007/s10994-006-6226-1",
        "https://doi.org/10.1214/07-AOAS148",
    )
    family: ClassVar[str] = "target"
    thresholds: ClassVar[Mapping[str, float]] = {
        "significance": 0.002,
        "joint_floor": 0.5,
        "joint_ratio": 0.6,
        "joint_gain": 0.5,
        "sum_floor": 0.9,
        "others_ratio": 0.35,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Screen all pairs of columns of the training table.

        Raises:
            DataError: a table cannot be read.
        """
        import numpy as np

        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        names = frames.features_but(context.groups)
        grid = grid_for(min(_MOST_ROWS, len(frames.train)), min(len(names), MOST_COLUMNS))
        labels = labels_of(frames, grid.rows, _SEED)
        if isinstance(labels, NotApplicable):
            return labels
        columns = encoded_features(frames, labels, names[:MOST_COLUMNS])
        if len(columns.names) < 2:
            return NotApplicable("there are not two feature columns")
        half = folds_of(labels.n, _SEED, 2) == 0
        questions = labels.values if len(labels.classes) != 2 else labels.values[:, 1:]
        screened = screen_pairs(
            columns.matrices[0], columns.categorical, questions, half, grid.cells
        )
        candidates = _candidates(screened)
        pairs = len(columns.names) * (len(columns.names) - 1) // 2
        looked = [_look(one, columns, labels, questions) for one in candidates]
        told = self._told(looked, pairs * questions.shape[1])
        best = float(screened.cells[:, *np.triu_indices(len(columns.names), 1)].max())
        bounds = [one.strength.together for one in looked]
        strongest = max(bounds, key=lambda one: one.value, default=None)
        left_out = len(names) - len(names[:MOST_COLUMNS])
        return Measurement(
            value=strongest.value if strongest else best,
            method=(
                f"{pairs:,} pairs of columns in {grid.cells}×{grid.cells} cells and by least"
                f" squares with product, {len(candidates)} of them looked at closely;"
                f" {labels.sampled}, seed {_SEED}"
            ),
            n=labels.n,
            ci=(strongest.low, strongest.high) if strongest else None,
            evidence=tuple(_evidence(one, labels, context) for one in told),
            notes=(f"the last {left_out} columns were not paired",) if left_out else (),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Warned by any pair that tells the target."""
        return judge_by_severity(measurement)

    def _told(self, looked: list[_Looked], tests: int) -> list[_Looked]:
        """The pairs that pass, strongest first, none of which shares a column with a stronger."""
        told: list[_Looked] = []
        for one in sorted(looked, key=lambda one: -one.strength.together.value):
            taken = any(set(one.names) & set(other.names) for other in told)
            if not taken and _tail(one) * tests <= self.thresholds["significance"]:
                verdict = self._verdict(one)
                told += [verdict] if verdict else []
        return told

    def _verdict(self, looked: _Looked) -> _Looked | None:
        limits, strength = self.thresholds, looked.strength
        explained = strength.together.value
        left = 1 - explained
        joint = explained >= limits["joint_floor"]
        joint = joint and left <= limits["joint_ratio"] * (1 - strength.added)
        summed = explained >= limits["sum_floor"]
        summed = summed and left <= limits["others_ratio"] * (1 - strength.alone)
        if not joint and not summed:
            return None
        others = looked.others()
        beyond = left <= limits["others_ratio"] * (1 - others)
        joint = joint and (beyond or explained - strength.added >= limits["joint_gain"])
        summed = summed and beyond
        if not joint and not summed:
            return None
        floor = limits["joint_floor" if joint else "sum_floor"]
        return dataclasses.replace(looked, explained_by_others=others, floor=floor)


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """A pair looked at closely, for one label; `place` is the label's."""

    pair: tuple[int, int]
    place: int
    strength: PairStrength
    columns: Encoded
    labels: Labels
    explained_by_others: float = 0.0
    floor: float = 0.0

    @property
    def names(self) -> tuple[str, str]:
        first, second = self.pair
        return self.columns.names[first], self.columns.names[second]

    def others(self) -> float:
        """What all other columns explain together."""
        import numpy as np

        kept = np.ones(len(self.columns.names), dtype=bool)
        kept[list(self.pair)] = False
        matrix, categorical = self.columns.matrices[0][:, kept], self.columns.categorical[kept]
        return jointly_explained(matrix, categorical, self.labels, _SEED).explained


def _candidates(screened: Screened) -> list[tuple[int, int, int]]:
    """(label, column, column) of the pairs that gain most over their better column."""
    import numpy as np

    p = screened.cells.shape[1]
    share = np.maximum(screened.cells, screened.planes)
    diagonal = np.arange(p)
    alone = np.maximum(
        screened.cells[:, diagonal, diagonal], screened.planes[:, diagonal, diagonal]
    )
    gain = share - np.maximum(alone[:, :, None], alone[:, None, :])
    first, second = np.triu_indices(p, 1)
    shares, gains = share[:, first, second], gain[:, first, second]
    # What is gained, as a part of what was open: 0.9 from 0.8 is as much as 0.5 from 0.
    relative = gains / np.maximum(1 - shares + gains, 1e-9)
    worthy = (shares >= _SCREEN_SHARE) & (relative >= _SCREEN_GAIN)
    label = np.where(worthy, relative, -np.inf).argmax(axis=0)
    best = np.where(worthy, relative, -np.inf).max(axis=0)
    order = np.argsort(-best, kind="stable")[:_LOOKED_AT]
    return [(int(label[one]), int(first[one]), int(second[one])) for one in order if best[one] > 0]


def _look(
    candidate: tuple[int, int, int],
    columns: Encoded,
    labels: Labels,
    questions: np.ndarray[Any, Any],
) -> _Looked:
    import numpy as np

    place, first, second = candidate
    rows = np.arange(labels.n)
    if labels.n > MOST_ROWS:
        rows = np.sort(np.random.default_rng(_SEED).choice(labels.n, MOST_ROWS, replace=False))
    values = questions[rows, place : place + 1]
    # Of classes, one against the others.
    asked = dataclasses.replace(
        labels,
        rows=labels.rows[rows],
        values=values,
        codes=labels.codes[rows] if labels.classes else labels.codes,
    )
    both = np.array([first, second])
    strength = pair_strength(
        columns.matrices[0][np.ix_(rows, both)], columns.categorical[both], asked, _SEED
    )
    whole = dataclasses.replace(labels, values=questions[:, place : place + 1])
    return _Looked((first, second), place, strength, columns, whole)


def _tail(looked: _Looked) -> float:
    """The probability of such a correlation of prediction and label by chance."""
    import numpy as np
    from scipy.stats import t

    n = len(looked.strength.predicted)
    r = min(np.sqrt(max(0.0, looked.strength.together.value)), 1 - 1e-12)
    return float(t.sf(r * np.sqrt((n - 2) / (1 - r * r)), n - 2))


def _evidence(looked: _Looked, labels: Labels, context: DataContext) -> Evidence:
    first, second = looked.names
    strength, target = looked.strength, context.target
    asked = f"`{target}`"
    measure = "R²"
    if labels.classes:
        measure = "Brier skill"
        if len(labels.classes) > 2:
            # repr: a value from data may hold control characters.
            asked += f" being {labels.classes[looked.place][:40]!r}"
    return Evidence(
        title=f"`{first}` and `{second}` together tell the target",
        why=(
            f"`{first}` and `{second}` {strength.form} tell {asked}: {measure}"
            f" {strength.together}, n = {len(strength.predicted):,}; the better one alone"
            f" {strength.alone:.2f}, both added up {strength.added:.2f}, all other columns"
            f" {looked.explained_by_others:.2f}"
        ),
        fix=f"ask when `{first}` and `{second}` are known; exclude what comes after the outcome",
        severity=Severity.WARNING,
        path=context.train,
        value=strength.together.value,
        threshold=looked.floor,
        family="target",
    )
