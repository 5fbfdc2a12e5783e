"""D213 on its fixture, on planted oddities of features and target, and on clean tables."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, DataContext, MetricRule, Status
from grd_core.checks.data.d213_anomalies import Anomalies
from grd_core.checks.runner import apply_check
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [
    pytest.param(c, id=c.name or str(c.flawed)) for c in read_fixture(FIXTURES / "d213.md").cases
]
ACCURACY = (MetricRule("accuracy", "primary", "higher", None, None),)


def look(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **said: object) -> CheckResult:
    train.to_parquet(folder / "train.parquet")
    test.to_parquet(folder / "test.parquet")
    paths = str(folder / "train.parquet"), str(folder / "test.parquet")
    context = DataContext(*paths, target="y", id_column="id")
    return apply_check(Anomalies(), dataclasses.replace(context, **said))


def titles(result: CheckResult, severity: str = "warning") -> list[str]:
    return [found.title for found in result.findings if found.severity == severity]


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    paths = str(tmp_path / "train.csv"), str(tmp_path / "test.csv")
    result = apply_check(Anomalies(), DataContext(*paths, target="surge", id_column="station"))
    assert [found.severity.value for found in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)
    if case.flawed:
        said = " ".join(f"{found.title}: {found.why}" for found in result.findings)
        assert "`gust` holds a placeholder among its numbers: `gust`: 3 rows are -999" in said
        assert "`level` mixes numbers and words: `level`: 95.0% are numbers" in said
        assert "«n/k», «broken»" in said
        assert "always a, but not in test" in said
        assert "`site` spells one value in several ways" in said


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [300, 5000])
def test_planted_constants_mixed_strings_and_infinities_are_named(
    rows: int, target: str, tmp_path: Path
) -> None:
    train, test = clean_pair(rows, 1, target)
    every = np.arange(rows) % 29 == 0
    train = train.assign(
        flat=1.0,
        empty=np.nan,
        switch=False,
        noise=train["noise"].round(3).astype(str).mask(every, "unknown"),
        site=train["site"].mask(every, train["site"].str.lower() + " "),
        wind=train["wind"].mask(every, np.inf),
        gust=train["gust"].mask(every, -999),
    )
    test = test.assign(flat=1.0, empty=1.0, switch=False, noise=test["noise"].astype(str))
    result = look(tmp_path, train, test)
    assert result.status is Status.WARNED
    assert titles(result) == [
        "`wind` holds infinite values",
        "`gust` holds a placeholder among its numbers",
        "`noise` mixes numbers and words",
        "`empty`, `flat`, `switch` never vary in train",
        "`site` spells one value in several ways",
    ]
    assert "no value at all, but not in test" in result.findings[3].why


def test_one_word_in_fifty_numbers_and_lists_and_dates_are_read(tmp_path: Path) -> None:
    train, test = clean_pair(300, 2, "binary")
    words = train["noise"].round(3).astype(str)
    words.iloc[17] = "\x1b[31mbroken"
    lists = [[1, 2]] * 300
    train = train.assign(noise=words, lists=lists, day=pd.Timestamp("2024-02-01"))
    test = test.assign(noise=test["noise"].astype(str), lists=lists[:100])
    train["bytes"], test["bytes"] = b"\xff\xfe", b"\xff"
    result = look(tmp_path, train, test)
    assert titles(result) == ["`noise` mixes numbers and words", "`day` never varies in train"]
    assert "\x1b" not in "".join(found.why for found in result.findings)


def test_imbalance_is_told_and_warned_of_where_accuracy_would_hide_it(tmp_path: Path) -> None:
    train, test = clean_pair(1000, 3, "binary")

    def with_rare(rows: int) -> pd.DataFrame:
        return train.assign(y=(np.arange(1000) < rows).astype(int))

    told = look(tmp_path, with_rare(60), test)
    assert (told.status, titles(told, "info")) == (Status.PASSED, ["`y` is imbalanced"])
    judged = look(tmp_path, with_rare(60), test, metrics=ACCURACY)
    assert titles(judged) == ["`y` is imbalanced"]
    assert "94.0% of 1,000 training rows are 0" in judged.findings[0].why
    assert titles(look(tmp_path, with_rare(15), test)) == ["`y` is imbalanced"]
    assert titles(look(tmp_path, with_rare(4), test)) == [
        "a class of `y` has a handful of rows",
        "`y` is imbalanced",
    ]
    assert titles(look(tmp_path, with_rare(0), test)) == ["`y` has one class in train"]


def test_words_of_a_rare_class_are_named(tmp_path: Path) -> None:
    train, test = clean_pair(300, 4, "words")
    train.loc[:2, "y"] = "storm"
    assert "storm (3)" in look(tmp_path, train, test).findings[0].why


def test_tails_of_a_regression_target(tmp_path: Path) -> None:
    train, test = clean_pair(2000, 5, "regression")
    chance = np.random.default_rng(5)
    tailed = train.assign(y=chance.standard_cauchy(2000))
    assert titles(look(tmp_path, tailed, test)) == ["a few rows decide a squared error of `y`"]
    skewed = train.assign(y=np.exp(0.85 * chance.normal(size=2000)))
    assert titles(look(tmp_path, skewed, test), "info")
    assert look(tmp_path, skewed, test).status is Status.PASSED


def test_rows_far_out_are_told_without_a_warning(tmp_path: Path) -> None:
    train, test = clean_pair(2000, 6, "regression")
    train.loc[[5, 70], "noise"] = [80.0, 95.0]
    result = look(tmp_path, train, test)
    assert result.status is Status.PASSED
    assert "2 rows; it runs from" in result.findings[0].why


def test_the_labels_of_the_test_table_are_not_looked_at(tmp_path: Path) -> None:
    train, test = clean_pair(300, 7, "binary")
    assert (
        look(tmp_path, train, test.assign(y=0)).findings
        == look(tmp_path, train, test.drop(columns="y")).findings
    )


def test_a_table_of_hundreds_of_odd_columns_has_few_findings(tmp_path: Path) -> None:
    train, test = clean_pair(300, 8, "binary")
    flat = pd.DataFrame(1.0, index=train.index, columns=[f"c{i}" for i in range(200)])
    result = look(tmp_path, pd.concat([train, flat], axis=1), pd.concat([test, flat[:100]], axis=1))
    assert titles(result) == ["`c0`, `c1`, `c2`, `c3` and 196 more never vary in train"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [300, 5000])
def test_clean_tables_raise_no_alarm(rows: int, target: str, tmp_path: Path) -> None:
    for seed in range(2):
        result = look(tmp_path, *clean_pair(rows, seed, target))
        assert result.status is Status.PASSED, result.findings


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [300, 5000])
def test_clean_tables_raise_no_alarm_often(rows: int, target: str, tmp_path: Path) -> None:
    alarms = sum(
        look(tmp_path, *clean_pair(rows, seed, target)).status is not Status.PASSED
        for seed in range(200)
    )
    assert alarms == 0
