"""D201 on its fixture, on copies it must find, and on tables that repeat rows by chance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, DataContext, Status
from grd_core.checks.data.d201_duplicates import DuplicatesAcrossSplits
from grd_core.checks.runner import apply_check
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d201.md").cases]


def compare(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: str) -> CheckResult:
    train.to_parquet(folder / "train.parquet")
    test.to_parquet(folder / "test.parquet")
    context = DataContext(str(folder / "train.parquet"), str(folder / "test.parquet"), **roles)
    return apply_check(DuplicatesAcrossSplits(), context)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    context = DataContext(
        str(tmp_path / "train.csv"),
        str(tmp_path / "test.csv"),
        target="surge",
        id_column="station_id",
    )
    result = apply_check(DuplicatesAcrossSplits(), context)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.FAILED if case.flawed else Status.PASSED)
    if case.flawed:
        why = result.findings[0].why
        assert "3 of 10 test rows (30.00%)" in why
        assert "station_id 103 = station_id 6" in why
        assert "1 of them carry another `surge`" in why


def fine(rows: int, seed: int) -> pd.DataFrame:
    made = np.random.default_rng(seed).normal(size=(rows, 6))
    return pd.DataFrame(made, columns=list("abcdef"))


def test_five_percent_of_copies_block_whatever_the_format_and_width(tmp_path: Path) -> None:
    train, test = fine(900, 1).astype("float32"), fine(300, 2)
    test.iloc[:15] = train.iloc[:15].to_numpy()
    assert compare(tmp_path, train, test).status is Status.FAILED
    train.to_csv(tmp_path / "train.csv", index=False)
    context = DataContext(str(tmp_path / "train.csv"), str(tmp_path / "test.parquet"))
    test.astype("float32").to_parquet(tmp_path / "test.parquet")
    assert apply_check(DuplicatesAcrossSplits(), context).status is Status.FAILED


def test_one_copy_in_a_large_table_is_told_and_passes(tmp_path: Path) -> None:
    train, test = fine(2000, 1), fine(2000, 2)
    test.iloc[7] = train.iloc[3]
    result = compare(tmp_path, train, test)
    assert result.status is Status.PASSED
    assert "row 8 = row 4" in result.findings[0].why


def test_a_column_that_numbers_the_rows_hides_no_copy(tmp_path: Path) -> None:
    train, test = fine(900, 1), fine(300, 2)
    test.iloc[:15] = train.iloc[:15].to_numpy()
    train["line"], test["line"] = np.arange(900), np.arange(900, 1200)
    result = compare(tmp_path, train, test)
    assert result.status is Status.FAILED
    assert result.reason == "left out as row numbers: line"


def test_a_row_recorded_again_at_another_time_is_the_same_row(tmp_path: Path) -> None:
    train, test = fine(900, 1), fine(300, 2)
    test.iloc[:15] = train.iloc[:15].to_numpy()
    train["at"] = pd.date_range("2020-01-01", periods=900, freq="h")
    test["at"] = pd.date_range("2021-01-01", periods=300, freq="h")
    assert compare(tmp_path, train, test).status is Status.PASSED
    assert compare(tmp_path, train, test, time="at").status is Status.FAILED


def test_missing_values_equal_missing_values(tmp_path: Path) -> None:
    train, test = fine(900, 1), fine(300, 2)
    train.iloc[:15, 0] = np.nan
    test.iloc[:15] = train.iloc[:15].to_numpy()
    assert compare(tmp_path, train, test).status is Status.FAILED


def test_without_a_shared_feature_it_does_not_apply(tmp_path: Path) -> None:
    train, test = pd.DataFrame({"y": [1, 2]}), pd.DataFrame({"y": [1, 2]})
    assert compare(tmp_path, train, test, target="y").status is Status.NOT_APPLICABLE


def test_control_characters_of_an_id_are_not_shown(tmp_path: Path) -> None:
    train, test = fine(60, 1), fine(60, 2)
    test.iloc[:5] = train.iloc[:5].to_numpy()
    for table in (train, test):
        table["id"] = [f"\x1b[31m{row}" for row in range(60)]
    assert "\x1b" not in compare(tmp_path, train, test, id_column="id").findings[0].why


def independent_classes(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.choice(6, (rows, 8), p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05])


def correlated_classes(rows: int, random: np.random.Generator) -> np.ndarray:
    hidden = random.normal(size=(rows, 1))
    return np.digitize(hidden + 0.5 * random.normal(size=(rows, 12)), [-1, 0, 1])


def one_hot(rows: int, random: np.random.Generator) -> np.ndarray:
    words = pd.DataFrame(random.integers(0, 5, (rows, 4))).astype(str)
    return pd.get_dummies(words).to_numpy()


def rounded(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.normal(size=(rows, 4)).round(1)


def mostly_zero(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.poisson(0.15, (rows, 30))


def around_few_kinds(rows: int, random: np.random.Generator) -> np.ndarray:
    kinds = np.random.default_rng(1).integers(0, 4, (30, 10))
    drawn = kinds[random.integers(0, 30, rows)]
    return np.where(random.random(drawn.shape) < 0.08, random.integers(0, 4, drawn.shape), drawn)


COARSE = [
    independent_classes,
    correlated_classes,
    one_hot,
    rounded,
    mostly_zero,
    around_few_kinds,
]


@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("draw", COARSE)
def test_clean_coarse_tables_raise_no_alarm(
    rows: int, draw: Callable[[int, np.random.Generator], np.ndarray], tmp_path: Path
) -> None:
    for seed in range(4 if rows == 300 else 2):
        made = draw(rows, np.random.default_rng(seed))
        table = pd.DataFrame(made, columns=[f"c{i}" for i in range(made.shape[1])])
        cut = rows * 3 // 4
        result = compare(tmp_path, table[:cut], table[cut:])
        assert result.status is Status.PASSED, result


def test_copies_in_a_coarse_table_stand_out_from_chance(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    table = pd.DataFrame(rounded(5000, random), columns=list("abcd"))
    train, test = table[:4000], table[4000:].copy()
    test.iloc[:50] = train.iloc[:50].to_numpy()
    assert compare(tmp_path, train, test).status is Status.FAILED


@pytest.mark.parametrize("kinds", [1, 12])
def test_features_that_tell_no_row_from_another_are_no_copies(kinds: int, tmp_path: Path) -> None:
    place = np.random.default_rng(4).integers(0, kinds, 400)
    table = pd.DataFrame({"place": place, "height": 10.5 * place})
    result = compare(tmp_path, table[:300], table[300:])
    assert result.status is Status.NOT_APPLICABLE
    assert "of training rows apart" in result.reason
