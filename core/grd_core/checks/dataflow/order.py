"""Which way in time a method looks: what a row then holds of the rows before or after it."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Call
from grd_core.checks.dataflow.taints import Nature
from grd_core.checks.dataflow.values import Value


@dataclass(frozen=True, slots=True)
class Moves:
    """One row: the method `name` takes what it puts into a row from here.

    `steps` is the argument that counts rows, backwards when negative; `keywords` are the
    constants that turn the method around.
    """

    name: str
    usual: Nature | None
    turned: Nature | None = None
    steps: tuple[int, str] | None = None
    keywords: tuple[tuple[str, tuple[object, ...]], ...] = ()


MOVES: tuple[Moves, ...] = (
    Moves("shift", Nature.EARLIER, Nature.LATER, (0, "periods")),
    Moves("diff", Nature.EARLIER, Nature.LATER, (0, "periods")),
    Moves("pct_change", Nature.EARLIER, Nature.LATER, (0, "periods")),
    Moves("rolling", Nature.EARLIER, Nature.LATER, keywords=(("center", (True,)),)),
    Moves("expanding", Nature.EARLIER),
    Moves("ewm", Nature.EARLIER),
    Moves("bfill", Nature.FILLED_BACK),
    Moves("backfill", Nature.FILLED_BACK),
    Moves(
        "interpolate",
        None,
        Nature.FILLED_BACK,
        keywords=(("limit_direction", ("both", "backward")),),
    ),
    Moves(
        "fillna",
        None,
        Nature.FILLED_BACK,
        keywords=(("method", ("bfill", "backfill")),),
    ),
)
_BY_NAME = {row.name: row for row in MOVES}


def nature(name: str, call: Call) -> Nature | None:
    """What the call puts into each row; None for nothing of other rows."""
    row = _BY_NAME.get(name)
    if row is None:
        return None
    if row.steps is not None:
        steps = _number(call.argument(*row.steps))
        if steps is None:  # nobody knows which way
            return None
        return row.turned if steps < 0 else row.usual if steps > 0 else None
    turned = any(call.constant(keyword) in constants for keyword, constants in row.keywords)
    return row.turned if turned else row.usual


def _number(value: Value | None) -> int | None:
    """The number of rows, 1 where it is left out, None where it is not known."""
    if value is None:
        return 1
    constant = value.constant
    return constant if isinstance(constant, int) and value.fields is None else None
