"""Feature columns as numbers that every model and test of the data checks can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ColumnKind = Literal["number", "time", "category", "unreadable"]
LARGEST = 1e30
"""Trees hold 32 bits, and the squares of far larger numbers are infinite in 64."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The same columns of several tables, one matrix each, (n, p) float64; NaN is missing.

    Numbers stand as they are, infinite ones as missing, those of a column that reaches beyond
    `LARGEST` as shares of its largest; times as seconds since 1970; categories
    as their rank by frequency in the first table, from 0, with every value that the first table
    does not have as one rank more.
    """

    names: tuple[str, ...]
    categorical: np.ndarray[Any, Any]
    matrices: tuple[np.ndarray[Any, Any], ...]


def kind_of(column: pd.Series[Any]) -> ColumnKind:
    """What a column holds; lists, bytes and the like cannot be read as anything."""
    import pandas as pd

    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return "category"
    if pd.api.types.is_numeric_dtype(kind):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "time"
    first = column.dropna().head(1)
    readable = (
        first.empty or isinstance(first.iloc[0], str | bool | int | float) or _is_plain(first)
    )
    return "category" if readable else "unreadable"


def encode(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> Encoded:
    """Encode these columns of all tables alike; unreadable ones are left out."""
    import numpy as np

    columns: list[list[np.ndarray[Any, Any]]] = []
    kept: list[str] = []
    categorical: list[bool] = []
    for name in names:
        pieces = [table[name] for table in tables]
        kinds = {kind_of(piece) for piece in pieces}
        if "unreadable" in kinds:
            continue
        kept.append(name)
        if kinds == {"number"}:
            columns.append(_of_bounded_size([_numbers(piece) for piece in pieces]))
        elif kinds == {"time"}:
            columns.append([_seconds(piece) for piece in pieces])
        else:
            columns.append(_ranks(pieces))
        categorical.append(not kinds <= {"number", "time"})
    matrices = tuple(
        np.column_stack([column[place] for column in columns])
        if columns
        else np.empty((len(table), 0))
        for place, table in enumerate(tables)
    )
    return Encoded(tuple(kept), np.array(categorical, dtype=bool), matrices)


def _is_plain(first: pd.Series[Any]) -> bool:
    """Dates, times, decimals: one value, with an equality and a text."""
    import datetime
    import decimal

    return isinstance(
        first.iloc[0], datetime.date | datetime.time | datetime.timedelta | decimal.Decimal
    )


def _numbers(piece: pd.Series[Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    values = np.array(piece.to_numpy(dtype=float, na_value=np.nan))
    values[~np.isfinite(values)] = np.nan
    return values


def _of_bounded_size(pieces: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    import numpy as np

    largest = max(float(np.nanmax(np.abs(piece), initial=0.0)) for piece in pieces)
    return [piece / largest for piece in pieces] if largest > LARGEST else pieces


def _seconds(piece: pd.Series[Any]) -> np.ndarray[Any, Any]:
    import numpy as np
    import pandas as pd

    stamps = piece.dt.tz_convert("UTC").dt.tz_localize(None) if piece.dt.tz is not None else piece
    return np.asarray((stamps - pd.Timestamp(0)) / pd.Timedelta(seconds=1), dtype=float)


def _ranks(pieces: Sequence[pd.Series[Any]]) -> list[np.ndarray[Any, Any]]:
    import numpy as np

    words = [piece.astype(object).where(piece.isna(), piece.astype(str)) for piece in pieces]
    counts = words[0].dropna().value_counts()
    # By count, then by name: equal counts come back in no order of their own.
    order = sorted(counts.index, key=lambda word: (-counts[word], word))
    rank = {word: float(place) for place, word in enumerate(order)}
    unseen = float(len(order))
    return [
        np.where(piece.isna(), np.nan, piece.map(lambda word: rank.get(word, unseen)).astype(float))
        for piece in words
    ]
