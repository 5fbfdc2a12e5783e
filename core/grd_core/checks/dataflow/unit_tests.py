"""Unit tests: what a model scores in them is only asserted, and nobody's result."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.values import Function

_TESTING = frozenset({"pytest", "unittest", "hypothesis", "nose", "testing", "_testing"})
_ASSERTS = ("assert", "_assert")


def holds_unit_tests(units: Iterable[Unit]) -> bool:
    """True for a file that imports what unit tests are written with."""
    return any(
        _TESTING & set(name.split("."))
        for unit in units
        for statement in unit.tree.body
        for name in _modules(statement)
    )


def is_unit_test(function: Function) -> bool:
    """True for a function, of a file with unit tests, that is named as one or asserts."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return False
    return node.name.lstrip("_").startswith("test") or any(map(_asserts, ast.walk(node)))


def _modules(statement: ast.stmt) -> tuple[str, ...]:
    if isinstance(statement, ast.Import):
        return tuple(alias.name for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "", *(alias.name for alias in statement.names))
    return ()


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name.startswith(_ASSERTS)
    return isinstance(node, ast.Assert)
