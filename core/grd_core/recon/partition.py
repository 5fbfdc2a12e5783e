"""Which row goes to which part: pure over one table; runs in a worker.

Parts of time are half-open: a part begins at its cut. Rows of the earlier part that lie
less than the embargo before a cut are dropped, so that no window of a later row reaches
back into them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from grd_core.checks.data.reading.options import options_from_json
from grd_core.checks.data.tables import read_table
from grd_core.errors import DataError, RefusedError, UsageError
from grd_core.jobs import Progress
from grd_core.recon.roles import Roles, roles_from_json
from grd_core.recon.time_axis import TimeAxis, time_axis

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

Strategy = Literal["temporal", "random", "grouped"]
TRAIN, VALIDATION, TEST, EMBARGOED, UNLABELLED = 0, 1, 2, -1, -2
_NAMES = {TRAIN: "train", VALIDATION: "validation", TEST: "test"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How to cut: `validation` and `test` are fractions of the rows that remain after the
    missing-target rule, in (0, 1), or cuts in time."""

    strategy: Strategy
    validation: float | str
    test: float | str
    embargo: str
    seed: int
    drops_missing_target: bool


@dataclass(frozen=True, slots=True)
class Partition:
    """The part of every row, (n,) int8, with what is recorded about it.

    `spans` are first and last time per part, `cuts` where parts begin, `crossings` the
    share of the rows of validation and test whose group also stands in train.
    """

    parts: np.ndarray[Any, Any]
    sizes: dict[str, int]
    cuts: dict[str, str]
    spans: dict[str, list[str]]
    crossings: dict[str, float]


def plan_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Preview a split.

    Args:
        arguments: `path`, `reading` (its options), `roles` and `plan`.
        progress: told what is being done.

    Returns:
        `sizes`, `cuts`, `spans` and `crossings` of the Partition; nothing computed from
        the target but how many rows have one.
    """
    roles = roles_from_json(arguments["roles"])
    plan = Plan(**arguments["plan"])
    path = Path(arguments["path"])
    progress(0.1, f"reading {path.name}")
    columns = {roles.target, *roles.groups, *([roles.time] if roles.time else [])}
    table = read_table(path, tuple(sorted(columns)), options_from_json(arguments.get("reading")))
    progress(0.6, "assigning rows")
    found = partition(table, roles, plan, where=str(path))
    content = asdict(found)
    del content["parts"]
    return content


def partition(table: pa.Table, roles: Roles, plan: Plan, *, where: str) -> Partition:
    """Assign every row of a table to a part.

    Deterministic in the table, the roles and the plan.

    Raises:
        RefusedError: rows have no target and no rule says what to do, or a part is empty.
        DataError: the time column cannot be read as time.
        UsageError: a fraction or a cut makes no sense.
    """
    import numpy as np

    labelled = labelled_rows(table, roles, where=where)
    missing = int((~labelled).sum())
    if missing and not plan.drops_missing_target:
        raise RefusedError(
            f"{missing:,} of {table.num_rows:,} rows have no `{roles.target}`",
            where=where,
            fix='say what happens to them and why, as in missing_target = "drop: cancelled'
            ' flights have no delay"',
        )
    axis = time_axis(table, roles.time, where=where) if roles.time else None
    cuts: dict[str, str] = {}
    if plan.strategy == "temporal":
        if axis is None:
            raise RefusedError(
                "a temporal split needs a time column",
                where=where,
                fix="declare one as roles.time, or split by group or at random",
            )
        parts, cuts = _temporal(axis, labelled, plan)
    elif plan.strategy == "grouped":
        parts = _at_random(_group_ids(table, roles, where), labelled, plan)
    else:
        parts = _at_random(np.arange(table.num_rows), labelled, plan)
    # Before rows without a target leave: what is told of time and groups owes them nothing.
    spans, crossings = _spans(axis, parts), _crossings(table, roles, parts)
    parts[~labelled] = UNLABELLED
    sizes = {name: int((parts == code).sum()) for code, name in _NAMES.items()}
    _refuse_empty(sizes, where)
    sizes |= {
        "rows": table.num_rows,
        "dropped_embargo": int((parts == EMBARGOED).sum()),
        "dropped_missing_target": missing,
    }
    return Partition(parts, sizes, cuts, spans, crossings)


def labelled_rows(table: pa.Table, roles: Roles, *, where: str) -> np.ndarray[Any, Any]:
    """Which rows have a target, (n,) bool; NaN counts as missing.

    Raises:
        DataError: no row has one, or one is infinite (the row is named).
    """
    import numpy as np
    import pyarrow as pa

    target = table.column(roles.target)
    if pa.types.is_floating(target.type):
        values = target.to_numpy()
        infinite = np.flatnonzero(np.isinf(values))
        if infinite.size:
            raise DataError(
                f"row {int(infinite[0]) + 1} has an infinite `{roles.target}`",
                where=where,
                fix="correct or drop that row",
            )
        labelled = ~np.isnan(values)
    else:
        labelled = np.asarray(target.is_valid().to_numpy())
    if not labelled.any():
        raise DataError(
            f"every `{roles.target}` is missing", where=where, fix="declare another target"
        )
    return np.asarray(labelled)


def _temporal(
    axis: TimeAxis, labelled: np.ndarray[Any, Any], plan: Plan
) -> tuple[np.ndarray[Any, Any], dict[str, str]]:
    import numpy as np

    times = axis.values
    kept = np.sort(times[labelled])
    test_cut = _cut_at(axis, kept, plan.test, kept.size)
    earlier = kept[kept < test_cut]
    if earlier.size == 0:
        raise UsageError(
            f"nothing lies before the test cut {axis.text(test_cut)}",
            where=axis.column,
            fix=f"cut after {axis.text(kept[0])}",
        )
    validation_cut = _cut_at(axis, earlier, plan.validation, kept.size)
    if not validation_cut < test_cut:
        raise UsageError(
            f"validation begins at {axis.text(validation_cut)}, not before the test cut"
            f" {axis.text(test_cut)}",
            where=axis.column,
            fix="move one of the cuts",
        )
    parts = np.full(times.size, TRAIN, dtype=np.int8)
    parts[times >= validation_cut] = VALIDATION
    parts[times >= test_cut] = TEST
    if plan.embargo:
        length = axis.length(plan.embargo)
        for part, cut in ((TRAIN, validation_cut), (VALIDATION, test_cut)):
            parts[(parts == part) & (times >= cut - length)] = EMBARGOED
    return parts, {"validation": axis.text(validation_cut), "test": axis.text(test_cut)}


def _cut_at(axis: TimeAxis, ordered: np.ndarray[Any, Any], wanted: float | str, rows: int) -> float:
    """Where a part begins: as given, or so that it takes its fraction of all rows; rows of
    one time stay together."""
    if isinstance(wanted, str):
        return axis.cut(wanted)
    position = ordered.size - max(1, round(rows * wanted))
    if position <= 0:
        raise UsageError(
            f"a part of {wanted:.0%} leaves nothing before it",
            where=axis.column,
            fix="give smaller fractions",
        )
    cut: float = ordered[position].item()
    return cut


def _at_random(
    units: np.ndarray[Any, Any], labelled: np.ndarray[Any, Any], plan: Plan
) -> np.ndarray[Any, Any]:
    """Whole units (rows or groups) in a seeded order, until each part has its fraction."""
    import numpy as np

    fractions = {VALIDATION: plan.validation, TEST: plan.test}
    if any(isinstance(fraction, str) for fraction in fractions.values()):
        raise UsageError(
            "a cut in time needs a temporal split",
            where="split",
            fix="give fractions, or split by time",
        )
    _, unit_of_row = np.unique(units, return_inverse=True)
    weights = np.bincount(unit_of_row, weights=labelled)
    order = np.random.default_rng(plan.seed).permutation(weights.size)
    filled = np.cumsum(weights[order]) / weights.sum()
    part_of_unit = np.full(weights.size, TRAIN, dtype=np.int8)
    part_of_unit[order[filled <= float(plan.test) + float(plan.validation)]] = VALIDATION
    part_of_unit[order[filled <= float(plan.test)]] = TEST
    return np.asarray(part_of_unit[unit_of_row])


def _group_ids(table: pa.Table, roles: Roles, where: str) -> np.ndarray[Any, Any]:
    """Rows that share a value of any declared group, however indirectly, get one number."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not roles.groups:
        raise RefusedError(
            "a grouped split needs a group column",
            where=where,
            fix="declare one in roles.groups, or split by time or at random",
        )
    rows = np.arange(table.num_rows)
    sources, targets, nodes = [], [], table.num_rows
    for name in roles.groups:
        codes = _codes(table, name)
        known = codes >= 0
        sources.append(rows[known])
        targets.append(codes[known] + nodes)
        nodes += int(codes.max(initial=-1)) + 1
    source, target = np.concatenate(sources), np.concatenate(targets)
    edges = coo_array((np.ones(source.size, dtype=np.int8), (source, target)), shape=(nodes, nodes))
    return np.asarray(connected_components(edges, directed=False)[1][: table.num_rows])


def _codes(table: pa.Table, name: str) -> np.ndarray[Any, Any]:
    """A column's values as numbers from 0; -1 where missing."""
    import numpy as np

    indices = table.column(name).combine_chunks().dictionary_encode().indices
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _crossings(table: pa.Table, roles: Roles, parts: np.ndarray[Any, Any]) -> dict[str, float]:
    import numpy as np

    found = {}
    for name in roles.groups:
        codes = _codes(table, name)
        later = codes[((parts == VALIDATION) | (parts == TEST)) & (codes >= 0)]
        seen = np.isin(later, codes[(parts == TRAIN) & (codes >= 0)])
        found[name] = round(float(seen.mean()), 4) if later.size else 0.0
    return found


def _spans(axis: TimeAxis | None, parts: np.ndarray[Any, Any]) -> dict[str, list[str]]:
    if axis is None:
        return {}
    found = {}
    for code, name in _NAMES.items():
        times = axis.values[parts == code]
        if times.size:
            found[name] = [axis.text(times.min()), axis.text(times.max())]
    return found


def _refuse_empty(sizes: dict[str, int], where: str) -> None:
    for name, size in sizes.items():
        if size == 0:
            raise RefusedError(
                f"the {name} part is empty",
                where=where,
                fix="change the fractions, the cuts or the embargo",
            )
