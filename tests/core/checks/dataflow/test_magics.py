"""What only a notebook understands is taken out line by line, and what it times is read."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.checks.contract import SourceFile
from grd_core.checks.dataflow.magics import cell_language, dedented, without_magics
from grd_core.checks.dataflow.parse import parse


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("%matplotlib inline", "pass"),
        ("!pip install xgboost", "pass"),
        ("    !ls -la", "    pass"),
        ("files = !ls *.csv", "files = ..."),
        ("a, b = %sql SELECT 1", "a, b = ..."),
        ("%time model.fit(X, y)", "model.fit(X, y)"),
        ("    %timeit -n 10 -r 3 model.fit(X)", "    model.fit(X)"),
        ("%%time", "pass"),
        ("model.fit?", "pass"),
        ("?model.fit", "pass"),
        ("np.random.*?", "pass"),
        ("x = 7 % 3", "x = 7 % 3"),
        ("print('100%!')  # why?", "print('100%!')  # why?"),
    ],
)
def test_a_line(line: str, python: str) -> None:
    assert without_magics(line) == python


def test_a_cell_may_be_indented_as_a_whole() -> None:
    assert dedented("\n  x = 1\n  if x:\n    y = 2\nz = 3") == "\nx = 1\nif x:\n  y = 2\nz = 3"
    assert dedented("x = 1\n  y") == "x = 1\n  y"


def test_lines_that_go_on_go_with_their_magic() -> None:
    assert without_magics("!pip install \\\n  a \\\n  b\nx = 1") == "pass\n\n\nx = 1"


def test_what_stands_in_texts_and_brackets_stays() -> None:
    text = 's = """\n%time\n!ls\n"""\nx = (7\n% 3)\ny = 7 \\\n% 3\n'
    assert without_magics(text) == text


@given(st.text(alphabet="ab=()[]'\"\\%!?#\n ,.", max_size=80))
def test_lines_keep_their_numbers(text: str) -> None:
    assert without_magics(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("cell", "language"),
    [("%%bash\nls", "bash"), ("%%time\nx = 1", ""), ("x = 1", ""), ("\n%%html\n<b>", "html")],
)
def test_a_cell_says_its_language(cell: str, language: str) -> None:
    assert cell_language(cell) == language


def body_of(text: str) -> list[str]:
    (unit,) = parse(SourceFile("t.py", text)).units
    return [ast.unparse(statement) for statement in unit.tree.body]


def test_code_that_an_exported_magic_quotes_is_read_on_its_line() -> None:
    text = (
        "x = 1\n"
        "get_ipython().run_cell_magic('time', '', 'y = x\\nz = y\\n')\n"
        "get_ipython().run_line_magic('timeit', 'f(x)')\n"
        "get_ipython().magic('time g(x)')\n"
        "get_ipython().run_cell_magic('bash', '', 'ls\\n')\n"
    )
    assert body_of(text)[:5] == ["x = 1", "y = x", "z = y", "f(x)", "g(x)"]
    (unit,) = parse(SourceFile("t.py", text)).units
    assert [statement.lineno for statement in unit.tree.body] == [1, 2, 2, 3, 4, 5]
    first, second = unit.tree.body[1:3]
    assert first.col_offset != second.col_offset


EXPORTED = """\
# coding: utf-8

# In[1]:

import numpy as np


# In[2]:

print 'half a text


# In[ ]:

x = np.load('x')
"""


def test_of_an_exported_script_only_the_broken_cells_are_left_out() -> None:
    parsed = parse(SourceFile("t.py", EXPORTED))
    lines = [statement.lineno for unit in parsed.units for statement in unit.tree.body]
    assert lines == [5, 15]
    assert {unit.path for unit in parsed.units} == {"t.py"}
    (note,) = parsed.notes
    assert note.startswith("t.py: not read, the cell at line 8, syntax error in line 10")


def test_many_broken_cells_are_counted_and_not_listed() -> None:
    text = "".join(f"# In[{n}]:\nprint 'old\n" for n in range(1, 40))
    notes = parse(SourceFile("t.py", text)).notes
    assert notes[-1] == "t.py: 34 more cells not read"
    assert len(notes) == 6
