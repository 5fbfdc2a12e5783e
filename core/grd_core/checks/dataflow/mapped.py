"""Loops in other words: `map(f, items)` and `range(len(models))`."""

from __future__ import annotations

import ast

from grd_core.checks.dataflow.library import Known
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.values import NOTHING, Shape, Value, sequence

_ITEM = "<item>"


def map_function(machine: Machine, call: Call, row: Known) -> Value:
    """`map(f, a)` as `(f(x) for x in a)`; `map(f, a, b)` as `(f(x, y) for x, y in zip(a, b))`."""
    given = call.node.args
    if len(given) < 2 or any(isinstance(argument, ast.Starred) for argument in given):
        return NOTHING
    function, *sources = given
    names = [f"{_ITEM}{number}" for number in range(len(sources))]
    passed: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    taken: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    one = len(sources) == 1
    target = taken[0] if one else ast.Tuple(taken, ast.Store())
    over = sources[0] if one else ast.Call(ast.Name("zip", ast.Load()), sources, [])
    loop = ast.comprehension(target, over, [], 0)
    comprehension = ast.GeneratorExp(ast.Call(function, passed, []), [loop])
    ast.fix_missing_locations(ast.copy_location(comprehension, call.node))
    return machine.evaluate(comprehension)


def numbers_of_objects(machine: Machine, call: Call) -> Value | None:
    """The numbers in `range(len(models))`, where it is known which objects the list holds."""
    given = call.node.args
    from_start = len(given) == 1 or (len(given) == 2 and call.args[0].constant == 0)
    length = given[-1] if from_start else None
    if not (isinstance(length, ast.Call) and isinstance(length.func, ast.Name)):
        return None
    if length.func.id != "len" or len(length.args) != 1:
        return None
    listed = machine.evaluate(length.args[0])
    if listed.fields is None or listed.shape is Shape.MAPPING:
        return None
    items = [machine.state.latest(item) for _, item in listed.fields]
    if not any(item.thing is not None for item in items):
        return None
    return sequence(Value(constant=number) for number in range(len(items)))
