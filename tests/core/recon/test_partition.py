"""Invariants of a partition, whatever the times, groups, fractions and embargo."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grd_core.errors import GrdError
from grd_core.recon.part_codes import EMBARGOED, TEST, TRAIN, VALIDATION
from grd_core.recon.partition import Plan, partition
from grd_core.recon.roles import Roles

TIMED = Roles("regression", "y", time="t")
fractions = st.sampled_from([0.05, 0.1, 0.25, 0.4])
unhurried = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""A busy machine fails no invariant."""


def table_of(times: list[int]) -> pa.Table:
    return pa.table({"t": times, "y": [float(time % 7) for time in times], "x": times})


@unhurried
@given(
    times=st.lists(st.integers(0, 60), min_size=12, max_size=80),
    validation=fractions,
    test=fractions,
    embargo=st.integers(0, 8),
)
def test_time_never_runs_back(
    times: list[int], validation: float, test: float, embargo: int
) -> None:
    plan = Plan("temporal", validation, test, str(embargo) if embargo else "", 0, False)
    try:
        found = partition(table_of(times), TIMED, plan, where="t")
    except GrdError:
        assume(False)
    clock, parts = np.array(times), found.parts
    assert clock[parts == TRAIN].max() + embargo < clock[parts == VALIDATION].min() + (embargo == 0)
    assert clock[parts == VALIDATION].max() < clock[parts == TEST].min()
    cuts = [float(cut) for cut in found.cuts.values()]
    dropped = clock[parts == EMBARGOED]
    assert all(any(cut - embargo <= time < cut for cut in cuts) for time in dropped)
    assert len(times) == sum(
        found.sizes[name] for name in ("train", "validation", "test", "dropped_embargo")
    )


@unhurried
@given(
    groups=st.lists(st.integers(0, 30), min_size=20, max_size=80),
    seed=st.integers(0, 5),
    test=fractions,
)
def test_groups_stay_whole_and_the_seed_decides(groups: list[int], seed: int, test: float) -> None:
    table = pa.table({"g": groups, "y": [0.5] * len(groups)})
    roles, plan = (
        Roles("regression", "y", groups=("g",)),
        Plan("grouped", 0.3, test, "", seed, False),
    )
    try:
        found = partition(table, roles, plan, where="t")
    except GrdError:
        assume(False)
    for group in set(groups):
        assert len(set(found.parts[np.array(groups) == group].tolist())) == 1
    assert found.crossings == {"g": 0.0}
    again = partition(table, roles, plan, where="t")
    assert (again.parts == found.parts).all()


@pytest.mark.parametrize("since_1970", [1_600_000_000_000_000, 1_600_000_000_000_000_000])
def test_integers_since_1970_are_cut_and_told_to_their_last_digit(since_1970: int) -> None:
    """Nanoseconds are beyond the whole numbers that a double holds."""
    times = [since_1970 + 4_096 * step for step in range(100)]
    plan = Plan("temporal", 0.2, 0.2, "4096", 0, drops_missing_target=False)
    found = partition(table_of(times), TIMED, plan, where="t.parquet")
    assert found.cuts == {"validation": str(times[60]), "test": str(times[80])}
    assert (found.sizes["train"], found.sizes["dropped_embargo"]) == (59, 2)


def test_a_placeholder_for_a_date_is_a_sentence() -> None:
    table = pa.table({"t": ["0001-01-01", "2021-01-01"], "y": [0.0, 1.0]})
    plan = Plan("temporal", 0.2, 0.2, "", 0, drops_missing_target=False)
    with pytest.raises(GrdError, match="a date before 1678 or after 2261"):
        partition(table, TIMED, plan, where="t.parquet")
