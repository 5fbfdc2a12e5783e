"""What the change of one field means: does the rule ask less, more, or something else?

Every kind of field has one rule. A field that can be put in order by how much it asks is
loosened or tightened; where the order cannot be told from the objective alone it is changed.
`alpha` is ordered by what it takes to be confirmed: a smaller one also makes it harder to be
refuted, and is tightened all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Classification(StrEnum):
    """What a change does to the test the hypothesis has to pass."""

    LOOSENED = "loosened"
    TIGHTENED = "tightened"
    CHANGED = "changed"
    NEUTRAL = "neutral"


_LOOSENED, _TIGHTENED = Classification.LOOSENED, Classification.TIGHTENED
_CHANGED, _NEUTRAL = Classification.CHANGED, Classification.NEUTRAL


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
    """A value to be reached or beaten in a direction; None asks for nothing.

    `of` names what the value is of, where that can change: bars of different things have no
    order.
    """

    value: float | None
    direction: str | None
    of: str = ""

    @property
    def height(self) -> float:
        """Grows as the value becomes harder to reach."""
        if self.value is None:
            return -math.inf
        return -self.value if self.direction == "lower" else self.value


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
    """A least amount: none at all asks as little as zero."""
    return value or 0.0


def _bar(before: Bar, after: Bar) -> Classification:
    bound = before.value is not None and after.value is not None
    if bound and (before.direction, before.of) != (after.direction, after.of):
        return _CHANGED
    return _by(lambda bar: bar.height)(before, after)


def _ranked(**ranks: int) -> Rule:
    return _by(lambda value: ranks.get(str(value), 0))


_LIMITS = ("gpu_hours", "cpu_hours", "wall_hours", "cost", "trials", "peeks")
_RULES: Mapping[str, Rule] = {
    "metrics.threshold": _bar,
    "metrics.minimum_effect": _by(_floor),
    # A guard has to pass its threshold; a primary metric has to gain over the baselines, too.
    "metrics.role": _ranked(secondary=0, guard=1, primary=2),
    "falsification.region": _by(lambda region: region.reach),
    "baselines.required": _by(bool),
    # An own run is compared by every metric and with its own spread, a published value by one.
    "baselines.kind": _ranked(literature=0, own_run=1),
    "baselines.expected": _bar,
    **{f"budget.{name}": _by(_cap) for name in _LIMITS},
    "budget.stop_rule": _by(bool),
    "evaluation.alpha": _by(_cap),
    "evaluation.seeds": _by(_floor),
    "evaluation.training_is_random": _by(bool),
    "evaluation.time": _by(bool),
    "evaluation.cluster": _by(bool),
    "evaluation.missing_data": _by(bool),
    "evaluation.split": _ranked(grouped=1, grouped_stratified=1, temporal=1, blocked=1),
    # Adjusted p-values never fall from one of these to the next.
    "evaluation.multiplicity": _ranked(none=0, benjamini_hochberg=1, holm=2, bonferroni=3),
}
_FREER_WHEN_ADDED = ("evaluation.exclusions",)
_OPEN_EITHER_WAY = ("seen",)


def of_item(kind: str, *, added: bool) -> Classification:
    """What it means that an item of this kind came or went."""
    if kind in _OPEN_EITHER_WAY:
        return _CHANGED
    return _LOOSENED if added == (kind in _FREER_WHEN_ADDED) else _TIGHTENED


def of_value(kind: str, before: Any, after: Any) -> Classification:
    """What it means that a field of this kind has another value; NEUTRAL when it has not."""
    if before == after:
        return _NEUTRAL
    return _RULES.get(kind, lambda _before, _after: _CHANGED)(before, after)
