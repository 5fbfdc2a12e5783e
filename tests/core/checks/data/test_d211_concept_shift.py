"""D211 on its fixture, on relations that turned, and on shifts that are other checks'."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.data.d211_concept_shift import ConceptShift
from tests.core.checks.data.clean_tables import clean_pair
from tests.core.checks.data.drifting_tables import KINDS, drifting_pair
from tests.core.checks.data.two_tables import review, review_case, warnings
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d211.md").cases]


def concept(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: object) -> CheckResult:
    return review(ConceptShift(), folder, train, test, target="y", **roles)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    result = review_case(ConceptShift(), tmp_path, case, target="surge", id_column="station_id")
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)
    if case.flawed:
        assert "turned round in test" in result.findings[0].title
        assert "`wind` +0.83 → -0.91" in result.findings[0].why


@pytest.mark.parametrize("rows", [300, 3000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_relation_that_turned_is_named(kind: str, rows: int, tmp_path: Path) -> None:
    result = concept(tmp_path, *drifting_pair(rows, 1, kind, "concept"))
    (finding,) = result.findings
    assert finding.severity.value == "warning"
    assert finding.title == "what features mean for `y` is turned round in test"
    assert "`a`" in finding.why


@pytest.mark.parametrize("kind", KINDS)
def test_a_relation_that_is_gone_is_named(kind: str, tmp_path: Path) -> None:
    (why,) = warnings(concept(tmp_path, *drifting_pair(600, 2, kind, "gone")))
    assert "neither drift of the features nor of the target explains it" in why


@pytest.mark.parametrize("change", ["covariate", "label", "correlation"])
@pytest.mark.parametrize("rows", [300, 3000])
@pytest.mark.parametrize("kind", KINDS)
def test_another_shift_is_not_called_one_of_concept(
    kind: str, rows: int, change: str, tmp_path: Path
) -> None:
    result = concept(tmp_path, *drifting_pair(rows, 1, kind, change))
    assert result.status is Status.PASSED


def test_features_that_move_where_the_law_bends_are_no_shift_of_concept(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    tables = []
    for rows, step in ((1500, 0.0), (500, 1.5)):
        made = pd.DataFrame(chance.normal(size=(rows, 4)), columns=list("abcd"))
        made["a"] += step
        tables.append(made.assign(y=2 * np.sin(2 * made["a"]) + chance.normal(size=rows)))
    assert concept(tmp_path, *tables).status is Status.PASSED


@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("target", ["regression", "binary", "multiclass", "words"])
def test_mirrored_labels_among_categories_and_missing_values(
    target: str, rows: int, tmp_path: Path
) -> None:
    train, test = clean_pair(rows, 3, target)
    if target == "words":
        test["y"] = test["y"].map({"low": "high", "middle": "middle", "high": "low"})
    else:
        test["y"] = train["y"].max() + train["y"].min() - test["y"]
    assert len(warnings(concept(tmp_path, train, test, id_column="id"))) == 1


def test_a_study_is_asked_by_its_validation_part(tmp_path: Path) -> None:
    train, turned = drifting_pair(900, 1, "binary", "concept")
    result = concept(tmp_path, train, turned.drop(columns="y"), validation=turned)
    assert "turned round in validation" in result.findings[0].title
    assert result.findings[0].path.endswith("validation.parquet")


def test_what_cannot_be_estimated_says_why(tmp_path: Path) -> None:
    train, test = drifting_pair(300, 1, "binary", "none")

    def reason(*tables: pd.DataFrame) -> str:
        result = concept(tmp_path, *tables)
        assert result.status is Status.NOT_APPLICABLE
        return result.reason

    assert reason(train, test.drop(columns="y")) == "no labelled rows outside train"
    assert reason(train, test[:20]) == "fewer than 40 labelled rows in train or outside"
    blind = [table[["d", "e", "y"]] for table in (train, test)]
    assert "tell too little of the target" in reason(*blind)
    assert "fewer than two classes" in reason(train, test.assign(y=1))


def test_parts_that_hardly_overlap_are_not_compared(tmp_path: Path) -> None:
    train, test = drifting_pair(900, 1, "regression", "gone")
    test[["a", "b", "c"]] += 9.0
    result = concept(tmp_path, train, test)
    assert result.status is Status.NOT_APPLICABLE
    assert "hardly overlap" in result.reason
