"""D205 on its fixture, on planted columns of every kind, and on tables that hold none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.data.d205_single_column import SingleColumnTellsTarget
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
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d205.md").cases]
CHECK = SingleColumnTellsTarget()


def names(result: CheckResult) -> set[str]:
    return {finding.title.split("`")[1] for finding in result.findings}


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = hold_case(CHECK, tmp_path, case)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert case.flawed or result.status is Status.PASSED


@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_a_number_with_noise_on_it_is_named(noise: float, rows: int, tmp_path: Path) -> None:
    y = labels_of_clean(rows, "regression")
    leak = 7 - 2 * y + noise * 2 * y.std() * np.random.default_rng(1).normal(size=rows)
    result = hold_planted(CHECK, tmp_path, rows, "regression", {"leak": leak})
    assert result.status is Status.WARNED
    assert names(result) == {"leak"}
    assert "R² 0.9" in result.findings[0].why
    assert f"n = {rows:,}" in result.findings[0].why


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("target", CLASSES)
def test_classes_with_flips_are_named(target: str, rows: int, tmp_path: Path) -> None:
    y = labels_of_clean(rows, target)
    share = 0.05 if target == "imbalanced" else 0.1
    leak = pd.Series(flipped(y, share, 2)).map(lambda label: f"code {label}").to_numpy()
    result = hold_planted(CHECK, tmp_path, rows, target, {"leak": leak})
    assert result.status is Status.WARNED
    assert names(result) == {"leak"}
    assert "tells `y`: AUC 0." in result.findings[0].why


@pytest.mark.parametrize("target", TARGETS)
def test_a_copy_in_another_form_blocks(target: str, tmp_path: Path) -> None:
    y = labels_of_clean(300, target)
    copy = np.exp(y / 10) if target == "regression" else [f"<{label}>" for label in y]
    result = hold_planted(CHECK, tmp_path, 300, target, {"leak": copy})
    assert result.status is Status.FAILED
    assert names(result) == {"leak"}


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("target", TARGETS)
def test_a_value_that_is_missing_for_one_outcome_is_named(
    target: str, rows: int, tmp_path: Path
) -> None:
    y, random = labels_of_clean(rows, target), np.random.default_rng(3)
    one = y > np.median(y) if target == "regression" else y == pd.Series(y).mode()[0]
    gone = random.random(rows) < np.where(one, 0.9, 0.05)
    for leak in (np.where(gone, np.nan, random.normal(size=rows)), np.where(gone, None, "known")):
        result = hold_planted(CHECK, tmp_path, rows, target, {"leak": leak})
        assert result.status is Status.WARNED
        assert "whether `leak` is missing tells the target" in result.findings[0].title
        assert len(result.findings) == 1


def test_two_leaks_do_not_hide_each_other(tmp_path: Path) -> None:
    y, random = labels_of_clean(1000, "regression"), np.random.default_rng(4)
    made = {name: y + 0.2 * y.std() * random.normal(size=1000) for name in ("one", "two")}
    assert names(hold_planted(CHECK, tmp_path, 1000, "regression", made)) == {"one", "two"}


def test_names_that_hardly_repeat_do_not_speak_for_themselves(tmp_path: Path) -> None:
    train, test = clean_pair(1000, 1, "binary")
    train["name"] = [f"n{row // 2}" for row in range(1000)]
    result = hold(CHECK, tmp_path, train, test.assign(name="n1"))
    assert result.status is Status.PASSED


def test_declared_groups_are_not_scored(tmp_path: Path) -> None:
    train, test = clean_pair(600, 1, "binary")
    train["ward"] = [f"{label}-{row % 20}" for row, label in enumerate(train["y"])]
    assert hold(CHECK, tmp_path, train, test.assign(ward="a")).status is Status.WARNED
    alone = hold(CHECK, tmp_path, train, test.assign(ward="a"), groups=("ward",))
    assert alone.status is Status.PASSED


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_strong_honest_features_raise_no_alarm(load, tmp_path: Path) -> None:
    table = load(as_frame=True).frame.rename(columns={"target": "y"})
    assert hold(CHECK, tmp_path, table, table.head(20)).status is Status.PASSED


def test_too_few_labels_and_no_target_do_not_apply(tmp_path: Path) -> None:
    train, test = clean_pair(60, 1, "binary")
    few = hold(CHECK, tmp_path, train.head(40), test)
    assert few.status is Status.NOT_APPLICABLE
    assert "40 training rows" in few.reason
    none = hold(CHECK, tmp_path, train, test, target="")
    assert none.status is Status.NOT_APPLICABLE
    one = hold(CHECK, tmp_path, train.assign(y="same"), test)
    assert one.status is Status.NOT_APPLICABLE


def test_clean_tables_raise_no_alarm(tmp_path: Path) -> None:
    assert alarms(CHECK, tmp_path, 300, range(3), TARGETS) == []
    assert alarms(CHECK, tmp_path, 5000, range(1), ("regression", "words")) == []


@pytest.mark.soak
@pytest.mark.parametrize("rows", [300, 5000])
def test_clean_tables_raise_no_alarm_over_many_seeds(rows: int, tmp_path: Path) -> None:
    assert len(alarms(CHECK, tmp_path, rows, range(200), TARGETS)) <= 4
