"""Dealing rows to parts at random by a seed: whole units, by strata, or whole groups by strata.

All functions are pure and deterministic in their arguments. Rows are dealt, never looked at:
what a stratum means stays with the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.recon.part_codes import TEST, TRAIN, VALIDATION

if TYPE_CHECKING:
    import numpy as np

MOST_STRATA = 50
"""Of groups dealt by strata: the rarer strata beyond this number are balanced as one."""


def deal_units(
    units: np.ndarray[Any, Any],
    counted: np.ndarray[Any, Any],
    validation: float,
    test: float,
    seed: int,
) -> np.ndarray[Any, Any]:
    """Whole units in a seeded order, until each part has its fraction.

    Args:
        units: which unit each row belongs to, (n,) int.
        counted: which rows the fractions are of, (n,) bool.
        validation: fraction in (0, 1).
        test: fraction in (0, 1), below 1 together with `validation`.
        seed: of the order.

    Returns:
        The part of each row, (n,) int8. No part exceeds its fraction but train.
    """
    import numpy as np

    _, unit_of_row = np.unique(units, return_inverse=True)
    weights = np.bincount(unit_of_row, weights=counted)
    order = np.random.default_rng(seed).permutation(weights.size)
    filled = np.cumsum(weights[order]) / weights.sum()
    part_of_unit = np.full(weights.size, TRAIN, dtype=np.int8)
    part_of_unit[order[filled <= test + validation]] = VALIDATION
    part_of_unit[order[filled <= test]] = TEST
    return np.asarray(part_of_unit[unit_of_row])


def deal_by_strata(
    strata: np.ndarray[Any, Any],
    to_train: np.ndarray[Any, Any],
    validation: float,
    test: float,
    seed: int,
) -> np.ndarray[Any, Any]:
    """Rows at random, every stratum in the same proportions.

    The rows are laid out stratum by stratum, shuffled within each, and every part takes its
    share along that line at even steps. So of the n rows of a stratum the test part gets n·test
    to less than one row, the validation part n·validation to less than two, and of all rows
    each part gets its share to less than two.

    Args:
        strata: the stratum of each row, (n,) int.
        to_train: rows that are not dealt but stand in train, (n,) bool.
        validation: fraction in (0, 1).
        test: fraction in (0, 1), below 1 together with `validation`.
        seed: of the draw.

    Returns:
        The part of each row, (n,) int8.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    parts = np.full(strata.size, TRAIN, dtype=np.int8)
    order = generator.permutation(np.flatnonzero(~to_train))
    codes, stratum = np.unique(strata[order], return_inverse=True)
    order = order[np.argsort(generator.permutation(codes.size)[stratum], kind="stable")]
    in_test = _even_steps(order.size, test)
    parts[order[in_test]] = TEST
    rest = order[~in_test]
    parts[rest[_even_steps(rest.size, validation / (1 - test))]] = VALIDATION
    return parts


def deal_groups_by_strata(
    groups: np.ndarray[Any, Any],
    strata: np.ndarray[Any, Any],
    to_train: np.ndarray[Any, Any],
    validation: float,
    test: float,
    seed: int,
) -> np.ndarray[Any, Any]:
    """Whole groups, each to the part that it brings nearest to its share of every stratum.

    Greedy, large groups first (by powers of two, shuffled within), the distance measured as
    chi-square over parts and strata; rows that are a group of their own fill what is lacking at
    the end. How near the shares come depends on the sizes of the groups.

    Args:
        groups: the group of each row, (n,) int.
        strata: the stratum of each row, (n,) int; rows below 0 count for no share.
        to_train: rows whose whole group stands in train, (n,) bool.
        validation: fraction in (0, 1).
        test: fraction in (0, 1), below 1 together with `validation`.
        seed: of the order.

    Returns:
        The part of each row, (n,) int8; a group has one.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    _, group_of_row = np.unique(groups, return_inverse=True)
    counts = _counts(group_of_row, _few_strata(strata))
    fixed = np.bincount(group_of_row, weights=to_train) > 0
    sizes = counts.sum(axis=1)
    shares = np.zeros(3)
    shares[[TRAIN, VALIDATION, TEST]] = 1 - validation - test, validation, test
    wanted = shares[:, None] * counts.sum(axis=0)
    weight = 1 / np.maximum(wanted, 1)
    have = np.zeros_like(wanted)
    have[TRAIN] = counts[fixed].sum(axis=0)
    part_of_group = np.full(sizes.size, TRAIN, dtype=np.int8)

    shuffled = generator.permutation(np.flatnonzero((sizes > 1) & ~fixed))
    large_first = np.argsort(-np.floor(np.log2(sizes[shuffled])), kind="stable")
    for group in shuffled[large_first]:
        found = counts[group]
        cost = ((2 * (have - wanted) + found) * found * weight).sum(axis=1)
        part = int(cost.argmin())
        part_of_group[group] = part
        have[part] += found

    singles = generator.permutation(np.flatnonzero((sizes == 1) & ~fixed))
    stratum_of = counts[singles].argmax(axis=1) if singles.size else singles
    for stratum in np.unique(stratum_of):
        alike = singles[stratum_of == stratum]
        lacking = np.maximum(wanted[:, stratum] - have[:, stratum], 0)
        ends = np.round(np.cumsum(lacking) / max(lacking.sum(), 1e-12) * alike.size).astype(int)
        part_of_group[alike] = np.searchsorted(ends, np.arange(alike.size), side="right").clip(0, 2)
    return np.asarray(part_of_group[group_of_row])


def _even_steps(rows: int, share: float) -> np.ndarray[Any, Any]:
    """Which of so many rows in line are taken, (rows,) bool: the share of any stretch of the
    line to less than one row."""
    import numpy as np

    return np.asarray(np.diff(np.floor(np.arange(rows + 1) * share + 0.5)) > 0)


def _few_strata(strata: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Strata numbered from 0 by size, at most `MOST_STRATA`; below 0 stays below 0."""
    import numpy as np

    present = strata >= 0
    _, code, count = np.unique(strata[present], return_inverse=True, return_counts=True)
    rank = np.empty(count.size, dtype=np.int64)
    rank[np.argsort(-count, kind="stable")] = np.arange(count.size)
    few = np.full(strata.size, -1, dtype=np.int64)
    few[present] = np.minimum(rank[code], MOST_STRATA - 1)
    return few


def _counts(group_of_row: np.ndarray[Any, Any], strata: np.ndarray[Any, Any]) -> Any:
    """Rows of each stratum in each group, (groups, strata) float64."""
    import numpy as np

    groups, width = int(group_of_row.max()) + 1, int(strata.max()) + 1
    present = strata >= 0
    cells = np.bincount(
        group_of_row[present] * width + strata[present], minlength=groups * width
    ).astype(float)
    return cells.reshape(groups, width)
