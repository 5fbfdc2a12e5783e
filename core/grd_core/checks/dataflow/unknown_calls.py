"""Calls nothing is known about: what their arguments and receivers carry goes on."""

from __future__ import annotations

import ast

from grd_core.checks.dataflow import contents, order
from grd_core.checks.dataflow.columns import narrowed
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.methods import call_with, looking
from grd_core.checks.dataflow.values import (
    Forecast,
    Function,
    Shape,
    Value,
    derived,
    mix,
    shuffled,
)


def unknown(machine: Machine, call: Call) -> Value:
    """A call nothing is known about hands on what its arguments carry."""
    given = call.values
    _called_back(machine, call)
    data = [value for value in given if value.origin]
    mixed = mix(given)
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
    made = derived(first, shape=shape)._replace(taints=mixed.taints)
    if _called(call) in contents.CLASSES_OF_SCORES and made.forecast is not None:
        return made._replace(forecast=Forecast.LABELS)
    if _called(call) in contents.ELEMENTWISE:
        return made._replace(copies=mixed.copies)
    return shuffled(made._replace(columns=narrowed(made.columns)))


def _called(call: Call) -> str:
    func = call.node.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _called_back(machine: Machine, call: Call) -> None:
    """Functions that are handed to a call are called by it, with nobody knows what."""
    for value in call.values:
        function = value.thing
        if not isinstance(function, Function) or function.receiver is not None:
            continue
        if not machine.is_left_alone(function):
            call_with(machine, function, call, [])


def other_method(machine: Machine, call: Call, owner: Value) -> Value:
    """A method in no table hands on the receiver with what its arguments carry."""
    if owner.thing and not owner.rows:
        return owner._replace(taints=owner.taints) if not call.args else unknown(machine, call)
    mixed = mix((owner, *call.values))
    if not owner.origin:
        made = unknown(machine, call) if call.args else derived(owner)
        return made._replace(taints=made.taints | owner.taints)
    if owner.shape is Shape.GROUPS:
        return derived(owner)
    if not owner.rows:
        _called_back(machine, call)
    shape = Shape.OTHER if owner.shape is Shape.NAMES else owner.shape
    kept = derived(owner, shape=shape)._replace(taints=mixed.taints)
    name = _called(call)
    if name in contents.CLASSES_OF_SCORES and kept.forecast is not None:
        return kept._replace(forecast=Forecast.LABELS)
    nature = order.nature(name, call)
    if nature is not None:
        return looking(machine, call, kept, nature)
    if name in contents.ELEMENTWISE:
        return kept._replace(copies=mixed.copies)
    if name in contents.ROW_METHODS and "axis" not in call.keywords:
        return shuffled(kept)
    return shuffled(kept._replace(columns=narrowed(kept.columns)))
