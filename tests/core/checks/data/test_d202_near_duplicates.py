"""D202 on its fixture, on copies it must find, and on tables whose rows are alike by nature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, DataContext, Severity, Status
from grd_core.checks.data.d201_duplicates import DuplicatesAcrossSplits
from grd_core.checks.data.d202_near_duplicates import NearDuplicatesAcrossSplits
from grd_core.checks.runner import apply_check
from tests.core.checks.data.bare_tables import compare
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d202.md").cases]
NUMBERS = ["wind", "gust", "amount", "swell", "noise", "depth"]


def look(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> CheckResult:
    roles = {"target": "y", "id_column": "id"} if "y" in train else {}
    return compare(NearDuplicatesAcrossSplits(), folder, train, test, **roles)


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
    result = apply_check(NearDuplicatesAcrossSplits(), context)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)
    if case.flawed:
        why = result.findings[0].why
        assert "5 of 40 test rows" in why
        assert "station_id 137 ~ station_id 72" in why


def with_copies(
    rows: int, seed: int, target: str, spoil: Callable[[pd.DataFrame, np.random.Generator], None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A clean pair in which a twentieth of the test rows are spoilt copies of training rows."""
    train, test = clean_pair(rows, seed, target)
    random = np.random.default_rng(seed)
    copies = train.sample(len(test) // 20, random_state=seed).assign(
        id=test["id"].to_numpy()[: len(test) // 20]
    )
    spoil(copies, random)
    return train, pd.concat([copies, test.iloc[len(copies) :]], ignore_index=True)


def jitter(copies: pd.DataFrame, random: np.random.Generator) -> None:
    for name in NUMBERS:
        copies[name] += 0.02 * copies[name].std() * random.normal(size=len(copies))


def another_category(copies: pd.DataFrame, random: np.random.Generator) -> None:
    copies["site"] = copies["site"].map({"A": "B", "B": "C", "C": "D", "D": "A"})


def one_field_lost(copies: pd.DataFrame, random: np.random.Generator) -> None:
    copies["gust"] = np.nan


def one_number_redrawn(copies: pd.DataFrame, random: np.random.Generator) -> None:
    copies["wind"] = random.normal(size=len(copies))


@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("spoil", [jitter, another_category, one_field_lost, one_number_redrawn])
def test_five_percent_of_near_copies_are_found(
    rows: int, spoil: Callable[[pd.DataFrame, np.random.Generator], None], tmp_path: Path
) -> None:
    result = look(tmp_path, *with_copies(rows, 1, "binary", spoil))
    assert result.status is Status.WARNED
    assert result.measurement is not None
    assert result.measurement.value == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("target", TARGETS)
def test_labels_of_the_pairs_are_compared_whatever_the_target(target: str, tmp_path: Path) -> None:
    (finding,) = look(tmp_path, *with_copies(300, 2, target, jitter)).findings
    assert finding.severity is Severity.WARNING
    if target == "regression":
        assert "their `y` lie 0 apart at the median" in finding.why
    else:
        assert "5 of the 5 pairs carry the same `y`" in finding.why


def test_exact_copies_are_left_to_d201(tmp_path: Path) -> None:
    train, test = with_copies(300, 3, "binary", lambda copies, random: None)
    assert look(tmp_path, train, test).status is Status.PASSED
    roles = {"target": "y", "id_column": "id"}
    copies = compare(DuplicatesAcrossSplits(), tmp_path, train, test, **roles)
    assert copies.status is Status.FAILED


def test_near_copies_made_before_the_split_are_found_in_both_parts(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame(random.normal(size=(1600, 8))).rename(columns=str)
    copies = table.sample(400, random_state=1) + 0.005 * random.normal(size=(400, 8))
    mixed = pd.concat([table, copies]).sample(frac=1, random_state=2)
    (finding,) = look(tmp_path, mixed[:1500], mixed[1500:]).findings
    assert "training rows have such near copies too" in finding.why


def test_a_large_table_is_sampled_and_says_so(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    train = pd.DataFrame(random.normal(size=(40_000, 6))).rename(columns=str)
    test = pd.DataFrame(random.normal(size=(4_000, 6))).rename(columns=str)
    test[:400] = train[:400].to_numpy() + 1e-3 * random.normal(size=(400, 6))
    result = look(tmp_path, train, test)
    assert result.status is Status.WARNED
    assert "compared with 50% of train" in result.findings[0].why
    assert result.measurement is not None
    assert result.measurement.value == pytest.approx(0.1, abs=0.03)


def test_a_width_of_float_is_no_difference(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    train = pd.DataFrame(random.normal(size=(300, 6))).rename(columns=str)
    test = pd.DataFrame(random.normal(size=(100, 6))).rename(columns=str)
    test[:10] = train[:10].to_numpy()
    assert look(tmp_path, train, test.astype("float32")).status is Status.PASSED


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    coarse = pd.DataFrame({"a": list("xyz") * 100, "b": list("uv") * 150, "c": ["w"] * 300})
    assert look(tmp_path, coarse, coarse).status is Status.NOT_APPLICABLE
    names = pd.DataFrame({"line": np.arange(400)})
    assert look(tmp_path, names[:300], names[300:]).status is Status.NOT_APPLICABLE


def test_control_characters_of_an_id_are_not_shown(tmp_path: Path) -> None:
    train, test = with_copies(300, 1, "binary", jitter)
    for table in (train, test):
        table["id"] = [f"\x1b[31m{row}" for row in table["id"]]
    assert "\x1b" not in look(tmp_path, train, test).findings[0].why


def one_column(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.normal(size=(rows, 1))


def categories(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.integers(0, 6, (rows, 12)).astype(str)


def correlated_classes(rows: int, random: np.random.Generator) -> np.ndarray:
    hidden = random.normal(size=(rows, 1))
    return np.digitize(hidden + 0.5 * random.normal(size=(rows, 12)), [-1, 0, 1]).astype(str)


def wide(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.normal(size=(rows, 200))


def near_a_plane(rows: int, random: np.random.Generator) -> np.ndarray:
    mixed = random.normal(size=(rows, 3)) @ random.normal(size=(3, 20))
    return mixed + 0.05 * random.normal(size=(rows, 20))


def repeated_in_train(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.normal(size=(rows, 6))[random.integers(0, rows // 3, rows)]


def clusters(rows: int, random: np.random.Generator) -> np.ndarray:
    middles = random.normal(size=(12, 8))
    return middles[random.integers(0, 12, rows)] + 0.05 * random.normal(size=(rows, 8))


def scale_mixture(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.normal(size=(rows, 8)) * np.exp(1.5 * random.normal(size=(rows, 1)))


def mostly_zero(rows: int, random: np.random.Generator) -> np.ndarray:
    return random.poisson(0.15, (rows, 30))


def half_missing(rows: int, random: np.random.Generator) -> np.ndarray:
    return np.where(random.random((rows, 10)) < 0.5, np.nan, random.normal(size=(rows, 10)))


ALIKE = [
    one_column,
    categories,
    correlated_classes,
    wide,
    near_a_plane,
    repeated_in_train,
    clusters,
    scale_mixture,
    mostly_zero,
    half_missing,
]


def alike_pair(
    draw: Callable[[int, np.random.Generator], np.ndarray], rows: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    made = pd.DataFrame(draw(rows * 4 // 3, np.random.default_rng(seed))).rename(columns=str)
    return made[:rows], made[rows:]


@pytest.mark.parametrize("draw", ALIKE)
def test_rows_alike_by_nature_raise_no_alarm(
    draw: Callable[[int, np.random.Generator], np.ndarray], tmp_path: Path
) -> None:
    for seed in range(3):
        status = look(tmp_path, *alike_pair(draw, 300, seed)).status
        assert status in (Status.PASSED, Status.NOT_APPLICABLE)


def test_clean_pairs_raise_no_alarm(tmp_path: Path) -> None:
    for seed in range(5):
        assert look(tmp_path, *clean_pair(300, seed, "words")).status is Status.PASSED


@pytest.mark.soak
@pytest.mark.parametrize("rows", [300, 5000])
def test_false_alarms_on_clean_pairs(rows: int, tmp_path: Path) -> None:
    """Features are drawn alike for every target: one target stands for all."""
    seeds = 400 if rows == 300 else 200
    alarms = sum(
        look(tmp_path, *clean_pair(rows, seed, "binary")).status is not Status.PASSED
        for seed in range(seeds)
    )
    assert alarms <= 0.005 * seeds


@pytest.mark.soak
@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("draw", ALIKE)
def test_false_alarms_on_rows_alike_by_nature(
    draw: Callable[[int, np.random.Generator], np.ndarray], rows: int, tmp_path: Path
) -> None:
    seeds = 100 if rows == 300 else 20
    fine = (Status.PASSED, Status.NOT_APPLICABLE)
    alarms = sum(
        look(tmp_path, *alike_pair(draw, rows, seed)).status not in fine for seed in range(seeds)
    )
    assert alarms <= 1
