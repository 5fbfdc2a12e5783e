"""D204 on its fixture, on splits that break the order of time, and on embargoes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, DataContext, Severity, Status
from grd_core.checks.data.d204_time_order import TimeOrder
from grd_core.checks.data.time_order import misplaced, times_of
from grd_core.checks.runner import apply_check
from grd_core.errors import DataError
from tests.core.checks.data.bare_tables import compare
from tests.core.checks.data.clean_tables import TARGETS, clean_pair, clean_table
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d204.md").cases]


def look(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: object) -> CheckResult:
    return compare(TimeOrder(), folder, train, test, target="y", **roles)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    context = DataContext(
        str(tmp_path / "train.csv"),
        str(tmp_path / "test.csv"),
        target="surge",
        time="day",
        embargo="3d",
        id_column="reading",
    )
    result = apply_check(TimeOrder(), context)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert (result.status is Status.PASSED) is not case.flawed


def series(rows: int, memory: float, target: str = "regression") -> pd.DataFrame:
    """Hourly rows whose label keeps `memory` of itself from hour to hour."""
    random = np.random.default_rng(rows)
    level = np.zeros(rows)
    for row in range(1, rows):
        level[row] = memory * level[row - 1] + random.normal()
    classes = np.digitize(level, [-1, 1])
    made = {
        "regression": level,
        "binary": (level > 0).astype(int),
        "multiclass": classes,
        "words": np.array(["low", "middle", "high"])[classes],
    }
    return pd.DataFrame(
        {
            "at": pd.date_range("2024-01-01", periods=rows, freq="h"),
            "wind": random.normal(size=rows),
            "site": random.choice(list("ABC"), rows),
            "y": made[target],
        }
    )


def as_text(at: pd.Series) -> pd.Series:
    return at.dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def as_steps(at: pd.Series) -> pd.Series:
    return (at - at.min()) // pd.Timedelta(hours=1)


def as_zoned(at: pd.Series) -> pd.Series:
    return at.dt.tz_localize("America/New_York", nonexistent="shift_forward", ambiguous="NaT")


def as_dates(at: pd.Series) -> pd.Series:
    return at.dt.date


@pytest.mark.parametrize("rows", [400, 6667])
@pytest.mark.parametrize("written", [None, as_text, as_steps, as_zoned, as_dates])
def test_a_random_split_of_temporal_data_blocks(rows: int, written: object, tmp_path: Path) -> None:
    table = series(rows, 0.9)
    if callable(written):
        table["at"] = written(table["at"])
    mixed = table.sample(frac=1, random_state=1)
    result = look(tmp_path, mixed[: rows * 3 // 4], mixed[rows * 3 // 4 :], time="at")
    assert result.status is Status.FAILED
    assert result.measurement is not None
    assert result.measurement.value == pytest.approx(1, abs=0.1)
    assert "would have to go to restore the order of `at`" in result.findings[0].why


@pytest.mark.parametrize("target", ["regression", "binary", "multiclass", "words"])
@pytest.mark.parametrize("rows", [400, 6667])
def test_undeclared_time_is_found_by_the_memory_of_the_label(
    rows: int, target: str, tmp_path: Path
) -> None:
    mixed = series(rows, 0.95, target).sample(frac=1, random_state=1)
    result = look(tmp_path, mixed[: rows * 3 // 4], mixed[rows * 3 // 4 :])
    (finding,) = result.findings
    assert finding.severity is Severity.INFO
    assert finding.title == "`at` behaves like an undeclared time"


def test_undeclared_time_is_found_by_its_order(tmp_path: Path) -> None:
    table = series(400, 0.0).assign(line=np.arange(400), year=np.repeat(np.arange(1624, 2024), 1))
    table["season"] = np.repeat(np.arange(40), 10)
    titles = [finding.title for finding in look(tmp_path, table[:300], table[300:]).findings]
    # Numbers that count the rows one by one name them.
    assert titles == [f"`{name}` behaves like an undeclared time" for name in ("at", "season")]


def test_single_rows_out_of_place_warn(tmp_path: Path) -> None:
    table = series(4000, 0.0)
    order = np.arange(4000)
    order[[10, 3500]] = order[[3500, 10]]
    mixed = table.iloc[order]
    result = look(tmp_path, mixed[:3000], mixed[3000:], time="at")
    assert result.status is Status.WARNED
    assert "2 rows" in result.findings[0].why


def test_equal_times_on_both_sides_of_the_cut_break_no_order(tmp_path: Path) -> None:
    table = series(400, 0.0)
    table["at"] = table["at"].dt.date
    assert look(tmp_path, table[:300], table[300:], time="at").status is Status.PASSED


def test_a_test_part_before_the_training_part_blocks(tmp_path: Path) -> None:
    table = series(400, 0.0)
    assert look(tmp_path, table[100:], table[:100], time="at").status is Status.FAILED


def test_validation_is_held_against_both_others(tmp_path: Path) -> None:
    table = series(400, 0.0)
    train, test, validation = table[:250], table[300:], table[250:300]
    result = look(tmp_path, train, test, validation=validation, time="at")
    assert result.status is Status.PASSED
    mixed = table[:300].sample(frac=1, random_state=1)
    result = look(tmp_path, mixed[:250], test, validation=mixed[250:], time="at")
    assert result.status is Status.WARNED
    assert [finding.title for finding in result.findings] == [
        "train does not lie before validation"
    ]


@pytest.mark.parametrize(("gap", "status"), [(6, Status.PASSED), (5, Status.WARNED)])
def test_the_declared_embargo_is_kept_or_not(gap: int, status: Status, tmp_path: Path) -> None:
    table = series(400, 0.9)
    result = look(tmp_path, table[: 301 - gap], table[300:], time="at", embargo="6h")
    assert result.status is status
    table["at"] = as_steps(table["at"])
    result = look(tmp_path, table[: 301 - gap], table[300:], time="at", embargo="6")
    assert result.status is status


def test_an_embargo_that_is_no_stretch_of_time_is_refused(tmp_path: Path) -> None:
    table = series(400, 0.9)
    result = look(tmp_path, table[:300], table[300:], time="at", embargo="soon")
    assert result.status is Status.ERRORED
    assert "'soon' is not a stretch of time" in result.reason


@pytest.mark.parametrize("target", ["regression", "binary", "multiclass", "words"])
def test_a_missing_embargo_is_suggested_with_its_length(target: str, tmp_path: Path) -> None:
    table = series(2000, 0.9, target)
    result = look(tmp_path, table[:1500], table[1500:], time="at")
    (finding,) = result.findings
    assert finding.severity is Severity.INFO
    assert "leave out the last" in finding.fix
    assert look(tmp_path, table[:1440], table[1500:], time="at").findings == ()


def test_a_missing_embargo_that_touches_much_of_the_test_part_warns(tmp_path: Path) -> None:
    table = series(800, 0.95)
    result = look(tmp_path, table[:700], table[700:], time="at")
    assert result.status is Status.WARNED


def test_a_series_without_features_has_an_order(tmp_path: Path) -> None:
    table = series(400, 0.0)[["at", "y"]].sample(frac=1, random_state=1)
    assert look(tmp_path, table[:300], table[300:], time="at").status is Status.FAILED


def test_rows_without_a_time_are_left_out_and_told(tmp_path: Path) -> None:
    table = series(400, 0.0)
    table.loc[[3, 350], "at"] = pd.NaT
    result = look(tmp_path, table[:300], table[300:], time="at")
    assert result.status is Status.PASSED
    assert "1 training rows have no `at`" in result.reason


def test_a_date_that_does_not_parse_is_named_with_its_row(tmp_path: Path) -> None:
    table = series(400, 0.0)
    table["at"] = as_text(table["at"])
    table.loc[7, "at"] = "yesterday"
    result = look(tmp_path, table[:300], table[300:], time="at")
    assert result.status is Status.ERRORED
    assert "row 8 has `at` = 'yesterday'" in result.reason


def test_without_a_time_in_the_test_table_it_does_not_apply(tmp_path: Path) -> None:
    table = series(400, 0.0)
    result = look(tmp_path, table[:300], table[300:].drop(columns="at"), time="at")
    assert result.status is Status.NOT_APPLICABLE


def test_fewest_misplaced_rows() -> None:
    values = np.array
    assert misplaced(values([1.0, 2.0]), values([2.0, 3.0])) == 0
    assert misplaced(values([1.0, 2.0, 9.0]), values([3.0, 4.0])) == 1
    assert misplaced(values([5.0, 6.0]), values([1.0, 2.0, 3.0])) == 2


def test_lengths_are_written_as_they_are_read() -> None:
    times = times_of(pd.Series(pd.to_datetime(["2024-01-01"]), name="at"), "")
    for text in ("1d", "36h", "90min", "5s"):
        assert times.stretch(times.length(text)) == text
    with pytest.raises(DataError):
        times.length("3")


@pytest.mark.parametrize("target", TARGETS)
def test_clean_pairs_raise_no_alarm(target: str, tmp_path: Path) -> None:
    train, test = clean_pair(300, 1, target)
    result = look(tmp_path, train, test, id_column="id")
    assert result.status is Status.NOT_APPLICABLE
    parts = in_order_of_days(300, 1, target)
    assert look(tmp_path, *parts, id_column="id", time="day").findings == ()


def in_order_of_days(rows: int, seed: int, target: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = clean_table(rows + rows // 3, seed, target).sort_values("day", kind="stable")
    return table[:rows], table[rows:]


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [300, 5000])
def test_false_alarms_on_clean_pairs(rows: int, target: str, tmp_path: Path) -> None:
    """Neither a time found where days are no order, nor an embargo where days tell nothing."""
    told = suggested = 0
    for seed in range(200):
        told += bool(look(tmp_path, *clean_pair(rows, seed, target), id_column="id").findings)
        parts = in_order_of_days(rows, seed, target)
        suggested += bool(look(tmp_path, *parts, id_column="id", time="day").findings)
    assert told <= 2
    assert suggested <= 2


def test_the_embargo_before_test_is_held_beside_a_mixed_validation_part(tmp_path: Path) -> None:
    table = series(400, 0.9)
    past = table[:300].sample(frac=1, random_state=1)
    far = past["at"] <= table["at"].iloc[280]
    validation = past[far][:50]
    train = past.drop(validation.index)
    result = look(tmp_path, train, table[300:], validation=validation, time="at", embargo="6h")
    broken = "the embargo before test is not kept"
    assert broken in [finding.title for finding in result.findings]
    early = train[train["at"] <= table["at"].iloc[294]]
    result = look(tmp_path, early, table[300:], validation=validation, time="at", embargo="6h")
    assert broken not in [finding.title for finding in result.findings]
