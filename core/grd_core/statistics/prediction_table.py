"""Reading a run's prediction table: CSV or Parquet, checked row by row.

Columns: `id`, `part` (train, validation or test), `y_pred`, and optionally `fold`, `seed`,
`y_true` (never for test), `score_<class>` and any strata. Structure that cannot be read is
a DataError; content that contradicts itself is a list of faults, so that a check can
report them all and a reader can refuse the first.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from grd_core.errors import DataError

PARTS = ("train", "validation", "test")
REQUIRED = ("id", "part", "y_pred")
SCORE_PREFIX = "score_"
_WRITE_WITH = "write the table with grd_log.predict"


@dataclass(frozen=True, slots=True)
class Fault:
    """One contradiction in a table: what is wrong, where, what to do; `count` rows have it."""

    kind: Literal["unfinished_prediction", "frozen_label", "duplicate"]
    what: str
    where: str
    fix: str
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class PredictionTable:
    """A table as read: `frame` has id, part, fold, seed, y_true, y_pred and score columns.

    `fold` and `seed` are nullable integers. `lines` says whether places are lines of a CSV
    file (the header is line 1) or rows of a Parquet file (from 1).
    """

    path: Path
    frame: pd.DataFrame
    lines: tuple[int, ...] | None

    def place(self, position: int) -> str:
        """Where a row stands, in words: `predictions.csv line 17`."""
        if self.lines is None:
            return f"{self.path.name} row {position + 1}"
        return f"{self.path.name} line {self.lines[position]}"

    def part(self, name: str) -> pd.DataFrame:
        """The rows of one part; their index is their position in the table."""
        return self.frame[self.frame["part"] == name]

    @property
    def score_columns(self) -> tuple[str, ...]:
        """The class score columns, in the file's order."""
        return tuple(c for c in self.frame.columns if c.startswith(SCORE_PREFIX))


def read_predictions(path: Path, task: str) -> PredictionTable:
    """A table in which nothing is wrong.

    Raises:
        DataError: it cannot be read, or holds an unfinished prediction, a label of the
            test part or a row twice; the first of them, with its line or row.
    """
    table = parse_predictions(path, task)
    for fault in faults_in(table, task):
        raise DataError(fault.what, where=fault.where, fix=fault.fix)
    return table


def parse_predictions(path: Path, task: str) -> PredictionTable:
    """A table with the columns and types it must have; its content may still be at fault.

    Raises:
        DataError: no such file, not CSV or Parquet, ragged, a column missing, an unknown
            part, or text where a number must stand.
    """
    raw, lines = _read(path)
    named = [str(column) for column in raw.columns]
    missing = [column for column in REQUIRED if column not in named]
    if missing:
        raise DataError(
            f"the prediction table has no column {missing[0]!r}; it has {', '.join(named)}",
            where=path.name,
            fix=f"columns id, part and y_pred are needed; {_WRITE_WITH}",
        )
    if len(raw) == 0:
        raise DataError("the prediction table is empty", where=path.name, fix=_WRITE_WITH)
    table = PredictionTable(path, raw.reset_index(drop=True), lines)
    return PredictionTable(path, _typed(table, task), lines)


def faults_in(table: PredictionTable, task: str) -> tuple[Fault, ...]:
    """Every kind of contradiction in the table, at its first row, with its count."""
    found = (_unfinished(table, task), _frozen_labels(table), _duplicates(table))
    return tuple(fault for group in found for fault in group)


# --- reading ---------------------------------------------------------------------------


def _read(path: Path) -> tuple[pd.DataFrame, tuple[int, ...] | None]:
    if not path.is_file():
        raise DataError("there is no prediction table", where=str(path), fix=_WRITE_WITH)
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path), None
        return _read_csv(path)
    except (OSError, ValueError, csv.Error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"the prediction table cannot be read: {reason}", where=path.name, fix=_WRITE_WITH
        ) from error


def _read_csv(path: Path) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """As text, so that an id such as 007 stays what it is and every row knows its line."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        twice = [name for name in header if header.count(name) > 1]
        if twice:
            raise DataError(
                f"column {twice[0]!r} stands twice", where=f"{path.name} line 1", fix="keep one"
            )
        # In one list, not one for each row: the collector of garbage goes through every list.
        cells: list[str] = []
        lines: list[int] = []
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise DataError(
                    f"the row has {len(row)} fields, the header has {len(header)}",
                    where=f"{path.name} line {reader.line_num}",
                    fix="quote fields that hold commas, or write it with grd_log.predict",
                )
            cells.extend(row)
            lines.append(reader.line_num)
    columns = {
        name: pd.Series([cell or None for cell in cells[place :: len(header)]], dtype=object)
        for place, name in enumerate(header)
    }
    return pd.DataFrame(columns), tuple(lines)


def _typed(table: PredictionTable, task: str) -> pd.DataFrame:
    frame = table.frame.copy()
    frame.columns = [str(column) for column in frame.columns]
    frame["part"] = frame["part"].astype(object)
    strange = ~frame["part"].isin(PARTS)
    if strange.any():
        first = int(np.flatnonzero(strange)[0])
        raise DataError(
            f"part is {frame['part'].iloc[first]!r}",
            where=table.place(first),
            fix=f"it must be one of {', '.join(PARTS)}",
        )
    if frame["id"].isna().any():
        first = int(np.flatnonzero(frame["id"].isna())[0])
        raise DataError("the row has no id", where=table.place(first), fix=_WRITE_WITH)
    for column in ("fold", "seed"):
        frame[column] = (
            _whole_numbers(table, column)
            if column in frame
            else pd.Series(pd.NA, index=frame.index, dtype="Int64")
        )
    if "y_true" not in frame:
        frame["y_true"] = None
    numeric = [c for c in frame.columns if c.startswith(SCORE_PREFIX)]
    for column in (*numeric, *(("y_pred",) if task == "regression" else ())):
        frame[column] = _numbers(table, column)
    return frame


def _numbers(table: PredictionTable, column: str) -> pd.Series[float]:
    given = table.frame[column]
    numbers = pd.to_numeric(given, errors="coerce").astype("float64")
    words = numbers.isna() & given.notna()
    words &= ~given.astype(str).str.strip().str.lower().isin(("nan", "none", "null"))
    if words.any():
        first = int(np.flatnonzero(words)[0])
        raise DataError(
            f"{column} is {given.iloc[first]!r}, not a number",
            where=table.place(first),
            fix="write one number a row",
        )
    return numbers


def _whole_numbers(table: PredictionTable, column: str) -> pd.Series[int]:
    numbers = _numbers(table, column)
    broken = numbers.notna() & (numbers != np.floor(numbers))
    if broken.any() or np.isinf(numbers).any():
        first = int(np.flatnonzero(broken | np.isinf(numbers))[0])
        raise DataError(
            f"{column} is {numbers.iloc[first]}, not a whole number",
            where=table.place(first),
            fix=f"number each {column} from 0, or leave it empty",
        )
    return numbers.astype("Int64")


# --- contradictions --------------------------------------------------------------------


def _unfinished(table: PredictionTable, task: str) -> Iterator[Fault]:
    for column in ("y_pred", *table.score_columns):
        values = table.frame[column]
        if task == "regression" or column != "y_pred":
            bad = ~np.isfinite(values.to_numpy(dtype=np.float64))
            wrong = "is not a finite number"
        else:
            bad = values.isna().to_numpy()
            wrong = "is empty"
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            yield Fault(
                "unfinished_prediction",
                f"{column} {wrong}, in {int(bad.sum())} of {len(bad)} rows",
                table.place(first),
                "find the rows the model cannot answer; a prediction is never left out",
                int(bad.sum()),
            )


def _frozen_labels(table: PredictionTable) -> Iterator[Fault]:
    test = table.part("test")
    labelled = test.index[test["y_true"].notna()]
    if len(labelled):
        yield Fault(
            "frozen_label",
            f"y_true is given for {len(labelled)} rows of the test part, whose labels are frozen",
            table.place(int(labelled[0])),
            "leave y_true empty for part test; the evaluation joins the labels once",
            len(labelled),
        )


def _duplicates(table: PredictionTable) -> Iterator[Fault]:
    key = ["id", "part", "fold", "seed"]
    text = table.frame[key].astype(str)
    twice = text.duplicated()
    if twice.any():
        first = int(np.flatnonzero(twice)[0])
        row = table.frame.iloc[first]
        yield Fault(
            "duplicate",
            f"id {row['id']} stands twice in part {row['part']} of one fold and seed",
            table.place(first),
            "predict each row once, or number the folds or seeds",
            int(twice.sum()),
        )
