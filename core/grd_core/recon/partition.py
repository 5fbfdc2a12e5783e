"""Which row goes to which part: pure over one table; runs in a worker.

Parts of time are half-open: a part begins at its cut. Rows of the earlier part that lie
no further than the embargo before a cut are dropped, so that no window of a later row reaches
back into them.

Every strategy deals by a seed or by time; `stratified` and `grouped_stratified` read the target
of all rows for it, see `strata`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from grd_core.errors import DataError, RefusedError, UsageError
from grd_core.recon.blocks import blocks_of, leave_out_between
from grd_core.recon.dealing import deal_by_strata, deal_groups_by_strata, deal_units
from grd_core.recon.part_codes import EMBARGOED, NAMES, TEST, TRAIN, UNLABELLED, VALIDATION
from grd_core.recon.roles import Roles
from grd_core.recon.row_groups import crossings, group_ids
from grd_core.recon.strata import LEAST_UNITS, strata_of
from grd_core.recon.time_axis import TimeAxis, time_axis

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

Strategy = Literal["temporal", "grouped", "stratified", "grouped_stratified", "blocked", "random"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to cut: `validation` and `test` are fractions of the rows that remain after the
    missing-target rule, in (0, 1), or cuts in time. `block` is the length of a block, a span of
    time or a number of rows, of a blocked split alone."""

    strategy: Strategy
    validation: float | str
    test: float | str
    embargo: str
    seed: int
    drops_missing_target: bool
    block: str = ""


@dataclass(frozen=True, slots=True)
class Partition:
    """The part of every row, (n,) int8, with what is recorded about it.

    `spans` are first and last time per part, `cuts` where parts begin, `crossings` the
    share of the rows of validation and test whose group also stands in train, `notes` what else
    must be known of how the rows were dealt.
    """

    parts: np.ndarray[Any, Any]
    sizes: dict[str, int]
    cuts: dict[str, str]
    spans: dict[str, list[str]]
    crossings: dict[str, float]
    notes: tuple[str, ...] = ()


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
    notes: tuple[str, ...] = ()
    match plan.strategy:
        case "temporal":
            parts, cuts = _temporal(_required(axis, where), labelled, plan)
        case "stratified" | "grouped_stratified":
            parts, notes = _stratified(table, roles, labelled, plan, where)
        case strategy:
            if strategy == "grouped":
                units = group_ids(table, roles, where)
            elif strategy == "blocked":
                units = blocks_of(axis, table.num_rows, plan.block, where=where)
            else:
                units = np.arange(table.num_rows)
            parts = deal_units(units, labelled, *_fractions(plan), plan.seed)
    if plan.strategy == "blocked" and plan.embargo:
        leave_out_between(parts, axis, plan.embargo, where=where)
    # Before rows without a target leave: what is told of time and groups owes them nothing.
    spans, crossing = _spans(axis, parts), crossings(table, roles, parts)
    parts[~labelled] = UNLABELLED
    sizes = {name: int((parts == code).sum()) for code, name in NAMES.items()}
    _refuse_empty(sizes, where)
    sizes |= {
        "rows": table.num_rows,
        "dropped_embargo": int((parts == EMBARGOED).sum()),
        "dropped_missing_target": missing,
    }
    return Partition(parts, sizes, cuts, spans, crossing, notes)


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


def _required(axis: TimeAxis | None, where: str) -> TimeAxis:
    if axis is None:
        raise RefusedError(
            "a temporal split needs a time column",
            where=where,
            fix="declare one as roles.time, or split by group or at random",
        )
    return axis


def _stratified(
    table: pa.Table, roles: Roles, labelled: np.ndarray[Any, Any], plan: Plan, where: str
) -> tuple[np.ndarray[Any, Any], tuple[str, ...]]:
    """Dealt by strata of the target, whole groups where they are asked for."""
    import numpy as np

    whole = plan.strategy == "grouped_stratified"
    units = group_ids(table, roles, where) if whole else np.arange(table.num_rows)
    strata = strata_of(table, roles, labelled, units)
    deal = partial(deal_groups_by_strata, units) if whole else deal_by_strata
    parts = deal(strata.codes, strata.rare, *_fractions(plan), plan.seed)
    if not strata.rare_classes:
        return parts, ()
    what = "groups" if whole else "rows"
    number = strata.rare_classes
    said = "1 class stands" if number == 1 else f"{number} classes stand"
    return parts, (f"{said} in fewer than {LEAST_UNITS} {what} and so in train alone",)


def _fractions(plan: Plan) -> tuple[float, float]:
    """The fractions of validation and test.

    Raises:
        UsageError: one of them is a cut in time.
    """
    if isinstance(plan.validation, str) or isinstance(plan.test, str):
        raise UsageError(
            "a cut in time needs a temporal split",
            where="split",
            fix="give fractions, or split by time",
        )
    return plan.validation, plan.test


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


def _spans(axis: TimeAxis | None, parts: np.ndarray[Any, Any]) -> dict[str, list[str]]:
    if axis is None:
        return {}
    found = {}
    for code, name in NAMES.items():
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
                fix="change the fractions, the cuts, the embargo or the length of a block",
            )
