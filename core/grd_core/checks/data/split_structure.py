"""What a split drifts in by its own design: declared time and its images, declared groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.checks.data.encoded import kind_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_CROSSING = 0.01
"""Of the rows outside train, the share whose group may stand in train for a split by group."""


def row_sample(rows: int, most: int, seed: int) -> np.ndarray[Any, Any]:
    """Positions of at most `most` rows, ascending; all of them where there are no more."""
    import numpy as np

    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def images_of_time(
    tables: tuple[pd.DataFrame, ...], names: tuple[str, ...], time: str
) -> tuple[str, ...]:
    """The columns that go one way as the declared time goes on: numbers and times that never
    fall, or never rise, and words that do not come back once another has followed.

    A month, a counter, a day or a batch beside a time stamp: a split in time moves them as it
    moves the time.
    """
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

    if not time or any(time not in table.columns for table in tables):
        return ()
    stamps = pd.concat([table[time] for table in tables], ignore_index=True)
    clock = pd.factorize(stamps, sort=not stamps.map(type).nunique() > 1)[0]
    images = []
    for name in names:
        values = pd.concat([table[name] for table in tables], ignore_index=True)
        if is_datetime64_any_dtype(values.dtype):
            values = (values - values.min()).dt.total_seconds()
        if kind_of(values) == "unreadable" or values.nunique() < 2:
            continue
        if is_numeric_dtype(values.dtype):
            amounts = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            amounts = _first_seen(values, clock)
        present = np.isfinite(amounts) & (clock >= 0)
        if _is_monotone(clock[present], amounts[present]):
            images.append(name)
    return tuple(images)


def clusters_of(
    train: pd.DataFrame, other: pd.DataFrame, groups: tuple[str, ...]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    """Group numbers of the rows of both tables, by the first declared group that the split keeps
    whole; None where there is none. Rows of such a group stand and fall together: they
    count as one draw, not as many.
    """
    import numpy as np
    import pandas as pd

    for name in groups:
        if name not in train.columns or name not in other.columns:
            continue
        crossing = float(other[name].isin(train[name].dropna().unique()).mean())
        codes = pd.factorize(pd.concat([train[name], other[name]], ignore_index=True))[0]
        lone = codes < 0
        codes[lone] = codes.max() + 1 + np.arange(int(lone.sum()))
        if crossing <= _CROSSING and np.unique(codes).size < codes.size:
            return codes[: len(train)], codes[len(train) :]
    return None


def _first_seen(values: pd.Series[Any], clock: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Words as numbers in the order in which time first shows them; NaN where missing."""
    import numpy as np
    import pandas as pd

    order = np.argsort(clock, kind="stable")
    places = np.empty(order.size)
    places[order] = pd.factorize(values.iloc[order].astype("string"))[0]
    return np.where(places < 0, np.nan, places)


def _is_monotone(clock: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> bool:
    import numpy as np

    if np.unique(clock).size < 3:
        return False
    rising = values[np.lexsort((values, clock))]
    falling = values[np.lexsort((-values, clock))]
    return bool((np.diff(rising) >= 0).all() or (np.diff(falling) <= 0).all())
