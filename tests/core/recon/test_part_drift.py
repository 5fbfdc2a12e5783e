"""What is told of the parts before the freeze: differences that matter, repeated rows, balance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from grd_core.recon.balance import balance_of_train
from grd_core.recon.part_drift import drift_between, repeated_between
from grd_core.recon.roles import Roles


def columns(rows: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "plain": random.normal(size=rows),
        "word": random.choice(["red", "green", "blue"], rows),
        "holes": np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)),
    }


def parts(rows: int, seed: int, **changed: np.ndarray) -> dict[str, pa.Table]:
    tables = {
        name: columns(rows, seed + place)
        for place, name in enumerate(("train", "validation", "test"))
    }
    tables["test"] |= changed
    return {name: pa.table(pd.DataFrame(table)) for name, table in tables.items()}


NAMES = ("plain", "word", "holes")


def test_parts_that_are_alike_show_nothing() -> None:
    told = [
        drift.differing
        for seed in range(0, 60, 3)
        for drift in drift_between(parts(300, seed), NAMES)
    ]
    assert told == [0] * 40


def test_each_kind_of_difference_is_named_with_its_size() -> None:
    random = np.random.default_rng(9)
    changed = {
        "plain": random.normal(0.5, 1, 800),
        "word": random.choice(["red", "green", "blue"], 800, p=[0.6, 0.2, 0.2]),
        "holes": np.where(random.random(800) < 0.3, np.nan, random.normal(size=800)),
    }
    validation, test = drift_between(parts(800, 0, **changed), NAMES)
    assert (validation.part, validation.differing) == ("validation", 0)
    assert (test.part, test.tested, test.differing) == ("test", 3, 3)
    found = {(shift.column, shift.measure): shift.effect for shift in test.shifts}
    assert found.keys() == {("plain", "ks"), ("word", "cramers_v"), ("holes", "missing")}
    assert 0.15 < found["plain", "ks"] < 0.3
    assert 0.15 < found["holes", "missing"] < 0.25


def test_with_many_rows_a_difference_too_small_to_matter_is_not_told() -> None:
    random = np.random.default_rng(2)
    slight = random.normal(0.08, 1, 60_000)
    found = drift_between(parts(60_000, 0, plain=slight), NAMES)
    assert [drift.differing for drift in found] == [0, 0]
    assert found[1].rows == (50_000, 50_000)


def test_columns_that_cannot_be_compared_are_no_obstacle() -> None:
    tables = {
        name: pa.table(
            {"list": [[1], [2]], "gone": pa.array([None, None], pa.float64()), "one": [1, 1]}
        )
        for name in ("train", "validation", "test")
    }
    assert all(drift.differing == 0 for drift in drift_between(tables, ("list", "gone", "one")))


def test_rows_that_stand_in_two_parts_are_counted_without_target_and_id() -> None:
    table = pa.table({"id": [1, 2, 3, 4], "x": [1.0, 2.0, 1.0, 2.0], "y": [0.1, 0.2, 0.3, 0.4]})
    roles = Roles("regression", "y", id="id")
    assert repeated_between(table, roles, np.array([0, 1, 1, 2])) == {"validation": 1, "test": 1}


def test_the_balance_is_that_of_train_alone_and_coarse() -> None:
    table = pa.table({"y": ["a"] * 6 + ["b"] * 3 + ["c"]})
    found = balance_of_train(table, Roles("multiclass", "y"), np.array([0] * 8 + [2, 2]))
    assert found == [{"what": "a", "share": "75%"}, {"what": "b", "share": "25%"}]
    amounts = pa.table({"y": [1.234, 2.345, 3.456, 999.0]})
    told = balance_of_train(amounts, Roles("regression", "y"), np.array([0, 0, 0, 2]))
    assert [one["share"] for one in told] == ["1.8", "2.3", "2.9"]


def test_names_that_stand_once_are_in_no_part_more_than_in_another() -> None:
    random = np.random.default_rng(4)
    names = random.permutation([f"{place:04d}.png" for place in range(300)])
    parts = {"train": names[:210], "validation": names[210:255], "test": names[255:]}
    tables = {part: pa.table({"path": list(found)}) for part, found in parts.items()}
    assert [one.differing for one in drift_between(tables, ("path",))] == [0, 0]
