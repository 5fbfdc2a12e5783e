"""Loops over epochs that keep the best state of a model, and the rows they keep it by.

Loaders are opaque to the pass, so they are told apart by the variables that hold them.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from grd_core.checks.dataflow.loops import names_in, stored_in
from grd_core.checks.dataflow.nodes import children
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.seed_selection import kept_best

BACKWARD = "backward"
"""What every file says in which a network is trained by hand."""
_BUILTINS = frozenset(dir(builtins)) | {"tqdm"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
Functions = Mapping[str, Function]
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef


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


def kept_epochs(unit: Unit) -> Iterator[KeptEpoch]:
    """Every loop that keeps its best epoch by the only rows that are evaluated."""
    calls = unit.nodes.of(ast.Call)
    if not any(_is_backward(call) for call in calls):
        return
    tree = unit.tree
    defined = unit.nodes.of_any(ast.FunctionDef, ast.AsyncFunctionDef)
    functions = {node.name: node for node in defined}
    scopes: list[Scope] = [tree, *functions.values()]
    for scope in scopes:
        for loop in _own(scope):
            if not isinstance(loop, ast.For | ast.While):
                continue
            line = kept_best(loop)
            if not line:
                continue
            steps = list(_steps(_own(loop), functions))
            trained = [step for step in steps if step.trains]
            deciding = [s for s in steps if not s.trains and _decides(loop, line, s)]
            if not trained or len({step.loader for step in deciding}) != 1:
                continue
            judged = _given(scope, deciding[0].loader, calls)
            if judged & _given(scope, trained[0].loader, calls):
                continue
            if not _evaluated(scopes, functions) - judged - {deciding[0].loader}:
                first = deciding[0]
                yield KeptEpoch(line, trained[0].line, first.line, first.loader)


def _own(scope: ast.AST) -> list[ast.AST]:
    """The nodes below a node, but for those of functions in it."""
    found: list[ast.AST] = []
    waiting = children(scope)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Function):
            found.append(node)
            waiting.extend(children(node))
    return sorted(found, key=lambda n: (getattr(n, "lineno", 0), getattr(n, "col_offset", 0)))


def _evaluated(scopes: Iterable[Scope], functions: Functions) -> set[str]:
    """The loaders that are evaluated anywhere, by the names of those who own them."""
    return {
        step.loader
        for scope in scopes
        for step in _steps(_own(scope), functions)
        if not step.trains and step.loader not in _parameters(scope)
    }


def _given(scope: Scope, loader: str, calls: Iterable[ast.Call]) -> set[str]:
    """What the callers of a function pass as a loader; the loader itself if it is no parameter."""
    parameters = _parameters(scope)
    if loader not in parameters or not isinstance(scope, Function):
        return {loader}
    given: set[str] = set()
    for node in calls:
        if getattr(node.func, "id", "") == scope.name:
            position = parameters.index(loader)
            passed = [*node.args[position : position + 1]]
            passed += [k.value for k in node.keywords if k.arg == loader]
            given |= {ast.unparse(value) for value in passed}
    return given or {loader}


def _parameters(scope: Scope) -> list[str]:
    return [] if isinstance(scope, ast.Module) else [arg.arg for arg in scope.args.args]


def _steps(nodes: Iterable[ast.AST], functions: Functions) -> Iterator[_Step]:
    """The passes over a loader, in a loop of their own or in a function of the file."""
    stores: dict[ast.AST, frozenset[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets = frozenset[str]().union(*(stored_in(target) for target in node.targets))
            stores.update(dict.fromkeys(ast.walk(node.value), targets))
        elif isinstance(node, ast.For):
            loader = _loader(node.iter)
            if loader and not _is_outer(node, functions):
                yield _Step(node.lineno, loader, _trains(node), frozenset(_stored(node)))
        elif isinstance(node, ast.Call):
            function = functions.get(getattr(node.func, "id", ""))
            if function is not None:
                for loader in _passed(function, node):
                    kept = stores.get(node, frozenset())
                    yield _Step(node.lineno, loader, _trains(function), kept)


def _is_outer(loop: ast.For, functions: Functions) -> bool:
    """True for a loop over epochs: what trains in it is a loop or a function of its own."""
    return any(
        (isinstance(node, ast.For) and node is not loop)
        or (isinstance(node, ast.Call) and getattr(node.func, "id", "") in functions)
        for node in ast.walk(loop)
    )


def _passed(function: Function, call: ast.Call) -> Iterator[str]:
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
        and node.func.attr in (BACKWARD, "manual_backward")
    )


def _stored(node: ast.For) -> set[str]:
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign):
            found |= set().union(*(stored_in(target) for target in inner.targets))
        elif isinstance(inner, ast.AugAssign):
            found |= stored_in(inner.target)
        elif (
            isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
            and inner.func.attr in ("append", "extend", "update")
            and isinstance(inner.func.value, ast.Name)
        ):
            found.add(inner.func.value.id)
    return found
