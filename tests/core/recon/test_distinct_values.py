"""Counts from hashes: exact below their limit, close above it, whatever the order."""

from __future__ import annotations

import numpy as np
import pytest

from grd_core.recon.distinct_values import DistinctCount, GroupSizes, RepeatCount


def hashes(values: np.ndarray) -> np.ndarray:
    """A fair 64-bit number for each value."""
    table = np.random.default_rng(7).integers(0, 2**64, int(values.max()) + 1, dtype=np.uint64)
    return table[values]


def in_batches(values: np.ndarray, size: int = 1000) -> list[np.ndarray]:
    return [values[start : start + size] for start in range(0, values.size, size)]


@pytest.mark.parametrize("kinds", [1, 7, 999, 1000])
def test_distinct_values_are_exact_up_to_the_limit(kinds: int) -> None:
    drawn = np.random.default_rng(kinds).permutation(np.arange(30_000) % kinds)
    counted = DistinctCount(1000)
    for batch in in_batches(hashes(drawn)):
        counted.add(batch)
    assert counted.count() == (kinds, True)


def test_distinct_values_above_the_limit_are_close() -> None:
    counted = DistinctCount(4096)
    for batch in in_batches(hashes(np.tile(np.arange(200_000), 2)), 20_000):
        counted.add(batch)
    found, exact = counted.count()
    assert not exact
    assert found == pytest.approx(200_000, rel=0.08)


def test_nothing_counts_as_nothing() -> None:
    none = np.empty(0, dtype=np.uint64)
    counted = DistinctCount()
    counted.add(none)
    assert counted.count() == (0, True)
    repeats = RepeatCount(10)
    repeats.add(none)
    assert repeats.count() == (0, True)
    sizes = GroupSizes()
    sizes.add(none)
    assert sizes.sizes()[0].size == 0


def test_repeats_are_exact_where_their_hashes_fit_and_when_few_values_repeat_often() -> None:
    drawn = hashes(np.random.default_rng(1).integers(0, 300, 50_000))
    for most in (50_000, 1000):
        counted = RepeatCount(50_000, most)
        for batch in in_batches(drawn):
            counted.add(batch)
        assert counted.count() == (50_000 - 300, True)


def test_repeats_of_more_rows_than_fit_are_close() -> None:
    values = np.concatenate([np.arange(100_000), np.arange(20_000)])
    counted = RepeatCount(values.size, 1 << 14)
    for batch in in_batches(hashes(np.random.default_rng(2).permutation(values)), 5000):
        counted.add(batch)
    found, exact = counted.count()
    assert not exact
    assert found == pytest.approx(20_000, rel=0.15)


def test_group_sizes() -> None:
    values = np.repeat(np.arange(50), np.arange(1, 51))
    for most, each in ((50, 1), (20, 4)):
        counted = GroupSizes(most)
        for batch in in_batches(hashes(np.random.default_rng(3).permutation(values)), 100):
            counted.add(batch)
        sizes, stands_for = counted.sizes()
        if each == 1:
            assert (sizes.tolist(), stands_for) == (list(range(1, 51)), 1)
        else:
            # A kept group is kept whole, however small the share of groups that is kept.
            assert stands_for > 1
            assert 0 < sizes.size <= most
            assert set(sizes.tolist()) <= set(range(1, 51))
