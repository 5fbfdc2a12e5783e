"""D208 on its fixture, on columns that moved, and on splits that move columns by design."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.data.d208_feature_drift import FeatureDrift
from tests.core.checks.data.clean_tables import clean_pair
from tests.core.checks.data.two_tables import review, review_case, warnings
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d208.md").cases]


def drift(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: object) -> CheckResult:
    return review(FeatureDrift(), folder, train, test, **roles)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = review_case(FeatureDrift(), tmp_path, case, target="surge", id_column="station_id")
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)
    if case.flawed:
        assert "`wind` median 12.1 → 15.59 (0.67" in result.findings[0].why
        assert "`gust`" in result.findings[0].why


@pytest.mark.parametrize("column", ["wind", "amount", "visits", "depth"])
def test_half_a_standard_deviation_is_named_in_a_large_table(column: str, tmp_path: Path) -> None:
    train, test = clean_pair(5000, 1, "words")
    step = 0.5 * float(train[column].std())
    # Counts stay whole: as many rise by one as makes the mean rise by half its spread.
    moved = np.random.default_rng(1).random(len(test)) < step if column == "visits" else step
    test[column] = test[column] + moved
    (why,) = warnings(drift(tmp_path, train, test, target="y", id_column="id"))
    assert f"`{column}`" in why
    assert why.count("`") == 2


def test_half_a_standard_deviation_is_named_in_most_small_tables(tmp_path: Path) -> None:
    named = 0
    for seed in range(12):
        train, test = clean_pair(300, seed, "regression")
        test["wind"] += 0.5 * train["wind"].std()
        found = warnings(drift(tmp_path, train, test, target="y", id_column="id"))
        named += any("`wind`" in why for why in found)
    assert named >= 6


def test_other_shares_new_values_and_more_missing_values_are_named(tmp_path: Path) -> None:
    train, test = clean_pair(3000, 2, "binary")
    chance = np.random.default_rng(2)
    test["site"] = chance.choice(list("ABCDE"), len(test), p=[0.3, 0.25, 0.15, 0.1, 0.2])
    test["open"] = chance.random(len(test)) < 0.5
    test["boat"] = [f"new {name}" for name in test["boat"]]
    test.loc[chance.random(len(test)) < 0.3, "noise"] = np.nan
    (why,) = warnings(drift(tmp_path, train, test, target="y", id_column="id"))
    assert "values new in 100.0% of rows (1.00" in why
    assert "`noise` missing in 0.0% →" in why
    assert "`open` 'True'" in why
    assert "`site` 'E' 0.0% → 20" in why
    assert "values new in 20" in why


def test_another_spread_about_the_same_median_is_named(tmp_path: Path) -> None:
    train, test = clean_pair(5000, 3, "binary")
    test["wind"] *= 2.2
    (why,) = warnings(drift(tmp_path, train, test, target="y", id_column="id"))
    assert "`wind` middle half" in why


def test_drift_too_small_to_change_a_conclusion_is_told_and_passes(tmp_path: Path) -> None:
    train, test = clean_pair(12_000, 1, "regression")
    test["wind"] += 0.2
    result = drift(tmp_path, train, test, target="y", id_column="id")
    assert result.status is Status.PASSED
    assert "`wind`" in result.findings[0].why


def test_many_columns_make_one_finding_that_names_five(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    train = pd.DataFrame(chance.normal(size=(600, 12))).rename(columns=str)
    test = pd.DataFrame(chance.normal(1.0, size=(300, 12))).rename(columns=str)
    (finding,) = drift(tmp_path, train, test).findings
    assert finding.title.startswith("12 columns")
    assert finding.why.count("`") == 10
    assert finding.why.endswith("; and 7 more")


def test_a_split_in_time_does_not_accuse_its_own_time(tmp_path: Path) -> None:
    rows = clean_pair(1500, 4, "binary")[0].sort_values("day").reset_index(drop=True)
    rows["month"] = rows["day"].dt.month
    train, test = rows[:1000], rows[1000:].reset_index(drop=True)
    result = drift(tmp_path, train, test, target="y", id_column="id", time="day")
    assert result.status is Status.PASSED
    assert result.reason == "not compared, they follow the declared time: month"
    undeclared = drift(tmp_path, train, test, target="y", id_column="id")
    assert "`day` median 2024-" in warnings(undeclared)[0]


def grouped(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forty sites of thirty rows, each with a level of its own; ten of them are the test."""
    chance = np.random.default_rng(seed)
    site = np.repeat(np.arange(40), 30)
    levels = chance.normal(size=(40, 4))[site]
    table = pd.DataFrame(levels + 0.3 * chance.normal(size=(1200, 4)), columns=list("abcd"))
    table = table.assign(site=site, kind=chance.choice(list("AB"), 40)[site])
    return table[:900], table[900:].reset_index(drop=True)


def test_rows_of_a_declared_group_count_as_one_draw(tmp_path: Path) -> None:
    alone = together = 0
    for seed in range(12):
        train, test = grouped(seed)
        together += bool(warnings(drift(tmp_path, train, test, groups=("site",))))
        alone += bool(warnings(drift(tmp_path, train.drop(columns="site"), test)))
    assert (together, alone > 6) == (0, True)


def test_a_real_shift_between_groups_still_stands(tmp_path: Path) -> None:
    train, test = grouped(1)
    test["a"] += 3
    (why,) = warnings(drift(tmp_path, train, test, groups=("site",)))
    assert "`a`" in why
    assert "`site`" not in why


def test_columns_of_another_type_in_test_are_compared_as_words(tmp_path: Path) -> None:
    train = pd.DataFrame({"code": np.arange(300) % 5, "none": [None] * 300})
    test = pd.DataFrame({"code": [str(n % 5) for n in range(100)], "none": [1.0] * 100})
    result = drift(tmp_path, train, test)
    assert "`none` missing in 100.0% → 0.0%" in result.findings[0].why
    assert "`code`" not in result.findings[0].why


def test_too_few_rows_are_not_estimable(tmp_path: Path) -> None:
    small = pd.DataFrame({"a": np.arange(10.0)})
    result = drift(tmp_path, small, small)
    assert result.status is Status.NOT_APPLICABLE
    assert "20 present values" in result.reason
