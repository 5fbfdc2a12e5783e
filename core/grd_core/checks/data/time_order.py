"""The declared time of rows as numbers, and how far two parts keep its order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_STRETCH = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
NATURAL_STEPS_S = (1.0, 60.0, 3600.0, 86_400.0, 604_800.0)
"""A second, a minute, an hour, a day, a week: the steps in which dated rows are looked at."""


@dataclass(frozen=True, slots=True)
class Times:
    """Times of rows, (n,) float64, NaN where missing: seconds since 1970 UTC where `dated`, else
    the numbers of a column that counts (years, steps)."""

    name: str
    values: Floats
    dated: bool

    @property
    def present(self) -> Floats:
        """The times that are there."""
        import numpy as np

        return self.values[~np.isnan(self.values)]

    def text(self, value: float) -> str:
        """A time as a person writes it: a date, a date with its time in UTC, or the number."""
        if not self.dated:
            return f"{value:.15g}"
        import pandas as pd

        stamp = pd.Timestamp(value, unit="s").round("us")
        return stamp.strftime("%Y-%m-%d" if stamp == stamp.normalize() else "%Y-%m-%dT%H:%M:%SZ")

    def stretch(self, length: float) -> str:
        """A length of time as an embargo is written, in the largest unit that divides it."""
        if not self.dated:
            return f"{length:g}"
        filled = [name for name in ("d", "h", "min") if _SECONDS[name] <= length] or ["s"]
        whole = [name for name in filled if length % _SECONDS[name] == 0]
        unit = (whole or filled)[0]
        return f"{length / _SECONDS[unit]:.4g}{unit}"

    def length(self, text: str) -> float:
        """A stretch such as `1d`, `36h` or a number, in the unit of the values.

        Raises:
            DataError: it is neither.
        """
        text = text.strip()
        found = _STRETCH.fullmatch(text)
        if self.dated and found:
            return float(found[1]) * _SECONDS[found[2]]
        if not self.dated and _NUMBER.fullmatch(text):
            return float(text)
        example = "`1d`, `36h` or `90min`" if self.dated else f"a number of {self.name}"
        raise DataError(
            f"the embargo {text!r} is not a stretch of time", where=self.name, fix=f"say {example}"
        )


def times_of(column: pd.Series[Any], where: str) -> Times:
    """Read a column as time: timestamps, dates, ISO 8601 text, or plain numbers.

    Times without a zone are taken as UTC.

    Raises:
        DataError: a text is not ISO 8601 (its row is named), or the column holds neither.
    """
    import numpy as np
    import pandas as pd

    name = str(column.name)
    kind = column.dtype
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        numbers = column.to_numpy(dtype=float, na_value=np.nan).copy()
        numbers[~np.isfinite(numbers)] = np.nan
        return Times(name, numbers, dated=False)
    stamps = pd.to_datetime(column, format="ISO8601", utc=True, errors="coerce")
    bad = (stamps.isna() & column.notna()).to_numpy()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"row {row + 1} has `{name}` = {str(column.iloc[row])[:40]!r}, which is no time",
            where=where,
            fix="write times as 2013-10-01 or 2013-10-01T09:00:00Z",
        )
    return Times(name, seconds(stamps), dated=True)


def seconds(stamps: pd.Series[Any]) -> Floats:
    """Timestamps, with a zone or without, as seconds since 1970 UTC, (n,), NaN where missing."""
    import numpy as np
    import pandas as pd

    bare = stamps.dt.tz_convert("UTC").dt.tz_localize(None) if stamps.dt.tz else stamps
    return np.asarray((bare - pd.Timestamp(0)) / pd.Timedelta(seconds=1), dtype=np.float64)


def misplaced(earlier: Floats, later: Floats) -> int:
    """How many rows must go, at the best cut, until no `earlier` row lies after a `later` one."""
    import numpy as np

    if not earlier.size or not later.size:
        return 0
    earlier, later = np.sort(earlier), np.sort(later)
    cuts = np.concatenate([[-np.inf], np.unique(np.concatenate([earlier, later]))])
    # A row exactly at the cut is in order on either side.
    after = earlier.size - np.searchsorted(earlier, cuts, side="right")
    before = np.searchsorted(later, cuts, side="left")
    return int((after + before).min())


def in_order(earlier: Floats, later: Floats) -> bool:
    """Does no `earlier` row lie after a `later` one?"""
    return not earlier.size or not later.size or bool(earlier.max() <= later.min())
