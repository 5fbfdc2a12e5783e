"""A table that is narrowed before its split: which columns it keeps, and who reads the rest."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from grd_core.checks.code.leak_site import Cut, Site, called
from grd_core.checks.code.text_edits import Source, root


@dataclass(frozen=True, slots=True)
class Narrowed:
    """`name` is the whole with fewer columns, all of the moved ones among them; `reads` are
    the uses of the whole that do not look at a moved column."""

    name: str
    reads: tuple[ast.Name, ...]


def narrowing(site: Site, cut: Cut, group: Sequence[ast.stmt], whole: str) -> Narrowed | None:
    """What is split in place of the whole, if the moved statements can be written for it.

    `X = df.drop(columns="y")` and `X = df[["a", "b"]]` are known, with the columns as constants.
    """
    source = site.source
    function = source.function_of(site.statement)
    columns = _columns(group, source, whole)
    if columns is None or whole != site.base_name:
        return None
    for name in {used.id for used in cut.sources} - {whole}:
        stores = [
            n
            for n in source.names(name, function)
            if isinstance(n.ctx, ast.Store) and n.lineno > site.statement.lineno
        ]
        made = source.statement_of(stores[0]) if len(stores) == 1 else None
        if not isinstance(made, ast.Assign) or made.lineno >= cut.last.lineno:
            continue
        first = root(made.value)
        if isinstance(first, ast.Name) and first.id == whole and _keeps(made.value, columns):
            reads = (first, *_other_columns(source, function, whole, columns))
            return Narrowed(name, reads)
    return None


def _keeps(value: ast.expr, columns: frozenset[str]) -> bool:
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        return isinstance(value.slice, ast.List) and columns <= _constants(value.slice)
    if not isinstance(value, ast.Call) or called(value) != "drop":
        return False
    if not isinstance(value.func, ast.Attribute) or not isinstance(value.func.value, ast.Name):
        return False
    given = {keyword.arg: keyword.value for keyword in value.keywords}
    dropped = given.get("columns")
    axis = given.get("axis")
    if dropped is None and isinstance(axis, ast.Constant) and axis.value in (1, "columns"):
        dropped = value.args[0] if value.args else given.get("labels")
    names = _constants(dropped) if dropped is not None else frozenset()
    return bool(names) and not names & columns


def _columns(group: Sequence[ast.stmt], source: Source, whole: str) -> frozenset[str] | None:
    """The columns of the whole that the statements touch; None where not all are constants."""
    found: set[str] = set()
    for statement in group:
        for name in source.names(whole, statement):
            around = source.parent(name)
            if not isinstance(around, ast.Subscript) or around.value is not name:
                return None
            names = _constants(around.slice)
            if not names:
                return None
            found |= names
    return frozenset(found) or None


def _other_columns(
    source: Source, function: ast.AST, whole: str, columns: frozenset[str]
) -> list[ast.Name]:
    reads = []
    for name in source.names(whole, function):
        around = source.parent(name)
        if isinstance(around, ast.Subscript) and isinstance(around.ctx, ast.Load):
            names = _constants(around.slice)
            if names and not names & columns:
                reads.append(name)
    return reads


def _constants(node: ast.expr) -> frozenset[str]:
    """The names in a constant or a list of constants; none where there is anything else."""
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    names = [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
    return frozenset(names) if len(names) == len(items) else frozenset()
