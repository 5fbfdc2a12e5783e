"""D201: rows of the test table that also stand in the training table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from grd_core.checks.contract import (
    Cost,
    DataContext,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Status,
    Thresholds,
)
from grd_core.checks.data.row_hashes import RowHashes, hash_rows
from grd_core.checks.data.tables import column_names, read_table

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_SHOWN = 5
_LEFT_OUT_AT_MOST = 40
_HALVES = 8
_STRAYS = 0.1
"""Of the repeats that chance gives, the share that may lack a near neighbour."""


class DuplicatesAcrossSplits:
    """Test rows that also stand in the training table.

    ## What it finds
    Test rows whose features all equal those of a training row. The id, the time and the
    target are not compared, nor integer columns that only number the rows: a row recorded
    again at another time is still the same row. Where both tables carry the target, pairs
    with different labels are told apart.

    ## Why it matters
    A model that remembers training rows scores on such rows without having learned
    anything; the test score then promises more than new data will give.

    ## How it is measured
    Every row gets a 64-bit hash, summed over columns, so that columns can be left out
    again. Coarse tables repeat rows by chance, so each repeated test row is asked whether
    chance explains it: does some training row agree with it on all columns but one, or on a
    random half of them, yet differ elsewhere? Rows that arise by chance have such near
    neighbours, copied rows of a fine-grained table have none. Where no repeat has a
    neighbour, in test or in train, all repeats count. Otherwise repeats count beyond the
    rate at which training rows with neighbours repeat each other (plus three standard
    errors and one row), where the excess passes a one-sided binomial test at
    `significance = 0.01`; failing that, those without a neighbour count where they are more
    than a tenth of the chance repeats by a Poisson test at the same level. Where the training
    rows come in so few kinds that the square of their number is no larger than that of the
    rows, the features tell no row from another and nothing is counted. The value is the
    share of test rows so counted. It warns from `warning_share = 0.001`, and blocks from
    `blocking_share = 0.01` when at least `blocking_rows = 3` rows are counted.

    ## How to fix it
    Remove repeated rows before the split, or keep all copies of a row in one part by
    splitting on a key that they share.

    ## When it is wrong
    Repeats in a coarse table that were there before the split raise the training rate as
    much as the test rate and are taken for chance. A column that differs between copies,
    such as a time of import that is not declared as id, hides them. Rows that are rare, coarse
    and equal by chance can be counted in small tables.

    ## Reference
    Barz and Denzler, «Do we train on test data? Purging CIFAR of near-duplicates», J. Imaging
    6(6), 2020. Kapoor and Narayanan, «Leakage and the reproducibility crisis in
    machine-learning-based science», Patterns 4(9), 2023, type L1.3.
    """

    code: ClassVar[str] = "D201"
    title: ClassVar[str] = "Exact duplicates across splits"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.3390/jimaging6060041",
        "https://doi.org/10.1016/j.patter.2023.100804",
    )
    family: ClassVar[str] = "overlap"
    thresholds: ClassVar[Mapping[str, float]] = {
        "warning_share": 0.001,
        "blocking_share": 0.01,
        "blocking_rows": 3,
        "significance": 0.01,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Count test rows that repeat a training row beyond chance.

        Raises:
            DataError: a table cannot be read.
        """
        import numpy as np

        context = cast(DataContext, context)
        if not context.train or not context.test:
            return NotApplicable("there are not two tables to compare")
        compared = _compared_columns(context)
        if not compared:
            return NotApplicable("the tables share no feature column")
        tables = tuple(read_table(Path(path)) for path in (context.train, context.test))
        train, test = tables
        kept, notes = _without_row_numbers(train, test, compared)
        train_hashes, test_hashes = hash_rows(tables, kept)
        kinds = np.unique(train_hashes.total).size
        if kinds**2 <= train.num_rows and train.num_rows > 1:
            told = "one kind" if kinds == 1 else f"{kinds} kinds"
            return NotApplicable(f"the features tell only {told} of training rows apart")
        repeats = _repeats(train_hashes, test_hashes, self.thresholds["significance"])
        counted = repeats.counted
        share = counted / test.num_rows
        method = (
            f"equal hashes over {len(kept)} columns; {repeats.rows.size} repeats, of which"
            f" {repeats.explained} have near neighbours"
            f" ({repeats.expected:.1f} expected by chance)"
        )
        evidence = (self._evidence(context, train, test, repeats),) if counted else ()
        return Measurement(
            value=share,
            method=method,
            n=test.num_rows,
            ci=_wilson(counted, test.num_rows),
            evidence=evidence,
            notes=notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Passed below the warning share; failed from the blocking share and rows."""
        share, rows = measurement.value or 0.0, measurement.n or 0
        if share < thresholds["warning_share"]:
            return Status.PASSED
        blocking = share >= thresholds["blocking_share"]
        enough = round(share * rows) >= thresholds["blocking_rows"]
        return Status.FAILED if blocking and enough else Status.WARNED

    def _evidence(
        self,
        context: DataContext,
        train: pa.Table,
        test: pa.Table,
        repeats: _Repeats,
    ) -> Evidence:
        counted = repeats.counted
        share = counted / test.num_rows
        blocking = (
            share >= self.thresholds["blocking_share"]
            and counted >= self.thresholds["blocking_rows"]
        )
        severity = Severity.INFO
        if share >= self.thresholds["warning_share"]:
            severity = Severity.BLOCKING if blocking else Severity.WARNING
        rows = repeats.rows
        named = ", ".join(
            f"{_row_name(test, context.id_column, int(rows[i]))} ="
            f" {_row_name(train, context.id_column, int(repeats.partners[i]))}"
            for i in range(min(_SHOWN, rows.size))
        )
        return Evidence(
            title=f"{counted} test rows stand in the training table",
            why=(
                f"{counted:,} of {test.num_rows:,} test rows ({share:.2%}) equal a training row"
                f" in every feature; {repeats.expected:.1f} are expected by chance;"
                f" first (test = train): {named}{_label_words(context, train, test, repeats)}"
            ),
            fix="remove repeated rows before the split, or split on a key that the copies share",
            severity=severity,
            path=context.test,
            value=share,
            threshold=self.thresholds["blocking_share" if blocking else "warning_share"],
            family=self.family,
        )


@dataclass(frozen=True, slots=True)
class _Repeats:
    """Test rows that equal a training row: positions, with one partner each in train, those
    without near neighbours first.

    `counted` are beyond chance, `explained` have near neighbours, `expected` of these are
    given by chance.
    """

    rows: np.ndarray[Any, Any]
    partners: np.ndarray[Any, Any]
    counted: int
    explained: int
    expected: float


def _repeats(train: RowHashes, test: RowHashes, significance: float) -> _Repeats:
    import numpy as np
    import pandas as pd
    from scipy.stats import binom, poisson

    first = pd.Series(np.arange(train.total.size), index=train.total)
    first = first[~first.index.duplicated()]
    partner = first.index.get_indexer(pd.Index(test.total))
    rows = np.flatnonzero(partner >= 0)
    if rows.size == 0:
        none = np.array([], dtype=np.int64)
        return _Repeats(none, none, 0, 0, 0.0)
    partners = first.to_numpy()[partner[rows]]
    near = _has_neighbour(train, test.columns[:, rows], test.total[rows])
    rows = np.concatenate([rows[~near], rows[near]])
    partners = np.concatenate([partners[~near], partners[near]])
    isolated, explained = rows[: (~near).sum()], rows[(~near).sum() :]
    repeated = np.flatnonzero(pd.Series(train.total).duplicated(keep=False).to_numpy())
    alike = _has_neighbour(train, train.columns[:, repeated], train.total[repeated])
    if not explained.size and not alike.any():
        return _Repeats(rows, partners, isolated.size, 0, 0.0)
    # The training rate is an estimate itself: allow for three standard errors and one row.
    seen = float(alike.sum()) / train.total.size
    rate = min(1.0, seen + 3 * np.sqrt(seen * (1 - seen) / train.total.size) + 1 / train.total.size)
    expected = rate * test.total.size
    counted = 0
    if rows.size > binom.ppf(1 - significance, test.total.size, rate):
        counted = int(rows.size - np.floor(expected))
    elif isolated.size > poisson.ppf(1 - significance, _STRAYS * expected):
        counted = isolated.size
    return _Repeats(rows, partners, counted, explained.size, expected)


def _has_neighbour(
    train: RowHashes, columns: np.ndarray[Any, Any], total: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """For rows that repeat a training row, (m,) bool: does another training row agree on all
    columns but one, or on a random half, and differ elsewhere?"""
    import numpy as np
    import pandas as pd

    near = np.zeros(total.size, dtype=bool)
    for kept in _subsets(len(train.names)):
        open_rows = np.flatnonzero(~near)
        if open_rows.size == 0:
            break
        wanted = columns[kept][:, open_rows].sum(axis=0, dtype=np.uint64)
        index = pd.Index(np.unique(wanted))
        place = index.get_indexer(pd.Index(train.over(kept)))
        candidates = np.flatnonzero(place >= 0)
        full = pd.Series(train.total[candidates]).groupby(place[candidates])
        span = pd.DataFrame({"least": full.min(), "most": full.max()})
        mine = span.reindex(index.get_indexer(pd.Index(wanted)))
        own = total[open_rows]
        near[open_rows] = (mine["least"].to_numpy() != own) | (mine["most"].to_numpy() != own)
    return near


def _subsets(width: int) -> list[np.ndarray[Any, Any]]:
    """Column positions to compare: all but one, and random halves; fixed for a width."""
    import numpy as np

    if width < 2:
        return [np.array([], dtype=np.int64)]
    generator = np.random.default_rng(201)
    left_out = generator.permutation(width)[:_LEFT_OUT_AT_MOST]
    halves = [np.sort(generator.permutation(width)[: (width + 1) // 2]) for _ in range(_HALVES)]
    return [np.delete(np.arange(width), column) for column in left_out] + halves


def _compared_columns(context: DataContext) -> tuple[str, ...]:
    train, test = (column_names(Path(path)) for path in (context.train, context.test))
    barred = {context.target, context.id_column, context.time}
    return tuple(name for name in train if name in test and name not in barred)


def _without_row_numbers(
    train: pa.Table, test: pa.Table, names: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Leave out integer columns that never repeat within or across the tables: they name
    rows, and would hide every copy."""
    import numpy as np
    import pyarrow as pa

    numbering = []
    rows = train.num_rows + test.num_rows
    for name in names:
        columns = (train.column(name), test.column(name))
        if all(pa.types.is_integer(column.type) and not column.null_count for column in columns):
            values = np.concatenate([column.to_numpy() for column in columns])
            if np.unique(values).size == rows:
                numbering.append(name)
    kept = tuple(name for name in names if name not in numbering)
    if not numbering or not kept:
        return names, ()
    return kept, (f"left out as row numbers: {', '.join(numbering)}",)


def _row_name(table: pa.Table, id_column: str, row: int) -> str:
    if id_column and id_column in table.column_names:
        # repr: a value from data may hold control characters.
        return f"{id_column} {table.column(id_column)[row].as_py()!r}"[:60]
    return f"row {row + 1}"


def _label_words(context: DataContext, train: pa.Table, test: pa.Table, repeats: _Repeats) -> str:
    """How many repeats carry another label, where both tables have labels to compare."""
    target = context.target
    if not target:
        return ""
    if target not in train.column_names or target not in test.column_names:
        return "; labels were not compared, the test table has none"
    theirs = train.column(target).take(repeats.partners).to_pylist()
    ours = test.column(target).take(repeats.rows).to_pylist()
    conflicting = sum(a != b for a, b in zip(ours, theirs, strict=True))
    return f"; {conflicting:,} of them carry another `{target}` than the training row"


def _wilson(count: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval for a share."""
    z = 1.959964
    centre = (count + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * (count * (n - count) / n + z * z / 4) ** 0.5
    return (max(0.0, centre - half), min(1.0, centre + half))
