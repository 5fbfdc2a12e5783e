"""P401 and P404 on their fixtures, and their pages against their constants."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grd_core.checks.contract import (
    Change,
    Check,
    Measurement,
    ProcessContext,
    Severity,
    SourceFile,
    Status,
)
from grd_core.checks.process.hypothesis import HYPOTHESIS_TEMPLATE, PARTS, answers, observables
from grd_core.checks.process.p401_hypothesis import UndisprovableHypothesis
from grd_core.checks.process.p402_peeks import UndeclaredPeek
from grd_core.checks.process.p404_drift import ObjectiveDrift
from grd_core.checks.registry import documentation
from grd_core.checks.runner import apply_check
from grd_core.objective.drift import drift
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [
    pytest.param(check, case, id=f"{check.code}-{case.name}")
    for check in (UndisprovableHypothesis(), UndeclaredPeek(), ObjectiveDrift())
    for case in read_fixture(FIXTURES / f"{check.code.lower()}.md").cases
]


def context_of(case: Case) -> ProcessContext:
    if "HYPOTHESIS.md" in case.files:
        return ProcessContext("HYPOTHESIS.md", case.files["HYPOTHESIS.md"], "OBJECTIVE.md", ())
    if "train.py" in case.files:
        code = (SourceFile("train.py", case.files["train.py"]),)
        return ProcessContext(
            "HYPOTHESIS.md",
            "",
            "OBJECTIVE.md",
            (),
            code=code,
            frozen_labels="test_labels.parquet",
            source="flights.parquet",
        )
    moved = drift(case.files["locked.md"].encode(), case.files["OBJECTIVE.md"].encode())
    changes = tuple(
        Change(change.field, change.classification, change.before, change.after, amended=False)
        for change in moved.changes
    )
    return ProcessContext(
        "HYPOTHESIS.md", "", "OBJECTIVE.md", changes, moved.prose_changed, moved.readable
    )


@pytest.mark.parametrize(("check", "case"), CASES)
def test_finds_the_flaw_and_leaves_the_twin_alone(check: Check, case: Case) -> None:
    result = apply_check(check, context_of(case))
    found = sorted((finding.severity.value, finding.line) for finding in result.findings)
    assert found == sorted((item.severity, item.line) for item in case.expected)
    worst = max((item.severity.rank for item in result.findings), default=0)
    assert result.status is (Status.PASSED, Status.WARNED, Status.FAILED)[worst]
    assert all(finding.why and finding.fix and finding.path for finding in result.findings)


@pytest.mark.parametrize("check", [UndisprovableHypothesis(), UndeclaredPeek(), ObjectiveDrift()])
def test_the_page_quotes_the_thresholds_of_the_code(check: Check) -> None:
    quoted = dict(re.findall(r"`(\w+) = ([\d.]+)`", documentation(check)))
    assert {name: float(value) for name, value in quoted.items()} == dict(check.thresholds)


def test_a_missing_hypothesis_fails() -> None:
    context = ProcessContext("experiments/001/HYPOTHESIS.md", None, "OBJECTIVE.md", ())
    result = apply_check(UndisprovableHypothesis(), context)
    assert result.status is Status.FAILED
    assert result.findings[0].path == "experiments/001/HYPOTHESIS.md"


def test_the_template_alone_is_no_hypothesis() -> None:
    context = ProcessContext("H.md", HYPOTHESIS_TEMPLATE, "OBJECTIVE.md", ())
    measured = UndisprovableHypothesis().measure(context)
    assert measured.value == len(PARTS)


def test_the_templates_own_words_out_of_their_comment_are_no_answer() -> None:
    text = HYPOTHESIS_TEMPLATE.replace("<!-- ", "").replace(" -->", "")
    assert [answer.words for answer in answers(text)] == [0] * len(PARTS)


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_change_no_finding(ending: str) -> None:
    check = UndisprovableHypothesis()
    for case in read_fixture(FIXTURES / "p401.md").cases:
        text = case.files["HYPOTHESIS.md"]
        plain = check.measure(ProcessContext("H.md", text, "O.md", ()))
        dressed = "\ufeff" + text.replace("\n", ending)
        assert check.measure(ProcessContext("H.md", dressed, "O.md", ())) == plain


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("MAE rises", ("mae", "a comparison")),
        ("the mean absolute error stays as it is", ("mae",)),
        ("the residuals do not differ between dry and wet days", ("a comparison",)),
        ("fewer than 3 of 5 seeds agree", ("a number", "a comparison")),
        ("R² ≤ 0", ("a number", "a comparison")),
        ("the weather model turns out not to help", ()),
        ("nothing could", ()),
        ("we would be surprised", ()),
    ],
)
def test_what_counts_as_observable(text: str, seen: tuple[str, ...]) -> None:
    assert observables(text) == seen


def test_an_amended_change_is_no_drift() -> None:
    amended = Change("metrics.mae.threshold", "loosened", "4", "5", amended=True)
    measured = ObjectiveDrift().measure(ProcessContext("H.md", "", "O.md", (amended,)))
    assert measured == Measurement(0.0, measured.method, n=0)


def test_changed_prose_alone_warns_even_without_a_field() -> None:
    context = ProcessContext("H.md", "", "O.md", (), prose_changed=True)
    [evidence] = ObjectiveDrift().measure(context).evidence
    assert evidence.severity is Severity.WARNING


def test_hypotheses_shipped_with_the_samples_can_be_disproved() -> None:
    shipped = sorted((Path(__file__).parents[4] / "sample_projects").rglob("HYPOTHESIS.md"))
    for path in shipped:
        context = ProcessContext(str(path), path.read_text(encoding="utf-8"), "O.md", ())
        assert apply_check(UndisprovableHypothesis(), context).status is Status.PASSED
