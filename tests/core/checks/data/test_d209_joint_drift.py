"""D209 on its fixture, on relations that changed, and on drift that is another check's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.data.d209_joint_drift import JointDrift
from tests.core.checks.data.clean_tables import clean_pair
from tests.core.checks.data.two_tables import review, review_case, warnings
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d209.md").cases]


def joint(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: object) -> CheckResult:
    return review(JointDrift(), folder, train, test, target="y", id_column="id", **roles)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = review_case(JointDrift(), tmp_path, case, target="surge", id_column="station_id")
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)
    if case.flawed:
        assert "`wind` and `gust` +0.77 → -0.70" in result.findings[0].why


@pytest.mark.parametrize("rows", [300, 5000])
def test_a_correlation_that_flips_is_named(rows: int, tmp_path: Path) -> None:
    train, test = clean_pair(rows, 1, "words")
    test["gust"] = -test["gust"]
    result = joint(tmp_path, train, test)
    (why,) = warnings(result)
    assert "`wind` and `gust` +0." in why
    assert " → -0." in why
    (finding,) = result.findings
    assert finding.value is not None
    assert finding.ci is not None
    assert finding.ci[0] < finding.value < finding.ci[1]
    assert finding.ci[0] > 0.6


def test_a_category_that_goes_with_other_amounts_is_named(tmp_path: Path) -> None:
    train, test = clean_pair(3000, 2, "binary")
    train["noise"] += (train["site"] == "A") * 0.5
    test["noise"] += (test["site"] != "A") * 0.5
    (why,) = warnings(joint(tmp_path, train, test))
    assert "`noise` and a value of `site`" in why


def test_values_missing_with_something_else_are_named(tmp_path: Path) -> None:
    train, test = clean_pair(3000, 3, "regression")
    train.loc[train["swell"] > 0.8, "noise"] = np.nan
    test.loc[test["swell"] < -0.8, "noise"] = np.nan
    (why,) = warnings(joint(tmp_path, train, test))
    assert "absence of `noise`" in why


@pytest.mark.parametrize("rows", [300, 5000])
def test_drift_of_single_columns_is_left_to_its_check(rows: int, tmp_path: Path) -> None:
    train, test = clean_pair(rows, 4, "binary")
    test["wind"], test["gust"] = test["wind"] + 0.8, test["gust"] + 0.64
    test["amount"] *= 3
    test["site"] = np.random.default_rng(1).choice(list("ABCD"), len(test))
    result = joint(tmp_path, train, test)
    assert result.status is Status.PASSED
    assert result.reason.startswith("single columns tell the tables apart (AUC 0.")
    assert "D208" in result.reason


def test_two_values_of_even_shares_are_no_curve(tmp_path: Path) -> None:
    """The square of a line over two values is the line, with the sign of the rarer one."""
    chance = np.random.default_rng(5)
    tables = []
    for share, rows in ((0.48, 900), (0.52, 300)):
        flag = (np.arange(rows) < share * rows).astype(float)
        tables.append(pd.DataFrame({"flag": flag, "x": flag + chance.normal(size=rows)}))
    assert review(JointDrift(), tmp_path, *tables).status is Status.PASSED


def test_groups_are_permuted_whole(tmp_path: Path) -> None:
    """Within one site two columns hang together by chance: rows alone would call it drift."""
    alone = together = 0
    for seed in range(5):
        chance = np.random.default_rng(seed)
        site = np.repeat(np.arange(60), 20)
        table = pd.DataFrame(chance.normal(size=(60, 6))[site], columns=list("abcdef"))
        table += 0.2 * chance.normal(size=table.shape)
        train, test = table.assign(site=site)[:900], table.assign(site=site)[900:]
        whole = review(JointDrift(), tmp_path, train, test, groups=("site",))
        together += whole.status is Status.WARNED
        parted = review(JointDrift(), tmp_path, train.drop(columns="site"), test)
        alone += parted.status is Status.WARNED
    assert (together, alone > 2) == (0, True)


def test_what_cannot_be_estimated_says_why(tmp_path: Path) -> None:
    train, test = clean_pair(300, 1, "binary")
    one = joint(tmp_path, train[["id", "wind", "y"]], test)
    assert (one.status, one.reason) == (
        Status.NOT_APPLICABLE,
        "fewer than two features vary in both tables",
    )
    few = joint(tmp_path, train, test[:12])
    assert (few.status, few.reason) == (
        Status.NOT_APPLICABLE,
        "a table has fewer than 20 rows",
    )


def test_equal_tables_give_equal_numbers(tmp_path: Path) -> None:
    train, test = clean_pair(300, 8, "words")
    test["gust"] = test["gust"].to_numpy()[::-1]
    first, second = (joint(tmp_path, train, test).measurement for _ in range(2))
    assert first == second


def test_more_columns_than_memory_holds_the_pairs_of_are_not_looked_at(tmp_path: Path) -> None:
    """5,000 columns asked for 800 MB a matrix of pairs, and the worker was killed."""
    random = np.random.default_rng(9)
    names = [f"c{place}" for place in range(1_300)]
    tables = [pd.DataFrame(random.normal(size=(rows, 1_300)), columns=names) for rows in (60, 40)]
    train, test = (table.assign(y=table["c0"], id=range(len(table))) for table in tables)
    result = joint(tmp_path, train, test.drop(columns="y"))
    assert result.status is Status.NOT_APPLICABLE
    assert "1,300 columns make 2,600 scores" in result.reason
