"""D212 on its fixture, on flipped, far-off and conflicting labels, and on honest noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, make_moons

from grd_core.checks.contract import Status
from grd_core.checks.data.d212_label_errors import LabelErrors
from grd_core.checks.data.far_off_labels import far_off_labels
from grd_core.checks.data.other_columns import ridge_weights
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.data.planted_targets import SIZES, alarms, flipped, hold, hold_case
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d212.md").cases]
CHECK = LabelErrors()


def learnable(rows: int, classes: int, seed: int) -> pd.DataFrame:
    """Classes that five numbers and a name tell apart but for a few rows in a hundred."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, rows)
    table = pd.DataFrame(random.normal(size=(rows, 5)), columns=list("abcde"))
    table["a"] += 3.2 * (truth == 0)
    table["b"] += 3.2 * (truth == 1)
    table["site"] = np.where(random.random(rows) < 0.7, "N", "S")
    table.loc[random.random(rows) < 0.05, "c"] = np.nan
    return table.assign(id=random.permutation(rows), y=np.array(["no", "yes", "maybe"])[truth])


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = hold_case(CHECK, tmp_path, case)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert case.flawed or result.status is Status.PASSED
    if case.name == "wrong labels":
        assert result.findings[0].why.count("station '") == 5


@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_tenth_of_wrong_labels_is_estimated(classes: int, rows: int, tmp_path: Path) -> None:
    table = learnable(rows, classes, 1)
    assert hold(CHECK, tmp_path, table, table.head(20)).status is Status.PASSED
    planted = table.assign(y=flipped(table["y"], 0.1, 1))
    result = hold(CHECK, tmp_path, planted, table.head(20))
    assert result.status is Status.WARNED
    low, high = result.measurement.ci
    assert low <= (planted["y"] != table["y"]).mean() <= high
    first = result.findings[0].why.split("first: ")[1].split(", ")
    named = [int(one.split("'")[1]) for one in first]
    rows_named = table["id"].isin(named)
    assert (planted["y"] != table["y"])[rows_named].all()


@pytest.mark.parametrize("load", [load_breast_cancer, load_digits])
def test_real_labels_pass_and_flipped_ones_do_not(load, tmp_path: Path) -> None:
    table = load(as_frame=True).frame.rename(columns={"target": "y"})
    assert hold(CHECK, tmp_path, table, table.head(20)).status is Status.PASSED
    planted = table.assign(y=flipped(table["y"], 0.1, 2))
    result = hold(CHECK, tmp_path, planted, table.head(20))
    assert result.status is Status.WARNED
    assert abs(result.findings[0].value - 0.1) < 0.03


def test_a_bent_border_is_followed(tmp_path: Path) -> None:
    points, y = make_moons(2000, noise=0.2, random_state=0)
    table = pd.DataFrame(points, columns=["a", "b"]).assign(y=y)
    assert hold(CHECK, tmp_path, table, table.head(20)).status is Status.PASSED
    planted = table.assign(y=flipped(y, 0.1, 3))
    assert hold(CHECK, tmp_path, planted, table.head(20)).status is Status.WARNED


def test_wrong_labels_in_a_noisy_problem_of_many_rows(tmp_path: Path) -> None:
    train, test = clean_pair(5000, 4, "binary")
    planted = train.assign(y=flipped(train["y"], 0.1, 4))
    assert hold(CHECK, tmp_path, planted, test).status is Status.WARNED


def test_a_hard_problem_of_few_rows_is_not_estimable(tmp_path: Path) -> None:
    train, test = clean_pair(300, 5, "multiclass")
    planted = train.assign(y=flipped(train["y"], 0.1, 5))
    result = hold(CHECK, tmp_path, planted, test)
    assert result.status is Status.NOT_APPLICABLE
    assert "not estimable" in result.reason


@pytest.mark.parametrize("noise", ["normal", "logistic", "t3"])
def test_doubt_near_the_border_is_no_error(noise: str, tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    table = pd.DataFrame(random.normal(size=(3000, 5)), columns=list("abcde"))
    drawn = {
        "normal": random.normal(size=3000),
        "logistic": random.logistic(size=3000),
        "t3": random.standard_t(3, size=3000),
    }[noise]
    table["y"] = 2 * table["a"] + table["b"] + drawn > 0
    assert hold(CHECK, tmp_path, table, table.head(20)).status is Status.PASSED


def test_flags_that_leave_doubt_everywhere_raise_no_alarm(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    table = pd.DataFrame(random.integers(0, 2, (2000, 6)), columns=list("abcdef"))
    chance = 1 / (1 + np.exp(2 - 3 * table["a"] - table["b"]))
    table["y"] = (random.random(2000) < chance).astype(int)
    result = hold(CHECK, tmp_path, table, table.head(20))
    assert result.status in (Status.PASSED, Status.NOT_APPLICABLE)


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("error", ["code", "unit"])
def test_numbers_far_off_are_named(error: str, rows: int, tmp_path: Path) -> None:
    train, test = clean_pair(rows, 8, "regression")
    train["y"] = train["y"].abs() + 20
    wrong = np.random.default_rng(8).random(rows) < 0.03
    planted = train.assign(y=train["y"].where(~wrong, -999 if error == "code" else 10 * train["y"]))
    result = hold(CHECK, tmp_path, planted, test)
    assert result.status is Status.WARNED
    assert result.findings[0].title == f"{wrong.sum()} labels lie far off what the features tell"
    assert hold(CHECK, tmp_path, train, test).status is Status.PASSED


def test_a_gap_in_the_heaviest_tail_is_as_rare_as_its_p_value() -> None:
    found = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        values = random.standard_cauchy(500)
        found.append(far_off_labels(random.normal(size=500) / 100, values).p_value)
    assert np.mean(np.array(found) <= 0.05) <= 0.05
    assert np.mean(np.array(found) <= 0.002) <= 0.004


@pytest.mark.parametrize("tail", ["t2", "lognormal", "exponential"])
def test_heavy_tails_are_no_errors(tail: str, tmp_path: Path) -> None:
    for seed in range(4):
        random = np.random.default_rng(seed)
        table = pd.DataFrame(random.normal(size=(1000, 4)), columns=list("abcd"))
        noise = {
            "t2": random.standard_t(2, 1000),
            "lognormal": random.lognormal(0, 2, 1000),
            "exponential": random.exponential(1, 1000),
        }[tail]
        table["y"] = table["a"] + noise
        assert hold(CHECK, tmp_path, table, table.head(20)).status is Status.PASSED


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("target", ["binary", "words", "imbalanced"])
def test_equal_rows_with_other_labels_are_named(target: str, rows: int, tmp_path: Path) -> None:
    train, test = clean_pair(rows, 9, target)
    again = train.sample(frac=0.1, random_state=9)
    alike = hold(CHECK, tmp_path, pd.concat([train, again], ignore_index=True), test)
    assert alike.status is not Status.WARNED
    other = again.assign(y=flipped(again["y"], 1.0, 9), id=again["id"] + 100_000)
    result = hold(CHECK, tmp_path, pd.concat([train, other], ignore_index=True), test)
    assert result.status is Status.WARNED
    assert "pairs of equal rows carry different labels" in result.findings[-1].title


def test_numbers_of_equal_rows_may_differ_as_far_as_noise_goes(tmp_path: Path) -> None:
    random = np.random.default_rng(10)
    features = pd.DataFrame(random.normal(size=(700, 4)), columns=list("abcd"))
    table = pd.concat([features, features[:100]], ignore_index=True)
    told = 3 * table["a"] + table["b"]
    honest = table.assign(y=told + random.normal(size=800))
    assert hold(CHECK, tmp_path, honest, table.head(20).assign(y=0.0)).status is Status.PASSED
    wrong = honest.copy()
    wrong.loc[700:, "y"] = random.permutation(wrong.loc[700:, "y"])
    result = hold(CHECK, tmp_path, wrong, table.head(20).assign(y=0.0))
    assert result.status is Status.WARNED


def test_clean_tables_raise_no_alarm(tmp_path: Path) -> None:
    assert alarms(CHECK, tmp_path, 300, range(2), TARGETS) == []
    assert alarms(CHECK, tmp_path, 5000, range(1), ("regression", "words")) == []


@pytest.mark.soak
@pytest.mark.parametrize("rows", [300, 5000])
def test_clean_tables_raise_no_alarm_over_many_seeds(rows: int, tmp_path: Path) -> None:
    assert len(alarms(CHECK, tmp_path, rows, range(200), TARGETS)) <= 4


def test_ridge_weights_are_those_of_the_normal_equations_however_wide_the_table() -> None:
    random = np.random.default_rng(3)
    penalty = np.r_[1e-6, np.full(80, 3.0)]
    for rows in (30, 200):
        design = np.hstack([np.ones((rows, 1)), random.normal(size=(rows, 80))])
        values = random.normal(size=(rows, 2))
        expected = np.linalg.solve(design.T @ design + np.diag(penalty), design.T @ values)
        assert np.allclose(ridge_weights(design, values, penalty), expected, atol=1e-7)
