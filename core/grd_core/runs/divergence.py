"""Divergence: a loss that rose far above its best and stayed there. Pure."""

from __future__ import annotations

from collections.abc import Sequence

DIVERGED_BY = 2.0
"""How many times its best a loss must be."""
DIVERGED_SHARE = 0.25
"""The share of all it had learned that it must have lost again, so that noise around a loss
close to zero is no divergence."""
DIVERGED_FOR = 10
"""For how many values without one below."""
SMOOTHED_OVER = 3
"""A level is the median of so many neighbouring values, so that one lucky batch is no best."""

RULE = (
    f"each of the last {DIVERGED_FOR} values is above {DIVERGED_BY:g} times the best level"
    f" (medians of {SMOOTHED_OVER}), and at least {DIVERGED_SHARE:.0%} of what was learned since"
    " the first value is lost"
)


def diverging(name: str, values: Sequence[tuple[int, float]]) -> str:
    """The sentence about a loss that diverges, or nothing.

    The last `DIVERGED_FOR` values must all lie above `DIVERGED_BY` times the best level and
    above the best by `DIVERGED_SHARE` of the way it had come down. A loss whose best is not
    above zero has no multiples: it must lie above its first level by the size of its best.

    Args:
        name: the metric's name.
        values: (step, finite value) in the order of their arrival; lower is better.
    """
    if len(values) < DIVERGED_FOR + SMOOTHED_OVER:
        return ""
    levels = _levels(values[:-DIVERGED_FOR])
    step, best = min(levels, key=lambda level: level[1])
    first = max(values[0][1], levels[0][1])
    if best > 0:
        limit = max(DIVERGED_BY * best, best + DIVERGED_SHARE * (first - best))
    elif first > best:
        limit = first + abs(best)
    else:
        return ""
    last = values[-DIVERGED_FOR:]
    if min(value for _, value in last) <= limit:
        return ""
    now = _levels(last)[-1][1]
    times = f", {now / best:.3g} times that" if best > 0 else ""
    return (
        f"diverging: {name} was best {best:.4g} at step {step}, is {now:.4g}{times}, above"
        f" {limit:.4g} since step {_since(values, limit)}"
    )


def _levels(values: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The medians of neighbouring values, each at the step of its middle one."""
    half = SMOOTHED_OVER // 2
    return [
        (
            values[at][0],
            sorted(value for _, value in values[at - half : at + half + 1])[half],
        )
        for at in range(half, len(values) - half)
    ]


def _since(values: Sequence[tuple[int, float]], limit: float) -> int:
    """The step of the first of the last values that all lie above the limit."""
    since = values[-1][0]
    for step, value in reversed(values):
        if value <= limit:
            break
        since = step
    return since
