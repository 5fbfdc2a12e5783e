"""The parts of a split by their declared time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.contract import DataContext, NotApplicable
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.tables import column_names, read_table
from grd_core.checks.data.time_order import Times, times_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Part:
    """A part by its name in sentences, with its times, and its labels where it has them."""

    name: str
    path: str
    times: Times
    labels: pd.Series[Any] | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a split; `validation` is None where there is none."""

    train: Part
    test: Part
    validation: Part | None
    task: str
    notes: tuple[str, ...]


def parts_of(context: DataContext) -> Parts | NotApplicable:
    """Read the declared time of every part, also where the tables share no feature.

    Raises:
        DataError: a table cannot be read, or its declared time is none.
    """
    name = context.time
    frames = frames_of(context)
    if isinstance(frames, Frames):
        tables, task = (frames.train, frames.test), str(frames.task)
    elif context.train and context.test:
        tables, task = (
            (_table(context.train, name, context.target), _table(context.test, name, "")),
            context.task or "regression",
        )
    else:
        return frames
    if name not in tables[1].columns:
        return NotApplicable(f"the test table has no column `{name}`")
    train, test = (
        times_of(table[name], path)
        for table, path in zip(tables, (context.train, context.test), strict=True)
    )
    if train.dated != test.dated:
        return NotApplicable(f"`{name}` holds dates in one table and numbers in the other")
    for times, part in ((train, "training"), (test, "test")):
        if not times.present.size:
            return NotApplicable(f"no {part} row has a `{name}`")
    notes = tuple(
        f"{missing:,} {part} rows have no `{name}` and were left out"
        for times, part in ((train, "training"), (test, "test"))
        if (missing := times.values.size - times.present.size)
    )
    labels = tables[0][context.target] if context.target else None
    return Parts(
        Part("train", context.train, train, labels),
        Part("test", context.test, test),
        _validation(context, train.dated),
        task,
        notes,
    )


def _table(path: str, *names: str) -> pd.DataFrame:
    wanted = tuple(name for name in names if name)
    present = column_names(Path(path))
    table: pd.DataFrame = read_table(
        Path(path), tuple(name for name in wanted if name in present) or None
    ).to_pandas()
    return table


def _validation(context: DataContext, dated: bool) -> Part | None:
    path = context.validation
    if not path or context.time not in column_names(Path(path)):
        return None
    times = times_of(_table(path, context.time)[context.time], path)
    if times.dated != dated or not times.present.size:
        return None
    return Part("validation", path, times)
