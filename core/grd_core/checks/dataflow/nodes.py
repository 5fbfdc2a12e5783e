"""Every node of a unit, walked once and shared by the checks that look at the shape of code."""

from __future__ import annotations

import ast
from functools import lru_cache

from grd_core.checks.dataflow.parse import Unit


@lru_cache(maxsize=32)
def nodes_of(unit: Unit) -> tuple[ast.AST, ...]:
    """The nodes of a unit in the order of `ast.walk`."""
    return tuple(ast.walk(unit.tree))
