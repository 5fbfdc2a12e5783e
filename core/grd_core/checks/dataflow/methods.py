"""Effects of methods known by name: tables, groups, windows and containers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from grd_core.checks.dataflow import access, copies, library, models, named_parts, networks, order
from grd_core.checks.dataflow.columns import ALL, NONE, Columns, named, narrowed
from grd_core.checks.dataflow.expressions import elements
from grd_core.checks.dataflow.library import Effect
from grd_core.checks.dataflow.machine import Call, Machine, taint
from grd_core.checks.dataflow.rows import DRAWN
from grd_core.checks.dataflow.values import (
    NOTHING,
    Function,
    Nature,
    Shape,
    Value,
    derived,
    join_all,
    mix,
    sequence,
    shuffled,
)

_ACROSS = (1, -1, "columns")


def call_with(machine: Machine, function: Function, call: Call, args: Sequence[Value]) -> Value:
    """Call a function with these arguments in place of the call's own."""
    return machine.invoke(function, Call(call.node, call.site, tuple(args), {}, opaque=False))


def _across(call: Call, position: int = 0) -> bool:
    """True when a method works along a row, so that rows do not meet."""
    axis = call.argument(position, "axis") if position >= 0 else call.keywords.get("axis")
    return axis is not None and axis.fields is None and axis.constant in _ACROSS


def statistic(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.mean()`, `groups.agg(…)`: numbers over all rows of the receiver."""
    name = _name(call)
    if not owner.origin:
        return Value(taints=owner.taints, columns=owner.columns)
    single = owner.shape in (Shape.ROW, Shape.WINDOW) or _by_element(call)
    if single or (owner.shape is not Shape.GROUPS and _across(call)):
        return derived(owner, shape=Shape.SERIES if owner.shape is Shape.WINDOW else owner.shape)
    about = models.keyed_columns(call.argument(0, "func", "aggfunc"))
    for value in call.keywords.values():
        first = value.field(0)
        if first is not None and isinstance(first.constant, str):
            about = about.union(named((first.constant,)))
    if name == "pivot_table":
        about = named((call.argument(0, "values") or NOTHING).names)
    result = models.statistic(machine, call, owner, name, about=about)
    if owner.shape is Shape.GROUPS:  # a row for each group
        table = machine.rows.source(("groups", machine.key(call.node)), call.site)
        result = result._replace(latent=frozenset((table,)))
    if owner.shape is not Shape.GROUPS and name in ("agg", "aggregate"):
        functions = [v.thing for v in call.values if isinstance(v.thing, Function)]
        for function in functions:
            call_with(machine, function, call, [derived(owner)])
    return result


def _by_element(call: Call) -> bool:
    """True for `column.str.count(…)`: of each text, not of the column."""
    func = call.node.func
    within = func.value if isinstance(func, ast.Attribute) else None
    return isinstance(within, ast.Attribute) and within.attr in library.ELEMENT_ACCESSORS


def in_rows(machine: Machine, call: Call, owner: Value) -> Value:
    """`series.rank()`: the same rows, each changed by all of them."""
    if not owner.origin or owner.shape in (Shape.ROW, Shape.WINDOW) or _across(call):
        return derived(owner)
    subject = getattr(call.node.func, "value", None)
    number = machine.statistic(call.node, _name(call), owner, subject=subject)
    shape = Shape.SERIES if owner.shape is Shape.GROUPS else owner.shape
    result = shuffled(derived(owner, shape=shape))
    return result._replace(taints=owner.taints | taint(number, owner.columns))


def transform(machine: Machine, call: Call, owner: Value) -> Value:
    """`groups.transform(f)`, `df.transform(f)` or `transformer.transform(X)`."""
    if owner.shape in (Shape.GROUPS, Shape.WINDOW) or (
        owner.origin and not owner.thing and not owner.fits and not _has_data(call)
    ):
        function = call.argument(0, "func") or NOTHING
        if isinstance(function.thing, Function):
            rows = shuffled(derived(owner, shape=Shape.SERIES))
            result = call_with(machine, function.thing, call, [rows])
            return rows._replace(taints=owner.taints | result.taints, columns=owner.columns)
        row = (
            machine.library.method(function.constant)
            if isinstance(function.constant, str)
            else None
        )
        if row is not None and row.effect is Effect.IN_ORDER:
            return shuffled(derived(owner, shape=Shape.SERIES))
        if owner.shape is Shape.WINDOW:
            return derived(owner, shape=Shape.SERIES)
        called = function.constant if isinstance(function.constant, str) else "transform"
        subject = getattr(call.node.func, "value", None)
        number = machine.statistic(call.node, called, owner, subject=subject)
        result = shuffled(derived(owner, shape=Shape.SERIES))
        return result._replace(taints=owner.taints | taint(number, owner.columns))
    return models.transform(machine, call, owner)


def _has_data(call: Call) -> bool:
    return any(value.origin for value in call.values)


def groups(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.groupby(keys)`: iterating yields a key and some of the rows."""
    made = shuffled(derived(owner, shape=Shape.GROUPS))
    if not owner.origin:
        return made
    rows = machine.rows.parts(owner.origin, ("group", machine.key(call.node)), call.site)
    group = derived(owner, rows=rows, shape=owner.shape)
    return made._replace(each=sequence((NOTHING, group)))


def window(machine: Machine, call: Call, owner: Value) -> Value:
    """`s.rolling(n)`: statistics of earlier rows only, unless it is centred."""
    return _moved(machine, call, owner, Shape.WINDOW)


def in_order(machine: Machine, call: Call, owner: Value) -> Value:
    """`s.shift()`, `s.cumsum()`: no statistic of all rows."""
    shape = Shape.SERIES if owner.shape is Shape.GROUPS else owner.shape
    return _moved(machine, call, owner, shape)


def _moved(machine: Machine, call: Call, owner: Value, shape: Shape) -> Value:
    """The rows with what they now hold of rows before or after them."""
    made = derived(owner, shape=shape)
    nature = order.nature(_name(call), call)
    if nature is None or not owner.origin or owner.shape is Shape.ROW:
        return shuffled(made)
    return looking(machine, call, made, nature)


def looking(machine: Machine, call: Call, owner: Value, nature: Nature) -> Value:
    """Rows that now hold something of rows before or after them."""
    subject = getattr(call.node.func, "value", None)
    number = machine.statistic(call.node, _name(call), owner, subject=subject, nature=nature)
    return shuffled(owner._replace(taints=owner.taints | taint(number, owner.columns)))


def part(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.sample(…)`, `df.query(…)`: some of the rows."""
    if not owner.origin or owner.shape is Shape.GROUPS:
        return derived(owner)
    key: object = machine.key(call.node)
    first = call.argument(0, "expr", "n", "frac", "indices", "used_indices")
    if first is not None and first.shape is Shape.INDICES and first.selects:
        return access.select_rows(machine, owner, first.selects, call.node)
    if _name(call) == "sample" and copies.with_replacement(call):
        drawn = machine.rows.parts(owner.origin, (DRAWN, key), call.site)
        return derived(owner, rows=drawn)
    if _name(call) == "sample" and call.constant("frac") == 1:
        return derived(owner)
    if _name(call) != "sample" and first is not None:
        key = (_name(call), access.written(call.expression(0, "expr", "n")), machine.stack)
    return derived(owner, rows=machine.rows.parts(owner.origin, ("part", key), call.site))


def apply(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.apply(f)`: f sees columns, rows, groups or elements, by the receiver."""
    function = call.argument(0, "func", "arg") or NOTHING
    others = [value for value in call.values if value is not function]
    if owner.symbol and function.thing is None and not owner.origin:
        return mix(call.values)
    taints = mix((owner, *others)).taints
    if function.taints and function.thing is None:
        taints |= function.taints  # a mapping made of statistics
    shape = owner.shape
    if isinstance(function.thing, Function):
        whole = _name(call) == "pipe" or shape is Shape.GROUPS
        whole = whole or (shape is Shape.FRAME and _name(call) == "apply" and not _across(call, 1))
        seen = Shape.SERIES if whole else Shape.ROW
        if _name(call) == "pipe":
            seen = shape
        result = call_with(machine, function.thing, call, [derived(owner, shape=seen), *others])
        taints |= result.taints
        if _name(call) == "pipe":
            return result._replace(location=0)
    elif shape is Shape.GROUPS or isinstance(function.constant, str):
        number = machine.statistic(call.node, "apply", owner)
        taints |= taint(number, owner.columns)
    kept = Shape.SERIES if shape is Shape.GROUPS else shape
    made = derived(owner, shape=kept)._replace(taints=taints)
    if shape is Shape.FRAME and _across(call, 1):
        return made._replace(columns=narrowed(owner.columns))
    return made if shape is Shape.SERIES else shuffled(made)


def itself(machine: Machine, call: Call, owner: Value) -> Value:
    """`network.to(device)`: the same network; of data, the same rows."""
    if owner.instance is not None or (owner.thing and not owner.rows):
        return owner
    return derived(owner)


def mutate(machine: Machine, call: Call, owner: Value) -> Value:
    """`items.append(x)`: the receiver now holds it too."""
    if owner.shape in (Shape.FRAME, Shape.SERIES) and _name(call) == "append":
        added = [item for value in call.args for item in value.iterated or (value,)]
        pieces = [owner, *(machine.state.latest(item) for item in added)]
        both = mix(pieces)
        rows = [piece.rows for piece in pieces]
        union = frozenset((machine.rows.stack(rows, call.site),)) if both.rows else both.rows
        return both._replace(rows=union, shape=owner.shape, columns=owner.columns)
    values = [v for v in call.values if v.origin or v.taints or v.thing or v.fields]
    if not values or (owner.thing and not owner.fields):
        return NOTHING
    if call.node in machine.adding_again:
        values = [copies.copied(machine, call, value) for value in values]
    both = mix((owner, *values))
    held = [v for v in (owner.each, *values) if v is not None]
    each = join_all(elements(machine, v) if _name(call) == "extend" else v for v in held)
    changed = owner._replace(
        rows=both.rows,
        taints=both.taints,
        latent=both.latent,
        each=each._replace(location=0),
    )
    if owner.fields is not None and machine.loops == 0 and _name(call) == "append":
        item = machine.state.placed(values[0])
        changed = changed.with_field(len(owner.fields), item)
    elif owner.fields is not None and not owner.fields:
        changed = changed._replace(fields=None)
    machine.state.overwrite(owner, changed)
    return NOTHING


def drop(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.drop(columns=…)`, `df.drop(rows)`, `df.pop("y")`."""
    labels = call.argument(0, "columns", "labels", "item") or NOTHING
    if labels.shape is Shape.INDICES and labels.origin:
        key = ("without", labels.selects)
        return derived(owner, rows=machine.rows.parts(owner.origin, key, call.site))
    columns = access.columns_named(labels)
    if columns is not None and len(call.args) > 1:  # names one after the other
        columns = columns.union(named(name for value in call.args for name in value.names))
    if owner.shape is Shape.NAMES:
        return _dropped_names(machine, call, owner, columns)
    if not owner.origin:
        return derived(owner)
    if columns is None:
        return derived(owner)._replace(columns=narrowed(owner.columns))
    held = ALL if owner.columns == NONE else owner.columns
    rest = access.select_columns(owner, held.without(columns), owner.shape)
    if _name(call) == "pop":
        machine.state.overwrite(owner, rest)
        return access.select_columns(owner, columns, Shape.SERIES)
    return rest


def _dropped_names(machine: Machine, call: Call, owner: Value, columns: Columns | None) -> Value:
    """`df.columns.drop("y")`, `names.pop()`."""
    rest = narrowed(owner.columns) if columns is None else owner.columns.without(columns)
    made = derived(owner)._replace(columns=rest)
    if _name(call) == "pop":
        machine.state.overwrite(owner, made)
        return NOTHING
    return made


def removed(machine: Machine, call: Call, owner: Value) -> Value:
    """`names.remove("y")`: one item less."""
    item = call.argument(0) or NOTHING
    if owner.shape is Shape.NAMES:
        machine.state.overwrite(owner, _dropped_names(machine, call, owner, named(item.names)))
    elif owner.fields is not None and item.names:
        kept = [v for _, v in owner.fields if v.constant != item.constant]
        machine.state.overwrite(owner, owner._replace(fields=tuple(enumerate(kept))))
    return NOTHING


def assign(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.assign(name=value)`: a copy with more columns."""
    result = derived(owner, shape=Shape.FRAME)
    for name, given in call.keywords.items():
        value = given
        if isinstance(given.thing, Function):
            value = call_with(machine, given.thing, call, [derived(owner)])
        access.note_copy(machine, call.node, owner, named((name,)), value)
        result = access.store_columns(result, named((name,)), value)
    return result


def merge(machine: Machine, call: Call, owner: Value) -> Value:
    """`left.merge(right)`: the rows of the left with columns of the right."""
    if not owner.origin:
        return mix((owner, *call.args)) if call.args else derived(owner)
    right = call.argument(0, "right", "other") or NOTHING
    columns = owner.columns.union(right.columns) if owner.columns != NONE else NONE
    return shuffled(derived(owner))._replace(taints=owner.taints | right.taints, columns=columns)


def items(machine: Machine, call: Call, owner: Value) -> Value:
    """`mapping.items()`, `.values()`, `.keys()`."""
    if _name(call) == "keys":
        return NOTHING if owner.fields is not None else derived(owner)
    if owner.fields is None:
        inner = owner.each or derived(owner)
        return Value(each=sequence((NOTHING, inner)) if _name(call) == "items" else inner)
    if _name(call) == "values":
        return sequence(machine.state.latest(item) for _, item in owner.fields)
    pairs = []
    for key, item in owner.fields:
        label = Value(constant=key) if isinstance(key, str | int) else NOTHING
        pairs.append(sequence((label, machine.state.latest(item))))
    return sequence(pairs)


def each_row(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.iterrows()`."""
    row = derived(owner, shape=Shape.ROW)
    return Value(each=row if _name(call) == "itertuples" else sequence((NOTHING, row)))


def count(machine: Machine, call: Call, owner: Value) -> Value:
    """A method that tells or shows something about the container."""
    return NOTHING


def folds(machine: Machine, call: Call, owner: Value) -> Value:
    """`splitter.split(X)`, not to be confused with the split of a text."""
    text = isinstance(owner.constant, str) or owner.rows or owner.shape is Shape.ROW
    return derived(owner) if text else models.folds(machine, call, owner)


def split(machine: Machine, call: Call, owner: Value) -> Value:
    """`frame.randomSplit([.8, .2])`."""
    shares = max(2, len((call.argument(0, "weights") or NOTHING).fields or ()))
    key = machine.key(call.node)
    machine.rows.split_at(key, call.site)
    return sequence(
        derived(owner, rows=machine.rows.parts(owner.origin, ("split", key, side), call.site))
        for side in range(shares)
    )


def concat(machine: Machine, call: Call, owner: Value) -> Value:
    """`df.vstack(other)`."""
    pieces = [owner, *call.args]
    both = mix(pieces)
    if not both.rows:
        return both
    together = machine.rows.stack([piece.rows for piece in pieces], call.site)
    return both._replace(rows=frozenset((together,)))


def _name(call: Call) -> str:
    return call.node.func.attr if isinstance(call.node.func, ast.Attribute) else ""


METHOD_EFFECTS: dict[Effect, Callable[[Machine, Call, Value], Value]] = {
    Effect.FIT: models.fit,
    Effect.FIT_TRANSFORM: models.fit_transform,
    Effect.FIT_PREDICT: models.fit_predict,
    Effect.TRANSFORM: transform,
    Effect.PREDICT: models.predict,
    Effect.RESAMPLE: models.resample,
    Effect.ITSELF: itself,
    Effect.BATCHES: networks.batches,
    Effect.WEIGHTS: networks.weights,
    Effect.BACKWARD: networks.backward,
    Effect.FRESH: copies.fresh,
    Effect.REPEAT: copies.repeat,
    Effect.DRAW: copies.draw,
    Effect.FOLDS: folds,
    Effect.SPLIT: split,
    Effect.GROUPS: groups,
    Effect.PARTS: named_parts.divided,
    Effect.WINDOW: window,
    Effect.STATISTIC: statistic,
    Effect.STATISTIC_IN_ROWS: in_rows,
    Effect.PART: part,
    Effect.APPLY: apply,
    Effect.MUTATE: mutate,
    Effect.DROP: drop,
    Effect.REMOVE: removed,
    Effect.ASSIGN: assign,
    Effect.MERGE: merge,
    Effect.CONCAT: concat,
    Effect.ITEMS: items,
    Effect.COUNT: count,
    Effect.EACH_ROW: each_row,
    Effect.IN_ORDER: in_order,
}
