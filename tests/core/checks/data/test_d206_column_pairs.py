"""D206 on its fixture, on pairs planted in every kind of target, and on tables without any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.data.d206_column_pairs import TwoColumnsTellTarget
from grd_core.checks.data.pair_screen import WORK, grid_for, screen_pairs
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.data.planted_targets import (
    CLASSES,
    SIZES,
    alarms,
    flipped,
    hold,
    hold_case,
    hold_planted,
    labels_of_clean,
)
from tests.core.checks.data.two_tables import review
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d206.md").cases]
CHECK = TwoColumnsTellTarget()


def names_the_pair(result: CheckResult) -> bool:
    titles = [finding.title for finding in result.findings]
    return result.status is Status.WARNED and titles == ["`one` and `two` together tell the target"]


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = hold_case(CHECK, tmp_path, case)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert case.flawed or result.status is Status.PASSED


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("target", CLASSES)
def test_the_signs_of_two_numbers_that_give_a_class(target: str, rows: int, tmp_path: Path) -> None:
    y, random = labels_of_clean(rows, target), np.random.default_rng(1)
    bit = np.where(y == pd.Series(y).mode()[0], 1, -1)
    wrong = 0.0 if target == "imbalanced" else 0.04
    coin = random.choice([-1, 1], rows)
    other = coin * bit * np.where(random.random(rows) < wrong, -1, 1)
    made = {"one": coin * abs(random.normal(size=rows)), "two": other * random.gamma(2, 1, rows)}
    result = hold_planted(CHECK, tmp_path, rows, target, made)
    assert names_the_pair(result)
    assert "the better one alone 0.0" in result.findings[0].why


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("target", CLASSES)
def test_names_whose_sum_gives_the_class(target: str, rows: int, tmp_path: Path) -> None:
    y, random = labels_of_clean(rows, target), np.random.default_rng(2)
    codes, classes = pd.factorize(y)
    first = random.integers(0, len(classes) + 1, rows)
    second = (codes - first) % (len(classes) + 1)
    made = {"one": np.array(list("abcdef"))[first], "two": np.array(list("uvwxyz"))[second]}
    assert names_the_pair(hold_planted(CHECK, tmp_path, rows, target, made))


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("form", ["difference", "product", "the sign of one"])
def test_numbers_that_give_the_number(form: str, rows: int, tmp_path: Path) -> None:
    y, random = labels_of_clean(rows, "regression"), np.random.default_rng(3)
    noise = 0.1 * y.std() * random.normal(size=rows)
    if form == "difference":
        one = 30 * random.normal(size=rows)
        two = y + one + noise
    elif form == "product":
        one = random.uniform(1, 3, rows) * random.choice([-1, 1], rows)
        two = (y + noise) / one
    else:
        one = random.choice([-1.0, 1.0], rows)
        two = (y - y.mean() + noise) * one
    result = hold_planted(CHECK, tmp_path, rows, "regression", {"one": one, "two": two})
    assert names_the_pair(result)
    assert result.measurement is not None
    assert result.measurement.value is not None
    assert result.measurement.value > 0.95


def test_the_larger_of_two_scores_names_the_winner(tmp_path: Path) -> None:
    y, random = labels_of_clean(2000, "binary"), np.random.default_rng(4)
    one = random.normal(size=2000)
    two = one + np.where(y == 1, 1, -1) * abs(random.normal(size=2000))
    made = {"one": one, "two": two}
    assert names_the_pair(hold_planted(CHECK, tmp_path, 2000, "binary", made))


def test_missing_values_may_be_half_of_the_key(tmp_path: Path) -> None:
    y, random = labels_of_clean(1000, "binary"), np.random.default_rng(5)
    gone = random.random(1000) < 0.5
    made = {
        "one": np.where(gone, np.nan, random.normal(size=1000)),
        "two": np.where(gone == (y == 1), "left", "right"),
    }
    assert names_the_pair(hold_planted(CHECK, tmp_path, 1000, "binary", made))


def test_a_single_column_that_leaks_is_no_pair(tmp_path: Path) -> None:
    y = labels_of_clean(1000, "binary")
    result = hold_planted(CHECK, tmp_path, 1000, "binary", {"leak": flipped(y, 0.05, 6)})
    assert result.status is Status.PASSED


def test_an_honest_interaction_raises_no_alarm(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    table = pd.DataFrame(random.normal(size=(2000, 5)), columns=list("abcde"))
    table["y"] = table["a"] * table["b"] + table["c"] + table["d"] + random.normal(size=2000)
    assert hold(CHECK, tmp_path, table, table.head(50)).status is Status.PASSED


def test_strong_honest_features_raise_no_alarm(tmp_path: Path) -> None:
    table = load_wine(as_frame=True).frame.rename(columns={"target": "y"})
    assert hold(CHECK, tmp_path, table, table.head(20)).status is Status.PASSED


def test_three_hundred_columns_are_screened_within_the_work_allowed(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    table = pd.DataFrame(random.normal(size=(3000, 300))).rename(columns=lambda n: f"c{n}")
    coin = random.choice([-1.0, 1.0], 3000)
    table["c7"] = coin * abs(table["c7"])
    table["y"] = np.where(coin * table["c150"] > 0, "up", "down")
    grid = grid_for(3000, 300)
    assert grid.rows * (300 * (grid.cells + 1)) ** 2 <= 2 * WORK
    result = hold(CHECK, tmp_path, table, table.head(50))
    assert [finding.title for finding in result.findings] == [
        "`c7` and `c150` together tell the target"
    ]


def test_columns_beyond_the_three_hundredth_are_said_to_be_left_out(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    table = pd.DataFrame(random.normal(size=(200, 310))).rename(columns=lambda n: f"c{n}")
    result = hold(CHECK, tmp_path, table.assign(y=random.normal(size=200)), table)
    assert result.reason == "the last 10 columns were not paired"


def test_one_feature_is_no_pair(tmp_path: Path) -> None:
    train, test = clean_pair(100, 1, "binary")
    result = hold(CHECK, tmp_path, train[["id", "wind", "y"]], test[["id", "wind", "y"]])
    assert result.status is Status.NOT_APPLICABLE


def test_clean_tables_raise_no_alarm(tmp_path: Path) -> None:
    assert alarms(CHECK, tmp_path, 300, range(3), TARGETS) == []
    assert alarms(CHECK, tmp_path, 5000, range(1), ("regression", "words")) == []


@pytest.mark.soak
@pytest.mark.parametrize("rows", [300, 5000])
def test_clean_tables_raise_no_alarm_over_many_seeds(rows: int, tmp_path: Path) -> None:
    assert len(alarms(CHECK, tmp_path, rows, range(200), TARGETS)) <= 4


def test_missing_values_far_from_zero_stand_at_the_mean() -> None:
    random = np.random.default_rng(2)
    year = 2000 + random.normal(size=(300, 2))
    label = (year - 2000).sum(axis=1, keepdims=True)
    year[random.random(year.shape) < 0.1] = np.nan
    half = np.arange(300) % 2 == 0
    kinds = np.array([False, False])
    screens = [screen_pairs(one, kinds, label, half, 4).planes for one in (year, year - 2000)]
    np.testing.assert_allclose(screens[0], screens[1], rtol=1e-6)


def test_values_as_large_as_doubles_hold_are_compared(tmp_path: Path) -> None:
    """The pair is found all the same: the unit of a column says nothing."""
    random = np.random.default_rng(6)
    train = pd.DataFrame({name: random.normal(size=400) for name in ("a", "b")})
    train["y"] = train["a"] * train["b"]
    train["a"], train["huge"] = train["a"] * 3e307, 1e308
    result = review(CHECK, tmp_path, train, train.drop(columns="y"), target="y")
    assert result.status is Status.WARNED
    assert "`a` and `b`" in result.findings[0].why + result.findings[0].title
