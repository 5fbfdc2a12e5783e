"""`# grd: ignore[C101] reason`: honoured with a reason, told without one and when stale."""

from __future__ import annotations

import json

import pytest

from grd_core.checks.code_checks import apply_code_checks
from grd_core.checks.contract import CheckResult, CodeContext, SourceFile, Status

LEAKY = """\
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X, y = np.load("x.npy"), np.load("y.npy")
Z = StandardScaler().fit_transform(
    X
){comment}
a, b, c, d = train_test_split(Z, y, random_state=0)
print(Ridge().fit(a, c).score(b, d))
"""


def applied(text: str, path: str = "train.py") -> dict[str, CheckResult]:
    results = apply_code_checks(CodeContext((SourceFile(path, text),)))
    return {result.check: result for result in results}


def c101(comment: str = "", above: str = "") -> CheckResult:
    text = LEAKY.format(comment=comment)
    return applied(text.replace("Z = Standard", f"{above}Z = Standard"))["C101"]


@pytest.mark.parametrize(
    ("comment", "above"),
    [
        ("  # grd: ignore[C101] the scaler is part of the question", ""),
        ("  # noqa  # grd: ignore[c101]: scaled by the instrument", ""),
        ("  # grd: ignore[C111, C101] scaled by the instrument", ""),
        ("", "# grd: ignore[C101] scaled by the instrument\n\n# and more\n"),
    ],
)
def test_a_reason_makes_it_a_waiver(comment: str, above: str) -> None:
    result = c101(comment, above)
    assert [finding.waived for finding in result.findings] == [True]
    assert result.status is Status.WAIVED


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("  # grd: ignore[C101]", "gives no reason and is not honoured"),
        ("  # grd: ignore[C101] --", "gives no reason and is not honoured"),
        ("  # grd: ignore the scaler", "names no check and is not honoured"),
        ("  # grd: ignore[C999] the scaler", "ignore[C999] names no check there is"),
    ],
)
def test_without_reason_or_check_it_holds_for_nothing_and_that_is_said(
    comment: str, said: str
) -> None:
    result = c101(comment)
    assert [finding.waived for finding in result.findings] == [False]
    assert result.status is Status.WARNED
    assert said in result.reason
    assert "train.py:9" in result.reason


def test_what_matches_nothing_is_stale() -> None:
    results = applied("x = 1  # grd: ignore[C101] it was scaled once\n")
    assert "train.py:1: ignore[C101] is stale" in results["C101"].reason
    assert all("stale" not in result.reason for code, result in results.items() if code != "C101")


def test_one_elsewhere_does_not_hold_here() -> None:
    result = c101(above="y = y + 0  # grd: ignore[C101] of another line\n")
    assert [finding.waived for finding in result.findings] == [False]
    assert "stale" in result.reason


@pytest.mark.parametrize(
    "text",
    ['"""\n# grd: ignore[C101]\n"""\n', "x = '# grd: ignore[C101]'\n", "f'# grd: ignore {1}'\n"],
)
def test_a_text_that_quotes_one_is_none(text: str) -> None:
    assert "ignore" not in applied(text)["C101"].reason


def test_in_a_notebook_it_stands_in_the_cell() -> None:
    lines = LEAKY.format(comment="  # grd: ignore[C101] by the instrument")
    head, _, tail = lines.partition("\nX, y")
    cells = [{"cell_type": "code", "source": source} for source in (head, f"X, y{tail}")]
    result = applied(json.dumps({"cells": cells}), "train.ipynb")["C101"]
    assert [(f.path, f.line, f.waived) for f in result.findings] == [
        ("train.ipynb#cell-2", 2, True)
    ]


def test_a_file_that_does_not_parse_says_nothing_of_them() -> None:
    result = applied("def (:\n    x = 1  # grd: ignore[C101] why not\n")["C101"]
    assert result.status is Status.NOT_APPLICABLE
    assert "stale" not in result.reason
