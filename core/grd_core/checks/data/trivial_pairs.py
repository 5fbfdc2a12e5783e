"""What two trivial models and a constant say of training rows that they were not fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.contract import DataContext, NotApplicable
from grd_core.checks.data.encoded import encode, kind_of
from grd_core.checks.data.frames import Frames, class_codes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from grd_core.statistics.metrics import Metric, Task
    from grd_core.statistics.observed import Observed
    from grd_core.statistics.resampling import Units

FITTED, SCORED = 4_000, 8_000
"""Rows a model is fitted on, and rows that are scored, at most; where whole units are large,
twice as many of these."""

LEAST_ROWS, LEAST_UNITS = 40, 30
MOST_CLASSES = 50
DEPTH = 3
SEED = 214
_LARGEST = 1e37
"""Numbers beyond it stand at it: trees read float32, and squares must not overflow."""
_SMOOTHED = 0.01
"""The share of a class's frequency in every probability: none is zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Labels of m scored rows and what the models said of them, each in the form of `truth`.

    `values` are predicted numbers (m,) of a regression, by model; `chances` are probabilities
    (m, k) in the order of `classes` of a classification. `rows` are positions in train, and
    `units` says which of them are not independent.
    """

    truth: np.ndarray[Any, Any]
    values: dict[str, np.ndarray[Any, Any]]
    chances: dict[str, np.ndarray[Any, Any]]
    classes: tuple[str, ...]
    rows: np.ndarray[Any, Any]
    units: Units

    @property
    def task(self) -> Task:
        """As the metrics call it."""
        if self.values:
            return "regression"
        return "binary" if len(self.classes) == 2 else "multiclass"

    @property
    def models(self) -> tuple[str, ...]:
        """Whose answers these are."""
        return tuple(self.values or self.chances)

    def observed(self, metric: Metric, model: str) -> Observed:
        """What `model` said, as the metric wants it.

        Raises:
            UsageError: the metric is one of another task.
        """
        from grd_core.errors import UsageError
        from grd_core.statistics.observed import observe

        if self.task not in metric.tasks:
            raise UsageError(f"the target is {self.task}", fix="declare the task")

        if self.values:
            mean = model == "constant" and metric.name in ("mse", "rmse", "r2")
            return observe(metric, self.truth, self.values["mean" if mean else model])
        places = range(len(self.classes))
        chances = self.chances[model]
        return observe(metric, self.truth, chances.argmax(axis=1), chances, classes=places)


def answers_of(frames: Frames, context: DataContext) -> Answers | NotApplicable:
    """Cross-fit the models over two halves of the training units; no other label is read."""
    import numpy as np

    usable = np.flatnonzero(_usable(frames))
    if usable.size < LEAST_ROWS:
        return NotApplicable(
            f"{usable.size} labelled training rows, fewer than the {LEAST_ROWS} it takes"
        )
    chance = np.random.default_rng(SEED)
    units = units_of(frames.train, context)
    halves = _halves(units.of_row[usable], usable, chance)
    if min(half.size for half in halves) < LEAST_ROWS // 2:
        return NotApplicable(f"the training rows are of too few values of {units.name}")
    scored = [_whole_units(half, units.of_row[half], chance) for half in halves]
    fitted = [_drawn(half, FITTED, chance) for half in reversed(halves)]
    rows = np.concatenate(scored)
    # Only what is looked at is encoded; places within it stand for rows from here on.
    looked_at, places = np.unique(np.concatenate([*scored, *fitted]), return_inverse=True)
    pieces = np.split(places, np.cumsum([len(piece) for piece in (*scored, *fitted)])[:-1])
    pairs = list(zip(pieces[2:], pieces[:2], strict=True))
    features = encode([frames.train.iloc[looked_at]], frames.features).matrices[0]
    features = np.clip(features, -_LARGEST, _LARGEST)
    target = frames.train[frames.target].iloc[looked_at]
    truth = np.concatenate(pieces[:2])
    if frames.task == "regression":
        y = target.to_numpy(dtype=float, na_value=np.nan)
        parts = [_numbers(features, y, *pair) for pair in pairs]
        values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return Answers(y[truth], values, {}, (), rows, units.take(rows))
    codes, classes = class_codes(target)
    if not 2 <= len(classes) <= MOST_CLASSES:
        return NotApplicable(f"the target has {len(classes)} classes, not 2 to {MOST_CLASSES}")
    parts = [_chances(features, codes, len(classes), *pair) for pair in pairs]
    chances = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Answers(codes[truth], {}, chances, classes, rows, units.take(rows))


def units_of(table: pd.DataFrame, context: DataContext) -> Units:
    """What is independent in a table: the cluster of the objective, else days where time is
    dated, else values of the first declared group, else rows."""
    from grd_core.statistics.resampling import Units

    if context.cluster and context.cluster in table:
        return Units.clusters(table[context.cluster].astype(str), context.cluster)
    if context.time in table and kind_of(table[context.time]) == "time":
        local = table[context.time].dt.tz_localize(None)
        return Units.clusters(local.to_numpy(dtype="datetime64[D]"), "day")
    if context.groups and context.groups[0] in table:
        return Units.clusters(table[context.groups[0]].astype(str), context.groups[0])
    return Units.rows(len(table))


def _usable(frames: Frames) -> np.ndarray[Any, Any]:
    """(n,) bool: the training rows whose label is there, and finite."""
    import numpy as np

    target = frames.train[frames.target]
    if frames.task == "regression":
        return np.asarray(np.isfinite(target.to_numpy(dtype=float, na_value=np.nan)), dtype=bool)
    return np.asarray(target.notna(), dtype=bool)


def _halves(
    units: np.ndarray[Any, Any], rows: np.ndarray[Any, Any], chance: np.random.Generator
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The rows of a random half of the units, and the others."""
    import numpy as np

    side = np.empty(int(units.max()) + 1, dtype=bool)
    names = np.unique(units)
    side[chance.permutation(names)] = np.arange(names.size) % 2 == 0
    first = side[units]
    return rows[first], rows[~first]


def _drawn(
    rows: np.ndarray[Any, Any], most: int, chance: np.random.Generator
) -> np.ndarray[Any, Any]:
    return rows if rows.size <= most else chance.choice(rows, most, replace=False)


def _whole_units(
    rows: np.ndarray[Any, Any], units: np.ndarray[Any, Any], chance: np.random.Generator
) -> np.ndarray[Any, Any]:
    """Rows of whole units in random order until there are enough of both: that rows of a unit
    are alike shows where several of them are scored. Units too large for it are thinned."""
    import numpy as np

    most = SCORED // 2
    if rows.size <= most:
        return rows
    names, sizes = np.unique(units, return_counts=True)
    order = chance.permutation(names.size)
    enough = int(np.searchsorted(np.cumsum(sizes[order]), most)) + 1
    kept = rows[np.isin(units, names[order[: max(enough, LEAST_UNITS)]])]
    return _drawn(kept, 2 * most, chance)


def _numbers(
    features: np.ndarray[Any, Any],
    y: np.ndarray[Any, Any],
    fitted: np.ndarray[Any, Any],
    scored: np.ndarray[Any, Any],
) -> dict[str, np.ndarray[Any, Any]]:
    import numpy as np
    from sklearn.linear_model import Ridge
    from sklearn.tree import DecisionTreeRegressor

    said = {
        "constant": np.full(scored.size, np.nanmedian(y)),
        "mean": np.full(scored.size, np.nanmean(y)),
    }
    if not features.shape[1]:
        return said
    scaled = _scaled(features, fitted, scored)
    said["linear"] = Ridge().fit(scaled[0], y[fitted]).predict(scaled[1])
    tree = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=5, random_state=SEED)
    said["tree"] = tree.fit(features[fitted], y[fitted]).predict(features[scored])
    return said


def _chances(
    features: np.ndarray[Any, Any],
    codes: np.ndarray[Any, Any],
    classes: int,
    fitted: np.ndarray[Any, Any],
    scored: np.ndarray[Any, Any],
) -> dict[str, np.ndarray[Any, Any]]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    y = codes[fitted]
    # Of both halves: two constants side by side would rank the rows.
    shares = (np.bincount(codes[codes >= 0], minlength=classes) + 1.0) / (codes.size + classes)
    said = {"constant": np.tile(shares, (scored.size, 1))}
    if not features.shape[1] or np.unique(y).size < 2:
        return said

    def smoothed(model: Any, table: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        every = np.zeros((scored.size, classes))
        every[:, model.classes_] = model.predict_proba(table)
        mixed: np.ndarray[Any, Any] = (1 - _SMOOTHED) * every + _SMOOTHED * shares
        return mixed

    scaled = _scaled(features, fitted, scored)
    said["linear"] = smoothed(LogisticRegression(max_iter=200).fit(scaled[0], y), scaled[1])
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=5, random_state=SEED)
    said["tree"] = smoothed(tree.fit(features[fitted], y), features[scored])
    return said


def _scaled(
    features: np.ndarray[Any, Any], fitted: np.ndarray[Any, Any], scored: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Missing values at the middle, columns of like size, far outliers pulled in."""
    import numpy as np

    present = np.isfinite(features[fitted])
    count = np.maximum(present.sum(axis=0), 1)
    centre = np.where(present, features[fitted], 0.0).sum(axis=0) / count
    spread = np.where(present, features[fitted] - centre, 0.0)
    size = np.sqrt((spread**2).sum(axis=0) / count)
    size[~(size > 0)] = 1.0
    parts = [
        np.clip(np.nan_to_num((features[rows] - centre) / size, nan=0.0), -5, 5)
        for rows in (fitted, scored)
    ]
    return parts[0], parts[1]
