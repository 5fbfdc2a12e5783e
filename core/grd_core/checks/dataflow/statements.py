"""Statements: assignments, branches that meet again, loops run twice or unrolled."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from grd_core.checks.dataflow import access, kinds
from grd_core.checks.dataflow.augmenting import added_again
from grd_core.checks.dataflow.columns import ALL, named
from grd_core.checks.dataflow.expressions import elements
from grd_core.checks.dataflow.machine import Iteration, Machine
from grd_core.checks.dataflow.values import (
    NOTHING,
    Class,
    Estimator,
    Function,
    Shape,
    Value,
    derived,
    mix,
    sequence,
)

_LOOPS_REPEATED = 2


def assign(machine: Machine, node: ast.Assign) -> bool:
    """`a = b = value`."""
    value = machine.evaluate(node.value)
    for target in node.targets:
        machine.store(target, value)
    return True


def annotated(machine: Machine, node: ast.AnnAssign) -> bool:
    """`a: T = value`."""
    if node.value is not None:
        machine.store(node.target, machine.evaluate(node.value))
    return True


def augmented(machine: Machine, node: ast.AugAssign) -> bool:
    """`a += value`."""
    current = machine.evaluate(
        ast.copy_location(_loaded(node.target), node.target)  # the target, read
    )
    value = machine.evaluate(node.value)
    if current.fields is not None and value.fields is not None and not current.origin:
        machine.store(node.target, sequence([v for _, v in (*current.fields, *value.fields)]))
        return True
    mixed = mix((current, value))
    machine.store(node.target, mixed._replace(shape=current.shape))
    return True


def _loaded(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, target.attr, ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Load())
    return target


def expression(machine: Machine, node: ast.Expr) -> bool:
    """A value that is thrown away."""
    machine.evaluate(node.value)
    return True


def branch(machine: Machine, node: ast.If) -> bool:
    """`if`: both ways are followed and meet again."""
    machine.evaluate(node.test)
    return _either(machine, node.body, node.orelse)


def _either(machine: Machine, *bodies: list[ast.stmt]) -> bool:
    reached = []
    for body in bodies:
        machine.state.fork()
        arrives = machine.execute(body)
        changes = machine.state.rewind()
        if arrives:
            reached.append(changes)
    machine.state.merge(reached)
    return bool(reached)


def loop(machine: Machine, node: ast.For | ast.AsyncFor) -> bool:
    """`for`: unrolled over known items, else run with any element until nothing is new."""
    source = machine.evaluate(node.iter)
    items = source.iterated
    if machine.effort.items:
        machine.adding_again |= added_again(node)
    if source.origin:
        machine.facts.iterations.append(Iteration(node, source, machine.moment()))
    outside = machine.looping
    machine.looping = (*outside, machine.entered(node))
    unrolled = items is not None and 0 < len(items) <= machine.effort.items
    if items is not None and unrolled and machine.loops < _LOOPS_REPEATED:
        machine.loops += 1
        for item in items:
            machine.store(node.target, machine.state.latest(item))
            _repeat(machine, node.body, 1)
        machine.loops -= 1
    else:
        machine.store(node.target, elements(machine, source))
        _repeat(machine, node.body, machine.effort.rounds if machine.loops < _LOOPS_REPEATED else 1)
    machine.looping = outside
    return machine.execute(node.orelse)


def _repeat(machine: Machine, body: list[ast.stmt], times: int) -> None:
    machine.loops += 1
    for _ in range(times):
        if times == 1 or not body:
            machine.execute(body)
            continue
        machine.state.fork()
        machine.execute(body)
        machine.state.merge((machine.state.rewind(), {}))
    machine.loops -= 1


def while_loop(machine: Machine, node: ast.While) -> bool:
    """`while`."""
    machine.evaluate(node.test)
    outside = machine.looping
    machine.looping = (*outside, machine.entered(node))
    _repeat(machine, node.body, machine.effort.rounds if machine.loops < _LOOPS_REPEATED else 1)
    machine.looping = outside
    return machine.execute(node.orelse)


def attempt(machine: Machine, node: ast.Try | ast.TryStar) -> bool:
    """`try`: the body may or may not have run when a handler starts."""
    arrives = machine.execute(node.body) and machine.execute(node.orelse)
    if node.handlers:
        handled = _either(machine, *(handler.body for handler in node.handlers), [])
        arrives = arrives or handled
    return machine.execute(node.finalbody) and arrives


def within(machine: Machine, node: ast.With | ast.AsyncWith) -> bool:
    """`with`; under a tape of gradients a model is called to learn from it."""
    outer = machine.taped
    for item in node.items:
        value = machine.evaluate(item.context_expr)
        if isinstance(value.thing, Estimator) and value.thing.name in kinds.TAPES:
            machine.taped = True
        if item.optional_vars is not None:
            machine.store(item.optional_vars, value)
    try:
        return machine.execute(node.body)
    finally:
        machine.taped = outer


def returned(machine: Machine, node: ast.Return) -> bool:
    """`return`."""
    value = machine.evaluate(node.value) if node.value is not None else Value(constant=None)
    machine.returned.append(value)
    return False


def raised(machine: Machine, node: ast.Raise) -> bool:
    """`raise`."""
    return False


def function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A function, to be run where it is called."""
    made = Function(node, machine.scopes, machine.path)
    machine.state.bind(machine.scopes[-1], node.name, Value(thing=made))
    return True


def klass(machine: Machine, node: ast.ClassDef) -> bool:
    """A class: its methods, those of its bases in the same files, and its attributes."""
    methods: dict[str, Function] = {}
    attributes: dict[Any, Value] = {}
    for base in reversed(node.bases):
        known = machine.evaluate(base).thing
        if isinstance(known, Class):
            methods.update(known.methods)
            attributes.update(known.attributes)
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            methods[statement.name] = Function(statement, machine.scopes, machine.path)
        elif isinstance(statement, ast.Assign):
            value = machine.evaluate(statement.value)
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    attributes[target.id] = value
    made = Class(node.name, tuple(methods.items()), tuple(attributes.items()))
    machine.state.bind(machine.scopes[-1], node.name, Value(thing=made))
    return True


def delete(machine: Machine, node: ast.Delete) -> bool:
    """`del`: a column that is gone carries nothing into the model."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            machine.state.forget(machine.scopes[-1], target.id)
        elif isinstance(target, ast.Subscript):
            owner = machine.evaluate(target.value)
            columns = access.columns_named(machine.evaluate(target.slice))
            if columns is not None and owner.origin:
                held = owner.columns if owner.columns.names or owner.columns.complement else ALL
                kept = access.select_columns(owner, held.without(columns), owner.shape)
                machine.state.overwrite(owner, kept)
    return True


def imported(machine: Machine, node: ast.Import) -> bool:
    """`import a.b as c`."""
    for alias in node.names:
        bound = alias.asname or alias.name.partition(".")[0]
        symbol = alias.name if alias.asname else bound
        machine.state.bind(machine.scopes[-1], bound, Value(symbol=symbol))
    return True


def match(machine: Machine, node: ast.Match) -> bool:
    """`match`: like `if`, with any case."""
    machine.evaluate(node.subject)
    return _either(machine, *(case.body for case in node.cases), [])


def unpack(machine: Machine, target: ast.Tuple | ast.List, value: Value, node: ast.expr) -> None:
    """`a, b = value`."""
    stars = [i for i, element in enumerate(target.elts) if isinstance(element, ast.Starred)]
    items = [machine.state.latest(item) for _, item in value.fields or ()]
    if stars and items:
        first = stars[0]
        after = len(target.elts) - first - 1
        middle = sequence(items[first : len(items) - after])
        items = [*items[:first], middle, *items[len(items) - after :]]
    for position, element in enumerate(target.elts):
        wanted = element.value if isinstance(element, ast.Starred) else element
        if items:
            item = items[position] if position < len(items) else NOTHING
        else:
            item = _piece(machine, value, position, wanted, node)
        machine.store(wanted, item)


def _piece(
    machine: Machine, value: Value, position: int, target: ast.expr, node: ast.expr
) -> Value:
    """One of several values of a call whose result is not known item by item."""
    if value.each is not None:
        return value.each
    if not value.origin or value.shape is Shape.ROW:
        return derived(value)
    if value.shape is Shape.ARRAY and isinstance(target, ast.Name):
        # a reader's (X, y): the same rows, other columns
        piece = derived(value, shape=Shape.OTHER)
        if position == 0:
            return piece
        return piece._replace(columns=named((f"<item {position}>",)))
    site = machine.site(node)
    if not value.rows:
        keys = [("item", number, position) for number in sorted(value.latent)]
        latent = frozenset(machine.rows.source(key, site) for key in keys)
        return Value(taints=value.taints, latent=latent)
    rows = machine.rows.parts(value.origin, ("item", position), site)
    return derived(value, rows=rows, shape=Shape.OTHER)


def ignored(machine: Machine, node: ast.stmt) -> bool:
    """A statement that moves no data."""
    return True


STATEMENTS: dict[type[ast.stmt], Callable[..., bool]] = {
    ast.Assign: assign,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented,
    ast.Expr: expression,
    ast.If: branch,
    ast.For: loop,
    ast.AsyncFor: loop,
    ast.While: while_loop,
    ast.Try: attempt,
    ast.TryStar: attempt,
    ast.With: within,
    ast.AsyncWith: within,
    ast.Return: returned,
    ast.Raise: raised,
    ast.FunctionDef: function,
    ast.AsyncFunctionDef: function,
    ast.ClassDef: klass,
    ast.Delete: delete,
    ast.Import: imported,
    ast.Match: match,
}
