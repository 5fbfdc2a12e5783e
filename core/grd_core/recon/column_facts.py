"""What one pass over a column tells, batch by batch, in memory that does not grow with rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from grd_core.recon.distinct_values import DistinctCount

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_WORDS, MOST_CHARACTERS = 20_000, 1 << 23
"""Different texts of a column that are counted one by one, and how long they are together."""
_DIGITS = 6


class ColumnFacts:
    """Missing, infinite, distinct values, extremes, mean and spread, order, and words of a text.

    Means and variances of batches are joined as by Chan, Golub and LeVeque 1983.
    """

    def __init__(self, kind: pa.DataType, most_distinct: int) -> None:
        self.missing, self.infinite = 0, 0
        self.numeric = is_numeric(kind)
        self.words: dict[str, int] | None = {} if is_text(kind) else None
        self._characters = 0
        self._floating = self.numeric and not _is_integer(kind)
        self._distinct = DistinctCount(most_distinct) if _has_equality(kind) else None
        self._numbers = _Moments()
        self._order = _Order() if self.numeric or _is_moment(kind) else None

    def add(self, values: pa.Array, hashes: np.ndarray[Any, Any]) -> None:
        """Take the next rows: their values, and a hash of each, (n,)."""
        import numpy as np

        absent: np.ndarray[Any, Any] | None = None
        if values.null_count:
            absent = np.asarray(values.is_null())
        if self.numeric:
            numbers = as_numbers(values)
            known = self._add_numbers(numbers)
            absent = ~known if self._floating and not known.all() else absent
        elif self._order is not None:
            self._order.add(_as_instants(values))
        if self.words is not None:
            self._add_words(values)
        if absent is not None:
            self.missing += int(absent.sum())
            hashes = hashes[~absent]
        if self._distinct is not None:
            self._distinct.add(hashes)

    def _add_numbers(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Returns where there is a number, infinite ones counted in, (n,) bool."""
        import numpy as np

        known = np.asarray(~np.isnan(numbers))
        present = numbers if known.all() else numbers[known]
        if self._order is not None:
            self._order.add(present)
        finite = np.isfinite(present)
        if not finite.all():
            self.infinite += int((~finite).sum())
            present = present[finite]
        self._numbers.add(present)
        return known

    def _add_words(self, values: pa.Array) -> None:
        import pyarrow.compute as pc

        words = self.words
        if words is None:
            return
        counted = pc.value_counts(values.drop_null())
        found, rows = counted.field("values"), counted.field("counts")
        if len(found) > MOST_WORDS:
            self.words = None
            return
        for word, count in zip(found.to_pylist(), rows.to_pylist(), strict=True):
            if word not in words:
                self._characters += len(word)
            words[word] = words.get(word, 0) + count
        if len(words) > MOST_WORDS or self._characters > MOST_CHARACTERS:
            self.words = None

    @property
    def rises(self) -> bool:
        """Whether no row's value is below that of the row before it."""
        return self._order is not None and self._order.rises

    def as_json(self, rows: int) -> dict[str, Any]:
        """The counts of a table of `rows` rows; None where a value has no equality or where a
        number is too large for its square."""
        present = rows - self.missing
        distinct, exact = self._distinct.count() if self._distinct is not None else (None, True)
        if distinct is not None:
            distinct = min(distinct, present)
        facts: dict[str, Any] = {
            "missing": self.missing,
            "missing_share": round(self.missing / rows, 6),
            "present": present,
            "distinct": distinct,
            "distinct_exact": exact,
            "constant": distinct is not None and distinct <= 1,
        }
        if self._floating:
            facts["infinite"] = self.infinite
        return facts | (self._numbers.as_json() if self.numeric else {})


class _Moments:
    """Count, extremes, mean and sum of squared deviations of finite numbers."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, 0.0, 0.0
        self.least, self.most = math.inf, -math.inf

    def add(self, numbers: np.ndarray[Any, Any]) -> None:
        import numpy as np

        if not numbers.size:
            return
        self.least = min(self.least, float(numbers.min()))
        self.most = max(self.most, float(numbers.max()))
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(numbers.mean())
            # Not as a dot product: its library would wake a thread of its own for each column.
            centred = numbers - mean
            centred *= centred
            squares = float(centred.sum())
            count = self.count + numbers.size
            apart = mean - self.mean
            self.squares += squares + apart * (apart * self.count * numbers.size / count)
            self.mean += apart * numbers.size / count
            self.count = count

    def as_json(self) -> dict[str, Any]:
        if not self.count:
            return {}
        variance = self.squares / (self.count - 1) if self.count > 1 else 0.0
        return {
            "min": rounded(self.least),
            "max": rounded(self.most),
            "mean": rounded(self.mean),
            "std": rounded(math.sqrt(variance)) if variance >= 0 else None,
        }


class _Order:
    """Whether values rise from row to row; the missing are passed over."""

    def __init__(self) -> None:
        self.rises = True
        self._last: Any = None

    def add(self, present: np.ndarray[Any, Any]) -> None:
        if not self.rises or not present.size:
            return
        follows = self._last is None or bool(present[0] >= self._last)
        self.rises = follows and bool((present[1:] >= present[:-1]).all())
        self._last = present[-1]


def rounded(number: float) -> float | None:
    """To six digits; None where it is not finite."""
    return float(f"{number:.{_DIGITS}g}") if math.isfinite(number) else None


def is_numeric(kind: pa.DataType) -> bool:
    """Integers, floats and decimals; no booleans."""
    import pyarrow as pa

    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    """Words of any length."""
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def as_numbers(values: pa.Array | pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """A numeric column as float64, (n,); NaN is missing."""
    import numpy as np
    import pyarrow as pa

    if not pa.types.is_floating(values.type) and not pa.types.is_integer(values.type):
        values = values.cast(pa.float64())
    whole = values.to_numpy() if isinstance(values, pa.ChunkedArray) else None
    numbers = values.to_numpy(zero_copy_only=False) if whole is None else whole
    return np.asarray(numbers, dtype=np.float64)


def _is_integer(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind))


def _is_moment(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _has_equality(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return not pa.types.is_nested(kind)


def _as_instants(values: pa.Array) -> np.ndarray[Any, Any]:
    import numpy as np
    import pyarrow as pa

    wide = pa.int32() if pa.types.is_date32(values.type) else pa.int64()
    return np.asarray(values.drop_null().cast(wide).to_numpy(zero_copy_only=False))
