"""The nodes of a tree by their class, from one walk that all who read its shape share."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeVar, cast, overload

_N = TypeVar("_N", bound=ast.AST)
_M = TypeVar("_M", bound=ast.AST)
# Fields that never hold what anybody asks for: texts, numbers, and contexts and operators.
_PLAIN = frozenset(
    {
        "ctx",
        "op",
        "ops",
        "id",
        "attr",
        "kind",
        "type_comment",
        "type_ignores",
        "module",
        "level",
        "asname",
        "conversion",
        "simple",
        "is_async",
        "rest",
    }
)
# The fields of each class that may hold nodes, as they are met.
_CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Name: (),
    ast.Constant: (),
    ast.alias: (),
    ast.Global: (),
    ast.Nonlocal: (),
}


class Nodes:
    """Every statement, expression and part of one in a tree, without contexts and operators.

    Nodes of one class stand in the order of `ast.walk`.
    """

    def __init__(self, tree: ast.AST) -> None:
        found: list[ast.AST] = [tree]
        by_class: dict[type[ast.AST], list[ast.AST]] = {}
        append, node_class = found.append, ast.AST
        for node in found:
            kind = node.__class__
            known = by_class.get(kind)
            if known is None:
                by_class[kind] = [node]
            else:
                known.append(node)
            children = _CHILDREN.get(kind)
            for name in _children(kind) if children is None else children:
                value = getattr(node, name, None)
                if value.__class__ is list:
                    for item in value:
                        if isinstance(item, node_class):
                            append(item)
                elif isinstance(value, node_class):
                    append(value)
        self._by_class = by_class

    def of(self, kind: type[_N]) -> Sequence[_N]:
        """The nodes of a class."""
        return cast("list[_N]", self._by_class.get(kind, []))

    @overload
    def of_any(self, kind: type[_N], other: type[_M], /) -> Iterator[_N | _M]: ...

    @overload
    def of_any(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]: ...

    def of_any(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """The nodes of several classes, one class after the other."""
        for kind in kinds:
            yield from self.of(kind)


@lru_cache(maxsize=512)
def nodes_in(part: ast.AST) -> Nodes:
    """The nodes of a part of a tree that is asked about more than once, such as a loop."""
    return Nodes(part)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, without contexts and operators."""
    kind = node.__class__
    known = _CHILDREN.get(kind)
    found: list[ast.AST] = []
    for name in _children(kind) if known is None else known:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found.extend(item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def _children(kind: type[ast.AST]) -> tuple[str, ...]:
    found = _CHILDREN[kind] = tuple(name for name in kind._fields if name not in _PLAIN)
    return found
