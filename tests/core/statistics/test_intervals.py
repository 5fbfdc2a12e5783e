"""An interval holds the truth as often as it says, or there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from grd_core.statistics.forms import form_of, observe
from grd_core.statistics.intervals import (
    Estimate,
    Interval,
    NotEstimable,
    bootstrap_interval,
    expanded_tail,
)
from grd_core.statistics.metrics import find_metric
from grd_core.statistics.resampling import Units, draws


def interval(name: str, truth: np.ndarray, said: np.ndarray, units: Units, **how) -> Estimate:
    metric = find_metric(name)
    scores = {"scores": said} if metric.needs == "scores" else {"y_pred": said}
    return bootstrap_interval(form_of(metric, observe(metric, truth, **scores)), units, **how)


def test_the_same_seed_gives_the_same_interval() -> None:
    rng = np.random.default_rng(1)
    truth, said = rng.normal(size=300), rng.normal(size=300)
    first = interval("mae", truth, said, Units.rows(300))
    assert first == interval("mae", truth, said, Units.rows(300))
    assert first != interval("mae", truth, said, Units.rows(300), seed=2)


def test_a_mean_by_row_agrees_with_the_normal_theory() -> None:
    rng = np.random.default_rng(2)
    errors = rng.gamma(2.0, size=2_000)
    found = interval("mae", errors, np.zeros(2_000), Units.rows(2_000))
    assert isinstance(found, Interval)
    expected = 1.96 * errors.std() / np.sqrt(2_000)
    assert found.half_width == pytest.approx(expected, rel=0.06)
    assert (found.n, found.clusters, found.level) == (2_000, 2_000, 0.95)


def test_rows_that_stand_together_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(50), 40)
    errors = 5 + rng.normal(size=50)[day] + rng.normal(size=2_000)
    by_row = interval("mae", errors, np.zeros(2_000), Units.rows(2_000))
    by_day = interval("mae", errors, np.zeros(2_000), Units.clusters(day, "day"))
    assert isinstance(by_row, Interval)
    assert isinstance(by_day, Interval)
    assert by_day.half_width > 3 * by_row.half_width
    assert by_day.clusters == 50
    assert "day" in by_day.method


def test_rows_without_a_key_are_one_cluster() -> None:
    units = Units.clusters(np.array(["a", None, "b", None], dtype=object), "group")
    assert units.count == 3
    assert units.of_row[1] == units.of_row[3]
    assert Units.clusters(np.array([1.0, np.nan, np.nan]), "group").count == 2


def test_ordered_metrics_resample_whole_clusters_as_well() -> None:
    rng = np.random.default_rng(4)
    day = np.repeat(np.arange(30), 10)
    truth = (rng.random(300) < 0.4).astype(int)
    found = interval(
        "roc_auc", truth, 0.3 * truth + rng.random(300), Units.clusters(day, "day"), resamples=300
    )
    assert isinstance(found, Interval)
    assert 0.5 < found.low < found.estimate < found.high < 1.0


def test_too_few_units_have_no_interval() -> None:
    day = np.repeat(np.arange(4), 100)
    found = interval("mae", np.arange(400.0), np.zeros(400), Units.clusters(day, "day"))
    assert isinstance(found, NotEstimable)
    assert "4 distinct values of day" in found.reason
    assert found.estimate == pytest.approx(199.5)


def test_no_variation_is_not_a_zero_width_interval() -> None:
    ones = np.ones(50, dtype=int)
    found = interval("accuracy", ones, ones, Units.rows(50))
    assert isinstance(found, NotEstimable)
    assert "same value" in found.reason
    assert found.estimate == 1.0


def test_an_undefined_metric_is_not_a_number() -> None:
    negatives = np.zeros(50, dtype=int)
    metric = find_metric("roc_auc")
    data = observe(metric, negatives, scores=np.linspace(0, 1, 50), classes=(0, 1))
    found = bootstrap_interval(form_of(metric, data), Units.rows(50))
    assert isinstance(found, NotEstimable)
    assert found.estimate is None


def test_a_class_missing_from_many_resamples_leaves_no_interval() -> None:
    truth = np.zeros(40, dtype=int)
    truth[0] = 1
    found = interval("roc_auc", truth, np.linspace(0, 1, 40), Units.rows(40), resamples=300)
    assert isinstance(found, NotEstimable)
    assert "of the resamples" in found.reason


def test_no_rows_are_refused_not_divided_by() -> None:
    found = interval("mae", np.array([]), np.array([]), Units.rows(0))
    assert isinstance(found, NotEstimable)


@given(st.integers(1, 400), st.integers(1, 50), st.integers(0, 2**32))
def test_every_resample_draws_as_many_units_as_there_are(
    count: int, resamples: int, seed: int
) -> None:
    blocks = np.vstack(list(draws(count, resamples, seed)))
    assert blocks.shape == (resamples, count)
    assert (blocks.sum(axis=1) == count).all()


def test_the_expansion_vanishes_for_many_units() -> None:
    assert expanded_tail(0.95, 10**7) == pytest.approx(0.025, rel=1e-4)
    assert expanded_tail(0.95, 10) < 0.01


def _covered(rounds: int, clusters: int) -> int:
    """How many of `rounds` seeded samples of skewed, clustered errors have an interval
    that holds the true mean of 2.0."""
    hits = 0
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        sizes = rng.integers(5, 30, clusters)
        day = np.repeat(np.arange(clusters), sizes)
        errors = rng.gamma(8.0, 1 / 8.0, clusters)[day] + rng.exponential(1.0, len(day))
        found = interval(
            "mae",
            errors,
            np.zeros(len(day)),
            Units.clusters(day, "day"),
            resamples=1_000,
            seed=seed,
        )
        assert isinstance(found, Interval)
        hits += found.low <= 2.0 <= found.high
    return hits


@pytest.mark.parametrize("clusters", [12, 60])
def test_intervals_cover_as_often_as_they_say(clusters: int) -> None:
    covered = _covered(200, clusters)
    assert stats.binomtest(covered, 200, 0.95).pvalue > 0.01


@pytest.mark.soak
@pytest.mark.parametrize("clusters", [10, 20, 60, 200])
def test_intervals_cover_as_often_as_they_say_full_count(clusters: int) -> None:
    assert 0.93 <= _covered(4_000, clusters) / 4_000 <= 0.97
