"""Loops over epochs that keep the best state of a model, and the rows they keep it by.

Loaders are opaque to the pass, so they are told apart by the variables that hold them.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.loops import names_in, stored_in
from grd_core.checks.dataflow.seed_selection import kept_best

_BUILTINS = frozenset(dir(builtins)) | {"tqdm"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class KeptEpoch:
    """The line that keeps the best epoch, and the loader whose score decides."""

    kept_line: int
    train_line: int
    judged_line: int
    rows: str


@dataclass(frozen=True, slots=True)
class _Step:
    """A loop over a loader, or the call of a function that has one; `stores` are its results."""

    line: int
    loader: str
    trains: bool
    stores: frozenset[str]


def kept_epochs(tree: ast.Module) -> Iterator[KeptEpoch]:
    """Every loop that keeps its best epoch by the only rows that are evaluated."""
    nodes = list(ast.walk(tree))
    if not any(_is_backward(node) for node in nodes):
        return
    functions = {node.name: node for node in nodes if isinstance(node, _FUNCTIONS)}
    for loop in nodes:
        if not isinstance(loop, ast.For | ast.While):
            continue
        line = kept_best(loop)
        if not line:
            continue
        steps = list(_steps(loop, functions))
        trained = [step for step in steps if step.trains]
        deciding = [s for s in steps if not s.trains and _decides(loop, line, s)]
        if not trained or len({step.loader for step in deciding}) != 1:
            continue
        others = {step.loader for step in _steps(tree, functions) if not step.trains}
        loaders = {step.loader for step in (*trained, *deciding)}
        if not others - loaders and deciding[0].loader != trained[0].loader:
            first = deciding[0]
            yield KeptEpoch(line, trained[0].line, first.line, first.loader)


def _steps(
    around: ast.AST, functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]
) -> Iterator[_Step]:
    """The passes over a loader, in a loop of their own or in a function of the file."""
    own = set(functions.values()) if isinstance(around, ast.Module) else set()
    inside_functions = {n for f in own for n in ast.walk(f) if n is not f}
    for node in ast.walk(around):
        if node is around:
            continue
        if isinstance(node, ast.For) and node not in inside_functions:
            loader = _loader(node.iter)
            nested = any(isinstance(n, ast.For) and n is not node for n in ast.walk(node))
            if loader and not (nested and _outer(node, functions)):
                yield _Step(node.lineno, loader, _trains(node), frozenset(_stored(node)))
        elif isinstance(node, ast.Assign | ast.Expr) and isinstance(node.value, ast.Call):
            if node in inside_functions and around is not node:
                pass
            function = functions.get(getattr(node.value.func, "id", ""))
            if function is not None:
                targets = node.targets if isinstance(node, ast.Assign) else []
                stores = frozenset[str]().union(*(stored_in(target) for target in targets))
                for loader in _passed(function, node.value):
                    yield _Step(node.lineno, loader, _trains(function), stores)


def _outer(
    loop: ast.For, functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]
) -> bool:
    """True for a loop over epochs: what trains in it is a loop or a function of its own."""
    return any(
        (isinstance(node, ast.For) and node is not loop)
        or (isinstance(node, ast.Call) and getattr(node.func, "id", "") in functions)
        for node in ast.walk(loop)
    )


def _passed(
    function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call
) -> Iterator[str]:
    """What a call passes for the parameters that the function iterates over."""
    names = [parameter.arg for parameter in function.args.args]
    for node in ast.walk(function):
        if isinstance(node, ast.For) and _loader(node.iter) in names:
            position = names.index(_loader(node.iter))
            given = [*call.args[position : position + 1]]
            given += [k.value for k in call.keywords if k.arg == names[position]]
            for value in given:
                if isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
                    yield ast.unparse(value)


def _loader(source: ast.expr) -> str:
    """The one variable that is iterated over, through `enumerate` and progress bars."""
    while isinstance(source, ast.Call) and source.args:
        source = source.args[0]
    if isinstance(source, ast.Attribute | ast.Subscript):
        return ast.unparse(source)
    if isinstance(source, ast.Name) and source.id not in _BUILTINS:
        return source.id
    return ""


def _decides(loop: ast.For | ast.While, line: int, step: _Step) -> bool:
    """True when the comparison that keeps the best depends on what a step has computed."""
    known = set(step.stores)
    for _ in range(3):
        for node in ast.walk(loop):
            if isinstance(node, ast.Assign | ast.AugAssign) and names_in(node.value) & known:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if not _is_kept(loop, line, node):
                    known |= set().union(*(stored_in(target) for target in targets))
    tests = (n.test for n in ast.walk(loop) if isinstance(n, ast.If) and n.lineno == line)
    return any(names_in(test) & known for test in tests)


def _is_kept(loop: ast.AST, line: int, assigned: ast.stmt) -> bool:
    """True for what the comparison itself stores: the best so far."""
    return any(
        isinstance(n, ast.If) and n.lineno == line and assigned in n.body for n in ast.walk(loop)
    )


def _trains(node: ast.AST) -> bool:
    return any(_is_backward(inner) for inner in ast.walk(node))


def _is_backward(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("backward", "manual_backward")
    )


def _stored(node: ast.For) -> set[str]:
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign):
            found |= set().union(*(stored_in(target) for target in inner.targets))
        elif isinstance(inner, ast.AugAssign):
            found |= stored_in(inner.target)
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            if inner.func.attr in ("append", "extend", "update") and isinstance(
                inner.func.value, ast.Name
            ):
                found.add(inner.func.value.id)
    return found
