"""Falsification criteria, decided by a whole interval or not at all."""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Literal

from grd_core.statistics.estimate import Estimate, Interval, NotEstimable

CriterionStatus = Literal["met", "not_met", "undecided", "not_computable"]

_COMPARE: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def criterion_status(estimate: Estimate, comparison: str, threshold: float) -> CriterionStatus:
    """Met if the comparison holds over the whole interval, not met if nowhere in it."""
    match estimate:
        case NotEstimable():
            return "not_computable"
        case Interval(low=low, high=high):
            holds = _COMPARE[comparison]
            ends = (holds(low, threshold), holds(high, threshold))
            return "met" if all(ends) else "undecided" if any(ends) else "not_met"
