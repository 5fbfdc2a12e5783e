"""Steps in a run's output folded into one summary an epoch: n, mean, min, max, last. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from grd_core.runs.output import OutputLine

LEAST_FOLDED = 3
"""Fewer lines beside each other stay as they are."""


@dataclass(frozen=True, slots=True)
class ValueSummary:
    """One value over the steps of a summary: how many are finite, how many are not; mean, least
    and greatest of the finite ones, None where there is none; the last, which may be NaN."""

    name: str
    count: int
    nonfinite: int
    mean: float | None
    low: float | None
    high: float | None
    last: float


@dataclass(frozen=True, slots=True)
class StepSummary:
    """Neighbouring lines that tell steps, of one epoch where they tell it.

    `epoch` is None where they do not; `first_step` and `last_step` are None where they count
    epochs alone.
    """

    epoch: int | None
    first_step: int | None
    last_step: int | None
    lines: int
    values: tuple[ValueSummary, ...]


Entry = OutputLine | StepSummary


def folded(lines: Sequence[OutputLine]) -> tuple[Entry, ...]:
    """The output with its steps folded, in its order.

    Lines beside each other that tell steps of the same epoch become one summary, `LEAST_FOLDED`
    of them at least. Any other line ends a summary, so that nothing changes its place.
    """
    entries: list[Entry] = []
    for key, group in groupby(lines, key=_fold_key):
        together = list(group)
        if key is None or len(together) < LEAST_FOLDED:
            entries.extend(together)
        else:
            entries.append(_summary(together))
    return tuple(entries)


def _fold_key(line: OutputLine) -> tuple[int | None] | None:
    """What neighbouring lines must share to be folded; None for a line that is not."""
    if not line.is_step:
        return None
    return (None if line.epoch is None else math.floor(line.epoch),)


def _summary(lines: Sequence[OutputLine]) -> StepSummary:
    values: dict[str, list[float]] = {}
    for line in lines:
        for name, value in line.values:
            values.setdefault(name, []).append(value)
    steps = [line.step for line in lines if line.step is not None]
    epoch = lines[0].epoch
    return StepSummary(
        epoch=None if epoch is None else math.floor(epoch),
        first_step=steps[0] if steps else None,
        last_step=steps[-1] if steps else None,
        lines=len(lines),
        values=tuple(_of(name, found) for name, found in values.items()),
    )


def _of(name: str, values: Sequence[float]) -> ValueSummary:
    finite = [value for value in values if math.isfinite(value)]
    return ValueSummary(
        name=name,
        count=len(finite),
        nonfinite=len(values) - len(finite),
        mean=_mean(finite) if finite else None,
        low=min(finite, default=None),
        high=max(finite, default=None),
        last=values[-1],
    )


def _mean(values: Sequence[float]) -> float:
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        # The sum is beyond what a float holds; the mean is not.
        halves = 2 * math.fsum(value / 2 / len(values) for value in values)
        return min(max(halves, min(values)), max(values))
