"""What must not change findings about rows: names, functions, branches, unrelated code."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grd_core.checks.contract import CodeContext, Measurement, SourceFile
from grd_core.checks.registry import find_check
from tests.core.checks.dataflow.test_properties import NOISE, Renamed, imported
from tests.core.checks.fixtures_reader import read_fixture

CORPUS = Path(__file__).parent / "corpus" / "by_code"
FIXTURES = [read_fixture(path) for path in sorted(CORPUS.glob("c10[234]_*.md"))]
PROGRAMS = [
    pytest.param(
        fixture.code,
        case.files["train.py"],
        id=f"{fixture.code}-{case.name}-{'flawed' if case.flawed else 'clean'}",
    )
    for fixture in FIXTURES
    for case in fixture.cases
]
DRAWN = st.sampled_from([param.values for param in PROGRAMS])


def severities(code: str, text: str) -> list[str]:
    measured = find_check(code).measure(CodeContext((SourceFile("train.py", text),)))
    assert isinstance(measured, Measurement)
    return sorted(item.severity.value for item in measured.evidence)


@pytest.mark.parametrize(("code", "text"), PROGRAMS)
def test_renaming_variables_changes_nothing(code: str, text: str) -> None:
    tree = ast.parse(text)
    renamed = ast.unparse(Renamed(imported(tree)).visit(tree))

    assert severities(code, renamed) == severities(code, text)


@pytest.mark.parametrize(("code", "text"), PROGRAMS)
def test_moving_the_program_into_a_function_or_a_branch_changes_nothing(
    code: str, text: str
) -> None:
    indented = textwrap.indent(text, "    ")
    moved = (
        f"def everything():\n{indented}\n\neverything()\n",
        f"def everything():\n{indented}",
        f"if True:\n{indented}",
        f"try:\n{indented}\nfinally:\n    pass\n",
    )

    assert [severities(code, one) for one in moved] == [severities(code, text)] * len(moved)


class Split(ast.NodeTransformer):
    """Every argument of a call that is an expression statement's or an assignment's own value."""

    def __init__(self) -> None:
        self.number = 0

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        return self.split(node)

    def split(self, node: ast.Assign) -> list[ast.stmt]:
        before: list[ast.stmt] = []
        if isinstance(node.value, ast.Call):
            for position, argument in enumerate(node.value.args):
                if isinstance(argument, ast.Subscript | ast.BinOp | ast.Call):
                    self.number += 1
                    name = f"part_{self.number}"
                    before.append(ast.Assign([ast.Name(name, ast.Store())], argument))
                    node.value.args[position] = ast.Name(name, ast.Load())
        return [*before, node]


@pytest.mark.parametrize(("code", "text"), PROGRAMS)
def test_naming_the_arguments_of_calls_first_changes_nothing(code: str, text: str) -> None:
    split = ast.unparse(ast.fix_missing_locations(Split().visit(ast.parse(text))))

    assert severities(code, split) == severities(code, text)


@given(
    program=DRAWN,
    before=st.lists(st.sampled_from(NOISE), max_size=3),
    after=st.lists(st.sampled_from(NOISE), max_size=3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_unrelated_code_changes_nothing(
    program: tuple[str, str], before: list[str], after: list[str]
) -> None:
    code, text = program

    assert severities(code, "\n".join([*before, text, *after])) == severities(code, text)
