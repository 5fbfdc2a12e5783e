"""When a loss is said to diverge, and when not."""

from __future__ import annotations

import random

import pytest

from grd_core.runs.divergence import DIVERGED_BY, DIVERGED_FOR, RULE, diverging


def told(values: list[float]) -> str:
    return diverging("loss", list(enumerate(values)))


LEARNED = [2.0 - 0.05 * i for i in range(31)]


def test_a_loss_that_rises_and_stays_is_said_with_its_best_and_since_when() -> None:
    assert told(LEARNED + [3.0] * DIVERGED_FOR) == (
        "diverging: loss was best 0.55 at step 29, is 3, 5.45 times that, above 1.1 since step 31"
    )


@pytest.mark.parametrize(
    "values",
    [
        LEARNED,
        LEARNED + [3.0] * (DIVERGED_FOR - 1),  # not for long enough
        LEARNED + [3.0] * DIVERGED_FOR + [0.6],  # it came back
        LEARNED + [DIVERGED_BY * 0.49] * DIVERGED_FOR,  # not far enough
        [1.0, *[0.001] * 30, *[0.003] * DIVERGED_FOR],  # noise close to zero
        [2.0, 1.9, 0.0001, *[1.8] * 30],  # one lucky batch is no best
        [0.0] * 5 + [0.1] * DIVERGED_FOR,
        [],
    ],
)
def test_what_is_no_divergence(values: list[float]) -> None:
    assert told(values) == ""


def test_a_loss_below_zero_must_lose_more_than_it_learned() -> None:
    learned = [1.0 - 0.1 * i for i in range(31)]
    assert told(learned + [0.5] * DIVERGED_FOR) == ""
    assert "diverging: loss was best -1.9 at step 29, is 4, above" in told(
        learned + [4.0] * DIVERGED_FOR
    )


def test_noise_around_a_level_is_never_divergence() -> None:
    noise = random.Random(5)
    for _ in range(200):
        assert told([1.0 + noise.uniform(-0.4, 0.4) for _ in range(60)]) == ""


def test_the_rule_says_the_numbers() -> None:
    assert f"last {DIVERGED_FOR} values" in RULE
    assert f"{DIVERGED_BY:g} times" in RULE
