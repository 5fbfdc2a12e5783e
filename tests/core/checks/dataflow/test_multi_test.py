"""C105, C106 and C107 on small programs, and what must not change their findings."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grd_core.checks.contract import Check, CodeContext, Measurement, SourceFile
from grd_core.checks.registry import all_checks
from tests.core.checks.dataflow.test_corpus import marked
from tests.core.checks.dataflow.test_properties import NOISE, Renamed, imported
from tests.core.checks.fixtures_reader import Case, read_fixture

CORPUS = sorted((Path(__file__).parent / "corpus" / "multi_test").glob("*.md"))
PROGRAMS = [
    (all_checks()[fixture.code], case)
    for fixture in map(read_fixture, CORPUS)
    for case in fixture.cases
]
CASES = [
    pytest.param(check, case, id=f"{check.code}-{case.name}-{'flawed' if case.flawed else 'clean'}")
    for check, case in PROGRAMS
]


def measured(check: Check, text: str) -> Measurement:
    found = check.measure(CodeContext((SourceFile("train.py", text),)))
    assert isinstance(found, Measurement)
    return found


def shape(check: Check, text: str) -> list[str]:
    """Severities alone, for changes that move lines."""
    return sorted(item.severity.value for item in measured(check, text).evidence)


@pytest.mark.parametrize(("check", "case"), CASES)
def test_finds_the_flaw_and_leaves_its_twin_alone(check: Check, case: Case) -> None:
    text = case.files["train.py"]
    found = measured(check, text)

    if not case.flawed:
        assert [item.why for item in found.evidence] == []
        return
    causes, roles = marked(text)
    assert {item.line: item.severity.value for item in found.evidence} == causes
    for item in found.evidence:
        assert [place.role for place in item.places] == ["cause", "train", "evaluate"]
        assert all(place.line in roles[place.role] for place in item.places)


def test_half_of_the_corpus_is_clean() -> None:
    assert len(PROGRAMS) >= 80
    assert sum(case.flawed for _, case in PROGRAMS) * 2 == len(PROGRAMS)


@pytest.mark.parametrize(("check", "case"), CASES)
def test_renaming_variables_changes_nothing(check: Check, case: Case) -> None:
    text = case.files["train.py"]
    tree = ast.parse(text)
    renamed = ast.unparse(Renamed(imported(tree)).visit(tree))

    assert shape(check, renamed) == shape(check, text)


@pytest.mark.parametrize(("check", "case"), CASES)
def test_moving_the_program_into_a_function_changes_nothing(check: Check, case: Case) -> None:
    text = case.files["train.py"]
    never_called = "def everything():\n" + textwrap.indent(text, "    ")
    called = f"{never_called}\n\neverything()\n"

    assert shape(check, called) == shape(check, text)
    assert shape(check, never_called) == shape(check, text)


class Split(ast.NodeTransformer):
    """What is printed gets a name first."""

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        call = node.value
        if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "print":
            return [node]
        names = [f"told_{node.lineno}_{number}" for number in range(len(call.args))]
        told: list[ast.stmt] = [
            ast.Assign([ast.Name(name, ast.Store())], value)
            for name, value in zip(names, call.args, strict=True)
        ]
        call.args = [ast.Name(name, ast.Load()) for name in names]
        return [*told, node]


@pytest.mark.parametrize(("check", "case"), CASES)
def test_splitting_expressions_changes_nothing(check: Check, case: Case) -> None:
    text = case.files["train.py"]
    split = ast.unparse(ast.fix_missing_locations(Split().visit(ast.parse(text))))

    assert shape(check, split) == shape(check, text)


@given(
    program=st.sampled_from(PROGRAMS),
    before=st.lists(st.sampled_from(NOISE), max_size=3),
    after=st.lists(st.sampled_from(NOISE), max_size=3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_unrelated_code_changes_nothing(
    program: tuple[Check, Case], before: list[str], after: list[str]
) -> None:
    check, case = program
    text = case.files["train.py"]

    assert shape(check, "\n".join([*before, text, *after])) == shape(check, text)
