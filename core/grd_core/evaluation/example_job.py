"""Reading one row of the frozen features; runs in a worker."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grd_core.errors import DataError
from grd_core.evaluation.predictions import require_bytes

_TEXT_LIMIT = 500


def example_job(
    arguments: dict[str, Any], progress: Callable[[float, str], None]
) -> dict[str, Any]:
    """The features of one row, in the order of the file.

    Args:
        arguments: `path` of the frozen features, the `sha256` they must have, `id_column`,
            and `id` as the scorecard names it.
        progress: told what is being done.

    Returns:
        `features`: pairs of name and value as text.

    Raises:
        DataError: the bytes are not those that were frozen, or hold no such row.
    """
    import pyarrow.parquet as pq

    from grd_core.statistics.label_table import read_columns

    path, column = Path(arguments["path"]), str(arguments["id_column"])
    require_bytes(path, arguments["sha256"])
    progress(0.5, f"looking for row {arguments['id']}")
    ids = read_columns(path, [column])[column].astype(str)
    places = ids.index[ids == arguments["id"]]
    if not len(places):
        raise DataError(
            f"the frozen features hold no row {arguments['id']!r}",
            where=path.name,
            fix="`grd verify` names what changed",
        )
    row = pq.read_table(path).slice(int(places[0]), 1).to_pylist()[0]
    return {"features": [(name, _text(value)) for name, value in row.items()]}


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return (f"{value:.6g}" if isinstance(value, float) else str(value))[:_TEXT_LIMIT]
