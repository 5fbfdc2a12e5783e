"""Subgroups and the target's drift: what is told, by its size, and what is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from grd_core.recon.roles import Roles
from grd_core.recon.subgroups import subgroup_risks, subgroups
from grd_core.recon.target_drift import target_drift, target_drift_risks

TASKS = ("regression", "binary", "multiclass")
ROLES = Roles("regression", "y", time="at")


def drawn(rows: int, seed: int, task: str, shift: np.ndarray | float = 0.0) -> pd.Series:
    """A target of each kind whose level is raised by `shift`, in standard deviations."""
    felt = np.random.default_rng(seed).normal(size=rows) + shift
    if task == "regression":
        return pd.Series(10 + 3 * felt)
    if task == "binary":
        return pd.Series((felt > 0).astype(int))
    return pd.Series(np.array(["low", "middle", "high"])[np.digitize(felt, [-0.6, 0.6])])


def sites(rows: int, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "site": chance.choice(["north", "south", "west"], rows, p=[0.6, 0.3, 0.1]),
            "open": chance.random(rows) < 0.4,
            "depth": chance.normal(size=rows),
            "lists": [[1]] * rows,
        }
    )


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("rows", [600, 5000])
def test_a_subgroup_with_another_target_is_named(rows: int, task: str) -> None:
    table = sites(rows)
    target = drawn(rows, 1, task, np.where(table["site"] == "west", 1.5, 0.0))
    found = subgroups(table, target, task)
    worst = found["differing"][0]
    assert (worst["column"], worst["value"]) == ("site", "west")
    assert {item["column"] for item in found["differing"]} == {"site"}
    (risk,) = subgroup_risks(found)
    assert (risk.severity, risk.columns) == ("info", ("site",))
    assert "where site is «west»" in risk.evidence


@pytest.mark.parametrize("task", TASKS)
def test_groups_that_are_alike_raise_nothing(task: str) -> None:
    for seed in range(5):
        found = subgroups(sites(300, seed), drawn(300, 100 + seed, task), task)
        assert found["differing"] == []


def test_small_subgroups_are_counted_and_not_compared() -> None:
    table = sites(300).assign(site=["rare"] * 5 + ["usual"] * 295)
    target = drawn(300, 2, "regression", np.r_[np.full(5, 9.0), np.zeros(295)])
    found = subgroups(table, target, "regression")
    assert found["small"] == [{"column": "site", "values": 1}]
    assert subgroup_risks(found)[0].title == "small subgroups in site"
    assert found["differing"] == []


def test_one_far_row_makes_no_subgroup_differ() -> None:
    table = sites(600)
    target = drawn(600, 3, "regression")
    target.iloc[int(np.flatnonzero(table["site"] == "west")[0])] = 1e300
    assert subgroups(table, target, "regression")["differing"] == []


@pytest.mark.parametrize("task", TASKS)
def test_drift_of_the_target(task: str) -> None:
    times = np.arange(1000)
    moved = target_drift(drawn(1000, 4, task, times / 600), times, task)
    assert moved is not None
    assert moved["drifts"]
    assert moved["rows"] == [200, 200]
    (risk,) = target_drift_risks(moved, ROLES)
    assert risk.title == "y drifts over at"
    for seed in range(5):
        still = target_drift(drawn(1000, 50 + seed, task), times, task)
        assert still is not None
        assert target_drift_risks(still, ROLES) == []


def test_drift_is_not_told_without_time_or_rows() -> None:
    target = drawn(1000, 5, "regression")
    assert target_drift(target, None, "regression") is None
    assert target_drift(target, np.zeros(1000), "regression") is None
    assert target_drift(target[:100], np.arange(100), "regression") is None
    assert target_drift_risks(None, ROLES) == []
