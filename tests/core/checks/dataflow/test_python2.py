"""Statements of Python 2 are read where they stand; what cannot be helped stays as it is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.checks.contract import SourceFile
from grd_core.checks.dataflow.parse import parse
from grd_core.checks.dataflow.python2 import as_python3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print x", "print(x)"),
        ("print", "print()"),
        ("print x, y,  # why", "print(x, y,)  # why"),
        ("for i in x: print i", "for i in x: print(i)"),
        ("if x: print x; print y", "if x: print(x); print(y)"),
        ("print >>out, x", "print(out, x)"),
        ("print f(x,\n  y)", "print(f(x,\n  y))"),
        ("print -x", "print(-x)"),
        ("exec 'x = 1'", "exec('x = 1')"),
        ("try:\n  x\nexcept (A, B), e:\n  pass", "try:\n  x\nexcept (A, B) as e:\n  pass"),
        ("raise E, 'why'", "raise E( 'why')"),
        ("print(x)", "print(x)"),
        ("print = 1", "print = 1"),
        ("d = {1: 2}[1:]", "d = {1: 2}[1:]"),
    ],
)
def test_says_what_python_3_says(old: str, new: str) -> None:
    assert as_python3(old) == new


def test_a_cell_of_python_2_is_read_on_its_own_lines() -> None:
    text = "# In[1]:\nx = 1\n# In[2]:\nprint x\n\nprint 'y', x\n"
    parsed = parse(SourceFile("t.py", text))

    found = [node for unit in parsed.units for node in ast.walk(unit.tree)]
    assert [node.lineno for node in found if isinstance(node, ast.Call)] == [4, 6]
    assert parsed.notes == ("t.py: Python 2 read as Python 3",)


@given(st.text("print exc,:;()'\n #\t=>raise1", max_size=40))
def test_lines_stay(text: str) -> None:
    assert as_python3(text).count("\n") == text.count("\n")
