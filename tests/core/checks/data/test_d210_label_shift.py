"""D210 on its fixture, on targets that moved, with and without labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, Severity, Status
from grd_core.checks.data.d210_label_shift import LabelShift
from tests.core.checks.data.clean_tables import clean_pair
from tests.core.checks.data.drifting_tables import KINDS, drifting_pair
from tests.core.checks.data.two_tables import review, review_case, warnings
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d210.md").cases]


def labels(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: object) -> CheckResult:
    return review(LabelShift(), folder, train, test, target="y", **roles)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = review_case(LabelShift(), tmp_path, case, target="surge", id_column="station_id")
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)
    if case.flawed:
        assert "'calm' 44.3% → 12.5%; distance 0.32 [" in result.findings[0].why


@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_target_that_moved_is_named(kind: str, rows: int, tmp_path: Path) -> None:
    result = labels(tmp_path, *drifting_pair(rows, 1, kind, "label"))
    assert len(warnings(result)) == 1
    assert result.findings[0].title == "`y` is distributed differently in test"


def test_a_rare_class_that_doubles_warns_though_few_rows_moved(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    train = pd.DataFrame({"a": chance.normal(size=5000), "y": chance.random(5000) < 0.02})
    test = pd.DataFrame({"a": chance.normal(size=2000), "y": chance.random(2000) < 0.05})
    (why,) = warnings(labels(tmp_path, train, test))
    assert "'True' 2.0% → 5.8%; distance 0.04" in why


def test_a_class_that_train_lacks_is_named(tmp_path: Path) -> None:
    train, test = clean_pair(600, 1, "words")
    test.loc[:30, "y"] = "storm"
    (why,) = warnings(labels(tmp_path, train, test, id_column="id"))
    assert "'storm' 0.0% → 15.5%" in why
    assert "values new in 15.5% of rows" in why


def test_a_missing_label_does_not_rename_the_classes(tmp_path: Path) -> None:
    train, test = clean_pair(600, 2, "multiclass")
    test["y"] = test["y"].astype(float).where(test.index > 3)
    assert labels(tmp_path, train, test, id_column="id").status is Status.PASSED


@pytest.mark.parametrize("rows", [300, 5000])
def test_without_labels_the_shares_are_estimated(rows: int, tmp_path: Path) -> None:
    train, test = drifting_pair(rows, 1, "binary", "label")
    result = labels(tmp_path, train, test.drop(columns="y"))
    (why,) = warnings(result)
    assert "estimated, if classes look alike in both" in why
    (finding,) = result.findings
    assert finding.ci is not None
    moved = abs(float(test["y"].mean() - train["y"].mean()))
    assert finding.ci[0] - 0.15 < moved < finding.ci[1] + 0.15


def test_three_classes_without_labels_in_a_large_table(tmp_path: Path) -> None:
    train, test = drifting_pair(5000, 1, "words", "label")
    assert "'high'" in warnings(labels(tmp_path, train, test.drop(columns="y")))[0]


def test_an_estimate_whose_assumption_fails_is_a_hint(tmp_path: Path) -> None:
    train, test = drifting_pair(5000, 1, "binary", "covariate")
    result = labels(tmp_path, train, test.drop(columns="y"))
    assert result.status is Status.PASSED
    assert "`a`" in result.findings[0].why
    assert "differ in ways that shares of classes do not explain" in result.findings[0].why


def test_a_study_is_asked_by_validation_and_by_estimate(tmp_path: Path) -> None:
    train, shifted = drifting_pair(3000, 1, "binary", "label")
    unlabelled = shifted.drop(columns="y")
    result = labels(tmp_path, train, unlabelled, validation=shifted)
    assert [one.title for one in result.findings] == [
        "`y` is distributed differently in validation",
        "`y` is distributed differently in test",
    ]
    clean = drifting_pair(3000, 2, "binary", "none")[1]
    alone = labels(tmp_path, train, unlabelled, validation=clean)
    assert [one.title for one in alone.findings] == ["`y` is distributed differently in test"]


def test_what_cannot_be_estimated_says_why(tmp_path: Path) -> None:
    train, test = drifting_pair(300, 1, "regression", "none")
    amounts = labels(tmp_path, train, test.drop(columns="y"))
    assert amounts.status is Status.NOT_APPLICABLE
    assert "amounts of a test table without labels are not estimable" in amounts.reason
    blind = train[["d", "e"]].assign(y=np.arange(300) % 2)
    untold = labels(tmp_path, blind, test[["d", "e"]])
    assert "do not tell the classes apart" in untold.reason
    small = labels(tmp_path, train, test[:10])
    assert "fewer than 20 labelled rows" in small.reason


def test_a_rare_class_that_moved_by_chance_does_not_warn(tmp_path: Path) -> None:
    counts = {"a": (9000, 4750), "b": (9000, 4250), "rare": (12, 2)}
    train, test = (
        pd.DataFrame({"x": 1.0, "y": np.repeat(list(counts), rows)})
        for rows in zip(*counts.values(), strict=True)
    )
    result = labels(tmp_path, train, test)
    assert [finding.severity.value for finding in result.findings] == []
    train["y"] = train["y"].replace("rare", "a")
    doubled = pd.concat([test, pd.DataFrame({"x": 1.0, "y": ["rare"] * 60})])
    (warning,) = labels(tmp_path, train, doubled).findings
    assert warning.severity is Severity.WARNING
    assert "'rare' by a factor of" in warning.why
    assert warning.threshold == 2
    assert warning.value is not None and warning.value > 2
