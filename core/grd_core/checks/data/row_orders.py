"""The orders that rows stand in (the file's, an id's), and how well an order tells the target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import kind_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NEARLY_UNIQUE = 0.95
REACH = 5
"""How many rows to either side are a row's neighbours in an order."""

_NUMBER = re.compile(r"\d+")
_STRAIGHT = 0.95
_SAME = 0.999
_RUNS_A_VALUE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """An order of rows: the rank of each, (n,) float64, and what it is in words."""

    what: str
    column: str
    ranks: np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Trend:
    """How an order tells a target: the largest |Spearman| or one-against-the-rest AUC over the
    labels (then `place` is the label's), and how alike neighbours are: the share of the target
    that the mean of the `REACH` rows to either side explains. Each with the p-value of a random
    order."""

    effect: float
    place: int
    p_value: float
    neighbours: float
    neighbours_p: float


def orders_of(table: pd.DataFrame, rows: np.ndarray[Any, Any], id_column: str) -> list[Order]:
    """The file's order, that of the id (its number, its text), and of every other column of whole
    numbers or codes that names nearly each row.

    Args:
        table: the rows in use.
        rows: their positions in the file, (n,).
        id_column: the declared id, or empty.
    """
    import numpy as np
    import pandas as pd

    found = [Order("the position of a row in the file", "", np.asarray(rows, dtype=float))]
    for name in table.columns:
        column = table[name]
        kind = kind_of(column)
        if kind == "unreadable":
            continue
        if name != id_column and column.nunique() < NEARLY_UNIQUE * len(column):
            continue
        if kind == "number":
            whole = pd.api.types.is_integer_dtype(column)
            if whole and not column.isna().any():
                found.append(Order(f"the number `{name}`", name, column.to_numpy(dtype=float)))
        elif kind == "category" and not column.isna().any():
            found += _text_orders(name, column.astype(str))
    return _distinct([one for one in found if np.unique(one.ranks).size > 1])


def _distinct(orders: list[Order]) -> list[Order]:
    """Orders that are one and the same stand as one, under both names."""
    import numpy as np
    from scipy.stats import rankdata

    kept: list[Order] = []
    for order in orders:
        for place, other in enumerate(kept):
            if np.corrcoef(rankdata(order.ranks), rankdata(other.ranks))[0, 1] > _SAME:
                both = f"{other.what} ({order.what} alike)"
                kept[place] = Order(both, other.column or order.column, other.ranks)
                break
        else:
            kept.append(order)
    return kept


def _text_orders(name: str, text: pd.Series[Any]) -> list[Order]:
    import numpy as np

    order = np.argsort(text.to_numpy(dtype=str), kind="stable")
    ranks = np.empty(len(text))
    ranks[order] = np.arange(len(text))
    found = [Order(f"the alphabetical place of `{name}`", name, ranks)]
    digits = [_NUMBER.findall(one) for one in text]
    if all(digits):
        # The longest number is the running one; a year or a version beside it is shorter.
        numbers = np.array([float(max(one, key=len)[:15]) for one in digits])
        found.append(Order(f"the number in `{name}`", name, numbers))
    return found


def without_explained(
    orders: list[Order], table: pd.DataFrame, time: str
) -> tuple[list[Order], list[str]]:
    """Leave out the orders that are those of a time or of another column; say which.

    A file sorted by a feature tells through its order what that feature tells, no more; and an
    order in time shows how the target moves, which no split by time gives away.
    """
    kept, notes = [], []
    for order in orders:
        by = _sorted_by(order, table, time)
        if by:
            notes.append(f"{order.what} follows `{by}`")
        else:
            kept.append(order)
    return kept, notes


def trend_of(order: Order, values: np.ndarray[Any, Any], classes: bool) -> Trend:
    """How an order tells the labels, (n, k).

    The p-value of the trend is that of a random permutation in its normal limit, with the
    variance widened by the autocorrelation of what the trend leaves: rows that resemble their
    neighbours are fewer than they seem.

    Source: Lehmann 1975, *Nonparametrics*, sections 1.3 and 7.3 for the limits; Newey and West
    1987, *Econometrica* 55(3) for the widening.
    """
    import numpy as np
    from scipy.stats import norm, rankdata

    n, width = values.shape
    ranks = rankdata(order.ranks)
    place = np.argsort(ranks, kind="stable")
    time = (ranks - ranks.mean()) / ranks.std()
    best = Trend(0.0, 0, 1.0, 0.0, 1.0)
    for label in range(width):
        felt = rankdata(values[:, label])
        felt = (felt - felt.mean()) / felt.std()
        r = float(np.clip((time * felt).mean(), -1.0, 1.0))
        series = (felt - r * time)[place]
        z = abs(r) * np.sqrt((n - 1) / _widening(series))
        p = min(1.0, 2 * width * float(norm.sf(z)))
        effect = abs(r)
        if classes:
            positives = values[:, label].sum()
            # Of ranks with ties in two classes, r is the AUC's distance from 1/2, rescaled.
            scale = felt.std() * np.sqrt(n * n / (12 * positives * (n - positives)))
            effect = 0.5 + min(0.5, abs(r) * scale)
        alike, alike_p = _alike(values[place, label], width)
        if effect > best.effect:
            best = Trend(effect, label, p, best.neighbours, best.neighbours_p)
        if alike > best.neighbours:
            best = Trend(best.effect, best.place, best.p_value, alike, alike_p)
    return best


def _widening(series: np.ndarray[Any, Any]) -> float:
    """1 and twice the weighted autocorrelations, at least 1."""
    import numpy as np

    n = series.size
    lags = int(np.sqrt(n))
    centred = series - series.mean()
    variance = float((centred**2).sum())
    if variance <= 0:
        return 1.0
    products = [float((centred[lag:] * centred[:-lag]).sum()) for lag in range(1, lags + 1)]
    weights = 1 - np.arange(1, lags + 1) / (lags + 1)
    return max(1.0, 1 + 2 * float((weights * np.array(products)).sum()) / variance)


def _alike(series: np.ndarray[Any, Any], tests: int) -> tuple[float, float]:
    """The share of a series that neighbours explain, and p of none; under permutation each
    autocorrelation has mean -1/n and variance 1/n."""
    import numpy as np
    from scipy.stats import norm

    n = series.size
    centred = series - series.mean()
    window = np.ones(2 * REACH + 1)
    window[REACH] = 0.0
    sums = np.convolve(centred, window, mode="same")
    counts = np.convolve(np.ones(n), window, mode="same")
    means = sums / counts
    variance = float((centred**2).sum())
    explained = 1 - float(((centred - means) ** 2).sum()) / variance
    together = float((centred * sums).sum()) / 2 / variance
    z = (together + REACH / n) / np.sqrt(REACH / n)
    return max(0.0, explained), min(1.0, tests * float(norm.sf(z)))


def _sorted_by(order: Order, table: pd.DataFrame, time: str) -> str:
    import numpy as np
    import pandas as pd
    from scipy.stats import rankdata

    own = rankdata(order.ranks)
    by_order = np.argsort(order.ranks, kind="stable")
    for name in table.columns:
        if name == order.column:
            continue
        column = table[name]
        kind = kind_of(column)
        if kind == "unreadable" or column.nunique() < 2:
            continue
        if name == time or kind == "time" or _is_amount(column):
            if kind == "category":  # a declared time that came as text
                column = pd.to_datetime(column, errors="coerce", format="mixed", utc=True)
            present = column.notna().to_numpy()
            if present.sum() < 10 or column.nunique() < 2:
                continue
            ranks = rankdata(column.rank(method="average").to_numpy()[present])
            if abs(np.corrcoef(own[present], ranks)[0, 1]) >= _STRAIGHT:
                return str(name)
        elif column.nunique() < len(column) / 10:
            codes = pd.factorize(column)[0][by_order]
            runs = 1 + int((codes[1:] != codes[:-1]).sum())
            shares = np.bincount(codes[codes >= 0]) / codes.size
            by_chance = 1 + codes.size * (1 - float((shares**2).sum()))
            if runs <= _RUNS_A_VALUE * column.nunique() and runs <= by_chance / 10:
                return str(name)
    return ""


def _is_amount(column: pd.Series[Any]) -> bool:
    """A number that is no row number of its own."""
    import pandas as pd

    numbering = pd.api.types.is_integer_dtype(column) and (
        column.nunique() >= NEARLY_UNIQUE * len(column)
    )
    return kind_of(column) == "number" and not numbering
