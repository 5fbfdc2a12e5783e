"""The checks of code on their fixtures: every finding expected, and none in the clean twin."""

from __future__ import annotations

import json

import pytest

from grd_core.checks.contract import (
    Check,
    CodeContext,
    Group,
    Measurement,
    NotApplicable,
    SourceFile,
    Status,
)
from grd_core.checks.registry import all_checks
from tests.core.checks.fixtures_reader import FIXTURES, Case, Expected, read_fixture

CHECKS = [check for check in all_checks().values() if check.group is Group.CODE]
CASES = [
    pytest.param(check, case, id=f"{check.code}-{case.name}")
    for check in CHECKS
    for case in read_fixture(FIXTURES / f"{check.code.lower()}.md").cases
]


def context(files: dict[str, str]) -> CodeContext:
    return CodeContext(tuple(SourceFile(path, text) for path, text in files.items()))


@pytest.mark.parametrize(("check", "case"), CASES)
def test_finds_exactly_what_the_fixture_expects(check: Check, case: Case) -> None:
    measured = check.measure(context(case.files))
    assert isinstance(measured, Measurement)

    found = {
        (item.severity.value, item.line): {place.role: place.line for place in item.places}
        for item in measured.evidence
    }
    assert found == {(want.severity, want.line): want.places for want in case.expected}
    assert measured.value == len(case.expected)
    assert check.judge(measured, check.thresholds) is judged(case.expected)


def judged(expected: tuple[Expected, ...]) -> Status:
    severities = {want.severity for want in expected}
    if "blocking" in severities:
        return Status.FAILED
    return Status.WARNED if "warning" in severities else Status.PASSED


@pytest.mark.parametrize("check", CHECKS)
def test_says_what_it_could_not_read(check: Check) -> None:
    broken = "def train(:\n"
    readable = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1\n"}]})

    assert isinstance(check.measure(context({"a.py": broken})), NotApplicable)
    assert isinstance(check.measure(context({})), NotApplicable)
    measured = check.measure(context({"a.py": broken, "b.ipynb": readable}))
    assert isinstance(measured, Measurement)
    assert any("a.py" in note and "line 1" in note for note in measured.notes)
