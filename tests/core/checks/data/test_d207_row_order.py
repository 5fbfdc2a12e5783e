"""D207 on its fixture, on files and ids that give the target away, and on orders that do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.data.d207_row_order import RowOrderTellsTarget
from grd_core.checks.data.row_orders import Order, trend_of
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.data.planted_targets import CLASSES, SIZES, alarms, hold, hold_case
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d207.md").cases]
CHECK = RowOrderTellsTarget()


def by_target(table: pd.DataFrame) -> np.ndarray:
    """The rank of each row by its target."""
    return table["y"].rank(method="first").astype(int).to_numpy()


def series(rows: int, seed: int) -> np.ndarray:
    """Values that depend on the one before them."""
    random = np.random.default_rng(seed)
    made = np.zeros(rows)
    for row in range(1, rows):
        made[row] = 0.95 * made[row - 1] + random.normal()
    return made


def warned_of(result: CheckResult, words: str) -> bool:
    return result.status is Status.WARNED and words in result.findings[0].title


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = hold_case(CHECK, tmp_path, case)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert case.flawed or result.status is Status.PASSED


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("target", TARGETS)
def test_a_sorted_file_is_named(target: str, rows: int, tmp_path: Path) -> None:
    train, test = clean_pair(rows, 1, target)
    result = hold(CHECK, tmp_path, train.iloc[np.argsort(by_target(train))], test)
    assert warned_of(result, "the position of a row in the file")
    assert len(result.findings) == 1


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("target", TARGETS)
def test_ids_given_by_the_target_are_named(target: str, rows: int, tmp_path: Path) -> None:
    train, test = clean_pair(rows, 1, target)
    ranks = by_target(train)
    assert warned_of(hold(CHECK, tmp_path, train.assign(id=ranks), test), "the number `id`")
    words = [f"2024-A{rank:05d}" for rank in ranks]
    texts = test.assign(id=test["id"].astype(str))
    assert warned_of(hold(CHECK, tmp_path, train.assign(id=words), texts), "`id`")
    undeclared = train.assign(record=ranks * 7)
    result = hold(CHECK, tmp_path, undeclared, test.assign(record=1))
    assert warned_of(result, "the number `record`")


@pytest.mark.parametrize("target", CLASSES)
def test_a_letter_before_the_number_is_seen(target: str, tmp_path: Path) -> None:
    train, test = clean_pair(300, 2, target)
    letters = np.array(list("QAZ"))[pd.factorize(train["y"])[0]]
    train["id"] = [f"{a}-{n}" for a, n in zip(letters, train["id"], strict=True)]
    test["id"] = test["id"].astype(str)
    assert warned_of(hold(CHECK, tmp_path, train, test), "the alphabetical place of `id`")


def test_blocks_of_a_class_are_named(tmp_path: Path) -> None:
    train, test = clean_pair(1000, 3, "multiclass")
    block = np.random.default_rng(3).permutation(np.arange(30) % 3)
    ordered = np.repeat(block, 34)[: len(train)]
    result = hold(CHECK, tmp_path, train.assign(y=ordered), test)
    assert warned_of(result, "neighbours by the position of a row in the file")


@pytest.mark.parametrize("target", ["regression", "binary", "words"])
def test_a_series_is_no_leak(target: str, tmp_path: Path) -> None:
    train, test = clean_pair(1000, 4, target)
    moved = series(1000, 4)
    train["y"] = moved if target == "regression" else np.sort(train["y"])[moved.argsort().argsort()]
    train["id"] = np.arange(1000)
    train["day"] = pd.date_range("2024-01-01", periods=1000, freq="h")
    declared = hold(CHECK, tmp_path, train, test, time="day")
    assert declared.status is Status.NOT_APPLICABLE
    assert "follows `day`" in declared.reason
    assert hold(CHECK, tmp_path, train, test).status is Status.NOT_APPLICABLE
    without = hold(CHECK, tmp_path, train.drop(columns="day"), test.drop(columns="day"))
    assert without.status is Status.PASSED
    assert [finding.severity.value for finding in without.findings] == ["info"]


@pytest.mark.parametrize("column", ["wind", "site", "day", "amount"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_file_sorted_by_a_column_tells_what_the_column_tells(
    target: str, column: str, tmp_path: Path
) -> None:
    train, test = clean_pair(600, 5, target)
    result = hold(CHECK, tmp_path, train.sort_values(column), test)
    assert result.status is Status.PASSED
    assert result.reason == f"the position of a row in the file follows `{column}`"


def test_its_p_value_is_that_of_permutations() -> None:
    random = np.random.default_rng(6)
    values = random.normal(size=(200, 1))
    drawn = [
        trend_of(Order("", "", random.permutation(200).astype(float)), values, classes=False)
        for _ in range(400)
    ]
    small = np.mean([trend.p_value <= 0.05 for trend in drawn])
    alike = np.mean([trend.neighbours_p <= 0.05 for trend in drawn])
    assert 0.01 <= small <= 0.08
    assert alike <= 0.08
    ranks = random.permutation(200).astype(float)
    expected = abs(spearmanr(ranks, values[:, 0]).statistic)
    assert trend_of(Order("", "", ranks), values, classes=False).effect == pytest.approx(expected)


def test_clean_tables_raise_no_alarm(tmp_path: Path) -> None:
    assert alarms(CHECK, tmp_path, 300, range(3), TARGETS) == []
    assert alarms(CHECK, tmp_path, 5000, range(1), ("regression", "words")) == []


@pytest.mark.soak
@pytest.mark.parametrize("rows", [300, 5000])
def test_clean_tables_raise_no_alarm_over_many_seeds(rows: int, tmp_path: Path) -> None:
    assert len(alarms(CHECK, tmp_path, rows, range(200), TARGETS)) <= 4
