"""Lists that a loop over rows adds to more than once a turn: rows and changed copies of them."""

from __future__ import annotations

import ast
from functools import lru_cache

_ADDS = frozenset({"append", "extend"})


@lru_cache(maxsize=512)
def added_again(loop: ast.For | ast.AsyncFor) -> frozenset[ast.Call]:
    """The calls in a loop's body that add to a list which one turn adds to at least twice.

    Lists made anew in each turn are left out, and so are the two ways of a branch.
    """
    calls: dict[str, list[ast.Call]] = {}
    made: set[str] = set()
    for statement in loop.body:
        for node in ast.walk(statement):
            name = _added_to(node)
            if name and isinstance(node, ast.Call):
                calls.setdefault(name, []).append(node)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                made.add(node.id)
    return frozenset(
        call
        for name, found in calls.items()
        if name not in made and _times(loop.body, name) > 1
        for call in found
    )


def _times(body: list[ast.stmt], name: str) -> int:
    """How often the statements add to a list, at most, on one way through them."""
    return sum(_times_in(statement, name) for statement in body)


def _times_in(statement: ast.stmt, name: str) -> int:
    if isinstance(statement, ast.If):
        return max(_times(statement.body, name), _times(statement.orelse, name))
    if isinstance(statement, ast.For):
        times = _times(statement.body, name)
        return 2 * times if _is_repetition(statement) else times
    if isinstance(statement, ast.With | ast.Try):
        return _times(statement.body, name)
    return int(isinstance(statement, ast.Expr) and _added_to(statement.value) == name)


def _is_repetition(loop: ast.For) -> bool:
    """True for `for _ in range(n)` whose body does not ask which turn it is."""
    func = loop.iter.func if isinstance(loop.iter, ast.Call) else None
    if not isinstance(func, ast.Name) or func.id != "range":
        return False
    targets = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
    return not any(
        isinstance(node, ast.Name) and node.id in targets
        for statement in loop.body
        for node in ast.walk(statement)
    )


def _added_to(node: ast.AST) -> str:
    """The list in `name.append(…)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        if node.func.attr in _ADDS and isinstance(owner, ast.Name):
            return owner.id
    return ""
