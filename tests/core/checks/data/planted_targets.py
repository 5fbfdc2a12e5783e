"""Holding one data check against tables made in a test, and faults planted in their labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.contract import Check, CheckResult, DataContext, Status
from grd_core.checks.runner import apply_check
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.fixtures_reader import Case

SIZES = (300, pytest.param(5000, marks=pytest.mark.soak))
CLASSES = tuple(name for name in TARGETS if name != "regression")


def hold(
    check: Check, folder: Path, train: pd.DataFrame, test: pd.DataFrame, **roles: Any
) -> CheckResult:
    """The check's result on these tables; the target is `y` and the id `id` unless told."""
    train.to_parquet(folder / "train.parquet")
    test.to_parquet(folder / "test.parquet")
    named = {"target": "y", "id_column": "id" if "id" in train else "", **roles}
    paths = (str(folder / "train.parquet"), str(folder / "test.parquet"))
    return apply_check(check, DataContext(*paths, **named))


def hold_case(check: Check, folder: Path, case: Case) -> CheckResult:
    """The check's result on a case of its fixture, whose target is `surge` and id `station`."""
    for name, text in case.files.items():
        (folder / name).write_text(text)
    paths = (str(folder / "train.csv"), str(folder / "test.csv"))
    return apply_check(check, DataContext(*paths, target="surge", id_column="station"))


def hold_planted(
    check: Check, folder: Path, rows: int, target: str, columns: Mapping[str, Any]
) -> CheckResult:
    """The check's result on a clean pair with these columns added to train; test has them too,
    without meaning."""
    train, test = clean_pair(rows, 0, target)
    planted = train.assign(**columns)
    blank = {name: planted[name].iloc[: len(test)].to_numpy() for name in columns}
    return hold(check, folder, planted, test.assign(**blank))


def alarms(check: Check, folder: Path, rows: int, seeds: range, targets: tuple[str, ...]) -> list:
    """The results of clean pairs that are no pass, or that never should be: (seed, target,
    status, why)."""
    found = []
    for target in targets:
        for seed in seeds:
            result = hold(check, folder, *clean_pair(rows, seed, target))
            if result.status not in (Status.PASSED, Status.NOT_APPLICABLE):
                why = result.reason or result.findings[0].why
                found.append((seed, target, result.status.value, why))
    return found


def flipped(labels: Any, share: float, seed: int) -> np.ndarray:
    """Labels of which this share, drawn at random, became another class."""
    random = np.random.default_rng(seed)
    made = np.array(labels)
    classes = np.unique(made)
    for row in np.flatnonzero(random.random(made.size) < share):
        made[row] = random.choice(classes[classes != made[row]])
    return made


def labels_of_clean(rows: int, target: str) -> np.ndarray:
    """The training labels of `hold_planted`'s table."""
    return clean_pair(rows, 0, target)[0]["y"].to_numpy()
