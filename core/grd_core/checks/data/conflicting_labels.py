"""Rows that are alike in every feature and carry different labels, beyond what noise gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Conflicts:
    """Pairs of rows alike in every feature: how many, how many of them disagree, how many
    disagreements their features lead to expect, p of that, and the disagreeing pairs (m, 2)."""

    pairs: int
    observed: float
    expected: float
    p_value: float
    rows: np.ndarray[Any, Any]


def row_keys(table: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """A number for each row, (n,) uint64, equal where all these columns are."""
    import numpy as np
    import pandas as pd

    if not names:
        return np.zeros(len(table), dtype=np.uint64)
    readable = table[list(names)]
    return np.asarray(pd.util.hash_pandas_object(readable, index=False, categorize=True))


def class_conflicts(
    keys: np.ndarray[Any, Any], codes: np.ndarray[Any, Any], chances: np.ndarray[Any, Any]
) -> Conflicts:
    """Each row against the one before it with the same features; `chances` (n, k) are those of
    held-out rows. Two draws disagree with chance 1 - Σp²."""
    import numpy as np
    from scipy.stats import poisson

    pairs = _pairs(keys)
    differ = codes[pairs[:, 0]] != codes[pairs[:, 1]]
    expected = float((1 - (chances[pairs[:, 0]] * chances[pairs[:, 1]]).sum(axis=1)).sum())
    p_value = float(poisson.sf(differ.sum() - 1, max(expected, 1e-3))) if differ.any() else 1.0
    return Conflicts(len(pairs), float(differ.sum()), expected, p_value, np.asarray(pairs[differ]))


def number_conflicts(
    keys: np.ndarray[Any, Any], values: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]
) -> Conflicts:
    """The same for numbers: half the mean squared difference of alike rows is the noise; it is
    held against the variance of what held-out predictions leave (F test), and pairs that differ
    by more than twice that deviation are counted."""
    import numpy as np
    from scipy.stats import f, norm

    pairs = _pairs(keys)
    if not len(pairs):
        return Conflicts(0, 0.0, 0.0, 1.0, pairs)
    noise = float(((values - predicted) ** 2).mean())
    between = values[pairs[:, 0]] - values[pairs[:, 1]]
    ratio = float((between**2).mean()) / 2 / max(noise, 1e-300)
    far = np.abs(between) > 2 * np.sqrt(2 * noise)
    p_value = float(f.sf(ratio, len(pairs), values.size))
    expected = 2 * float(norm.sf(2)) * len(pairs)
    return Conflicts(len(pairs), float(far.sum()), expected, p_value, np.asarray(pairs[far]))


def _pairs(keys: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Positions of neighbours with the same key, (m, 2), each row beside the one before it."""
    import numpy as np

    order = np.argsort(keys, kind="stable")
    alike = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    return np.column_stack([order[alike], order[alike + 1]])
