"""Pairs of tables with a law that is known, and one thing about it that changes in test.

The target follows `a`, `b` and `c`, in part together; `d` and `e` are noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

KINDS = ("regression", "binary", "words")
_EFFECTS = np.array([1.0, 0.7, 0.5, 0.0, 0.0])


def drifting_pair(
    rows: int, seed: int, kind: str, change: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`rows` rows of train and a third as many of test.

    Args:
        rows: of the training table.
        seed: equal seeds give equal tables.
        kind: one of KINDS, the target's.
        change: «none», «concept» (the target's sign turns), «gone» (nothing tells the target),
            «covariate» (`a` rises by 1.5), «label» (high targets are drawn more often),
            «correlation» (`d` stands in for `a` in train, and for the opposite in test).
    """
    chance = np.random.default_rng([seed, rows])
    train, test = chance.normal(size=(rows, 5)), chance.normal(size=(rows // 3, 5))
    if change == "covariate":
        test[:, 0] += 1.5
    if change == "correlation":
        train[:, 3] = 0.8 * train[:, 0] + 0.6 * train[:, 3]
        test[:, 3] = -0.8 * test[:, 0] + 0.6 * test[:, 3]
    before, after = _law(train, chance), _law(test, chance)
    if change == "concept":
        after = -after
    if change == "gone":
        after = chance.permutation(after)
    if change == "label":
        many = chance.normal(size=(20 * len(test), 5))
        amounts = _law(many, chance)
        weight = 1 / (1 + np.exp(-2 * amounts))
        drawn = chance.choice(len(many), len(test), replace=False, p=weight / weight.sum())
        test, after = many[drawn], amounts[drawn]
    return _table(train, before, kind), _table(test, after, kind)


def _law(features: Any, chance: np.random.Generator) -> Any:
    together = 0.5 * features[:, 0] * features[:, 1]
    return features @ _EFFECTS + together + chance.normal(size=len(features))


def _table(features: Any, amounts: Any, kind: str) -> pd.DataFrame:
    target = amounts
    if kind == "binary":
        target = (amounts > 0).astype(int)
    if kind == "words":
        target = np.array(["low", "middle", "high"])[np.digitize(amounts, [-0.8, 0.8])]
    return pd.DataFrame(features, columns=list("abcde")).assign(y=target)
