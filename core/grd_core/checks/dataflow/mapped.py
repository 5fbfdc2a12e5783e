"""`map(f, items)`: what the comprehension that calls f on each item would yield."""

from __future__ import annotations

import ast

from grd_core.checks.dataflow.library import Known
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.values import NOTHING, Value

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
