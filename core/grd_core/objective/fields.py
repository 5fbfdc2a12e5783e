"""An objective as comparable fields, and what a change of each one means.

Items of a list are matched by their name, not by their position, so that reordering is
no change. Each field has one rule that says whether a change asks less (loosened), asks
more (tightened) or asks something else (changed).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grd_core.objective.model import Budget, Criterion, Metric, Objective


class Classification(StrEnum):
    """What a change does to the test the hypothesis has to pass."""

    LOOSENED = "loosened"
    TIGHTENED = "tightened"
    CHANGED = "changed"
    NEUTRAL = "neutral"


_LOOSENED, _TIGHTENED = Classification.LOOSENED, Classification.TIGHTENED
_CHANGED, _NEUTRAL = Classification.CHANGED, Classification.NEUTRAL


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, where it stands in the front matter, and how it is shown."""

    value: Any
    path: str
    shown: str


@dataclass(frozen=True, slots=True)
class Region:
    """Where a criterion refutes: below or above a bound, the bound itself included or not."""

    below: bool
    bound: float
    closed: bool

    @property
    def reach(self) -> tuple[float, bool]:
        """Grows with the region: a larger one refutes more."""
        return (self.bound if self.below else -self.bound, self.closed)


@dataclass(frozen=True, slots=True)
class Bar:
    """A metric's threshold with its direction; None asks for nothing."""

    threshold: float | None
    direction: str | None

    @property
    def height(self) -> float:
        """Grows as the threshold becomes harder to meet."""
        if self.threshold is None:
            return -math.inf
        return -self.threshold if self.direction == "lower" else self.threshold


def fields_of(objective: Objective) -> dict[str, Leaf]:
    """Every field under a stable name such as `metrics.mae.threshold`.

    An item of a list has a leaf of its own (`metrics.mae`), which exists exactly as long
    as the item does.
    """
    found: dict[str, Leaf] = {}
    for name in ("id", "title", "population", "task", "target"):
        _put(found, name, getattr(objective, name), name)
    for name in ("strata", "seen", "exploratory"):
        _put_items(found, name, getattr(objective, name))
    _put_metrics(found, objective)
    for name, value in objective.evaluation:
        if name in ("groups", "exclusions"):
            _put_items(found, f"evaluation.{name}", value)
        else:
            _put(found, f"evaluation.{name}", value, f"evaluation.{name}")
    for index, baseline in enumerate(objective.baselines):
        field, path = _unique(found, f"baselines.{baseline.name}"), f"baselines[{index}]"
        _put(found, field, baseline.kind, path)
        for name in ("kind", "required", "expected", "citation"):
            _put(found, f"{field}.{name}", getattr(baseline, name), f"{path}.{name}")
    for index, criterion in enumerate(objective.falsification):
        _put_criterion(found, criterion, f"falsification[{index}]")
    limits = objective.budget
    for name in Budget.model_fields:
        value = getattr(limits, name) if limits else None
        _put(found, f"budget.{name}", "" if value is None and name in _TEXTS else value,
             f"budget.{name}")  # fmt: skip
    return found


_TEXTS = ("currency", "stop_rule")


def _put_metrics(found: dict[str, Leaf], objective: Objective) -> None:
    weights = objective.weights()
    for index, metric in enumerate(objective.metrics):
        field = _unique(found, f"metrics.{metric.registered}")
        path = f"metrics[{index}]"
        _put(found, field, metric.role, path, _metric_line(metric))
        _put(found, f"{field}.role", metric.role, f"{path}.role")
        _put(found, f"{field}.direction", metric.good, f"{path}.direction")
        bar = Bar(metric.threshold, metric.good)
        _put(found, f"{field}.threshold", bar, f"{path}.threshold", _shown(metric.threshold))
        _put(found, f"{field}.minimum_effect", metric.minimum_effect, f"{path}.minimum_effect")
        _put(found, f"{field}.weight", weights[metric.registered], f"{path}.weight")
        _put(found, f"{field}.reason", metric.reason, f"{path}.reason")


def _put_criterion(found: dict[str, Leaf], criterion: Criterion, path: str) -> None:
    field = _unique(found, f"falsification.{criterion.registered}.{criterion.of}")
    sign = criterion.comparison
    region = Region(sign.startswith("<"), criterion.threshold, sign.endswith("="))
    shown = f"{criterion.of} {sign} {criterion.threshold:g}"
    _put(found, field, criterion.of, path, shown)
    _put(found, f"{field}.region", region, f"{path}.threshold", shown)
    _put(found, f"{field}.meaning", criterion.meaning, f"{path}.meaning")
    _put(found, f"{field}.claim", criterion.claim, f"{path}.claim")


def _put_items(found: dict[str, Leaf], name: str, items: tuple[str, ...]) -> None:
    for index, item in enumerate(items):
        text = " ".join(item.split())
        _put(found, f"{name}: {text}", text, f"{name}[{index}]" if len(items) > 1 else name)


def _put(found: dict[str, Leaf], field: str, value: Any, path: str, shown: str = "") -> None:
    plain = " ".join(value.split()) if isinstance(value, str) else value
    found[field] = Leaf(plain, path, shown or _shown(plain))


def _unique(found: Mapping[str, Leaf], field: str) -> str:
    number, name = 1, field
    while name in found:
        number += 1
        name = f"{field}#{number}"
    return name


def _metric_line(metric: Metric) -> str:
    parts = [metric.role, metric.good or "no direction", _shown(metric.threshold)]
    return " ".join(part for part in parts if part != "–")


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- what a change of a field means ----------------------------------------------------

Rule = Callable[[Any, Any], Classification]


def _by(hardness: Callable[[Any], Any]) -> Rule:
    """A change is judged by a measure that grows as the field asks more."""

    def rule(before: Any, after: Any) -> Classification:
        old, new = hardness(before), hardness(after)
        if old == new:
            return _CHANGED
        return _TIGHTENED if new > old else _LOOSENED

    return rule


def _cap(value: float | None) -> float:
    """A limit: none at all asks nothing, a smaller one asks more."""
    return -math.inf if value is None else -value


def _floor(value: float | None) -> float:
    """A least amount: none at all asks nothing, a larger one asks more."""
    return -math.inf if value is None else value


def _bar(before: Bar, after: Bar) -> Classification:
    if before.direction != after.direction:
        return _CHANGED
    return _by(lambda bar: bar.height)(before, after)


def _region(before: Region, after: Region) -> Classification:
    if before.below != after.below:
        return _CHANGED
    return _by(lambda region: region.reach)(before, after)


def _ranked(**ranks: int) -> Rule:
    return _by(lambda value: ranks.get(str(value), 0))


def _changed(_before: Any, _after: Any) -> Classification:
    return _CHANGED


_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (r"metrics\..+\.threshold", _bar),
        (r"metrics\..+\.minimum_effect", _by(_floor)),
        (r"metrics\..+\.role", _ranked(secondary=0, guard=1, primary=1)),
        (r"falsification\..+\.region", _region),
        (r"baselines\..+\.required", _by(bool)),
        (r"budget\.(gpu_hours|cpu_hours|wall_hours|cost|trials|peeks)", _by(_cap)),
        (r"evaluation\.alpha", _by(_cap)),
        (r"evaluation\.seeds", _by(_floor)),
        (r"evaluation\.training_is_random", _by(bool)),
        (r"evaluation\.(time|cluster)", _by(bool)),
        (r"evaluation\.split", _ranked(grouped=1, grouped_stratified=1, temporal=1)),
        (
            r"evaluation\.multiplicity",
            _ranked(none=0, benjamini_hochberg=1, holm=2, bonferroni=3),
        ),
    )
)
_FREER_WHEN_ADDED = re.compile(r"evaluation\.exclusions: ")
_OPEN_EITHER_WAY = re.compile(r"seen: ")


def classify(field: str, before: Leaf | None, after: Leaf | None) -> Classification:
    """What the change of one field means; NEUTRAL when the two are equal."""
    if before is None or after is None:
        if _OPEN_EITHER_WAY.match(field):
            return _CHANGED
        added = before is None
        frees = _FREER_WHEN_ADDED.match(field) is not None
        return _LOOSENED if added == frees else _TIGHTENED
    if before.value == after.value:
        return _NEUTRAL
    for pattern, rule in _RULES:
        if pattern.fullmatch(field):
            return rule(before.value, after.value)
    return _CHANGED


def compare_fields(
    before: Objective, after: Objective
) -> Iterator[tuple[str, Classification, Leaf | None, Leaf | None]]:
    """Every field that differs, with both values; parts of a new or gone item stay silent."""
    old, new = fields_of(before), fields_of(after)
    currency = old["budget.currency"].value != new["budget.currency"].value
    lone: list[str] = []
    for field in dict.fromkeys([*old, *new]):
        left, right = old.get(field), new.get(field)
        if (left is None) != (right is None):
            if not any(field.startswith(f"{item}.") for item in lone):
                lone.append(field)
                yield field, classify(field, left, right), left, right
            continue
        meaning = classify(field, left, right)
        if meaning is not _NEUTRAL:
            if currency and field == "budget.cost":
                meaning = _CHANGED
            yield field, meaning, left, right
