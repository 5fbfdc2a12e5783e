"""The structure of all rows: types, missing values, cardinality, time, groups.

Test labels stand in these rows, so nothing here looks at the target, nor at excluded
columns, which often are the target under another name: of both only the type is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.options import options_from_json
from grd_core.checks.data.row_hashes import total_hashes
from grd_core.checks.data.tables import read_table
from grd_core.errors import DataError
from grd_core.jobs import Progress
from grd_core.recon.roles import Roles, roles_from_json
from grd_core.recon.structure_risks import structure_risks
from grd_core.recon.time_axis import time_axis

if TYPE_CHECKING:
    import pyarrow as pa

NEAR_UNIQUE_SHARE = 0.98
SHAPE_BINS, SHAPE_HEIGHT = 12, 8
_TIME_SAMPLE = 200


def structure_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Profile the structure of a source.

    Args:
        arguments: `path`, `reading` (its options) and `roles`.
        progress: told what is being done.

    Returns:
        `rows`, `columns`, `time`, `groups`, `repeated_rows`, `risks` and `read`.

    Raises:
        DataError: the file cannot be read.
    """
    path, roles = Path(arguments["path"]), roles_from_json(arguments["roles"])
    progress(0.05, f"reading {path.name}")
    table = read_table(path, options=options_from_json(arguments.get("reading")))
    names = tuple(table.column_names)
    columns = []
    for position, name in enumerate(names):
        progress(0.2 + 0.5 * position / len(names), f"column {position + 1} of {len(names)}")
        columns.append(_column(table, name, roles))
    progress(0.75, "looking for repeated rows")
    content = {
        "rows": table.num_rows,
        "columns": columns,
        "time": _time(table, roles, str(path)),
        "groups": [_group(table, name) for name in roles.groups],
        "repeated_rows": _repeated_rows(table, roles),
        "read": f"all {table.num_rows:,} rows; of the target and excluded columns the type only",
    }
    content["risks"] = [risk.as_json() for risk in structure_risks(content, roles)]
    return content


def _column(table: pa.Table, name: str, roles: Roles) -> dict[str, Any]:
    import pyarrow.compute as pc

    values = table.column(name)
    role = roles.role_of(name)
    column: dict[str, Any] = {"name": name, "type": str(values.type), "role": role}
    if role in {"target", "excluded"}:
        return column
    missing = _missing(values)
    distinct = _distinct(values)
    present = table.num_rows - missing
    column |= {
        "missing": missing,
        "missing_share": round(missing / table.num_rows, 6),
        "distinct": distinct,
        "constant": distinct is not None and distinct <= 1,
        "near_unique": _names_rows(values, distinct, present),
    }
    if _is_text(values):
        column |= _text_facts(values)
    elif str(values.type) in {"float", "double", "halffloat"}:
        column["infinite"] = int(pc.sum(pc.is_inf(values)).as_py() or 0)
    shape = _shape(values)
    return column | ({"shape": shape} if shape else {})


def _shape(values: pa.ChunkedArray) -> list[int]:
    """Heights from 0 to `SHAPE_HEIGHT` of a histogram from the 1st to the 99th percentile, whose
    ends hold what lies beyond; empty for what is no number or never varies."""
    import numpy as np
    import pyarrow as pa

    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        return []
    numbers = values.drop_null().cast(pa.float64(), safe=False).to_numpy()
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return []
    low, high = np.quantile(finite, [0.01, 0.99])
    if not np.isfinite(high - low) or low == high:
        return []
    counts, _ = np.histogram(np.clip(finite, low, high), bins=SHAPE_BINS)
    return [int(height) for height in np.ceil(counts / counts.max() * SHAPE_HEIGHT)]


def _missing(values: pa.ChunkedArray) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    count = values.null_count
    if pa.types.is_floating(values.type):
        count += int(pc.sum(pc.is_nan(values)).as_py() or 0)
    return int(count)


def _distinct(values: pa.ChunkedArray) -> int | None:
    """Distinct present values; None where the type has no equality."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(values.type):
        # Sorting floats is an order of magnitude faster than hashing them.
        present = values.drop_null().to_numpy()
        ordered = np.sort(present[~np.isnan(present)])
        return int((ordered[1:] != ordered[:-1]).sum()) + int(ordered.size > 0)
    try:
        return int(pc.count_distinct(values, mode="only_valid").as_py())
    except pa.ArrowException:
        return None


def _is_text(values: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(values.type) or pa.types.is_large_string(values.type))


def _names_rows(values: pa.ChunkedArray, distinct: int | None, present: int) -> bool:
    """Whole numbers or texts of which nearly each stands once."""
    import pyarrow as pa

    nameable = _is_text(values) or pa.types.is_integer(values.type)
    return bool(nameable and distinct and present >= 50 and distinct / present >= NEAR_UNIQUE_SHARE)


def _text_facts(values: pa.ChunkedArray) -> dict[str, Any]:
    """What is odd about a text column, from its distinct values weighed by their rows."""
    import pandas as pd

    counted = values.drop_null().value_counts()
    words = pd.Series(counted.field("values").to_pylist(), dtype=object)
    rows = pd.Series(counted.field("counts").to_numpy())
    if words.empty:
        return {"numeric_share": 0.0, "variants": 0, "looks_like_time": False}
    numeric = pd.to_numeric(words, errors="coerce").notna()
    folded = words.astype(str).str.strip().str.casefold()
    sample = words.astype(str).head(_TIME_SAMPLE)
    dated = pd.to_datetime(sample, format="ISO8601", utc=True, errors="coerce").notna()
    return {
        "numeric_share": round(float(rows[numeric].sum() / rows.sum()), 4),
        "variants": int(words.size - folded.nunique()),
        "looks_like_time": bool(dated.mean() > 0.95 and not numeric.any()),
    }


def _time(table: pa.Table, roles: Roles, where: str) -> dict[str, Any] | None:
    import numpy as np

    if not roles.time:
        return None
    try:
        axis = time_axis(table, roles.time, where=where)
    except DataError as error:
        return {"column": roles.time, "fault": error.what, "fix": error.fix}
    moments = np.unique(axis.values)
    gaps = np.diff(moments)
    largest = int(gaps.argmax()) if gaps.size else 0
    return {
        "column": roles.time,
        "from": axis.text(moments[0]),
        "to": axis.text(moments[-1]),
        "moments": int(moments.size),
        "ordered": bool((np.diff(axis.values) >= 0).all()),
        "usual_gap": axis.stretch(float(np.median(gaps))) if gaps.size else "",
        "largest_gap": axis.stretch(float(gaps[largest])) if gaps.size else "",
        "largest_gap_from": axis.text(moments[largest]),
        "largest_gap_share": round(float(gaps[largest] / (moments[-1] - moments[0])), 6)
        if gaps.size
        else 0.0,
        "largest_gap_ratio": round(float(gaps[largest] / np.median(gaps)), 2) if gaps.size else 0.0,
    }


def _group(table: pa.Table, name: str) -> dict[str, Any]:
    import numpy as np

    counts = np.sort(table.column(name).drop_null().value_counts().field("counts").to_numpy())
    present = int(counts.sum())
    return {
        "column": name,
        "groups": int(counts.size),
        "missing": table.num_rows - present,
        "smallest": int(counts[0]) if counts.size else 0,
        "median": float(np.median(counts)) if counts.size else 0.0,
        "largest": int(counts[-1]) if counts.size else 0,
        "largest_share": round(float(counts[-1] / present), 4) if present else 0.0,
        "single": int((counts == 1).sum()),
    }


def _repeated_rows(table: pa.Table, roles: Roles) -> int:
    """Rows that equal an earlier row in every feature; the id is not compared."""
    import pandas as pd

    features = roles.features(tuple(table.column_names))
    return int(pd.Series(total_hashes(table, features)).duplicated().sum())
