"""What the checks that look at the target do with columns and targets that are hardly usable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import Check, MetricRule, Status
from grd_core.checks.data.d205_single_column import SingleColumnTellsTarget
from grd_core.checks.data.d206_column_pairs import TwoColumnsTellTarget
from grd_core.checks.data.d207_row_order import RowOrderTellsTarget
from grd_core.checks.data.d212_label_errors import LabelErrors
from grd_core.checks.registry import find_check
from tests.core.checks.data.clean_tables import clean_pair
from tests.core.checks.data.planted_targets import hold

CHECKS = [SingleColumnTellsTarget(), TwoColumnsTellTarget(), RowOrderTellsTarget(), LabelErrors()]
QUIET = (Status.PASSED, Status.NOT_APPLICABLE)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
@pytest.mark.parametrize("target", ["regression", "binary", "words"])
def test_odd_columns_are_read_or_left_out(target: str, check: Check, tmp_path: Path) -> None:
    train, test = clean_pair(200, 0, target)
    random = np.random.default_rng(0)
    for table in (train, test):
        rows = len(table)
        table["constant"] = 1.0
        table["empty"] = np.nan
        table["infinite"] = np.where(random.random(rows) < 0.1, np.inf, 1.0)
        table["lists"] = [[1]] * rows
        table["huge"] = 1e300 * random.normal(size=rows)
        table["large"] = random.integers(2**62, 2**63 - 1, rows)
        table["nullable"] = pd.array(random.integers(0, 5, rows)).astype("Int64")
        table.loc[3:9, "nullable"] = pd.NA
        table["seen"] = pd.Timestamp("2024-01-01", tz="UTC")
    result = hold(check, tmp_path, train, test, time="day")
    assert result.status in QUIET, result.reason


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_odd_targets_end_in_a_sentence(check: Check, tmp_path: Path) -> None:
    train, test = clean_pair(200, 0, "binary")
    random = np.random.default_rng(1)
    for values in (
        [f"k{row % 60}" for row in range(200)],
        np.full(200, np.nan),
        [[1]] * 200,
        random.permutation(["a"] * 191 + ["b"] * 9),
        ["a"] * 197 + ["b"] * 3,
    ):
        result = hold(check, tmp_path, train.assign(y=values), test)
        assert result.status in QUIET, result.reason


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
@pytest.mark.parametrize("others", [("a", "b"), ("a",)])
def test_a_class_that_no_drawn_row_has_is_not_looked_at(
    others: tuple[str, ...], check: Check, tmp_path: Path
) -> None:
    random = np.random.default_rng(6)
    rows = 100_000
    y = random.choice(others, rows)
    telling = np.where(random.random(rows) < 0.9, y == "b", random.random(rows) < 0.5)
    table = pd.DataFrame({"telling": telling, "noise": random.normal(size=rows), "y": y})
    table.loc[:8, "y"] = "rare"
    result = hold(check, tmp_path, table, table.tail(100))
    assert result.status is not Status.ERRORED, result.reason
    assert not any("'rare'" in finding.why for finding in result.findings)
    if others == ("a",):
        assert result.status is Status.NOT_APPLICABLE
        assert "fewer than two classes have 8 of the rows looked at" in result.reason


def test_rows_of_classes_too_rare_are_counted_out(tmp_path: Path) -> None:
    train, test = clean_pair(300, 0, "binary")
    train["y"] = train["y"].astype(str)
    train.loc[:2, "y"] = "rare"
    result = hold(SingleColumnTellsTarget(), tmp_path, train, test)
    assert result.measurement is not None
    assert "all 300 labelled training rows but 3 of classes too rare" in result.measurement.method
    assert result.measurement.n == 297


@pytest.mark.parametrize("code", ["D202", "D205", "D208", "D210", "D211", "D212", "D213", "D214"])
def test_words_declared_as_numbers_are_missing_numbers(code: str, tmp_path: Path) -> None:
    train, test = (
        table.assign(y="about " + table["y"].astype(str))
        for table in clean_pair(200, 0, "regression")
    )
    rules = (MetricRule("mae", "primary", "lower", None, 1.0),)
    result = hold(find_check(code), tmp_path, train, test, task="regression", metrics=rules)
    assert result.status in QUIET, result.reason


@pytest.mark.parametrize("code", ["D205", "D206", "D207", "D212", "D214"])
@pytest.mark.parametrize("unit", [1.0, 1e-300])
def test_the_largest_number_for_no_data_hides_no_leak(
    unit: float, code: str, tmp_path: Path
) -> None:
    random = np.random.default_rng(2)
    train, test = clean_pair(300, 0, "regression")
    for table in (train, test):
        no_data = random.random(len(table)) < 0.1
        table["height"] = np.where(no_data, -np.finfo(float).max, random.normal(size=len(table)))
        table["leak"] = table["y"] * (1 + 0.02 * random.normal(size=len(table)))
        table["y"] *= unit
    rules = (MetricRule("mae", "primary", "lower", None, 10.0),)
    result = hold(find_check(code), tmp_path, train, test, metrics=rules)
    if code == "D205":
        assert [finding.title for finding in result.findings] == ["`leak` nearly is the target"]
    else:
        assert result.status in QUIET, result.reason


@pytest.mark.parametrize("role", [{"time": "y"}, {"groups": ("y",)}, {"id_column": "y"}])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_target_with_another_role_ends_in_a_sentence(
    role: dict[str, object], check: Check, tmp_path: Path
) -> None:
    result = hold(check, tmp_path, *clean_pair(200, 0, "regression"), **role)
    assert result.status in QUIET, result.reason
