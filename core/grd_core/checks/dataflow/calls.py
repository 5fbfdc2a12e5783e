"""Calls: from a name and its row in the table to what the call does to values."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TypeVar

from grd_core.checks.dataflow import (
    access,
    contents,
    copies,
    library,
    mapped,
    models,
    networks,
    order,
)
from grd_core.checks.dataflow.columns import ALL, NONE, named, narrowed
from grd_core.checks.dataflow.expressions import elements
from grd_core.checks.dataflow.library import Effect, Known
from grd_core.checks.dataflow.machine import Call, LibraryCall, Machine, MethodCall, taint
from grd_core.checks.dataflow.methods import METHOD_EFFECTS, call_with, looking
from grd_core.checks.dataflow.values import (
    NOTHING,
    Class,
    Estimator,
    Forecast,
    Function,
    Nature,
    Shape,
    Value,
    derived,
    mix,
    sequence,
    shuffled,
)

_Item = TypeVar("_Item")
_DECIDES = frozenset({"random_state", "test_size", "train_size", "shuffle", "stratify"})


def evaluate_call(machine: Machine, node: ast.Call) -> Value:
    """Any call."""
    func = node.func
    if isinstance(func, ast.Attribute):
        owner = machine.evaluate(func.value)
        resolved = _member(machine, owner, func)
        if resolved is None:
            return _method(machine, normal(machine, node), owner, func.attr)
    else:
        resolved = machine.evaluate(func)
        owner = NOTHING
    call = normal(machine, node)
    if isinstance(resolved.thing, Function):
        return _own(machine, resolved.thing, call, owner)
    if isinstance(resolved.thing, Class):
        return _instantiate(machine, resolved.thing, call)
    if resolved.symbol:
        return _library(machine, resolved.symbol, call)
    if resolved.instance is not None:
        return _called_object(machine, call, resolved)
    if isinstance(resolved.thing, Estimator) and not resolved.fits:
        return networks.forward(machine, call, resolved)
    if resolved.fits:
        return METHOD_EFFECTS[Effect.PREDICT](machine, call, resolved)
    return unknown(machine, call)


def _called_object(machine: Machine, call: Call, owner: Value) -> Value:
    """`thing(x)`, where the program says what a `thing` is."""
    own = owner.instance.method("__call__") if owner.instance else None
    if own is not None:
        return machine.invoke(replace(own, receiver=owner), call)
    return networks.forward(machine, call, owner) if call.args else unknown(machine, call)


def _own(machine: Machine, function: Function, call: Call, owner: Value) -> Value:
    """A function of the program; a class of its own may be a model, too."""
    result = machine.invoke(function, call)
    func = call.node.func
    row = machine.library.method(func.attr) if isinstance(func, ast.Attribute) else None
    if row is None or owner.instance is None or row.effect not in (Effect.FIT, Effect.PREDICT):
        return result
    event = METHOD_EFFECTS[row.effect](machine, call, machine.state.latest(owner))
    return event if row.effect is Effect.FIT else mix((result, event))


def _member(machine: Machine, owner: Value, func: ast.Attribute) -> Value | None:
    """What `owner.name` is, when that is a function or class; None for a method by name."""
    data = owner.rows or owner.fits or owner.shape is not Shape.OTHER
    if owner.instance is not None or (owner.thing and not isinstance(owner.thing, Estimator)):
        found = access.attribute(machine, owner, func.attr, func)
        return found if found.thing or found.symbol else None
    if owner.symbol and not data and not isinstance(owner.thing, Estimator):
        undefined = owner.latent and machine.library.function(f"?.{func.attr}") is None
        if undefined and machine.library.method(func.attr) is not None:
            return None  # a name nobody defined, used like data or a model
        return Value(symbol=f"{owner.symbol}.{func.attr}")
    if owner.fields is not None:
        field = owner.field(func.attr)
        if field is not None and (field.thing or field.symbol):
            return machine.state.latest(field)
    return None


def normal(machine: Machine, node: ast.Call) -> Call:
    """The call with its arguments evaluated; known items of * and ** are spread."""
    args: list[Value] = []
    keywords: dict[str, Value] = {}
    opaque = False
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            spread = machine.evaluate(argument.value)
            opaque = opaque or spread.fields is None
            args.extend(machine.state.latest(item) for _, item in spread.fields or ())
        else:
            args.append(machine.evaluate(argument))
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        opaque = opaque or value.fields is None
        for key, item in value.fields or ():
            keywords[str(key)] = machine.state.latest(item)
    return Call(node, machine.site(node), tuple(args), keywords, opaque)


def _instantiate(machine: Machine, made: Class, call: Call) -> Value:
    instance = machine.state.placed(Value(instance=made, fields=made.attributes))
    start = made.method("__init__")
    if start is not None:
        machine.invoke(replace(start, receiver=instance), call)
    return machine.state.latest(instance)


def _library(machine: Machine, symbol: str, call: Call) -> Value:
    machine.facts.calls.append(LibraryCall(symbol, call, moment=machine.moment(call.node)))
    row = machine.library.function(symbol)
    name = symbol.rpartition(".")[2]
    if row is not None:
        return FUNCTION_EFFECTS[row.effect](machine, *arranged(call, row))
    if name[:1].isupper() and name not in ("DataFrame", "Series", "Index"):
        return models.construct(machine, call, name)
    if name in ("DataFrame", "Series", "array", "asarray", "DataFrame.from_dict") and call.args:
        return _container(machine, call)
    made = unknown(machine, call)
    if not made.rows or library.keeps_rows(symbol):
        return made
    passed = machine.rows.source(("through", machine.key(call.node)), call.site)
    return replace(made, latent=made.latent | {passed})


def arranged(call: Call, row: Known) -> tuple[Call, Known]:
    """The call with the argument that holds the rows in front, where the row says it is not."""
    positional = row.effect in (Effect.TRAIN, Effect.CROSS_VALIDATE)
    if positional or not 0 < row.data < min(len(call.args), len(call.node.args)):
        return call, row
    node = ast.copy_location(
        ast.Call(call.node.func, _first(call.node.args, row.data), call.node.keywords), call.node
    )
    args = tuple(_first(call.args, row.data))
    target = row.target + 1 if 0 <= row.target < row.data else row.target
    return replace(call, node=node, args=args), replace(row, data=0, target=target)


def _first(items: Sequence[_Item], position: int) -> list[_Item]:
    return [items[position], *items[:position], *items[position + 1 :]]


def _container(machine: Machine, call: Call) -> Value:
    """`DataFrame(data)`: the same rows; a dict's keys become columns."""
    data = call.args[0]
    columns = access.columns_named(call.argument(2, "columns") or NOTHING)
    known = data.columns if data.shape in (Shape.FRAME, Shape.SERIES) else narrowed(data.columns)
    shape = Shape.SERIES if call.name == "Series" else Shape.FRAME
    shape = Shape.ROW if data.shape is Shape.ROW else shape
    made = replace(mix((data,)), columns=known, shape=shape)
    if data.fields and all(isinstance(key, str) for key, _ in data.fields):
        made = Value(rows=made.rows, latent=made.latent, shape=Shape.FRAME)
        for key, item in data.fields:
            latest = machine.state.latest(item)
            made = access.store_columns(made, named((str(key),)), latest)
    elif columns is not None:
        made = replace(made, columns=columns)
    return made


def unknown(machine: Machine, call: Call) -> Value:
    """A call nothing is known about hands on what its arguments carry."""
    for value in call.values:
        if isinstance(value.thing, Function) and value.thing.receiver is None:
            call_with(machine, value.thing, call, [])
    data = [value for value in call.values if value.origin]
    mixed = mix(call.values)
    if not data:
        source = machine.rows.source(("call", machine.key(call.node)), call.site)
        return Value(taints=mixed.taints, latent=frozenset((source,)))
    real = [value for value in data if value.rows]
    data = real if len({value.rows for value in real}) == 1 else data
    if len({value.origin for value in data}) > 1:
        key = ("mixed", machine.key(call.node))
        source = machine.rows.source(key, call.site)
        return Value(taints=mixed.taints, latent=frozenset((source,)))
    first = data[0]
    shape = first.shape if first.shape in (Shape.SERIES, Shape.FRAME, Shape.ROW) else Shape.OTHER
    made = replace(derived(first, shape=shape), taints=mixed.taints)
    if _called(call) in contents.CLASSES_OF_SCORES and made.forecast is not None:
        return replace(made, forecast=Forecast.LABELS)
    if _called(call) in contents.ELEMENTWISE:
        return replace(made, copies=mixed.copies)
    return shuffled(replace(made, columns=narrowed(made.columns)))


def _called(call: Call) -> str:
    func = call.node.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _read(machine: Machine, call: Call, row: Known) -> Value:
    """Rows from outside; reading the same file twice gives the same rows."""
    path = call.args[0].constant if call.args else None
    place = path if isinstance(path, str) else machine.key(call.node)
    if call.args and not isinstance(path, str) and not machine.stack:
        place = access.written(call.node.args[0])
    source = machine.rows.source(("read", row.name, place), call.site)
    columns = access.columns_named(call.argument(-1, "columns", "usecols") or NOTHING)
    shape = Shape.FRAME if row.name.startswith(("read_", "scan_")) else Shape.ARRAY
    return Value(shape=shape, rows=frozenset((source,)), columns=columns or ALL)


def _split(machine: Machine, call: Call, row: Known) -> Value:
    """`train_test_split(a, b)`: every argument is cut into the same two parts."""
    key = _seeded(call) or machine.key(call.node)
    machine.rows.split_at(key, call.site)
    parts: list[Value] = []
    sides = 2
    if row.name != "train_test_split" and len(call.args) > 1:
        sides = max(2, len(call.args[1].fields or ()))
    whole = call.args if row.name == "train_test_split" else call.args[:1]
    for value in (networks.held_in(machine, given) for given in whole):
        for side in range(sides):
            if value.shape is Shape.INDICES and not value.rows:
                parts.append(replace(derived(value), selects=("split", key, side)))
                continue
            rows = machine.rows.parts(value.origin, ("split", key, side), call.site)
            parts.append(derived(value, rows=rows))
    return sequence(parts)


def _seeded(call: Call) -> tuple[Hashable, ...] | None:
    """What decides a split where its seed is known: with it the same rows are cut alike."""
    if not isinstance(call.constant("random_state"), int) or call.opaque:
        return None
    given = [(k.arg, access.written(k.value)) for k in call.node.keywords]
    decides = (pair for pair in given if pair[0] in _DECIDES)
    return ("seeded", *sorted((str(name), text) for name, text in decides))


def _concat(machine: Machine, call: Call, row: Known) -> Value:
    """Rows of several values, or with axis=1 their columns side by side."""
    if row.name == "append" and len(call.args) > 1:
        pieces = list(call.args)
    else:
        whole = call.argument(0, "objs", "tensors", "arrays", "values") or NOTHING
        pieces = [machine.state.latest(item) for _, item in whole.fields or ()] or [whole]
    mixed = mix(pieces)
    columns = next((piece.columns for piece in pieces if piece.columns != NONE), NONE)
    shape = Shape.FRAME if row.name == "concat" else Shape.OTHER
    axis = call.argument(2 if row.name == "append" else 1, "axis", "dim")
    beside = axis is not None and axis.fields is None and axis.constant in (1, -1, "columns")
    if beside or not mixed.origin:
        return replace(mixed, shape=shape)
    below = axis is None or axis.constant in (0, "index", "rows")
    rows = _stackable(pieces) if below else [mixed.origin]
    together = frozenset((machine.rows.stack(rows, call.site),))
    return shuffled(replace(mixed, rows=together, columns=columns, shape=shape))


def _stackable(pieces: list[Value]) -> list[frozenset[int]]:
    """The rows of each piece; pieces of other columns, or of one row, have none in common."""
    explicit = [piece.columns for piece in pieces if piece.columns.explicit]
    disjoint = len(explicit) > 1 and not any(
        one.meets(other) for one, other in itertools.combinations(explicit, 2)
    )
    single = any(piece.shape is Shape.ROW for piece in pieces)
    if disjoint or single:
        return [mix(pieces).origin]
    return [piece.origin for piece in pieces]


def _statistic(machine: Machine, call: Call, row: Known) -> Value:
    of = call.argument(0, "a", "x", "X", "data") or NOTHING
    axis = call.argument(1, "axis")
    across = axis is not None and not axis.origin and axis.constant in (1, -1, "columns")
    if across or of.shape is Shape.ROW or not of.origin:
        return mix((of,)) if of.rows else Value(taints=of.taints)
    subject = call.expression(0, "a", "x", "X", "data")
    if not row.supervised:
        return models.statistic(machine, call, of, row.name, subject=subject)
    target = call.argument(row.target, "y") or NOTHING
    return models.statistic(
        machine, call, of, row.name, about=target.columns, supervised=True, subject=subject
    )


def _statistic_in_rows(machine: Machine, call: Call, row: Known) -> Value:
    of = call.argument(0, "x", "X", "a") or NOTHING
    bins = call.argument(1, "bins")
    if row.name == "cut" and (bins is None or not isinstance(bins.constant, int)):
        return replace(derived(of), taints=of.taints | (bins.taints if bins else frozenset()))
    if of.shape is Shape.ROW or not of.origin:
        return mix((of,))
    number = machine.statistic(call.node, row.name, of, subject=call.expression(0, "x", "X", "a"))
    return replace(derived(of), taints=of.taints | taint(number, of.columns))


def _count(machine: Machine, call: Call, row: Known) -> Value:
    return NOTHING


def _indices(machine: Machine, call: Call, row: Known) -> Value:
    if row.name == "where" and len(call.args) > 1:
        return unknown(machine, call)  # a choice between two values, row by row
    return Value(shape=Shape.INDICES, selects=(machine.key(call.node),))


def _cross_validate(machine: Machine, call: Call, row: Known) -> Value:
    return models.cross_validate(machine, call)


def _curve(machine: Machine, call: Call, row: Known) -> Value:
    """`roc_curve(y, scores)`: numbers at every cutoff, without rows of their own."""
    labels = call.argument(0, "y_true") or NOTHING
    subject = call.expression(0, "y_true")
    taints = mix(call.values).taints
    if not labels.origin:
        return Value(taints=taints)
    number = machine.statistic(call.node, row.name, labels, subject=subject, nature=Nature.CUTOFF)
    return Value(taints=taints | taint(number))


def _pipeline(machine: Machine, call: Call, row: Known) -> Value:
    return models.construct(machine, call, row.name)


def _zip(machine: Machine, call: Call, row: Known) -> Value:
    return Value(each=sequence(elements(machine, value) for value in call.args))


def _enumerate(machine: Machine, call: Call, row: Known) -> Value:
    counted = call.args[0] if call.args else NOTHING
    if counted.iterated is not None:
        pairs = [
            sequence((Value(constant=number), machine.state.latest(item)))
            for number, item in enumerate(counted.iterated)
        ]
        return sequence(pairs)
    return Value(each=sequence((NOTHING, elements(machine, counted))))


def _next(machine: Machine, call: Call, row: Known) -> Value:
    return elements(machine, call.args[0]) if call.args else NOTHING


def _itself(machine: Machine, call: Call, row: Known) -> Value:
    if not call.args:
        return sequence(())
    given = call.args[0]
    if given.shape is Shape.MAPPING:
        return sequence(given.iterated or ())
    return replace(given, location=0)


def _dict(machine: Machine, call: Call, row: Known) -> Value:
    fields = tuple(call.keywords.items())
    made = replace(mix(call.keywords.values()), fields=fields, shape=Shape.MAPPING)
    return made if call.keywords or not call.args else replace(call.args[0], location=0)


def _method(machine: Machine, call: Call, owner: Value, name: str) -> Value:
    """A method known by its name alone, with `inplace=True` written back."""
    row = machine.library.method(name)
    owner = machine.state.latest(owner)
    machine.facts.methods.append(MethodCall(name, owner, call))
    if owner.origin:
        machine.facts.calls.append(LibraryCall(f".{name}", call, owner, machine.moment(call.node)))
    if row is not None and row.effect in METHOD_EFFECTS:
        result = METHOD_EFFECTS[row.effect](machine, call, owner)
    else:
        result = other_method(machine, call, owner)
    if call.constant("inplace") is True:
        func = call.node.func
        if isinstance(func, ast.Attribute):
            machine.store(func.value, result)
        return NOTHING
    return result


def other_method(machine: Machine, call: Call, owner: Value) -> Value:
    """A method in no table hands on the receiver with what its arguments carry."""
    if owner.thing and not owner.rows:
        return replace(owner, taints=owner.taints) if not call.args else unknown(machine, call)
    mixed = mix((owner, *call.values))
    if not owner.origin:
        made = unknown(machine, call) if call.args else derived(owner)
        return replace(made, taints=made.taints | owner.taints)
    if owner.shape is Shape.GROUPS:
        return derived(owner)
    shape = Shape.OTHER if owner.shape is Shape.NAMES else owner.shape
    kept = replace(derived(owner, shape=shape), taints=mixed.taints)
    name = _called(call)
    if name in contents.CLASSES_OF_SCORES and kept.forecast is not None:
        return replace(kept, forecast=Forecast.LABELS)
    nature = order.nature(name, call)
    if nature is not None:
        return looking(machine, call, kept, nature)
    if name in contents.ELEMENTWISE:
        return replace(kept, copies=mixed.copies)
    if name in contents.ROW_METHODS and "axis" not in call.keywords:
        return shuffled(kept)
    return shuffled(replace(kept, columns=narrowed(kept.columns)))


FUNCTION_EFFECTS: dict[Effect, Callable[[Machine, Call, Known], Value]] = {
    Effect.READ: _read,
    Effect.SPLIT: _split,
    Effect.CONCAT: _concat,
    Effect.STATISTIC: _statistic,
    Effect.STATISTIC_IN_ROWS: _statistic_in_rows,
    Effect.COUNT: _count,
    Effect.INDICES: _indices,
    Effect.REPEAT: copies.repeat_function,
    Effect.SUBSET: networks.subset,
    Effect.LOADER: networks.loader,
    Effect.DRAW: copies.draw_function,
    Effect.TRAIN: models.train,
    Effect.CROSS_VALIDATE: _cross_validate,
    Effect.CURVE: _curve,
    Effect.PIPELINE: _pipeline,
    Effect.ZIP: _zip,
    Effect.MAP: mapped.map_function,
    Effect.ENUMERATE: _enumerate,
    Effect.NEXT: _next,
    Effect.ITSELF: _itself,
    Effect.DICT: _dict,
}
