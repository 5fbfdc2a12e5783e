"""C114: what a cell needs from others, and what an order of execution hides."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.checks.code.c114_cells import CellsOutOfOrder
from grd_core.checks.code.cell_names import names_of
from grd_core.checks.contract import CodeContext, Measurement, NotApplicable, SourceFile

Cells = list[tuple[str, int | None]]


def notebook(cells: Cells) -> SourceFile:
    content = [
        {"cell_type": "code", "source": text, "execution_count": count, "outputs": []}
        for text, count in cells
    ]
    return SourceFile("look.ipynb", json.dumps({"cells": content, "nbformat": 4}))


def found(cells: Cells) -> list[tuple[str, str]]:
    measured = CellsOutOfOrder().measure(CodeContext((notebook(cells),)))
    assert isinstance(measured, Measurement)
    return [(item.path.partition("#")[2], item.why) for item in measured.evidence]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (
            [("total = rows + 1", 2), ("rows = 4", 1)],
            "cell 1 (run as [2]) needs `rows`, first defined below it, in cell 2 (run as [1])",
        ),
        ([("print(rows)", 3)], "cell 1 (run as [3]) needs `rows`, which no cell defines"),
        (
            [("rate = 1", None), ("print(rate)", 4)],
            "cell 2 (run as [4]) used `rate`, which cell 1 defines, and that cell was never "
            "executed",
        ),
        (
            [("rate = 1", 9), ("print(rate)", 4)],
            "cell 2 (run as [4]) used `rate` as it was before cell 1 (run as [9]) gave it anew",
        ),
        (
            [("rate = 1", 9), ("total = 1", 4)],
            "cell 2 (run as [4]) was executed before cell 1 (run as [9]), which stands above it",
        ),
    ],
)
def test_the_sentence_names_cells_and_names(cells: Cells, why: str) -> None:
    assert [sentence for _, sentence in found(cells)] == [why]


@pytest.mark.parametrize(
    "cells",
    [
        [("def f():\n    return rows", 1), ("rows = 1", 2), ("f()", 3)],
        [("g = lambda: rows", 1), ("rows = 1", 2)],
        [("try:\n    rows\nexcept NameError:\n    rows = 1", 1)],
        [("x = [row for row in [1] if row]", 1)],
        [("import numpy as np", 9), ("np.ones(3)", 2), ("x = 1", 10)][:2],
        [("%run setup.ipynb", 1), ("print(rows)", 2)],
        [("from tools import *", 1), ("print(rows)", 2)],
        [("%%bash\nrows=1", 1), ("print(rows)", 2)],
        [("print 'old, rows", 1), ("print(rows)", 2)],
        [("display(1)\nget_ipython()\nprint(_, In[0])", 1)],
        [("class A:\n    size = 1\n    double = size * 2", 1)],
        [("for i in range(3):\n    total = i\nprint(i, total)", 1)],
        [("with open('a') as f:\n    text = f.read()\nprint(f, text)", 1)],
        [("def f():\n    global rows\n    rows = 1\nf()", 1), ("print(rows)", 2)],
    ],
)
def test_what_is_no_hidden_state(cells: Cells) -> None:
    assert [why for _, why in found(cells) if "stands above" not in why] == []


def test_a_cell_that_failed_shows_its_fault_itself() -> None:
    content = json.loads(notebook([("print(rows)", 1)]).text)
    content["cells"][0]["outputs"] = [{"output_type": "error", "ename": "NameError"}]
    file = SourceFile("look.ipynb", json.dumps(content))
    measured = CellsOutOfOrder().measure(CodeContext((file,)))
    assert isinstance(measured, Measurement)
    assert measured.evidence == ()


def test_a_script_without_cells_is_no_notebook() -> None:
    context = CodeContext((SourceFile("train.py", "print(rows)\n"),))
    assert isinstance(CellsOutOfOrder().measure(context), NotApplicable)


@pytest.mark.parametrize(
    ("text", "needs", "gives"),
    [
        ("a = b; b = a", {"b"}, {"a", "b"}),
        ("a += 1", {"a"}, {"a"}),
        ("a: int = b", {"b"}, {"a"}),
        ("(a := b)", {"b"}, {"a"}),
        ("del a", {"a"}, set()),
        ("a = 1\ndel a", set(), set()),
        ("for a in b:\n    c = a", {"b"}, {"a", "c"}),
        ("x = {k: v for k, v in d.items()}", {"d"}, {"x"}),
        ("def f(a=b, *, c=d) -> None: ...", {"b", "d"}, {"f"}),
        ("@a\nclass B(c): pass", {"a", "c"}, {"B"}),
        ("match a:\n    case [b, *_]:\n        pass", {"a"}, {"b"}),
        ("import a.b, c as d", set(), {"a", "d"}),
    ],
)
def test_the_names_of_a_cell(text: str, needs: set[str], gives: set[str]) -> None:
    names = names_of(ast.parse(text))
    assert (set(names.needs), set(names.gives)) == (needs, gives)


FLAWED: Cells = [("rate = 2", 9), ("total = rate * 3", 4), ("print(total)", 10)]


@given(
    number=st.integers(0, 3),
    name=st.from_regex(r"[a-z]{3,9}_", fullmatch=True),
    blank=st.integers(0, 3),
)
def test_names_unrelated_cells_and_blank_lines_change_nothing(
    number: int, name: str, blank: int
) -> None:
    cells: Cells = [("\n" * blank + text.replace("rate", name), count) for text, count in FLAWED]
    cells.insert(number, ("import math\nradius = math.sqrt(2)", None))
    (only,) = found(cells)
    assert f"used `{name}` as it was before" in only[1]


def test_a_notebook_run_from_the_top_is_never_found() -> None:
    cells: Cells = [(text, number) for number, (text, _) in enumerate(FLAWED, start=1)]
    assert found(cells) == []


def test_cells_that_lack_the_same_are_told_once() -> None:
    cells: Cells = [("print(rows)", 1), ("rows + 1", 2), ("rows + cols", 3), ("cols", 4)]

    assert [why for _, why in found(cells)] == [
        "cell 1 (run as [1]) needs `rows`, which no cell defines; the same holds for 1 cell "
        "further down",
        "cell 3 (run as [3]) needs `cols`, which no cell defines; the same holds for 1 cell "
        "further down",
    ]


def test_a_cell_nested_too_deeply_is_one_that_cannot_be_read() -> None:
    deep = "rows = " + "+".join(["1"] * 900)

    assert found([(deep, 1), ("print(rows)", 2), ("print(cols)", 3)]) == [
        ("cell-3", "cell 3 (run as [3]) needs `cols`, which no cell defines")
    ]
