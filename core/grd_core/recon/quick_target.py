"""What a named target shows at a quick look: its own values, and what gives it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.checks.data.batches import BatchedTable
from grd_core.checks.data.column_oddities import tail_share
from grd_core.errors import DataError
from grd_core.recon.column_facts import as_numbers, is_numeric
from grd_core.recon.missingness import missingness
from grd_core.recon.quick_lines import Line, line, tick
from grd_core.recon.risks import plain
from grd_core.recon.roles import Task
from grd_core.recon.single_column import target_teller

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MOST_CLASSES = 20
SAMPLED = 20_000
SEED = 0
NEARLY_THE_TARGET = 0.9
"""How far one column alone tells the target, as `single_column` measures it."""
_IMBALANCED, _TAILED = 0.9, 0.25
_MOST_TOLD = 3


def task_of(values: pa.ChunkedArray, name: str, where: str) -> Task:
    """Regression for numbers of many values, else by the count of classes.

    Raises:
        DataError: the column holds lists or records, which cannot be predicted as one value.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_nested(values.type):
        raise DataError(
            f"`{name}` holds {values.type}, not one value a row",
            where=where,
            fix="name a column of numbers or words as the target",
        )
    distinct = int(pc.count_distinct(values, mode="only_valid").as_py())
    if is_numeric(values.type):
        import numpy as np

        numbers = as_numbers(values)
        present = numbers[np.isfinite(numbers)]
        if distinct > MOST_CLASSES or not bool((present % 1 == 0).all()):
            return "regression"
    return "binary" if distinct <= 2 else "multiclass"


def target_lines(
    values: pa.ChunkedArray, name: str, task: Task, looked: BatchedTable, content: dict[str, Any]
) -> list[Line]:
    """The target's own oddities, columns whose absence tells it, and columns that nearly are it.

    Args:
        values: the target, of all rows looked at.
        name: its name.
        task: as `task_of`.
        looked: the rows looked at.
        content: their structure profile.
    """
    import pandas as pd

    target = values.to_pandas()
    missing = float(target.isna().mean())
    if missing == 1:
        text = f"{tick(name)} has no value at all: there is nothing to predict"
        return [line("blocking", 3.0, text, "name another column as the target", (name,))]
    lines = _own(target, name, task)
    if missing > 0:
        text = f"{missing:.1%} of {tick(name)} is missing"
        do = "rows without a target cannot be learned from: say why they may be dropped"
        lines.append(line("warning", 1.4 + missing / 2, text, do, (name,)))
    features = [
        column["name"]
        for column in content["columns"]
        if column["role"] == "feature" and column.get("missing_share", 1) < 1
    ]
    if target.nunique() < 2 or not features:
        return lines
    known = target.notna()
    if task == "regression":
        # An infinite target has no rank among others that a test could use.
        known &= pd.Series(as_numbers(values)).abs() < float("inf")
    rows = _rows(known)
    frame = _frame(looked, features, rows)
    sampled = target.iloc[rows].reset_index(drop=True)
    return (
        lines + _absences(frame, sampled, name, task) + _copies(frame, sampled, name, task, content)
    )


def _rows(known: pd.Series[bool]) -> Any:
    import numpy as np

    rows = np.flatnonzero(known.to_numpy())
    if rows.size <= SAMPLED:
        return rows
    return np.sort(np.random.default_rng(SEED).choice(rows, SAMPLED, replace=False))


def _frame(looked: BatchedTable, features: list[str], rows: Any) -> pd.DataFrame:
    import pyarrow as pa

    from grd_core.recon.row_sample import take_rows

    table = pa.Table.from_batches(list(take_rows(looked.batches(features), rows)))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _own(target: pd.Series[Any], name: str, task: Task) -> list[Line]:
    if task == "regression":
        import numpy as np

        numbers = target.to_numpy(dtype=float, na_value=np.nan)
        infinite = int(np.isinf(numbers).sum())
        lines = []
        if infinite:
            text = f"{infinite:,} values of {tick(name)} are infinite"
            do = "no error can be taken from them: find the division that made them"
            lines.append(line("warning", 2.5, text, do, (name,)))
        share = tail_share(np.sort(numbers[np.isfinite(numbers)]))
        if share >= _TAILED:
            text = (
                f"{tick(name)} has heavy tails: the worst 1% of rows hold {share:.0%} of its"
                " squared deviation"
            )
            do = "judge by mae or quantiles; a mean of squares is a statement on those rows"
            lines.append(line("warning", 1.2 + share / 2, text, do, (name,)))
        return lines
    shares = target.value_counts(normalize=True)
    first = f"{tick(name)}: {shares.iloc[0]:.1%} are «{plain(shares.index[0], 24)}»"
    if len(shares) == 1:
        text = f"{tick(name)} has one class, «{plain(shares.index[0], 24)}»"
        return [line("blocking", 3.0, text, "nothing can be learned from one class", (name,))]
    if shares.iloc[0] >= _IMBALANCED:
        do = "judge by average_precision or log_loss: always saying so is that accurate"
        return [line("warning", 1.2 + float(shares.iloc[0]) / 2, first, do, (name,))]
    return []


def _absences(frame: pd.DataFrame, target: pd.Series[Any], name: str, task: Task) -> list[Line]:
    telling = [item for item in missingness(frame, target, task) if item["tells"]]
    lines = []
    for item in telling[:_MOST_TOLD]:
        absent = frame[item["column"]].isna()
        text = (
            f"{item['share']:.0%} of {tick(item['column'])} is missing, and its absence predicts"
            f" {tick(name)} ({_how_well(absent, target, task, item['effect'])})"
        )
        do = "find out whether it is missing because of the outcome; if so exclude it"
        lines.append(line("warning", 2.0 + item["effect"] / 2, text, do, (item["column"],)))
    if len(telling) > _MOST_TOLD:
        more = [item["column"] for item in telling[_MOST_TOLD:]]
        text = f"the absence of {len(more)} more columns predicts {tick(name)}"
        lines.append(line("warning", 2.0, text, "look at each with --json", tuple(more)))
    return lines


def _how_well(absent: Any, target: pd.Series[Any], task: Task, effect: float) -> str:
    if task == "multiclass":
        return f"Cramér's V {effect:.2f}"
    if task == "regression":
        return f"AUC {0.5 + effect / 2:.2f} between rows with and without it"
    first = target == target.iloc[0]
    apart = abs(float(absent[first].mean()) - float(absent[~first].mean()))
    return f"AUC {0.5 + apart / 2:.2f}"


def _copies(
    frame: pd.DataFrame, target: pd.Series[Any], name: str, task: Task, content: dict[str, Any]
) -> list[Line]:
    """Columns that alone nearly are the target: known afterwards, or the target once more."""
    distinct = {column["name"]: column.get("distinct") for column in content["columns"]}
    tells = target_teller(target, task)
    found = []
    for column in frame.columns:
        told = tells(frame[column], distinct.get(column))
        if told is not None and told.strength >= NEARLY_THE_TARGET:
            found.append((told.strength, str(column), told.words))
    found.sort(reverse=True)
    return [
        line(
            "warning",
            2.2 + strength / 2,
            f"{tick(column)} nearly is {tick(name)}: {words}",
            "ask whether it is known when predicting; if not exclude it",
            (column,),
        )
        for strength, column, words in found[:_MOST_TOLD]
    ]
