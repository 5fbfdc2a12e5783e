"""Reading one column's values; runs in a worker.

The caller names the file: the source before the freeze, when the target is not read, or the
frozen training part.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.content import content_sha256
from grd_core.checks.data.reading.options import ReadOptions, options_from_json
from grd_core.checks.data.tables import column_names, read_table, table_format
from grd_core.errors import DataError, RefusedError
from grd_core.jobs import Progress
from grd_core.recon.column_relation import relation
from grd_core.recon.roles import Roles, roles_from_json
from grd_core.recon.time_axis import TimeAxis, time_axis

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

BINS, BUCKETS = 24, 24
CATEGORIES = 12
SAMPLE = 5
SAMPLE_SEED = 0
_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
_TEXT_LIMIT = 200


def column_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Describe one column.

    Args:
        arguments: `path`, the `sha256` its bytes must have and `reading`, its options;
            `scope`, structure or training; `roles`, `id_column`, `column`.
        progress: told what is being done.

    Returns:
        The fields of `column_detail.ColumnDetail` that are computed from values.

    Raises:
        RefusedError: the bytes are not those that were recorded.
        DataError: the file cannot be read.
    """
    path, name = Path(arguments["path"]), str(arguments["column"])
    options = options_from_json(arguments.get("reading"))
    roles, training = roles_from_json(arguments["roles"]), arguments["scope"] == "training"
    progress(0.05, f"hashing {path.name}")
    _require_bytes(path, arguments["sha256"])
    progress(0.2, f"reading {path.name}")
    hidden = roles.excluded_columns | (frozenset() if training else {roles.target})
    wanted = (name, roles.time, roles.target)
    read = tuple(dict.fromkeys(c for c in wanted if c and c not in hidden))
    table = read_table(path, read, options)
    values = table.column(name)
    frame = values.to_pandas()
    progress(0.5, f"describing {name}")
    axis = _axis(table, roles, str(path))
    missing = int(frame.isna().sum())
    described = _described(values, frame)
    progress(0.7, "the target")
    related, why_not = (
        relation(frame, table.column(roles.target).to_pandas(), roles)
        if training and name != roles.target
        else (None, "it is the target" if training else "")
    )
    progress(0.8, "a few rows")
    part = "training rows" if training else "rows; of the target nothing"
    return {
        "rows": len(frame),
        "missing": missing,
        "missing_share": missing / len(frame),
        "distinct": int(frame.nunique()),
        **described,
        "time_column": roles.time if axis is not None else "",
        "over_time": _over_time(frame, axis) if axis is not None else [],
        "relation": related,
        "relation_withheld": why_not,
        "sample": _sample(path, options, name, roles, arguments["id_column"], len(frame), hidden),
        "read": f"all {len(frame):,} {part}",
    }


def _require_bytes(path: Path, digest: str) -> None:
    if not path.exists():
        raise DataError(f"{path.name} is gone", where=str(path), fix="restore the file")
    if content_sha256(path) != digest:
        raise RefusedError(
            f"{path.name} is not the file that was recorded",
            where=str(path),
            fix="restore it; `grd data verify` compares the frozen parts",
        )


def _axis(table: pa.Table, roles: Roles, where: str) -> TimeAxis | None:
    if not roles.time:
        return None
    try:
        return time_axis(table, roles.time, where=where)
    except DataError:
        return None  # a time that cannot be read is a risk of the profile, told there


def _described(values: pa.ChunkedArray, frame: pd.Series[Any]) -> dict[str, Any]:
    """Numbers and times by histogram and quantiles, all others by their commonest values."""
    import pandas as pd

    empty: dict[str, Any] = {
        "mean": None,
        "std": None,
        "quantiles": [],
        "histogram": None,
        "categories": [],
        "other_rows": 0,
    }
    if pd.api.types.is_datetime64_any_dtype(frame):
        stamps = frame.dropna()
        if stamps.dt.tz is not None:
            stamps = stamps.dt.tz_convert("UTC").dt.tz_localize(None)
        seconds = (stamps - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
        return empty | _numbers(seconds.to_numpy(dtype=float), _as_time)
    numeric = pd.api.types.is_numeric_dtype(frame) and not pd.api.types.is_bool_dtype(frame)
    if numeric:
        numbers = frame.dropna().to_numpy(dtype=float)
        return empty | _numbers(numbers, _as_number) | _moments(numbers)
    return empty | _categories(frame)


def _numbers(values: np.ndarray[Any, Any], text: Any) -> dict[str, Any]:
    import numpy as np

    finite = values[np.isfinite(values)]
    if not finite.size:
        return {}
    found = np.quantile(finite, _QUANTILES)
    low, high = float(found[1]), float(found[-2])
    if low == high:
        low, high = float(found[0]), float(found[-1])
    if not math.isfinite(high - low):
        return {"quantiles": _named_quantiles(found, text)}
    # From zero: at 1e18 doubles lie too far apart for the edges of narrow bins.
    counts, edges = np.histogram(np.clip(finite, low, high) - low, bins=BINS)
    edges = edges + low
    return {
        "quantiles": _named_quantiles(found, text),
        "histogram": {
            "edges": [float(edge) for edge in edges],
            "counts": [int(count) for count in counts],
            "first": text(float(edges[0])),
            "last": text(float(edges[-1])),
        },
    }


def _named_quantiles(found: Any, text: Any) -> list[tuple[str, str]]:
    names = ("min", *(f"{q:.0%}" for q in _QUANTILES[1:-1]), "max")
    return [(name, text(float(value))) for name, value in zip(names, found, strict=True)]


def _moments(values: np.ndarray[Any, Any]) -> dict[str, Any]:
    import numpy as np

    finite = values[np.isfinite(values)]
    if not finite.size:
        return {}
    mean, std = float(finite.mean()), float(finite.std(ddof=1)) if finite.size > 1 else 0.0
    return {
        "mean": mean if math.isfinite(mean) else None,
        "std": std if math.isfinite(std) else None,
    }


def _as_number(value: float) -> str:
    return f"{value:.6g}"


def _as_time(seconds: float) -> str:
    import pandas as pd

    stamp = pd.Timestamp(seconds, unit="s")
    return stamp.strftime("%Y-%m-%d" if stamp == stamp.normalize() else "%Y-%m-%dT%H:%M:%SZ")


def _categories(frame: pd.Series[Any]) -> dict[str, Any]:
    present = frame.dropna().astype(str)
    counts = present.value_counts()
    shown = counts.head(CATEGORIES)
    return {
        "categories": [
            {"value": str(value)[:_TEXT_LIMIT], "rows": int(rows), "share": rows / len(present)}
            for value, rows in shown.items()
        ],
        "other_rows": int(counts.sum() - shown.sum()),
    }


def _over_time(frame: pd.Series[Any], axis: TimeAxis) -> list[dict[str, Any]]:
    """Buckets of equal width over the time axis; those without rows are left out."""
    import numpy as np
    import pandas as pd

    moments = axis.values.astype(float)
    first, last = float(moments.min()), float(moments.max())
    if not last > first:
        return []
    places = np.minimum(((moments - first) / (last - first) * BUCKETS).astype(int), BUCKETS - 1)
    absent = frame.isna().to_numpy()
    rows = np.bincount(places, minlength=BUCKETS)
    missing = np.bincount(places, weights=absent, minlength=BUCKETS)
    numeric = pd.api.types.is_numeric_dtype(frame) and not pd.api.types.is_bool_dtype(frame)
    means = np.full(BUCKETS, math.nan)
    if numeric:
        numbers = frame.to_numpy(dtype=float, na_value=math.nan)
        usable = np.isfinite(numbers)
        count = np.bincount(places[usable], minlength=BUCKETS)
        total = np.bincount(places[usable], weights=numbers[usable], minlength=BUCKETS)
        means = np.divide(total, count, out=means, where=count > 0)
    return [
        {
            "start": axis.text(first + place * (last - first) / BUCKETS),
            "rows": int(rows[place]),
            "missing_share": float(missing[place] / rows[place]),
            "mean": float(means[place]) if math.isfinite(means[place]) else None,
        }
        for place in range(BUCKETS)
        if rows[place]
    ]


def _sample(
    path: Path,
    options: ReadOptions,
    name: str,
    roles: Roles,
    id_column: str,
    rows: int,
    hidden: frozenset[str],
) -> dict[str, Any]:
    """A few rows at random, always the same ones, without the hidden columns."""
    import numpy as np

    others = [c for c in column_names(path, options) if c != name and c not in hidden]
    others.sort(key=lambda column: (column != id_column, column != roles.target))
    columns = [name, *others]
    drawn = np.sort(
        np.random.default_rng(SAMPLE_SEED).choice(rows, min(SAMPLE, rows), replace=False)
    )
    taken = _take(path, options, columns, drawn)
    return {"columns": columns, "rows": [[_text(row[c]) for c in columns] for row in taken]}


def _take(
    path: Path, options: ReadOptions, columns: list[str], places: Any
) -> list[dict[str, Any]]:
    """The rows at these places; of a Parquet file the row groups they lie in alone are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table_format(path) != "parquet":
        whole = read_table(path, tuple(columns), options)
        chosen: list[dict[str, Any]] = whole.take(pa.array(places)).to_pylist()
        return chosen
    stored = pq.ParquetFile(path)
    found: list[dict[str, Any]] = []
    start = 0
    for group in range(stored.num_row_groups):
        size = stored.metadata.row_group(group).num_rows
        here = [int(place) - start for place in places if start <= place < start + size]
        if here:
            found += stored.read_row_group(group, columns=columns).take(here).to_pylist()
        start += size
    return found


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return shown[:_TEXT_LIMIT]
