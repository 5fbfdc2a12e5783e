"""Calls: from a name and its row in the table to what the call does to values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from grd_core.checks.dataflow import access, library, models, networks, saved, trainers
from grd_core.checks.dataflow.columns import named, narrowed
from grd_core.checks.dataflow.functions import FUNCTION_EFFECTS
from grd_core.checks.dataflow.library import Effect, Known
from grd_core.checks.dataflow.machine import Call, LibraryCall, Machine, MethodCall
from grd_core.checks.dataflow.methods import METHOD_EFFECTS
from grd_core.checks.dataflow.unknown_calls import other_method, unknown
from grd_core.checks.dataflow.values import NOTHING, Class, Estimator, Function, Shape, Value, mix

_Item = TypeVar("_Item")


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
    if isinstance(resolved.thing, Estimator) and (machine.taped or not resolved.fits):
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
    if name in trainers.TRAINERS:
        return trainers.construct(machine, call, name)
    if name[:1].isupper() and name not in ("DataFrame", "Series", "Index"):
        return models.construct(machine, call, name)
    if name in ("DataFrame", "Series", "array", "asarray", "DataFrame.from_dict") and call.args:
        return _container(machine, call)
    made = unknown(machine, call)
    if not made.rows or library.keeps_rows(symbol):
        return made
    passed = machine.rows.source(("through", machine.key(call.node)), call.site)
    return made._replace(latent=made.latent | {passed})


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
    return call._replace(node=node, args=args), replace(row, data=0, target=target)


def _first(items: Sequence[_Item], position: int) -> list[_Item]:
    return [items[position], *items[:position], *items[position + 1 :]]


def _container(machine: Machine, call: Call) -> Value:
    """`DataFrame(data)`: the same rows; a dict's keys become columns."""
    data = call.args[0]
    columns = access.columns_named(call.argument(2, "columns") or NOTHING)
    known = data.columns if data.shape in (Shape.FRAME, Shape.SERIES) else narrowed(data.columns)
    shape = Shape.SERIES if call.name == "Series" else Shape.FRAME
    shape = Shape.ROW if data.shape is Shape.ROW else shape
    made = mix((data,))._replace(columns=known, shape=shape)
    if data.fields and all(isinstance(key, str) for key, _ in data.fields):
        made = Value(rows=made.rows, latent=made.latent, shape=Shape.FRAME)
        for key, item in data.fields:
            latest = machine.state.latest(item)
            made = access.store_columns(made, named((str(key),)), latest)
    elif columns is not None:
        made = made._replace(columns=columns)
    if made.origin or not _collected(data):
        return made
    source = machine.rows.source(("call", machine.key(call.node)), call.site)
    return made._replace(latent=frozenset((source,)))


def _collected(data: Value) -> bool:
    """True for what a program put together from things it does not spell out."""
    return data.each is not None


def _method(machine: Machine, call: Call, owner: Value, name: str) -> Value:
    """A method known by its name alone, with `inplace=True` written back."""
    row = machine.library.method(name)
    owner = machine.state.latest(owner)
    machine.facts.methods.append(MethodCall(name, owner, call))
    if owner.origin:
        machine.facts.calls.append(LibraryCall(f".{name}", call, owner, machine.moment(call.node)))
    trained = trainers.method(machine, call, owner, name) if trainers.is_trainer(owner) else None
    if trained is not None:
        result = trained
    elif row is not None and row.effect is Effect.SAVE and owner.fits:
        result = saved.save(machine, call, owner)
    elif row is not None and row.effect in METHOD_EFFECTS:
        result = METHOD_EFFECTS[row.effect](machine, call, owner)
    else:
        result = other_method(machine, call, owner)
    if call.constant("inplace") is True:
        func = call.node.func
        if isinstance(func, ast.Attribute):
            machine.store(func.value, result)
        return NOTHING
    return result
