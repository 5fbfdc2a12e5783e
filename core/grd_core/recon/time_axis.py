"""A column of time as numbers that can be ordered, cut and kept apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_NS = {
    "s": 10**9,
    "min": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86_400 * 10**9,
    "w": 7 * 86_400 * 10**9,
}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)")


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Times of rows, (n,): int64 nanoseconds since 1970 UTC, or float64 where the declared
    column counts (years, steps)."""

    column: str
    values: np.ndarray[Any, Any]
    dated: bool

    def text(self, value: float) -> str:
        """A time as it is recorded: ISO 8601 in UTC, or the number."""
        if not self.dated:
            # Microseconds since 1970 have sixteen digits, and each of them counts.
            return str(int(value)) if float(value).is_integer() else f"{value:.15g}"
        import pandas as pd

        stamp = pd.Timestamp(int(value), unit="ns", tz="UTC")
        at_midnight = stamp == stamp.normalize()
        return stamp.strftime("%Y-%m-%d" if at_midnight else "%Y-%m-%dT%H:%M:%SZ")

    def stretch(self, length: float) -> str:
        """A stretch of time in the largest unit that it fills."""
        if not self.dated:
            return f"{length:g}"
        name, unit = next(
            (
                (name, unit)
                for name, unit in reversed(_NS.items())
                if unit <= length and name != "w"
            ),
            ("s", _NS["s"]),
        )
        return f"{length / unit:.3g} {name}"

    def cut(self, text: str) -> float:
        """A cut given by a person, in the unit of the axis.

        Raises:
            UsageError: it is not a date, or not a number where the column counts.
        """
        try:
            if not self.dated:
                return float(text)
            import pandas as pd

            stamp = pd.Timestamp(text)
            stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp
            return int(stamp.as_unit("ns").value)
        except ValueError as error:
            kind = "a date" if self.dated else "a number"
            raise UsageError(
                f"the cut {text!r} is not {kind}",
                where=self.column,
                fix=f"cut between {self.text(self.values.min())} and"
                f" {self.text(self.values.max())}, or give a fraction",
            ) from error

    def length(self, text: str) -> float:
        """A stretch of time such as `1d`, `36h`, `90min`, or a number, in the axis's unit.

        Raises:
            UsageError: it is neither.
        """
        found = _DURATION.fullmatch(text.strip())
        if self.dated and found:
            return int(float(found[1]) * _NS[found[2]])
        if not self.dated and re.fullmatch(r"\d+(\.\d+)?", text.strip()):
            return float(text)
        example = "`1d`, `36h` or `90min`" if self.dated else f"a number of {self.column}"
        raise UsageError(
            f"the embargo {text!r} is not a stretch of time",
            where=self.column,
            fix=f"say {example}",
        )


def time_axis(table: pa.Table, column: str, *, where: str) -> TimeAxis:
    """Read a column as time: timestamps, dates, ISO 8601 text or plain numbers.

    Times without a zone are taken as UTC.

    Raises:
        DataError: a row has no time, or a text is not ISO 8601; the row is named.
    """
    import numpy as np
    import pyarrow as pa

    values = table.column(column)
    _refuse_missing(values, column, where)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        try:
            stamps = values.cast(pa.timestamp("ns", tz=getattr(values.type, "tz", None)))
        except pa.ArrowInvalid as error:
            raise _far(column, where) from error
        return TimeAxis(column, stamps.cast(pa.int64()).to_numpy(), dated=True)
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        # Nanoseconds since 1970 exceed what a double holds exactly; a quarter of a microsecond
        # is near enough to cut by.
        numbers = values.cast(pa.float64(), safe=False).to_numpy()
        if not np.isfinite(numbers).all():
            row = int(np.flatnonzero(~np.isfinite(numbers))[0]) + 1
            raise DataError(
                f"row {row} has no finite `{column}`", where=where, fix="correct or drop it"
            )
        return TimeAxis(column, numbers, dated=False)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return TimeAxis(column, _parsed(values, column, where), dated=True)
    raise DataError(
        f"`{column}` holds {values.type}, not time",
        where=where,
        fix="declare a column of dates, times or numbers",
    )


def _refuse_missing(values: pa.ChunkedArray, column: str, where: str) -> None:
    import pyarrow.compute as pc

    if values.null_count:
        row = pc.index(values.is_null(), value=True).as_py() + 1
        raise DataError(
            f"{values.null_count:,} rows have no `{column}`, the first is row {row}",
            where=where,
            fix="a row without a time cannot be placed: drop those rows, or declare another column",
        )


def _parsed(values: pa.ChunkedArray, column: str, where: str) -> np.ndarray[Any, Any]:
    import numpy as np
    import pandas as pd

    encoded = values.combine_chunks().dictionary_encode()
    texts = encoded.dictionary.to_pandas()
    stamps = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    if stamps.isna().any():
        bad = int(np.flatnonzero(stamps.isna().to_numpy())[0])
        codes = encoded.indices.to_numpy()
        row = int(np.flatnonzero(codes == bad)[0]) + 1
        raise DataError(
            f"row {row} has `{column}` = {str(texts.iloc[bad])[:40]!r}, which is not ISO 8601",
            where=where,
            fix="write times as 2013-10-01 or 2013-10-01T09:00:00Z",
        )
    try:
        numbers = stamps.dt.as_unit("ns").astype("int64").to_numpy()
    except pd.errors.OutOfBoundsDatetime as error:
        raise _far(column, where) from error
    return np.asarray(numbers[encoded.indices.to_numpy()])


def _far(column: str, where: str) -> DataError:
    return DataError(
        f"`{column}` holds a date before 1678 or after 2261",
        where=where,
        fix="correct it: such dates are most often placeholders",
    )
