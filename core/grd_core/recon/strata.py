"""The strata that rows are dealt by: classes of the target, or bins of its quantiles.

The target of every row is read here, and for one thing only: to deal. Nothing of a stratum is
told, neither its bounds nor how many rows it has, since the rows of the later test part stand
in it. That a stratified split gives each part nearly the same balance is its purpose, so the
balance of train says about that of test what a random draw would say within its noise; which
row has which label it does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.recon.roles import Roles

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

BINS = 10
"""Quantile bins of a target that is an amount."""
LEAST_IN_BIN = 10
"""Rows in a bin below which fewer bins are made."""
LEAST_UNITS = 3
"""Rows, or groups, that a class needs to be dealt: one for each part."""


@dataclass(frozen=True, slots=True)
class Strata:
    """The stratum of each row, (n,) int64, -1 without a target, and the rows whose class is too
    rare to be dealt, (n,) bool, with how many classes those are."""

    codes: np.ndarray[Any, Any]
    rare: np.ndarray[Any, Any]
    rare_classes: int


def strata_of(
    table: pa.Table,
    roles: Roles,
    labelled: np.ndarray[Any, Any],
    units: np.ndarray[Any, Any],
) -> Strata:
    """Classes as they are, amounts by `BINS` bins of equal rows.

    Args:
        table: has the target.
        roles: name it and say what it is.
        labelled: which rows have a target, (n,) bool.
        units: what is dealt as a whole: the group of each row, or its own number, (n,) int.
    """
    import numpy as np

    codes = np.full(table.num_rows, -1, dtype=np.int64)
    target = table.column(roles.target)
    if roles.task == "regression":
        values = np.asarray(target.cast("float64", safe=False).to_numpy())[labelled]
        bins = max(1, min(BINS, values.size // LEAST_IN_BIN))
        edges = np.unique(np.quantile(values, np.arange(1, bins) / bins))
        codes[labelled] = np.searchsorted(edges, values, side="right")
        return Strata(codes, np.zeros(table.num_rows, dtype=bool), 0)
    indices = target.combine_chunks().dictionary_encode().indices
    known = np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    codes[labelled] = known[labelled]
    rare = [code for code, held in _units_by_class(codes, units) if held < LEAST_UNITS]
    return Strata(codes, np.isin(codes, rare), len(rare))


def _units_by_class(
    codes: np.ndarray[Any, Any], units: np.ndarray[Any, Any]
) -> list[tuple[int, int]]:
    """Each class with the number of units that hold it."""
    import numpy as np

    present = codes >= 0
    pairs = np.unique(np.column_stack([codes[present], units[present]]), axis=0)
    classes, held = np.unique(pairs[:, 0], return_counts=True)
    return [(int(code), int(count)) for code, count in zip(classes, held, strict=True)]
