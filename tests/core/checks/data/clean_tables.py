"""Pairs of tables that hold no fault: train and test rows drawn from one distribution.

What a researcher's table holds stands in them: skewed and heavy-tailed amounts, counts, a pair
of correlated columns, categories of few and of many values, flags, missing values that tell
nothing, a date, an id. The target depends on several columns, in part together, and on noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

TARGETS = ("regression", "binary", "multiclass", "words", "imbalanced")
TEST_SHARE = 1 / 3


def clean_pair(rows: int, seed: int, target: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`rows` rows of train and a third as many of test, in random order.

    Args:
        rows: of the training table.
        seed: equal seeds give equal tables.
        target: one of TARGETS; the column is called `y`.
    """
    made = clean_table(rows + round(rows * TEST_SHARE), seed, target)
    return made.iloc[:rows].reset_index(drop=True), made.iloc[rows:].reset_index(drop=True)


def clean_table(rows: int, seed: int, target: str) -> pd.DataFrame:
    """One table of independent rows; `id` names them in random order, `day` is no order."""
    chance = np.random.default_rng([seed, rows, TARGETS.index(target)])
    base = chance.normal(size=(rows, 4))
    table = pd.DataFrame(
        {
            "id": chance.permutation(rows) + 1000,
            "day": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(chance.integers(0, 365, rows), unit="D"),
            "wind": base[:, 0],
            "gust": 0.8 * base[:, 0] + 0.6 * base[:, 1],
            "amount": np.exp(base[:, 2]),
            "swell": chance.standard_t(3, rows),
            "visits": chance.poisson(3, rows),
            "noise": chance.uniform(size=rows),
            "site": chance.choice(list("ABCD"), rows, p=[0.5, 0.25, 0.15, 0.1]),
            "boat": [f"boat {n}" for n in chance.integers(0, 30, rows)],
            "open": chance.random(rows) < 0.3,
            "depth": np.where(chance.random(rows) < 0.15, np.nan, base[:, 3]),
        }
    )
    return table.assign(y=_target(table, chance, target))


def _target(table: pd.DataFrame, chance: np.random.Generator, target: str) -> Any:
    signal = (
        table["wind"]
        + 0.7 * table["depth"].fillna(0.0)
        + 0.5 * table["wind"] * table["noise"]
        + table["site"].map({"A": 0.0, "B": 0.5, "C": -0.5, "D": 1.0})
        + 0.3 * np.log(table["amount"])
    )
    felt = signal.to_numpy() + chance.normal(size=len(table))
    if target == "regression":
        return np.round(10 + 3 * felt, 2)
    if target == "binary":
        return (felt > 0).astype(int)
    if target == "imbalanced":
        return (felt > 2.2).astype(int)
    classes = np.digitize(felt, [-0.8, 0.8])
    return classes if target == "multiclass" else np.array(["low", "middle", "high"])[classes]
