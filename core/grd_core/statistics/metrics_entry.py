"""What is known of one metric: direction, range, tasks, what it needs, where it misleads.

Light at import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grd_core.statistics.own_metric import OwnSource

Direction = Literal["lower", "higher"]
Task = Literal["regression", "binary", "multiclass"]
Needs = Literal["values", "labels", "scores"]
Distribution = Literal["imbalanced", "heavy_tails", "zeros", "negative"]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A distribution of the target under which a metric misleads, and why."""

    distribution: Distribution
    why: str


@dataclass(frozen=True, slots=True)
class Own:
    """The function behind a metric of one's own: its recorded source, and the study's root."""

    source: OwnSource
    root: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: which way is good, which values it can take, what it is computed from.

    `needs` is «values» (numbers predicted), «labels» (classes predicted) or «scores»
    (class probabilities or ranks). `low` and `high` bound the range, infinities included.
    `caution` is what a reader of its interval should know, whatever the target is like.
    `own` is the function of one's own that computes it; None for the catalogue's.
    """

    name: str
    title: str
    direction: Direction
    low: float
    high: float
    tasks: tuple[Task, ...]
    needs: Needs
    aliases: tuple[str, ...]
    source: str
    unfit: tuple[Unfit, ...] = ()
    caution: str = ""
    own: Own | None = None

    def gain(self, candidate: float, baseline: float) -> float:
        """How much better the candidate is, positive when it is better."""
        return gain(self.direction, candidate, baseline)

    def misfits(self, distributions: Sequence[str]) -> tuple[str, ...]:
        """One sentence for each of these distributions that the metric is unfit for."""
        return tuple(item.why for item in self.unfit if item.distribution in distributions)


def gain(direction: str, candidate: float, baseline: float) -> float:
    """The difference in the good direction: baseline − candidate where lower is better."""
    return baseline - candidate if direction == "lower" else candidate - baseline
