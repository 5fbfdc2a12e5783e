"""What must not change any finding: names, functions, branches that are always taken."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from grd_core.checks.contract import CodeContext, Measurement, SourceFile
from grd_core.checks.registry import find_check
from tests.core.checks.dataflow.test_properties import Renamed, imported
from tests.core.checks.fixtures_reader import read_fixture

PROGRAMS = [
    pytest.param(
        fixture.code,
        case.files["train.py"],
        id=f"{fixture.code}-{case.name}-{'flawed' if case.flawed else 'clean'}",
    )
    for path in sorted((Path(__file__).parent / "corpus" / "by_code").glob("*.md"))
    for fixture in (read_fixture(path),)
    for case in fixture.cases
]


def shape(code: str, text: str) -> list[str]:
    measured = find_check(code).measure(CodeContext((SourceFile("t.py", text),)))
    assert isinstance(measured, Measurement)
    return [item.severity.value for item in measured.evidence]


@pytest.mark.parametrize(("code", "text"), PROGRAMS)
def test_renaming_variables_changes_nothing(code: str, text: str) -> None:
    tree = ast.parse(text)
    classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}

    renamed = ast.unparse(Renamed(imported(tree) | classes).visit(tree))

    assert shape(code, renamed) == shape(code, text)


@pytest.mark.parametrize(("code", "text"), PROGRAMS)
def test_moving_the_program_into_a_function_changes_nothing(code: str, text: str) -> None:
    body = textwrap.indent(text, "    ")

    assert shape(code, f"def everything():\n{body}\n\neverything()\n") == shape(code, text)
    assert shape(code, f"def everything():\n{body}") == shape(code, text)


@pytest.mark.parametrize(("code", "text"), PROGRAMS)
def test_a_branch_that_is_always_taken_changes_nothing(code: str, text: str) -> None:
    body = textwrap.indent(text, "    ")

    assert shape(code, f"if True:\n{body}") == shape(code, text)
    assert shape(code, f"try:\n{body}\nfinally:\n    pass\n") == shape(code, text)
