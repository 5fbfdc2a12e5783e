"""D214 on its fixture, against the width that intervals on the test part turn out to have, and
where there is nothing to estimate."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import CheckResult, DataContext, MetricRule, Status
from grd_core.checks.data.d214_power import TestPartTooSmall as PowerCheck
from grd_core.checks.runner import apply_check
from grd_core.statistics.metrics import find_metric
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d214.md").cases]
OF_TARGET = {"regression": "rmse", "binary": "roc_auc", "imbalanced": "log_loss"}


def rule(metric: str, effect: float | None, role: str = "primary") -> MetricRule:
    return MetricRule(metric, role, find_metric(metric).direction, None, effect)


def measured(
    folder: Path, train: pd.DataFrame, test: pd.DataFrame, *rules: MetricRule, **roles: object
) -> CheckResult:
    train.to_parquet(folder / "train.parquet")
    test.to_parquet(folder / "test.parquet")
    paths = str(folder / "train.parquet"), str(folder / "test.parquet")
    context = DataContext(*paths, target="y", metrics=rules, **roles)  # type: ignore[arg-type]
    return apply_check(PowerCheck(), context)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    effects = csv.DictReader(case.files["effects.csv"].splitlines())
    context = DataContext(
        str(tmp_path / "train.csv"),
        str(tmp_path / "test.csv"),
        target="surge",
        id_column="buoy",
        metrics=tuple(rule(row["metric"], float(row["minimum_effect"])) for row in effects),
    )
    result = apply_check(PowerCheck(), context)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)


def test_without_a_minimum_effect_it_does_not_apply(tmp_path: Path) -> None:
    train, test = clean_pair(60, 1, "regression")
    result = measured(tmp_path, train, test, rule("mae", None))
    assert result.status is Status.NOT_APPLICABLE
    assert "minimum effect" in result.reason


@pytest.mark.parametrize("rows", [300, 5000])
@pytest.mark.parametrize("target", TARGETS)
def test_every_target_without_a_test_label(target: str, rows: int, tmp_path: Path) -> None:
    train, test = clean_pair(rows, 1, target)
    metric = OF_TARGET.get(target, "accuracy")
    tiny, vast = (
        measured(tmp_path, train, test.drop(columns="y"), rule(metric, effect), id_column="id")
        for effect in (1e-4, 50.0)
    )
    assert tiny.status is Status.WARNED
    assert vast.status is Status.PASSED
    assert f"gain in {metric}" in tiny.findings[0].why


def test_the_width_is_that_of_the_interval_drawn_on_the_test_rows(tmp_path: Path) -> None:
    from grd_core.statistics.comparisons import drawn_gain
    from grd_core.statistics.estimation import draw_metrics
    from grd_core.statistics.intervals import interval_of
    from grd_core.statistics.observed import observe
    from grd_core.statistics.resampling import Units

    chance = np.random.default_rng(5)
    x = chance.normal(size=4000)
    table = pd.DataFrame({"x": x, "y": 2 * x + chance.normal(size=4000)})
    train, test = table[:3000], table[3000:]
    result = measured(tmp_path, train, test.drop(columns="y"), rule("mae", 0.01))

    metric = find_metric("mae")
    constant = np.full(1000, train["y"].median())
    models = [observe(metric, test["y"], said) for said in (2 * test["x"], constant)]
    units = Units.rows(1000)
    drawn = draw_metrics([(metric, (model,)) for model in models], units)
    real = interval_of(*drawn_gain(*drawn, "lower"), units)

    assert result.measurement is not None
    assert result.measurement.value == pytest.approx(real.half_width, rel=0.15)  # type: ignore[union-attr]


def days(count: int, rows: int, seed: int) -> pd.DataFrame:
    """Rows of a day share a shift that no feature tells, larger than what each has of its own."""
    chance = np.random.default_rng(seed)
    day = np.repeat(np.arange(count), rows)
    x = chance.normal(size=day.size)
    shift = 3 * chance.normal(size=count)[day] * np.sign(x)
    return pd.DataFrame(
        {
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D"),
            "x": x,
            "y": x + shift + chance.normal(size=day.size),
        }
    )


def test_rows_of_a_day_count_as_one(tmp_path: Path) -> None:
    train, test = days(120, 40, 1), days(40, 40, 2).drop(columns="y")
    by_row = measured(tmp_path, train.drop(columns="day"), test.drop(columns="day"), rule("mse", 1))
    by_day = measured(tmp_path, train, test, rule("mse", 1), time="day")
    assert by_row.measurement and by_day.measurement
    assert by_row.measurement.value and by_day.measurement.value
    assert by_day.measurement.value > 2 * by_row.measurement.value
    assert "of 40 days" in by_day.findings[0].why


def test_few_rows_of_a_day_in_train_foretell_many_in_test(tmp_path: Path) -> None:
    widths = []
    for rows in (4, 40):
        result = measured(
            tmp_path, days(300, rows, 1), days(40, 40, 2), rule("mse", 1e-3), time="day"
        )
        assert result.measurement is not None and result.measurement.value is not None
        widths.append(result.measurement.value)
    assert widths[0] == pytest.approx(widths[1], rel=0.35)


def test_rows_that_would_be_enough_are_enough(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    x = chance.normal(size=3000)
    table = pd.DataFrame({"x": x, "y": x + chance.normal(size=3000)})
    short = measured(tmp_path, table[:2000], table[2000:2100], rule("mae", 0.06))
    assert short.status is Status.WARNED
    finding = short.findings[0]
    assert finding.value is not None and finding.threshold is not None
    needed = math.ceil(100 * (finding.value / finding.threshold) ** 2)
    assert f"about {needed:,} rows would be enough" in finding.why
    enough = measured(tmp_path, table[:2000], table[2000 : 2000 + needed], rule("mae", 0.06))
    assert enough.status is Status.PASSED


def test_fewer_units_than_an_interval_needs(tmp_path: Path) -> None:
    result = measured(tmp_path, days(60, 20, 1), days(4, 50, 2), rule("mae", 50.0), time="day")
    assert result.status is Status.WARNED
    assert "200 rows of 4 days" in result.findings[0].why


def test_groups_where_no_time_is_dated(tmp_path: Path) -> None:
    train, test = days(60, 20, 1), days(30, 20, 2)
    for table in (train, test):
        table["boat"] = table.pop("day").dt.day_of_year
    result = measured(tmp_path, train, test, rule("mae", 1e-3), groups=("boat",))
    assert "of 30 values of boat" in result.findings[0].why


def test_the_cluster_of_the_objective_goes_before_what_is_declared(tmp_path: Path) -> None:
    train, test = days(120, 20, 1), days(60, 20, 2)
    for table in (train, test):
        table["week"] = table["day"].dt.strftime("%G week %V")
    result = measured(tmp_path, train, test, rule("mae", 1e-3), time="day", cluster="week")
    assert "values of week" in result.findings[0].why


def test_a_metric_of_another_task_is_said_not_to_be_estimable(tmp_path: Path) -> None:
    train, test = clean_pair(300, 1, "regression")
    both = measured(tmp_path, train, test, rule("accuracy", 0.1), rule("mae", 50.0, "secondary"))
    assert both.status is Status.PASSED
    assert "accuracy: not estimable: the target is regression" in both.reason
    alone = measured(tmp_path, train, test, rule("accuracy", 0.1))
    assert alone.status is Status.NOT_APPLICABLE


def test_a_model_that_says_what_the_constant_says_is_no_width_of_zero(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    table = pd.DataFrame({"x": chance.normal(size=400), "y": chance.random(400) < 0.02})
    result = measured(tmp_path, table[:300], table[300:], rule("accuracy", 0.01))
    assert result.status is Status.NOT_APPLICABLE
    assert "no trivial model differs" in result.reason


def test_one_class_and_too_few_rows_are_told(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": np.arange(90.0), "y": ["a"] * 90})
    one = measured(tmp_path, table[:60], table[60:], rule("accuracy", 0.1))
    assert "1 classes" in one.reason
    few = measured(tmp_path, table[:20], table[60:], rule("accuracy", 0.1))
    assert "20 labelled training rows" in few.reason


def test_infinite_and_missing_labels_are_left_out(tmp_path: Path) -> None:
    train, test = clean_pair(300, 1, "regression")
    train.loc[:4, "y"] = [np.inf, -np.inf, np.nan, np.inf, np.nan]
    assert measured(tmp_path, train, test, rule("mae", 50.0)).status is Status.PASSED


@pytest.mark.parametrize("effect", [9.0, 10.0])
def test_a_minimum_effect_equal_to_another_threshold_is_judged_as_any_other(
    effect: float, tmp_path: Path
) -> None:
    train, test = clean_pair(60, 1, "regression")
    wide = measured(tmp_path, train.assign(y=1000 * train["y"]), test, rule("mae", effect))
    assert wide.findings
    assert wide.status is Status.WARNED
