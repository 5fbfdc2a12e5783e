"""How far a single column tells the target, without a model: to find what gives it away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.recon.roles import Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_BINS = 50
_ROWS_EACH = 20
_LEAST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Told:
    """`strength` in [0, 1]: 0 as a constant does, 1 entirely; `words` say how it was measured."""

    strength: float
    words: str


Teller = Callable[["pd.Series[Any]", int | None], Told | None]


def target_teller(target: pd.Series[Any], task: Task) -> Teller:
    """A function from a column, and its count of distinct values, to how far it tells the target.

    Of numbers by a number: Spearman's rank correlation, without its sign. Of anything by words:
    the correlation ratio η² (Fisher 1925, ch. VIII). Of classes: by how much of what a constant
    gets wrong is told right by the commonest class of each value, or of each of up to 50
    quantile bins; it needs 20 rows a value. Columns of more words, or of lists, give None.
    """
    import numpy as np
    import pandas as pd

    if task == "regression":
        numbers = target.to_numpy(dtype=float)
        ranks = pd.Series(numbers).rank().to_numpy(dtype=float)

        def tell_number(column: pd.Series[Any], distinct: int | None) -> Told | None:
            measured = _measured(column)
            if measured is None:
                codes = _codes(column, distinct)
                return None if codes is None else _ratio(codes, numbers)
            known = ~np.isnan(measured)
            if known.sum() < _LEAST_ROWS:
                return None
            theirs = pd.Series(measured[known]).rank().to_numpy(dtype=float)
            return _correlated(theirs, ranks[known])

        return tell_number
    classes = pd.factorize(target.astype(str))[0]

    def tell_class(column: pd.Series[Any], distinct: int | None) -> Told | None:
        measured = _measured(column)
        codes = _codes(column, distinct) if measured is None else _bins(measured)
        return None if codes is None else _commonest(codes, classes)

    return tell_class


def _measured(column: pd.Series[Any]) -> np.ndarray[Any, Any] | None:
    """A column of numbers, flags or times as float64, NaN missing; None for words."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        moments = column.astype("int64").to_numpy(dtype=float)
        return np.where(column.isna(), np.nan, moments)
    if not pd.api.types.is_numeric_dtype(column):
        return None
    values = np.array(column.to_numpy(dtype=float, na_value=np.nan))
    values[~np.isfinite(values)] = np.nan
    return values


def _codes(column: pd.Series[Any], distinct: int | None) -> np.ndarray[Any, Any] | None:
    """Words as numbers from 1, 0 where missing; None where there are too many, or no words."""
    import numpy as np
    import pandas as pd

    if distinct is None or not 2 <= distinct <= min(MOST_BINS, len(column) // _ROWS_EACH):
        return None
    try:
        return np.asarray(pd.factorize(column)[0]) + 1
    except TypeError:
        return None


def _bins(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    import numpy as np

    known = values[~np.isnan(values)]
    bins = min(MOST_BINS, known.size // _ROWS_EACH)
    if bins < 2:
        return None
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
    return np.where(np.isnan(values), 0, np.searchsorted(edges, values, side="left") + 1)


def _correlated(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> Told | None:
    import numpy as np

    if one.std() == 0 or other.std() == 0:
        return None
    correlation = float(np.corrcoef(one, other)[0, 1])
    return Told(abs(correlation), f"rank correlation {correlation:.2f}")


def _ratio(codes: np.ndarray[Any, Any], numbers: np.ndarray[Any, Any]) -> Told | None:
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        whole = float(((numbers - numbers.mean()) ** 2).sum())
        rows = np.bincount(codes)
        means = np.bincount(codes, weights=numbers) / np.maximum(rows, 1)
        between = float((rows * (means - numbers.mean()) ** 2).sum())
    if not np.isfinite(whole) or whole <= 0:
        return None
    return Told(between / whole, f"its values explain {between / whole:.0%} of the variance")


def _commonest(codes: np.ndarray[Any, Any], classes: np.ndarray[Any, Any]) -> Told | None:
    import numpy as np

    # What its absence tells is told of apart: only rows with a value count here.
    codes, classes = codes[codes > 0], classes[codes > 0]
    if codes.size < _LEAST_ROWS:
        return None
    table = np.zeros((int(codes.max()) + 1, int(classes.max()) + 1))
    np.add.at(table, (codes, classes), 1)
    right = float(table.max(axis=1).sum() / codes.size)
    constant = float(table.sum(axis=0).max() / codes.size)
    if constant >= 1:
        return None
    words = f"it alone names the class in {right:.1%} of rows, a constant in {constant:.1%}"
    return Told((right - constant) / (1 - constant), words)
