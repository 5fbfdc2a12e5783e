"""Columns that behave like the time of their rows, where none is declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import kind_of
from grd_core.checks.data.frames import Frames
from grd_core.checks.data.time_order import Times, in_order, times_of
from grd_core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

FEWEST_VALUES = 10
_TEXT_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class TimeCandidate:
    """A column that may be the time: of both tables, and how it behaves."""

    train: Times
    test: Times
    parts_in_order: bool
    rows_in_order: bool


def time_candidates(frames: Frames) -> tuple[TimeCandidate, ...]:
    """Dates, date texts, and numbers that never fall from row to row, of at least FEWEST_VALUES
    values. Numbers that count rows one by one are names of rows, not times."""
    found = []
    for name in frames.features:
        pair = _times(frames.train[name], frames.test[name])
        if pair is None:
            continue
        train, test = pair
        parts = in_order(train.present, test.present)
        rows = _never_falls(train) and _never_falls(test)
        # Any number may happen to be ordered between two small parts: rows must be as well.
        if train.dated or (parts and rows):
            found.append(TimeCandidate(train, test, parts, rows))
    return tuple(found)


def _times(train: pd.Series[Any], test: pd.Series[Any]) -> tuple[Times, Times] | None:
    import numpy as np

    kinds = {kind_of(train), kind_of(test)}
    if "unreadable" in kinds or (kinds == {"category"} and not _looks_like_dates(train)):
        return None
    try:
        pair = times_of(train, ""), times_of(test, "")
    except DataError:
        return None
    if pair[0].dated != pair[1].dated or not pair[0].present.size or not pair[1].present.size:
        return None
    values = np.unique(pair[0].present)
    if values.size < FEWEST_VALUES:
        return None
    counts_rows = not pair[0].dated and values.size == len(train) and np.ptp(np.diff(values)) == 0
    return None if counts_rows else pair


def _looks_like_dates(column: pd.Series[Any]) -> bool:
    """Do the first texts parse, and do they have the dashes of a date?"""
    import pandas as pd

    first = column.dropna().head(_TEXT_LOOKED_AT)
    if first.empty or pd.api.types.is_bool_dtype(column.dtype):
        return False
    texts = first.astype(str)
    if not texts.str.match(r"\d{4}-\d{2}").all():
        return False
    return bool(pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce").notna().all())


def _never_falls(times: Times) -> bool:
    import numpy as np

    return bool((np.diff(times.present) >= 0).all())
