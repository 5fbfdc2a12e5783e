"""Do the parts of a split look alike? Features only, so it may be asked before the freeze.

Columns are compared one at a time: numbers and times by the two-sample Kolmogorov–Smirnov test
(Smirnov 1948), categories by chi-square with Cramér's V as effect (Cramér 1946), and what is
missing by its share. A column is told only where it differs in effect and beyond chance at once,
over all columns together by Benjamini and Hochberg (1995): with many rows everything differs
beyond chance, and what matters is how much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from grd_core.checks.data.row_hashes import total_hashes
from grd_core.recon.part_codes import NAMES, TEST, TRAIN, VALIDATION

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from grd_core.recon.roles import Roles

KS_FLOOR = 0.1
"""Largest distance between two distribution functions that is no matter."""
V_FLOOR = 0.1
"""Cramér's V that is no matter: a small effect in Cohen's (1988) terms for two tables."""
MISSING_FLOOR = 0.05
"""Difference of two shares of missing values that is no matter."""
SIGNIFICANCE = 0.002
"""False discovery rate over all columns of a comparison."""
MOST_ROWS = 50_000
"""Rows drawn from each part, by a fixed seed; smaller parts are read whole."""
MOST_CATEGORIES = 50
"""Categories compared one by one; the rarer ones count as one."""
MOST_TOLD = 10
"""Columns that are named, the largest effects first."""
_SEED = 20_231

Measure = Literal["ks", "cramers_v", "missing"]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one column differs between two parts: effect and adjusted p-value, both in [0, 1]."""

    column: str
    measure: Measure
    effect: float
    p: float


@dataclass(frozen=True, slots=True)
class Drift:
    """How a part differs from train: `tested` columns, those that differ, the largest told.

    `rows` are the rows compared of either part.
    """

    part: str
    tested: int
    differing: int
    shifts: tuple[Shift, ...]
    rows: tuple[int, int]


def drift_between(
    parts: Mapping[str, pa.Table], columns: tuple[str, ...], time: str = ""
) -> tuple[Drift, ...]:
    """Compare validation and test with train.

    Args:
        parts: tables by the names train, validation and test; all have the columns.
        columns: what is compared. Time and groups differ by design in a split by them and do
            not belong here, nor does anything of the target.
        time: the declared time; columns that follow it, such as a day, are not compared either.
    """
    import pandas as pd

    from grd_core.checks.data.encoded import encode
    from grd_core.checks.data.split_structure import images_of_time

    read = [*columns, time] if time else list(columns)
    drawn = {name: _drawn(table.select(read)).to_pandas() for name, table in parts.items()}
    order = ("train", *(name for name in drawn if name != "train"))
    by_design = images_of_time(tuple(drawn.values()), columns, time)
    columns = tuple(name for name in columns if name not in by_design)
    # Ranked by all parts together: what is frequent in train was picked for being so there, and
    # of values that stand once, as names do, no other part has any.
    together = pd.concat([drawn[name] for name in order], ignore_index=True)
    encoded = encode([together, *(drawn[name] for name in order)], columns)
    _, first, *others = encoded.matrices
    return tuple(
        _compared(name, encoded.names, encoded.categorical, first, matrix)
        for name, matrix in zip(order[1:], others, strict=True)
    )


def repeated_between(table: pa.Table, roles: Roles, parts: np.ndarray[Any, Any]) -> dict[str, int]:
    """Rows of validation and test that equal a row of an earlier part in every feature.

    Returns:
        By `validation`, rows that stand in train too; by `test`, in train or validation.
    """
    import numpy as np

    hashes = total_hashes(table, roles.features(tuple(table.column_names)))
    train, validation, test = (hashes[parts == code] for code in (TRAIN, VALIDATION, TEST))
    return {
        "validation": int(np.isin(validation, train).sum()),
        "test": int(np.isin(test, np.concatenate([train, validation])).sum()),
    }


def tables_of(table: pa.Table, parts: np.ndarray[Any, Any]) -> dict[str, pa.Table]:
    """The rows of each part."""
    import pyarrow as pa

    return {name: table.filter(pa.array(parts == code)) for code, name in NAMES.items()}


def _drawn(table: pa.Table) -> pa.Table:
    import numpy as np

    if table.num_rows <= MOST_ROWS:
        return table
    rows = np.random.default_rng(_SEED).choice(table.num_rows, MOST_ROWS, replace=False)
    return table.take(np.sort(rows))


def _compared(
    part: str,
    names: tuple[str, ...],
    categorical: np.ndarray[Any, Any],
    first: np.ndarray[Any, Any],
    second: np.ndarray[Any, Any],
) -> Drift:
    import numpy as np
    from scipy.stats import false_discovery_control

    found = [
        shift
        for place, name in enumerate(names)
        for shift in _shifts(name, bool(categorical[place]), first[:, place], second[:, place])
    ]
    adjusted = false_discovery_control([shift.p for shift in found]) if found else np.empty(0)
    floors = {"ks": KS_FLOOR, "cramers_v": V_FLOOR, "missing": MISSING_FLOOR}
    told = [
        Shift(one.column, one.measure, round(one.effect, 4), float(p))
        for one, p in zip(found, adjusted, strict=True)
        if p <= SIGNIFICANCE and one.effect > floors[one.measure]
    ]
    told.sort(key=lambda one: (-one.effect, one.column))
    return Drift(
        part=part,
        tested=len(names),
        differing=len({one.column for one in told}),
        shifts=tuple(told[:MOST_TOLD]),
        rows=(len(first), len(second)),
    )


def _shifts(
    name: str, categorical: bool, first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]
) -> Iterator[Shift]:
    import numpy as np

    missing = np.isnan(first), np.isnan(second)
    if missing[0].any() or missing[1].any():
        shares = float(missing[0].mean()), float(missing[1].mean())
        gone = np.array([[mask.sum(), (~mask).sum()] for mask in missing], dtype=float)
        yield Shift(name, "missing", abs(shares[0] - shares[1]), _chi_square(gone)[1])
    one, other = first[~missing[0]], second[~missing[1]]
    if not one.size or not other.size:
        return
    if categorical:
        yield Shift(name, "cramers_v", *_chi_square(_table(one, other)))
    else:
        from scipy.stats import ks_2samp

        result = ks_2samp(one, other, method="asymp")
        yield Shift(name, "ks", float(result.statistic), float(result.pvalue))


def _table(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Counts of the categories in both, (2, k); ranks beyond the most frequent count as one."""
    import numpy as np

    counts = [
        np.bincount(np.minimum(side, MOST_CATEGORIES - 1).astype(int), minlength=MOST_CATEGORIES)
        for side in (one, other)
    ]
    return np.array(counts, dtype=float)


def _chi_square(counts: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Cramér's V of a table with two rows, and the p-value of its chi-square; cells expected
    to hold fewer than five are counted together."""
    import numpy as np
    from scipy.stats import chi2

    counts = counts[:, counts.sum(axis=0) > 0]
    total = counts.sum()
    share = counts.sum(axis=1, keepdims=True) / total
    rare = (share * counts.sum(axis=0)).min(axis=0) < 5
    if rare.sum() > 1:
        counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    if counts.shape[1] < 2:
        return 0.0, 1.0
    expected = share * counts.sum(axis=0)
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return (statistic / total) ** 0.5, float(chi2.sf(statistic, counts.shape[1] - 1))
