"""What must not change the findings: names, functions, unrelated code, nesting."""

from __future__ import annotations

import ast
import builtins
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grd_core.checks.code.c101_preprocessing import PreprocessingBeforeSplit
from grd_core.checks.contract import CodeContext, Measurement, SourceFile
from tests.core.checks.fixtures_reader import Case, read_fixture

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.md"))
CASES = [
    pytest.param(case, id=f"{path.stem}-{case.name}-{'flawed' if case.flawed else 'clean'}")
    for path in CORPUS
    for case in read_fixture(path).cases
]
PROGRAMS = [case.values[0].files["train.py"] for case in CASES]


def findings(text: str) -> list[tuple[str, int, tuple[int, ...]]]:
    measured = PreprocessingBeforeSplit().measure(CodeContext((SourceFile("t.py", text),)))
    assert isinstance(measured, Measurement)
    return sorted(
        (item.severity.value, item.line, tuple(place.line for place in item.places))
        for item in measured.evidence
    )


def shape(text: str) -> list[str]:
    """Severities alone, for changes that move lines."""
    return [severity for severity, _, _ in findings(text)]


class Renamed(ast.NodeTransformer):
    """Every variable and parameter under a name that says nothing."""

    def __init__(self, kept: frozenset[str]) -> None:
        self.kept = kept
        self.names: dict[str, str] = {}

    def new(self, name: str) -> str:
        if name in self.kept or hasattr(builtins, name) or name.startswith("__"):
            return name
        return self.names.setdefault(name, f"v{len(self.names)}")

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self.new(node.id), node.ctx), node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.copy_location(ast.arg(self.new(node.arg), node.annotation), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.new(node.name) if node.name not in METHODS else node.name
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self.new(node.name)
        return self.generic_visit(node)


METHODS = frozenset(["forward", "prepare", "run", "setup", "train_dataloader", "test_dataloader"])


def imported(tree: ast.Module) -> frozenset[str]:
    return METHODS | {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("case", CASES)
def test_renaming_variables_changes_nothing(case: Case) -> None:
    text = case.files["train.py"]
    tree = ast.parse(text)
    before = shape(ast.unparse(tree))
    renamed = ast.unparse(Renamed(imported(tree)).visit(tree))

    assert shape(renamed) == before == shape(text)


@pytest.mark.parametrize("case", CASES)
def test_moving_the_program_into_a_function_changes_nothing(case: Case) -> None:
    text = case.files["train.py"]
    called = "def everything():\n" + textwrap.indent(text, "    ") + "\n\neverything()\n"
    never_called = "def everything():\n" + textwrap.indent(text, "    ")

    assert shape(called) == shape(text)
    assert shape(never_called) == shape(text)


@pytest.mark.parametrize("case", CASES)
def test_a_branch_that_is_always_taken_changes_nothing(case: Case) -> None:
    text = case.files["train.py"]
    within = "if True:\n" + textwrap.indent(text, "    ")
    attempted = "try:\n" + textwrap.indent(text, "    ") + "\nfinally:\n    pass\n"

    assert shape(within) == shape(text)
    assert shape(attempted) == shape(text)


NOISE = (
    "import math\nradius = math.sqrt(2)",
    "other = [i * 2 for i in range(9)]\nsmallest = min(other)",
    "import pandas as pd\nunrelated = pd.read_csv('elsewhere.csv')\nprint(unrelated.mean())",
    "def helper(a, b=2):\n    return a + b",
    "class Thing:\n    size = 3\n    def grow(self):\n        self.size += 1",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
)


@given(
    program=st.sampled_from(PROGRAMS),
    before=st.lists(st.sampled_from(NOISE), max_size=3),
    after=st.lists(st.sampled_from(NOISE), max_size=3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_unrelated_code_changes_nothing(program: str, before: list[str], after: list[str]) -> None:
    surrounded = "\n".join([*before, program, *after])

    assert shape(surrounded) == shape(program)


@given(program=st.sampled_from(PROGRAMS), blank=st.integers(min_value=1, max_value=9))
@settings(max_examples=30, deadline=None)
def test_lines_move_with_the_code(program: str, blank: int) -> None:
    moved = [
        (severity, line + blank, tuple(place + blank for place in places))
        for severity, line, places in findings(program)
    ]

    assert findings("\n" * blank + program) == moved
