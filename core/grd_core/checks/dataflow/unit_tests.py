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
    """True for a function that is named as a unit test and asserts."""
    return _is_named(function) and _asserts(function)


def is_of_unit_tests(function: Function) -> bool:
    """True for a function, of a file with unit tests, that is named as one or asserts."""
    return _is_named(function) or _asserts(function)


def _is_named(function: Function) -> bool:
    node = function.node
    return not isinstance(node, ast.Lambda) and node.name.lstrip("_").startswith("test")


def _asserts(function: Function) -> bool:
    return any(map(_is_assertion, ast.walk(function.node)))


def _modules(statement: ast.stmt) -> tuple[str, ...]:
    if isinstance(statement, ast.Import):
        return tuple(alias.name for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "", *(alias.name for alias in statement.names))
    return ()


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name.startswith(_ASSERTS)
    return isinstance(node, ast.Assert)
