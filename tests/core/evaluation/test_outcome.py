"""The outcome follows from intervals by the registered rule, and from nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.evaluation.outcome import (
    JudgedCriterion,
    JudgedGain,
    JudgedMetric,
    decide_outcome,
    gain_result,
    threshold_result,
)
from grd_core.statistics.criteria import criterion_status
from grd_core.statistics.estimate import Interval, NotEstimable

NOTHING = NotEstimable("too few", 3, 3)
PASSED = JudgedMetric("mae", "primary", "pass")
GUARD = JudgedMetric("rmse", "guard", "pass")
GAINED = JudgedGain("mean", "mae", "primary", True, "better", enough=True, significant=True)
UNMET = JudgedCriterion("mae", "not_met", "no gain")


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 0.95, "bootstrap", 100, 100)


@pytest.mark.parametrize(
    ("low", "high", "direction", "result"),
    [
        (8, 9, "lower", "pass"),
        (11, 12, "lower", "fail"),
        (9, 11, "lower", "crosses"),
        (11, 12, "higher", "pass"),
        (8, 9, "higher", "fail"),
        (9, 11, "higher", "crosses"),
        (8, 10, "lower", "pass"),
        (10, 12, "higher", "pass"),
    ],
)
def test_a_threshold_is_judged_by_the_whole_interval(
    low: float, high: float, direction: str, result: str
) -> None:
    assert threshold_result(interval(low, high), direction, 10.0) == result


def test_without_threshold_or_interval_nothing_is_judged() -> None:
    assert threshold_result(interval(1, 2), "lower", None) == "unjudged"
    assert threshold_result(NOTHING, "lower", 1.0) == "not_estimable"


@given(st.floats(-5, 5), st.floats(0.01, 5), st.floats(-5, 5))
def test_mirroring_the_direction_mirrors_nothing_else(
    low: float, width: float, threshold: float
) -> None:
    up = threshold_result(interval(low, low + width), "higher", threshold)
    down = threshold_result(interval(-low - width, -low), "lower", -threshold)
    assert up == down


def test_a_gain_must_clear_zero() -> None:
    assert gain_result(interval(0.1, 1)) == "better"
    assert gain_result(interval(-1, -0.1)) == "worse"
    assert gain_result(interval(-0.1, 0.1)) == "undecided"
    assert gain_result(NOTHING) == "not_estimable"


@pytest.mark.parametrize(
    ("comparison", "low", "high", "status"),
    [
        ("<", 0.1, 0.4, "met"),
        ("<", 0.1, 0.6, "undecided"),
        ("<", 0.6, 0.9, "not_met"),
        ("<", 0.1, 0.5, "undecided"),
        ("<=", 0.1, 0.5, "met"),
        (">", 0.6, 0.9, "met"),
        (">=", 0.5, 0.9, "met"),
        (">", 0.1, 0.4, "not_met"),
    ],
)
def test_a_criterion_is_met_over_the_whole_interval(
    comparison: str, low: float, high: float, status: str
) -> None:
    assert criterion_status(interval(low, high), comparison, 0.5) == status


def test_confirmed_needs_every_part() -> None:
    assert decide_outcome([PASSED, GUARD], [GAINED], [UNMET]).outcome == "confirmed"


@pytest.mark.parametrize(
    ("metrics", "gains", "criteria", "outcome", "reason"),
    [
        ([PASSED], [GAINED], [], "inadmissible", "no falsification criterion"),
        (
            [JudgedMetric("mae", "primary", "not_estimable", "3 days")],
            [GAINED],
            [UNMET],
            "inadmissible",
            "3 days",
        ),
        (
            [PASSED],
            [GAINED],
            [JudgedCriterion("mae", "not_computable", "no gain", "no baseline")],
            "inadmissible",
            "no baseline",
        ),
        ([PASSED], [GAINED], [JudgedCriterion("mae", "met", "no gain")], "refuted", "no gain"),
        ([JudgedMetric("mae", "primary", "fail")], [GAINED], [UNMET], "refuted", "mae (primary)"),
        (
            [PASSED, JudgedMetric("rmse", "guard", "fail")],
            [GAINED],
            [UNMET],
            "refuted",
            "rmse (guard)",
        ),
        ([JudgedMetric("mae", "primary", "crosses")], [GAINED], [UNMET], "inconclusive", "crosses"),
        (
            [PASSED],
            [GAINED],
            [JudgedCriterion("mae", "undecided", "no gain")],
            "inconclusive",
            "undecided: no gain",
        ),
        (
            [PASSED],
            [JudgedGain("mean", "mae", "primary", True, "undecided", True, False)],
            [UNMET],
            "inconclusive",
            "is not shown",
        ),
        (
            [PASSED],
            [JudgedGain("mean", "mae", "primary", True, "better", False, True)],
            [UNMET],
            "inconclusive",
            "below its minimum effect",
        ),
    ],
)
def test_each_outcome_has_its_reason(
    metrics: list, gains: list, criteria: list, outcome: str, reason: str
) -> None:
    found = decide_outcome(metrics, gains, criteria)
    assert found.outcome == outcome
    assert any(reason in one for one in found.reasons)


def test_what_could_not_answer_comes_before_what_was_not_followed() -> None:
    met = JudgedCriterion("mae", "met", "no gain")
    both = decide_outcome([PASSED], [], [met], missing_baselines=["mean"], deviations=["late"])
    assert both.outcome == "inadmissible"
    assert decide_outcome([PASSED], [], [met], deviations=["late"]).outcome == "deviated"


def test_secondary_metrics_and_optional_baselines_decide_nothing() -> None:
    secondary = JudgedMetric("r2", "secondary", "fail")
    optional = JudgedGain("other", "mae", "primary", False, "worse", False, False)
    assert decide_outcome([PASSED, secondary], [GAINED, optional], [UNMET]).outcome == "confirmed"
