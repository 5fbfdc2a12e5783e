"""Invariants of what is dealt at random: by strata, by groups and strata, in blocks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grd_core.errors import GrdError, RefusedError, UsageError
from grd_core.recon.part_codes import EMBARGOED, NAMES, TEST, TRAIN, UNLABELLED, VALIDATION
from grd_core.recon.partition import Partition, Plan, partition
from grd_core.recon.roles import Roles
from grd_core.recon.strata import strata_of

fractions = st.sampled_from([0.1, 0.15, 0.2, 0.3])
seeds = st.integers(0, 5)
unhurried = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""A busy machine fails no invariant."""


def dealt(table: pa.Table, roles: Roles, plan: Plan) -> Partition:
    """A partition, the same whenever it is asked for, that places every row once."""
    try:
        found = partition(table, roles, plan, where="t")
    except RefusedError as error:
        assume("part is empty" not in error.what and "too few for three" not in error.what)
        raise
    again = partition(table, roles, plan, where="t")
    assert (again.parts == found.parts).all()
    counted = Counter(found.parts.tolist())
    assert set(counted) <= {*NAMES, EMBARGOED, UNLABELLED}
    assert sum(counted.values()) == table.num_rows
    assert [counted[code] for code in NAMES] == [found.sizes[name] for name in NAMES.values()]
    assert counted[EMBARGOED] == found.sizes["dropped_embargo"]
    assert counted[UNLABELLED] == found.sizes["dropped_missing_target"]
    return found


@unhurried
@given(
    classes=st.lists(st.sampled_from("aaabbc"), min_size=30, max_size=120),
    missing=st.integers(0, 5),
    validation=fractions,
    test=fractions,
    seed=seeds,
)
def test_strata_keep_their_shares_within_rounding(
    classes: list[str], missing: int, validation: float, test: float, seed: int
) -> None:
    labels = np.array([*classes, *[None] * missing], dtype=object)
    table = pa.table({"y": pa.array(labels, pa.string())})
    plan = Plan("stratified", validation, test, "", seed, True)
    found = dealt(table, Roles("multiclass", "y"), plan)
    common = [name for name, count in Counter(classes).items() if count >= 3]
    rows = sum(classes.count(name) for name in common)
    for name in common:
        inside, held = found.parts[labels == name], classes.count(name)
        assert abs((inside == TEST).sum() - test * held) < 1
        assert abs((inside == VALIDATION).sum() - validation * held) < 2
    for name in set(classes) - set(common):
        assert (found.parts[labels == name] == TRAIN).all()
    assert abs(found.sizes["test"] - test * rows) < 2
    assert abs(found.sizes["validation"] - validation * rows) < 3
    assert len(found.notes) == (len(common) < len(set(classes)))


@unhurried
@given(
    amounts=st.lists(st.floats(-1e6, 1e6, width=32), min_size=40, max_size=150),
    test=fractions,
    seed=seeds,
)
def test_amounts_are_dealt_by_bins_of_equal_rows(
    amounts: list[float], test: float, seed: int
) -> None:
    table, roles = pa.table({"y": amounts}), Roles("regression", "y")
    found = dealt(table, roles, Plan("stratified", 0.2, test, "", seed, False))
    values = np.array(amounts)
    everyone = np.ones(values.size, dtype=bool)
    bins = strata_of(table, roles, everyone, np.arange(values.size)).codes
    assert bins.max() < 10
    for one in set(bins.tolist()):
        inside = bins == one
        assert abs((found.parts[inside] == TEST).sum() - test * inside.sum()) < 1
        others = values[~inside]
        assert not ((values[inside].min() < others) & (others < values[inside].max())).any()


@unhurried
@given(
    groups=st.lists(st.integers(0, 40), min_size=60, max_size=150),
    chance=st.floats(0.2, 0.8),
    test=fractions,
    seed=seeds,
)
def test_groups_stay_whole_where_strata_are_balanced_too(
    groups: list[int], chance: float, test: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    of_rows = np.array(groups)
    labels = np.where(random.random(of_rows.size) < chance, "yes", "no")
    table = pa.table({"g": groups, "y": labels})
    plan = Plan("grouped_stratified", 0.2, test, "", seed, False)
    found = dealt(table, Roles("binary", "y", groups=("g",)), plan)
    for group in set(groups):
        assert len(set(found.parts[of_rows == group].tolist())) == 1
    assert found.crossings == {"g": 0.0}
    largest = Counter(groups).most_common(1)[0][1]
    for code, share in ((TEST, test), (VALIDATION, 0.2)):
        assert abs((found.parts == code).sum() - share * of_rows.size) <= 2 * largest


def test_balance_by_groups_comes_near_where_groups_are_small() -> None:
    random = np.random.default_rng(3)
    groups = random.integers(0, 400, 4000)
    odds = random.beta(0.5, 0.5, 400)
    labels = np.where(random.random(4000) < odds[groups], 1, 0)
    table = pa.table({"g": groups, "y": labels})
    roles = Roles("binary", "y", groups=("g",))
    shares = {}
    for strategy in ("grouped", "grouped_stratified"):
        found = dealt(table, roles, Plan(strategy, 0.15, 0.15, "", 1, False))  # type: ignore[arg-type]
        shares[strategy] = [labels[found.parts == code].mean() for code in NAMES]
    assert np.ptp(shares["grouped_stratified"]) < 0.01 < np.ptp(shares["grouped"])


@unhurried
@given(
    times=st.lists(st.integers(0, 200), min_size=40, max_size=120),
    length=st.integers(1, 20),
    embargo=st.integers(0, 4),
    seed=seeds,
)
def test_blocks_of_time_keep_apart_what_is_near(
    times: list[int], length: int, embargo: int, seed: int
) -> None:
    table = pa.table({"t": times, "y": [float(time % 7) for time in times]})
    plan = Plan("blocked", 0.3, 0.3, str(embargo) if embargo else "", seed, False, str(length))
    found = dealt(table, Roles("regression", "y", time="t"), plan)
    clock, parts = np.array(times), found.parts
    block = (clock - clock.min()) // length
    for one in set(block.tolist()):
        assert len(set(parts[block == one].tolist()) - {EMBARGOED}) <= 1
    kept = np.flatnonzero(parts != EMBARGOED)
    apart = parts[kept][:, None] != parts[kept][None, :]
    assert not apart.any() or np.abs(clock[kept][:, None] - clock[kept])[apart].min() > embargo
    assert embargo or found.sizes["dropped_embargo"] == 0


@unhurried
@given(rows=st.integers(40, 200), length=st.integers(2, 10), embargo=st.integers(0, 3), seed=seeds)
def test_blocks_of_rows_in_the_order_of_the_file(
    rows: int, length: int, embargo: int, seed: int
) -> None:
    table = pa.table({"y": np.arange(rows) % 3.0})
    plan = Plan(
        "blocked", 0.3, 0.3, f"{embargo} rows" * (embargo > 0), seed, False, f"{length} rows"
    )
    found = dealt(table, Roles("regression", "y"), plan)
    places = np.flatnonzero(found.parts != EMBARGOED)
    changes = np.diff(found.parts[places]) != 0
    assert (np.diff(places)[changes] > embargo).all()


def test_rows_of_one_time_are_in_one_block_however_long_it_is() -> None:
    times = np.repeat(np.arange(60), 7)
    table = pa.table({"t": times, "y": times % 5.0})
    roles = Roles("regression", "y", time="t")
    found = dealt(table, roles, Plan("blocked", 0.2, 0.2, "", 0, False, "10 rows"))
    assert all(len(set(found.parts[times == time].tolist())) == 1 for time in range(60))


def test_another_seed_deals_otherwise() -> None:
    random = np.random.default_rng(0)
    table = pa.table(
        {"t": np.arange(300), "g": random.integers(0, 40, 300), "y": random.normal(size=300)}
    )
    roles = Roles("regression", "y", time="t", groups=("g",))
    for strategy, block in (("stratified", ""), ("grouped_stratified", ""), ("blocked", "9 rows")):
        parts = [
            dealt(table, roles, Plan(strategy, 0.2, 0.2, "", seed, False, block)).parts  # type: ignore[arg-type]
            for seed in (0, 1)
        ]
        assert (parts[0] != parts[1]).any()


@pytest.mark.parametrize(
    ("block", "embargo", "sentence"),
    [
        ("", "", "needs the length of a block"),
        ("0 rows", "", "a block of no rows"),
        ("a week", "", "is no number of rows"),
        ("30", "", "make 2, too few for three parts"),
        ("5", "1d", "the embargo '1d' is no number of rows"),
        ("5", "9", "the train part is empty|the test part is empty|the validation part is empty"),
    ],
)
def test_what_makes_no_blocks_is_one_sentence(block: str, embargo: str, sentence: str) -> None:
    table = pa.table({"y": np.arange(60.0)})
    plan = Plan("blocked", 0.3, 0.3, embargo, 0, False, block)
    with pytest.raises((UsageError, RefusedError), match=sentence):
        partition(table, Roles("regression", "y"), plan, where="t")


def test_a_class_too_rare_to_be_dealt_stands_in_train_and_is_told() -> None:
    labels = ["a"] * 50 + ["b"] * 50 + ["c", "c", "d"]
    plan = Plan("stratified", 0.2, 0.2, "", 0, False)
    found = partition(pa.table({"y": labels}), Roles("multiclass", "y"), plan, where="t")
    assert (found.parts[100:] == TRAIN).all()
    assert found.notes == ("2 classes stand in fewer than 3 rows and so in train alone",)


def test_what_only_one_group_holds_cannot_be_balanced_by_groups() -> None:
    table = pa.table({"g": [1] * 30 + [2] * 30, "y": ["a"] * 30 + ["b"] * 30})
    plan = Plan("grouped_stratified", 0.2, 0.2, "", 0, False)
    with pytest.raises(GrdError, match="part is empty"):
        partition(table, Roles("binary", "y", groups=("g",)), plan, where="t")
