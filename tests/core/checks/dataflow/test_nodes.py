"""One walk shared by everything that reads the shape of code finds what `ast.walk` finds."""

from __future__ import annotations

import ast
import inspect

import pytest

from grd_core.checks.contract import SourceFile
from grd_core.checks.dataflow.nodes import Nodes
from grd_core.checks.dataflow.parse import parse

PROGRAM = '''
import os, torch.nn as nn
from . import near
@decorated(1)
async def train(a, /, b: int = 2, *args, c=None, **kw) -> str:
    """Told."""
    global seen
    async with opened(a) as f, other:
        async for x in f:
            yield {**kw, "k": [i async for i in x if i], 1: {*x}}
    match a:
        case {"k": v, **rest} if v: pass
        case Point(x=0) | [1, *_]: raise E from None
    return f"{a!r:>{b}}" + (lambda q=1: q)(b)[1:2, ...]
class C(Base, metaclass=M):
    x: int = (y := 3)
    try: del x
    except* E as e: assert not x, "no"
    else: x += 1 if x else -x
'''


@pytest.mark.parametrize("text", [PROGRAM, inspect.getsource(ast), ""], ids=["all", "ast", "none"])
def test_finds_what_a_walk_finds_in_its_order(text: str) -> None:
    tree = ast.parse(text)
    nodes = Nodes(tree)
    left_out = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
    for kind in {node.__class__ for node in ast.walk(tree)}:
        if not issubclass(kind, left_out):
            walked = [node for node in ast.walk(tree) if node.__class__ is kind]
            assert list(nodes.of(kind)) == walked


def test_gives_several_classes_one_after_the_other() -> None:
    nodes = Nodes(ast.parse("while a: pass\nfor b in c: pass\nwhile d: pass"))
    assert [n.__class__ for n in nodes.of_any(ast.For, ast.While)] == [
        ast.For,
        ast.While,
        ast.While,
    ]


def test_a_unit_is_walked_once() -> None:
    (unit,) = parse(SourceFile("a.py", "x = f(1)\n")).units
    assert unit.nodes is unit.nodes
