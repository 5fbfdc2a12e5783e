"""R301 and R312 on their fixtures, and on what only code can build."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from grd_core.checks.contract import (
    CheckResult,
    FalsificationRule,
    MetricRule,
    ResultsContext,
    Severity,
    Status,
)
from grd_core.checks.results.r301_intervals import MissingIntervals
from grd_core.checks.results.r312_coverage import PredictionCoverage
from grd_core.checks.results.r314_falsified import FalsificationMet
from grd_core.checks.runner import apply_check
from grd_core.statistics.intervals import MINIMUM_UNITS
from grd_core.statistics.resampling import RESAMPLES
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

MAE = MetricRule("mae", "primary", "lower", 3.0, 1.0)
NO_GAIN = FalsificationRule("mae", "gain", "<", 0.5, "less than half a minute")


def case_of(code: str, kind: str) -> Case:
    """The one section of a fixture that is flawed, or clean."""
    fixture = read_fixture(FIXTURES / f"{code}.md")
    (case,) = fixture.flawed if kind == "flawed" else fixture.clean
    return case


def lay_out(code: str, kind: str, folder: Path, **changes: object) -> ResultsContext:
    """The tables of one section of a fixture as files, and the context that names them."""
    for name, text in case_of(code, kind).files.items():
        (folder / name).write_text(text)
    baseline = folder / "baseline.csv"
    return ResultsContext(
        **{
            "predictions": str(folder / "predictions.csv"),
            "train_table": str(folder / "validation.csv"),
            "test_features": str(folder / "test_features.csv"),
            "target": "delay",
            "id_column": "id",
            "task": "regression",
            "metrics": (MAE,),
            "cluster": "day",
            "baseline_predictions": str(baseline) if baseline.exists() else "",
            **changes,
        }
    )


def whys(result: CheckResult) -> str:
    return "\n".join(finding.why for finding in result.findings)


@pytest.mark.parametrize("check", [MissingIntervals(), PredictionCoverage()])
def test_a_fixture_s_flaw_is_found_as_it_says(
    check: MissingIntervals | PredictionCoverage, tmp_path: Path
) -> None:
    code = check.code.lower()
    result = apply_check(check, lay_out(code, "flawed", tmp_path))
    found = [(finding.severity.value, finding.line) for finding in result.findings]
    expected = [(item.severity, item.line) for item in case_of(code, "flawed").expected]
    assert sorted(found) == sorted(expected)


# --- R301 ------------------------------------------------------------------------------


def test_r301_stops_where_there_is_no_interval(tmp_path: Path) -> None:
    result = apply_check(MissingIntervals(), lay_out("r301", "flawed", tmp_path))
    assert result.status is Status.FAILED
    assert "3 distinct values of day" in whys(result)
    assert result.findings[0].severity is Severity.BLOCKING


def test_r301_passes_its_clean_twin_with_numbers(tmp_path: Path) -> None:
    result = apply_check(MissingIntervals(), lay_out("r301", "clean", tmp_path))
    assert result.status is Status.PASSED, whys(result)
    assert result.measurement is not None
    assert result.measurement.n == 36
    assert result.measurement.ci is not None
    low, high = result.measurement.ci
    assert low < (result.measurement.value or 0) < high
    assert "cluster bootstrap by day" in result.measurement.method


def test_r301_warns_of_an_interval_wider_than_the_minimum_effect(tmp_path: Path) -> None:
    greedy = MetricRule("mae", "primary", "lower", 3.0, 0.01)
    context = lay_out("r301", "clean", tmp_path, metrics=(greedy,))
    result = apply_check(MissingIntervals(), context)
    assert result.status is Status.WARNED
    assert "minimum effect 0.01" in whys(result)
    assert "the gain in mae" in whys(result)
    assert result.measurement is not None
    assert result.measurement.ci is not None
    # The finding tells a width, and the interval is not of that width.
    assert [finding.ci for finding in result.findings] == [None]


@pytest.mark.parametrize("minimum", [None, 0.0])
def test_r301_judges_no_width_without_a_minimum_effect(
    tmp_path: Path, minimum: float | None
) -> None:
    guard = MetricRule("median_ae", "guard", "lower", 3.0, minimum)
    result = apply_check(
        MissingIntervals(), lay_out("r301", "clean", tmp_path, metrics=(MAE, guard))
    )
    assert result.status is Status.PASSED, whys(result)


def test_r301_judges_by_the_thresholds_it_is_given(tmp_path: Path) -> None:
    greedy = MetricRule("mae", "primary", "lower", 3.0, 0.2)
    measured = MissingIntervals().measure(
        lay_out("r301", "clean", tmp_path, metrics=(greedy,), baseline_predictions="")
    )
    assert MissingIntervals().judge(measured, {"half_width_ratio": 1.0}) is Status.WARNED
    assert MissingIntervals().judge(measured, {"half_width_ratio": 100.0}) is Status.PASSED


def test_r301_does_without_a_baseline_it_cannot_read(tmp_path: Path) -> None:
    context = lay_out("r301", "clean", tmp_path, baseline_predictions=str(tmp_path / "gone.csv"))
    result = apply_check(MissingIntervals(), context)
    assert result.status in (Status.PASSED, Status.WARNED)
    assert "no paired interval" in result.reason


def test_r301_stops_without_validation_predictions(tmp_path: Path) -> None:
    context = lay_out("r301", "clean", tmp_path)
    table = Path(context.predictions)
    table.write_text(table.read_text().replace(",validation,", ",train,"))
    result = apply_check(MissingIntervals(), context)
    assert result.status is Status.FAILED
    assert "no row has part validation" in whys(result)


def test_r301_quotes_the_smallest_number_of_units_that_is_used() -> None:
    assert MissingIntervals.thresholds["minimum_units"] == MINIMUM_UNITS
    assert f"{RESAMPLES:,} times" in (MissingIntervals.__doc__ or "")


# --- R312 ------------------------------------------------------------------------------


def test_r312_counts_and_names_what_differs(tmp_path: Path) -> None:
    result = apply_check(PredictionCoverage(), lay_out("r312", "flawed", tmp_path))
    assert result.status is Status.FAILED
    assert "2 of 12 frozen ids have no prediction of seed 0: 205, 208" in whys(result)
    assert "ids that are not frozen: 999" in whys(result)
    assert "id 103 has 1.0" in whys(result)
    assert result.measurement is not None
    assert result.measurement.value == 4.0


def test_r312_passes_its_clean_twin(tmp_path: Path) -> None:
    result = apply_check(PredictionCoverage(), lay_out("r312", "clean", tmp_path))
    assert result.status is Status.PASSED, whys(result)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("206,test,,0,,23.5", "206,test,,0,9.0,23.5", "labels are frozen (predictions.csv line 20"),
        ("206,test,,0,,23.5", "206,test,,0,,nan", "y_pred is not a finite number"),
        ("206,test,,0,,23.5", "207,test,,0,,23.5", "id 207 stands twice"),
        ("206,test,,0,,23.5", "206,test,,0,,23.5,7", "the row has 7 fields"),
    ],
)
def test_r312_stops_at_each_fault_with_its_line(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    context = lay_out("r312", "clean", tmp_path)
    table = Path(context.predictions)
    table.write_text(table.read_text().replace(before, after))
    result = apply_check(PredictionCoverage(), context)
    assert result.status is Status.FAILED
    assert message in whys(result)


def test_r312_stops_at_validation_rows_left_out(tmp_path: Path) -> None:
    context = lay_out("r312", "clean", tmp_path)
    table = Path(context.predictions)
    kept = [row for row in table.read_text().splitlines() if not row.startswith("104,")]
    table.write_text("\n".join(kept) + "\n")
    result = apply_check(PredictionCoverage(), context)
    assert result.status is Status.FAILED
    assert "1 of 12 validation rows have no prediction of seed 0: 104" in whys(result)
    assert result.measurement is not None
    assert result.measurement.value == 1.0


def test_r312_holds_each_seed_to_all_validation_rows(tmp_path: Path) -> None:
    context = lay_out("r312", "clean", tmp_path)
    table = Path(context.predictions)
    table.write_text(table.read_text() + "100,validation,,1,15.2,13.6\n")
    result = apply_check(PredictionCoverage(), context)
    assert "11 of 12 validation rows have no prediction of seed 1" in whys(result)


def test_r312_allows_rounding_to_single_precision(tmp_path: Path) -> None:
    context = lay_out("r312", "clean", tmp_path)
    frame = pd.read_csv(context.predictions)
    frame["y_true"] = frame["y_true"].astype("float32")
    path = tmp_path / "predictions.parquet"
    frame.to_parquet(path)
    changed = lay_out("r312", "clean", tmp_path, predictions=str(path))
    assert apply_check(PredictionCoverage(), changed).status is Status.PASSED


def test_r312_stops_without_a_table(tmp_path: Path) -> None:
    context = lay_out("r312", "clean", tmp_path, predictions="")
    result = apply_check(PredictionCoverage(), context)
    assert result.status is Status.FAILED
    assert "no prediction table" in whys(result)


def test_r312_holds_each_seed_to_all_ids(tmp_path: Path) -> None:
    context = lay_out("r312", "clean", tmp_path)
    table = Path(context.predictions)
    table.write_text(table.read_text() + "200,test,,1,,20.0\n")
    result = apply_check(PredictionCoverage(), context)
    assert "11 of 12 frozen ids have no prediction of seed 1" in whys(result)


# --- R314 ------------------------------------------------------------------------------


def test_r314_fails_on_its_fixture_as_an_outcome(tmp_path: Path) -> None:
    context = lay_out("r314", "flawed", tmp_path, falsification=(NO_GAIN,))
    result = apply_check(FalsificationMet(), context)
    assert result.status is Status.FAILED
    assert [f.severity for f in result.findings] == [Severity.WARNING]
    assert "disproved by < 0.5" in whys(result)


def test_r314_passes_the_clean_twin(tmp_path: Path) -> None:
    context = lay_out("r314", "clean", tmp_path, falsification=(NO_GAIN,))
    result = apply_check(FalsificationMet(), context)
    assert (result.status, result.findings) == (Status.PASSED, ())


def test_r314_tells_an_open_criterion_as_information(tmp_path: Path) -> None:
    within = FalsificationRule("mae", "gain", "<", 1.1, "less than 1.1 minutes")
    context = lay_out("r314", "clean", tmp_path, falsification=(within,))
    result = apply_check(FalsificationMet(), context)
    assert result.status is Status.PASSED
    assert [f.severity for f in result.findings] == [Severity.INFO]


@pytest.mark.parametrize("baseline", ["", "gone.csv"])
def test_r314_cannot_judge_a_gain_without_its_baseline(tmp_path: Path, baseline: str) -> None:
    context = lay_out(
        "r314", "clean", tmp_path, falsification=(NO_GAIN,), baseline_predictions=baseline
    )
    result = apply_check(FalsificationMet(), context)
    assert result.status is Status.ERRORED
    assert "the gain in mae cannot be computed" in result.reason


def test_r314_lets_a_table_it_cannot_read_be_an_error(tmp_path: Path) -> None:
    context = lay_out("r314", "clean", tmp_path, falsification=(NO_GAIN,))
    Path(context.predictions).write_text("nothing,at,all\n")
    assert apply_check(FalsificationMet(), context).status is Status.ERRORED


def test_r314_does_not_apply_where_no_criterion_is_registered(tmp_path: Path) -> None:
    result = apply_check(FalsificationMet(), lay_out("r314", "clean", tmp_path))
    assert result.status is Status.NOT_APPLICABLE
