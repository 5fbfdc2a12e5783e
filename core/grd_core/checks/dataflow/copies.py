"""Calls that repeat rows: drawn with replacement, repeated, resampled."""

from __future__ import annotations

from grd_core.checks.dataflow.library import Known
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.rows import DRAWN, RESAMPLED
from grd_core.checks.dataflow.values import NOTHING, Shape, Value, derived, mix, sequence

_ACROSS = (1, -1, 2, 3, "columns")


def with_replacement(call: Call) -> bool:
    """True for `sample(replace=True)` and `sample(frac=2)`."""
    share = call.constant("frac")
    return call.constant("replace") is True or (isinstance(share, int | float) and share > 1)


def fresh(machine: Machine, call: Call, owner: Value) -> Value:
    """`generator.normal(size=n)`: rows of their own, unlike the next call's."""
    source = machine.rows.source(("call", machine.key(call.node)), call.site)
    return Value(latent=frozenset((source,)))


def repeat(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.index.repeat(3)`, `tensor.repeat(…)`: every row, and copies."""
    return _repeated(machine, call, owner, call.argument(1, "axis", "dim"))


def repeat_function(machine: Machine, call: Call, row: Known) -> Value:
    """`np.repeat(X, 3, axis=0)`: every row, and copies."""
    whole = call.argument(0, "a", "input", "A") or NOTHING
    times = call.argument(1, "reps")
    first = None if times is None else times.field(0)
    if first is not None and first.constant == 1:  # tiled along other axes
        return derived(whole)
    return _repeated(machine, call, whole, call.argument(2, "axis", "dim"))


def _repeated(machine: Machine, call: Call, value: Value, axis: Value | None) -> Value:
    """The rows of a value with copies of them, or numbers that pick such rows."""
    key = (RESAMPLED, machine.key(call.node))
    if value.shape is Shape.INDICES:
        return Value(shape=Shape.INDICES, selects=key)
    if axis is not None and axis.fields is None and axis.constant in _ACROSS:
        return derived(value)
    return derived(value, rows=machine.rows.parts(value.origin, key, call.site))


def copied(machine: Machine, call: Call, value: Value) -> Value:
    """A row that is added to a list together with changed copies of it."""
    if not value.rows or value.columns.explicit:
        return value
    key = (RESAMPLED, machine.key(call.node))
    return derived(value, rows=machine.rows.parts(value.rows, key, call.site))


def draw(machine: Machine, call: Call, owner: Value) -> Value:
    """`generator.choice(n, size)`: numbers that pick rows, with replacement unless told."""
    whole = call.argument(0, "a") or NOTHING
    cut = "part" if call.constant("replace") is False else DRAWN
    key = (cut, machine.key(call.node))
    if whole.fields is not None:
        return Value(shape=Shape.MASK, selects=("mask", key))
    if not whole.rows or whole.shape is Shape.INDICES:
        limits = (call.argument(0, "low", "a"), call.argument(1, "high"))
        known = mix(limit for limit in limits if limit is not None)
        return Value(shape=Shape.INDICES, selects=key, taints=known.taints)
    return derived(whole, rows=machine.rows.parts(whole.origin, key, call.site))


def draw_function(machine: Machine, call: Call, row: Known) -> Value:
    """`resample(X, y)`, `np.random.choice(…)`: rows, or their numbers, with replacement."""
    if row.name != "resample":
        return draw(machine, call, NOTHING)
    key = ("part" if call.constant("replace") is False else DRAWN, machine.key(call.node))
    drawn = [
        derived(value, rows=machine.rows.parts(value.origin, key, call.site)) for value in call.args
    ]
    return drawn[0] if len(drawn) == 1 else sequence(drawn)


def leave_out(machine: Machine, call: Call, row: Known) -> Value:
    """`make_imbalance(X, y, sampling_strategy=…)`: how many rows says nothing about which."""
    key = ("part", machine.key(call.node))
    return sequence(
        derived(value, rows=machine.rows.parts(value.origin, key, call.site)) for value in call.args
    )
