"""Two tables as the data checks compare them: read once, for all checks of a process.

Checks of one review look at the same files one after the other; what the files hold is kept
for the last pair that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from grd_core.checks.contract import DataContext, NotApplicable
from grd_core.checks.data.tables import missing_column, read_table

if TYPE_CHECKING:
    import pandas as pd

Task = Literal["regression", "classification", ""]

MOST_CLASSES = 20
"""Whole numbers with more distinct values than this are amounts, where no task is declared."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The rows of both tables, with the names of what may be compared.

    `features` stand in both tables and are neither target, id nor declared time. `held` are
    labelled rows outside `train`: the test table where it carries the target, else the
    validation part, else None; `held_name` says which («test», «validation» or empty). `task`
    is empty where there is no target.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    held: pd.DataFrame | None
    held_name: str
    features: tuple[str, ...]
    task: Task
    target: str

    def features_but(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The features without these."""
        return tuple(name for name in self.features if name not in names)


def frames_of(context: DataContext) -> Frames | NotApplicable:
    """The tables of a context; the last ones are kept while their files stay as they are.

    Raises:
        DataError: a table cannot be read, or lacks a declared column.
    """
    if not context.train or not context.test:
        return NotApplicable("there are not two tables to compare")
    paths = (context.train, context.test, context.validation)
    frames = _read(context, tuple(_stamp(path) for path in paths))
    if not frames.features:
        return NotApplicable("the tables share no feature column")
    return frames


def class_codes(values: pd.Series[Any]) -> tuple[Any, tuple[str, ...]]:
    """The classes of a target as numbers, (n,) int64 with -1 where missing, and their names."""
    import numpy as np
    import pandas as pd

    codes, names = pd.factorize(values, sort=not values.map(type).nunique() > 1)
    return np.asarray(codes, dtype=np.int64), tuple(str(name) for name in names)


def forget() -> None:
    """Keep no table any more."""
    _read.cache_clear()


@lru_cache(maxsize=1)
def _read(context: DataContext, stamps: tuple[tuple[int, ...], ...]) -> Frames:
    train, test = _frame(context.train), _frame(context.test)
    for name in (context.target, context.time, context.id_column, *context.groups):
        if name and name not in train.columns:
            raise missing_column(name, tuple(train.columns), where=context.train)
    held, held_name = None, ""
    if context.target and context.target in test.columns:
        held, held_name = test, "test"
    elif context.target and context.validation:
        held, held_name = _frame(context.validation), "validation"
    barred = {context.target, context.id_column, context.time}
    features = tuple(n for n in train.columns if n in test.columns and n not in barred)
    task = _task(train[context.target], context.task) if context.target else ""
    if task == "regression":
        train = _with_numbers(train, context.target)
        held = held if held is None else _with_numbers(held, context.target)
        test = held if held is not None and held_name == "test" else test
    return Frames(train, test, held, held_name, features, task, context.target)


def _frame(path: str) -> pd.DataFrame:
    frame: pd.DataFrame = read_table(Path(path)).to_pandas()
    return frame


def _stamp(path: str) -> tuple[int, ...]:
    if not path or not Path(path).exists():
        return ()
    state = Path(path).stat()
    return (state.st_ino, state.st_size, state.st_mtime_ns)


def _with_numbers(table: pd.DataFrame, target: str) -> pd.DataFrame:
    """The table with a target of words, where numbers were declared, as what numbers these hold;
    missing where they hold none."""
    import pandas as pd

    column = table[target]
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return table
    return table.assign(**{target: pd.to_numeric(column, errors="coerce").astype(float)})


def _task(target: pd.Series[Any], declared: str) -> Task:
    """As declared, else by what the target holds."""
    import pandas as pd

    if declared:
        return "regression" if declared == "regression" else "classification"
    numeric = pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target)
    if not numeric:
        return "classification"
    present = target.dropna()
    whole = bool((present % 1 == 0).all())
    return "classification" if whole and present.nunique() <= MOST_CLASSES else "regression"
