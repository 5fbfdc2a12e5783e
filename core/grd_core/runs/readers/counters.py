"""Which field of a record is its step, and which values are numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

STEP_NAMES = (
    "step",
    "global_step",
    "_step",
    "trainer/global_step",
    "iteration",
    "iter",
    "time/total_timesteps",
    "total_timesteps",
    "epoch",
)
"""Names of counters, the finest first: the first of them that a record has is its step."""

TIME_NAMES = ("time", "timestamp", "_timestamp", "wall_time")
"""Names of the time of a record, in Unix seconds; never a metric."""

LONGEST_NAME = 200
_STEP_LIMIT = 2**63
_UNIX_SECONDS = (1e9, 1e10)
"""From 2001 to 2286: other numbers under a name of time are durations."""
_NONFINITE = {
    "nan": math.nan,
    "inf": math.inf,
    "+inf": math.inf,
    "-inf": -math.inf,
    "infinity": math.inf,
    "+infinity": math.inf,
    "-infinity": -math.inf,
}


def step_name(names: Iterable[str]) -> str | None:
    """The name that counts the steps, in any case; None where none does."""
    lowered = {name.lower(): name for name in reversed(list(names))}
    return next((lowered[name] for name in STEP_NAMES if name in lowered), None)


def whole(value: Any) -> int | None:
    """A step as a whole number that fits 64 bits; None for anything else, a fraction too."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not -_STEP_LIMIT <= value < _STEP_LIMIT:
        return None
    return value


def number(value: Any) -> float | None:
    """A JSON value as a float; None for what is no number. "nan" and "inf" are numbers."""
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return None
    if type(value) is str:
        return _NONFINITE.get(value.lower())
    return None


def parsed(text: str) -> float | None:
    """The number a text says; None where it says none."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def unix_seconds(value: float | None, otherwise: float) -> float:
    """A record's own time where it is one, else `otherwise`."""
    if value is not None and _UNIX_SECONDS[0] <= value < _UNIX_SECONDS[1]:
        return value
    return otherwise


def is_name(name: str) -> bool:
    """Whether a metric may be called so."""
    return 0 < len(name) <= LONGEST_NAME
