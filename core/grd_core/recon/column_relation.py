"""How one column goes together with the target, on the training part alone; in a worker."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from grd_core.recon.roles import Roles

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

QUANTILE_BINS = 10
MOST_GROUPS = 10
LEAST_ROWS = 20
MOST_DISTINCT_SHARE = 0.5
"""Words that differ in more rows than this tell no groups apart."""
_MISSING, _OTHERS = "(missing)", "(all others)"


def relation(
    column: pd.Series[Any], target: pd.Series[Any], roles: Roles
) -> tuple[dict[str, Any] | None, str]:
    """The strength of the relation and the target in bins of the column.

    Two numbers: Spearman's rank correlation (Spearman 1904). A number and classes, in either
    order: the correlation ratio η (Fisher 1925, ch. VIII). Two sets of classes: Cramér's V
    (Cramér 1946, ch. 21). Rows where either is missing are left out of the strength; missing
    values of the column have a bin of their own.

    Returns:
        `measure`, `strength`, `of` and `bins`, or None and why there is none.
    """
    import pandas as pd

    known = target.notna()
    column, target = column[known], target[known]
    both = column.notna()
    if int(both.sum()) < LEAST_ROWS or column[both].nunique() < 2:
        return None, f"fewer than {LEAST_ROWS} rows have a value, or all have the same"
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    measured = _ordered(column) if numeric or _is_time(column) else None
    if measured is None and column.nunique() > MOST_DISTINCT_SHARE * int(both.sum()):
        return None, "nearly every value stands once: it can only be learned by heart"
    scored, of = _scored_target(target, roles)
    measure, strength = _strength(column[both], measured, target[both], roles)
    if not math.isfinite(strength):
        return None, "the numbers are too large to be compared"
    labels = _quantiles(column, measured) if measured is not None else _groups(column)
    return {
        "measure": measure,
        "strength": round(strength, 4),
        "of": of,
        "bins": _bins(labels, scored),
    }, ""


def _strength(
    column: pd.Series[Any],
    measured: pd.Series[Any] | None,
    target: pd.Series[Any],
    roles: Roles,
) -> tuple[str, float]:
    if roles.task == "regression":
        values = target.to_numpy(dtype=float)
        if measured is None:
            return "correlation ratio η", _ratio(values, column.astype(str))
        ranks = measured.loc[column.index].rank().to_numpy(dtype=float)
        return "rank correlation ρ", _pearson(ranks, target.rank().to_numpy(dtype=float))
    if measured is not None:
        ranks = measured.loc[column.index].rank().to_numpy(dtype=float)
        return "correlation ratio η of ranks", _ratio(ranks, target.astype(str))
    return "Cramér's V", _cramer(column.astype(str), target.astype(str))


def _scored_target(target: pd.Series[Any], roles: Roles) -> tuple[pd.Series[Any], str]:
    """What a bin shows of the target: its mean, or the share of one class."""
    if roles.task == "regression":
        return target.astype(float), f"mean {roles.target}"
    classes = sorted(target.unique().tolist(), key=str)
    shown = classes[-1] if roles.task == "binary" else target.mode().iloc[0]
    return (target == shown).astype(float), f"share of {roles.target} = {shown}"


def _is_time(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_datetime64_any_dtype(column))


def _ordered(column: pd.Series[Any]) -> pd.Series[Any]:
    import numpy as np

    if _is_time(column):
        return column
    return column.astype(float).replace([np.inf, -np.inf], np.nan)


def _quantiles(column: pd.Series[Any], measured: pd.Series[Any]) -> pd.Series[Any]:
    """The label of each row's quantile; labels sort by their place."""
    import pandas as pd

    if measured.nunique() <= QUANTILE_BINS:
        return _groups(column)
    cut = pd.qcut(measured, QUANTILE_BINS, duplicates="drop")
    lowest = measured.min()
    ranges = [(max(interval.left, lowest), interval.right) for interval in cut.cat.categories]
    return (
        cut.cat.rename_categories(_told_apart(ranges))
        .cat.add_categories([_MISSING])
        .fillna(_MISSING)
    )


def _told_apart(ranges: list[tuple[Any, Any]]) -> list[str]:
    """The ranges in the fewest digits by which no two of them are called the same."""
    texts: list[str] = []
    for digits, letters in ((4, 10), (8, 16), (12, 19), (17, 40)):
        texts = [" to ".join(_end(end, digits, letters) for end in pair) for pair in ranges]
        if len(set(texts)) == len(texts):
            break
    return texts


def _end(value: Any, digits: int, letters: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)[:letters]


def _groups(column: pd.Series[Any]) -> pd.Series[Any]:
    """The commonest values by name, the rest together."""
    import pandas as pd

    named = column.astype(str).where(column.notna(), _MISSING)
    counts = named.value_counts()
    shown = [value for value in counts.index if value != _MISSING][:MOST_GROUPS]
    order = [*sorted(shown, key=_natural), _OTHERS, _MISSING]
    kept = named.where(named.isin([*shown, _MISSING]), _OTHERS)
    return pd.Series(pd.Categorical(kept, categories=order, ordered=True), index=column.index)


def _natural(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text


def _bins(labels: pd.Series[Any], target: pd.Series[Any]) -> list[dict[str, Any]]:
    grouped = target.groupby(labels.to_numpy() if labels.dtype == object else labels, observed=True)
    found = grouped.agg(["size", "mean"])
    return [
        {"label": str(label), "rows": int(row["size"]), "target": float(row["mean"])}
        for label, row in found.iterrows()
        if math.isfinite(row["mean"])
    ]


def _pearson(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    import numpy as np

    usable = np.isfinite(left) & np.isfinite(right)
    left, right = left[usable] - left[usable].mean(), right[usable] - right[usable].mean()
    scale = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum() / scale) if scale > 0 else 0.0


def _ratio(values: np.ndarray[Any, Any], groups: pd.Series[Any]) -> float:
    """η: the root of the share of the variance that lies between groups."""
    import numpy as np
    import pandas as pd

    usable = np.isfinite(values)
    values, codes = values[usable], pd.factorize(groups.to_numpy()[usable])[0]
    centred = values - values.mean()
    total = float((centred**2).sum())
    sums, counts = np.bincount(codes, weights=centred), np.bincount(codes)
    between = float((sums**2 / counts).sum())
    return math.sqrt(min(between / total, 1.0)) if total > 0 else 0.0


def _cramer(left: pd.Series[Any], right: pd.Series[Any]) -> float:
    import pandas as pd

    table = pd.crosstab(left.to_numpy(), right.to_numpy()).to_numpy(dtype=float)
    if min(table.shape) < 2:
        return 0.0
    n = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return math.sqrt(chi2 / (n * (min(table.shape) - 1)))
