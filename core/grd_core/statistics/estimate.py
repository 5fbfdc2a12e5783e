"""An estimate with its interval, or the honest answer that there is none. Light at import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval at `level`, from n rows in `clusters` units."""

    estimate: float
    low: float
    high: float
    level: float
    method: str
    n: int
    clusters: int

    @property
    def half_width(self) -> float:
        """Half the distance from low to high, in the unit of the estimate."""
        return (self.high - self.low) / 2.0


@dataclass(frozen=True, slots=True)
class NotEstimable:
    """No interval can be given, and why. The estimate may exist all the same."""

    reason: str
    n: int
    clusters: int
    estimate: float | None = None
    method: str = "none"


Estimate = Interval | NotEstimable
