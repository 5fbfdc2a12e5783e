"""D203 on its fixture, on groups that carry the label and on columns that only look like groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, DataContext, Status
from grd_core.checks.data.d203_group_overlap import GroupOverlap
from grd_core.checks.runner import apply_check
from tests.core.checks.data.bare_tables import compare
from tests.core.checks.data.clean_tables import TARGETS, clean_pair, clean_table
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d203.md").cases]


def look(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: object) -> CheckResult:
    return compare(GroupOverlap(), folder, train, test, target="y", id_column="id", **roles)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    context = DataContext(
        str(tmp_path / "train.csv"),
        str(tmp_path / "test.csv"),
        target="response",
        groups=("patient",),
        id_column="visit_id",
    )
    result = apply_check(GroupOverlap(), context)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.FAILED if case.flawed else Status.PASSED)
    if case.flawed:
        assert "of `patient` with training rows, first 'P" in result.findings[0].why


def visits(rows: int, seed: int, target: str, effect: float = 5.0) -> pd.DataFrame:
    """A clean table in which every five rows belong to a patient with a level of its own."""
    table = clean_table(rows, seed, "regression")
    random = np.random.default_rng(seed)
    patient = random.integers(0, rows // 5, rows)
    level = table["y"] + effect * random.normal(size=rows // 5)[patient]
    # A few patients without a name belong to nobody.
    names = pd.Series([f"P{number}" for number in patient]).mask(random.random(rows) < 0.03)
    classes = np.digitize(level, [8, 12])
    made = {
        "regression": level,
        "binary": (level > 10).astype(int),
        "imbalanced": (level > 15).astype(int),
        "multiclass": classes,
        "words": np.array(["low", "middle", "high"])[classes],
    }
    return table.assign(patient=names, y=made[target])


def split(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    cut = len(table) * 3 // 4
    return table[:cut], table[cut:]


@pytest.mark.parametrize("target", ["regression", "binary", "multiclass", "words"])
@pytest.mark.parametrize("rows", [400, 6667])
def test_patients_in_both_parts_block_where_they_carry_the_label(
    rows: int, target: str, tmp_path: Path
) -> None:
    parts = split(visits(rows, 1, target))
    result = look(tmp_path, *parts, groups=("patient",))
    assert result.status is Status.FAILED
    (finding,) = result.findings
    assert finding.title == "groups of `patient` stand in train and in test"


@pytest.mark.parametrize("rows", [400, 6667])
def test_undeclared_patients_are_suggested(rows: int, tmp_path: Path) -> None:
    result = look(tmp_path, *split(visits(rows, 2, "words")))
    assert result.status is Status.PASSED
    (finding,) = result.findings
    assert finding.title == "`patient` behaves like an undeclared group"


def test_groups_that_carry_nothing_warn_when_they_cross(tmp_path: Path) -> None:
    result = look(tmp_path, *split(visits(400, 3, "regression", effect=0.0)), groups=("patient",))
    assert result.status is Status.WARNED
    assert "was not shown" in result.findings[0].why


def test_groups_kept_apart_pass(tmp_path: Path) -> None:
    table = visits(400, 4, "regression")
    late = table["patient"].isin(sorted(table["patient"].dropna().unique())[:20])
    result = look(tmp_path, table[~late], table[late], groups=("patient",))
    assert result.status is Status.PASSED
    assert result.findings == ()


def test_groups_cross_by_design_where_the_parts_are_in_order_of_time(tmp_path: Path) -> None:
    parts = split(visits(400, 5, "regression").sort_values("day"))
    roles = {"groups": ("patient",), "time": "day"}
    assert look(tmp_path, *parts, **roles).status is Status.WARNED
    parts = split(visits(400, 5, "regression", effect=0.0).sort_values("day"))
    assert look(tmp_path, *parts, **roles).status is Status.PASSED


def test_a_single_group_in_both_parts_is_information(tmp_path: Path) -> None:
    table = visits(1600, 6, "regression")
    train, test = (part.assign(patient=name) for part, name in zip(split(table), "ab", strict=True))
    test.iloc[0, test.columns.get_loc("patient")] = "a"
    result = look(tmp_path, train, test, groups=("patient",))
    assert result.status is Status.PASSED
    assert "not estimable" in result.findings[0].why


def test_labels_are_not_needed_to_see_groups_cross(tmp_path: Path) -> None:
    train, test = split(visits(400, 7, "regression"))
    result = look(tmp_path, train, test.drop(columns="y"), groups=("patient",))
    assert result.status is Status.FAILED
    bare = [part.drop(columns="y") for part in (train, test)]
    result = compare(GroupOverlap(), tmp_path, *bare, groups=("patient",), id_column="id")
    assert result.status is Status.WARNED
    assert "there are no labels" in result.findings[0].why


def test_a_group_the_test_table_lacks_cannot_be_compared(tmp_path: Path) -> None:
    train, test = split(visits(400, 8, "regression"))
    result = look(tmp_path, train, test.drop(columns="patient"), groups=("patient",))
    assert result.status is Status.NOT_APPLICABLE


def test_numbers_that_explain_the_label_smoothly_are_no_groups(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    table = pd.DataFrame({"age": random.integers(20, 80, 1600), "dose": random.normal(size=1600)})
    table["y"] = 0.2 * table["age"] + random.normal(size=1600)
    assert look_without_id(tmp_path, table).findings == ()


def test_measurements_that_repeat_are_no_groups(tmp_path: Path) -> None:
    random = np.random.default_rng(10)
    table = pd.DataFrame({"ratio": random.integers(20, 60, 1600) / 7, "x": random.random(1600)})
    table["y"] = random.normal(size=700)[(7 * table["ratio"]).round().astype(int)]
    assert look_without_id(tmp_path, table).findings == ()


def look_without_id(folder: Path, table: pd.DataFrame) -> CheckResult:
    return compare(GroupOverlap(), folder, *split(table), target="y")


@pytest.mark.parametrize("target", TARGETS)
def test_clean_pairs_raise_no_alarm(target: str, tmp_path: Path) -> None:
    for seed in range(2):
        result = look(tmp_path, *clean_pair(300, seed, target))
        assert result.status is Status.PASSED
        assert result.findings == ()


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [300, 5000])
def test_false_alarms_on_clean_pairs(rows: int, target: str, tmp_path: Path) -> None:
    """Neither a group suggested where none is, nor a declared one that carries nothing blocked."""
    told = blocked = 0
    for seed in range(200):
        pair = clean_pair(rows, seed, target)
        told += bool(look(tmp_path, *pair).findings)
        blocked += look(tmp_path, *pair, groups=("boat",)).status is Status.FAILED
    assert told <= 2
    assert blocked <= 2
