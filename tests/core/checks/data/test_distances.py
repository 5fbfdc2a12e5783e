"""Distances of two samples against what can be counted by hand, and their p-values under none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from grd_core.checks.data.distances import (
    Distance,
    distance_of_categories,
    distance_of_numbers,
    distance_of_shares,
)


def sure(distance: Distance | None) -> Distance:
    assert distance is not None
    return distance


def test_a_shift_of_half_a_standard_deviation_is_a_distance_of_a_fifth() -> None:
    grid = norm.ppf((np.arange(4000) + 0.5) / 4000)
    found = sure(distance_of_numbers(grid, grid + 0.5))
    assert found.value == pytest.approx(2 * norm.cdf(0.25) - 1, abs=0.001)
    assert found.ci[0] < found.value < found.ci[1]
    assert found.p < 1e-50


def test_shares_of_two_values_are_their_difference() -> None:
    first, second = np.arange(200) < 100, np.arange(100) < 80
    assert sure(distance_of_shares(first, second)).value == pytest.approx(0.3)
    assert sure(distance_of_categories(first.astype(int), second.astype(int))).value == (
        pytest.approx(0.3)
    )
    assert sure(distance_of_numbers(first.astype(float), second.astype(float))).value == (
        pytest.approx(0.3)
    )


def test_constants_and_equal_samples_lie_at_no_distance() -> None:
    ones = np.ones(50)
    assert sure(distance_of_numbers(ones, ones)) == Distance(0.0, (0.0, 0.0), 1.0)
    assert sure(distance_of_shares(ones > 0, ones > 0)).p == 1.0
    assert sure(distance_of_categories(np.zeros(50, int), np.zeros(50, int))).value == 0.0
    assert distance_of_numbers(ones, ones[:19]) is None


def test_values_that_all_occur_once_are_no_news() -> None:
    found = sure(distance_of_categories(np.arange(300), np.arange(300, 400)))
    assert found.p == 1.0


def test_values_new_in_test_are_news_where_train_repeats_its_own() -> None:
    chance = np.random.default_rng(1)
    found = sure(distance_of_categories(chance.integers(0, 60, 600), chance.integers(60, 160, 200)))
    assert found.value == pytest.approx(1.0, abs=0.05)
    assert found.p < 1e-6


def test_many_values_alone_make_no_distance() -> None:
    chance = np.random.default_rng(2)
    found = sure(
        distance_of_categories(chance.integers(0, 200, 6000), chance.integers(0, 200, 3000))
    )
    assert found.value < 0.03


@pytest.mark.parametrize("kind", ["amounts", "counts", "values", "many", "rare"])
def test_small_p_values_are_rare_where_nothing_differs(kind: str) -> None:
    """500 pairs: at a level of 2% about 10 are expected, 20 are three deviations more."""
    chance = np.random.default_rng(3)
    small = 0
    for _ in range(500):
        if kind == "amounts":
            found = distance_of_numbers(chance.normal(size=90), chance.normal(size=30))
        elif kind == "counts":
            found = distance_of_numbers(chance.poisson(1, 90) * 1.0, chance.poisson(1, 30) * 1.0)
        elif kind == "values":
            found = distance_of_categories(chance.integers(0, 4, 90), chance.integers(0, 4, 30))
        elif kind == "many":
            found = distance_of_categories(chance.zipf(1.5, 90) % 999, chance.zipf(1.5, 30) % 999)
        else:
            found = distance_of_shares(chance.random(90) < 0.05, chance.random(30) < 0.05)
        small += sure(found).p <= 0.02
    assert small <= 20


def test_clusters_widen_what_chance_explains() -> None:
    chance = np.random.default_rng(4)
    small = 0
    for _ in range(200):
        levels = chance.normal(size=24)
        codes = np.repeat(np.arange(24), 15)
        values = levels[codes] + 0.2 * chance.normal(size=codes.size)
        found = distance_of_numbers(values[:240], values[240:], (codes[:240], codes[240:]))
        small += sure(found).p <= 0.02
    assert small <= 10
