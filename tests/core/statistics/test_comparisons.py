"""A paired comparison sees small gains, and calls nothing a gain more often than alpha."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from grd_core.errors import UsageError
from grd_core.statistics.comparisons import Comparison, adjust, compare_paired, holm
from grd_core.statistics.forms import form_of, observe
from grd_core.statistics.intervals import Interval, NotEstimable
from grd_core.statistics.metrics import find_metric
from grd_core.statistics.resampling import Units


def mae_gain(
    truth: np.ndarray, candidate: np.ndarray, baseline: np.ndarray, units: Units, **how
) -> Comparison:
    metric = find_metric("mae")
    return compare_paired(
        form_of(metric, observe(metric, truth, candidate)),
        form_of(metric, observe(metric, truth, baseline)),
        metric.direction,
        units,
        **how,
    )


def test_a_gain_is_positive_where_lower_is_better() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 10, 500)
    noise = rng.normal(0, 4, 500)
    found = mae_gain(truth, truth + 0.9 * noise, truth + noise, Units.rows(500))
    assert isinstance(found.effect, Interval)
    assert found.effect.low > 0
    assert found.p_value is not None
    assert found.p_value < 0.001


def test_pairing_sees_what_two_intervals_apart_would_not() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 4, 300)
    found = mae_gain(np.zeros(300), 0.97 * noise, noise, Units.rows(300))
    assert found.p_value is not None
    assert found.p_value < 0.01


def test_a_model_against_itself_has_no_interval() -> None:
    rng = np.random.default_rng(3)
    said = rng.normal(size=200)
    found = mae_gain(np.zeros(200), said, said, Units.rows(200))
    assert isinstance(found.effect, NotEstimable)
    assert found.p_value is None


def _false_alarms(rounds: int) -> int:
    alarms = 0
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        day = np.repeat(np.arange(25), 8)
        left = rng.normal(size=25)[day] + rng.normal(size=200)
        right = rng.normal(size=25)[day] + rng.normal(size=200)
        units = Units.clusters(day, "day")
        found = mae_gain(np.zeros(200), left, right, units, resamples=800, seed=seed)
        alarms += (found.p_value or 1.0) <= 0.05
    return alarms


def test_no_difference_is_called_one_no_more_often_than_alpha() -> None:
    alarms = _false_alarms(200)
    assert stats.binomtest(alarms, 200, 0.05, alternative="greater").pvalue > 0.01


@pytest.mark.soak
def test_no_difference_is_called_one_no_more_often_than_alpha_full_count() -> None:
    assert _false_alarms(4_000) / 4_000 <= 0.06


def test_holm_on_a_worked_example() -> None:
    adjusted = holm([0.01, 0.04, None, 0.03])
    assert adjusted == pytest.approx([0.03, 0.06, None, 0.06])


def test_the_registered_procedure_is_the_one_that_is_used() -> None:
    family = [0.01, 0.04, None, 0.03]
    assert adjust(family, "none") == tuple(family)
    assert adjust(family, "holm") == holm(family)
    assert adjust(family, "bonferroni") == pytest.approx((0.03, 0.12, None, 0.09))
    controlled = stats.false_discovery_control([0.01, 0.04, 0.03])
    found = [p for p in adjust(family, "benjamini_hochberg") if p is not None]
    assert found == pytest.approx(list(controlled))
    with pytest.raises(UsageError, match="no procedure"):
        adjust(family, "sidak")


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_a_p_value_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(
        after is not None and before <= after <= 1
        for before, after in zip(p_values, adjusted, strict=True)
    )
    order = np.argsort(p_values, kind="stable")
    kept = [adjusted[place] for place in order]
    assert kept == sorted(kept)
