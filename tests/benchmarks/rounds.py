"""Several things measured in turns, so that what else the machine does falls on all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """What one thing took in each round, in the order of the rounds."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.rounds)

    def to(self, other: Measured) -> float:
        """The median over the rounds of this to `other`, each ratio within its own round."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def in_turns(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Measured]:
    """Each measure once a round, A B C A B C; a round before the first is thrown away."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            value = measure()
            if number:
                taken[name].append(value)
    return {name: Measured(tuple(values)) for name, values in taken.items()}


def seconds(work: Callable[[], object]) -> Callable[[], float]:
    """A measure: how long `work` takes."""

    def measure() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return measure
