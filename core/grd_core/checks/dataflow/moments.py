"""When in a pass something happens."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from typing import NamedTuple


class Loop(NamedTuple):
    """A loop or comprehension that is being run, `depth` calls below the module."""

    node: ast.AST
    depth: int


class Moment(NamedTuple):
    """When in a pass something happens: the call, and the calls and loops around it."""

    call: ast.Call | None = None
    stack: tuple[Hashable, ...] = ()
    loops: tuple[Loop, ...] = ()


NOWHERE = Moment()
