"""Where the features of a training call were put together, followed back through the text."""

from __future__ import annotations

import ast

from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.rows import Site

_SPLITS = frozenset({"train_test_split", "train_val_split"})
_FARTHEST = 8


def made_at(units: tuple[Unit, ...], subject: ast.expr | None, site: Site) -> ast.expr | None:
    """The expression that put the rows' columns together, through names and splits.

    None where the text does not tell: the name is assigned more than once, or elsewhere.
    """
    tree = next((unit.tree for unit in units if unit.path == site.path), None)
    made = subject
    for _ in range(_FARTHEST):
        while isinstance(made, ast.Subscript) and _picks_rows(made):
            made = made.value.value if isinstance(made.value, ast.Attribute) else made.value
        if tree is None or not isinstance(made, ast.Name):
            return made
        further = _assigned(tree, made.id, site.line)
        if further is None:
            return None
        if not _uses_data(tree, further):  # where the table is read, nothing is put together
            return made
        made = further
    return None


def _uses_data(tree: ast.Module, node: ast.expr) -> bool:
    used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return any(
        isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store) and name.id in used
        for name in ast.walk(tree)
    )


def _picks_rows(node: ast.Subscript) -> bool:
    positional = isinstance(node.value, ast.Attribute) and node.value.attr in ("iloc", "loc")
    return isinstance(node.slice, ast.Slice) or (
        positional and not isinstance(node.slice, ast.Tuple)
    )


def _assigned(tree: ast.Module, name: str, line: int) -> ast.expr | None:
    found = [
        (node, target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.lineno <= line
        for target in node.targets
        if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(target))
        and not isinstance(target, ast.Subscript | ast.Attribute)
    ]
    if len(found) != 1:
        return None
    node, target = found[0]
    if isinstance(target, ast.Name):
        return node.value
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    names = [item.id if isinstance(item, ast.Name) else "" for item in target.elts]
    position = names.index(name) if name in names else -1
    if isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(names):
        return node.value.elts[position]
    if isinstance(node.value, ast.Call) and _called(node.value) in _SPLITS:
        arguments = node.value.args
        return arguments[position // 2] if len(names) == 2 * len(arguments) else None
    return None


def _called(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
