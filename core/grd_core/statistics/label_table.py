"""Reading the columns of a frozen part that a statistic needs, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from grd_core.errors import DataError


def read_columns(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of a Parquet or CSV table; a name given twice is read once.

    Raises:
        DataError: the file is missing, cannot be read, or lacks a column.
    """
    wanted = list(dict.fromkeys(columns))
    if not path.is_file():
        raise DataError(
            "a frozen part is missing", where=path.name, fix="restore it, or freeze again"
        )
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            known = pq.read_schema(path).names
        else:
            known = pd.read_csv(path, nrows=0).columns.tolist()
        missing = [column for column in wanted if column not in known]
        if missing:
            raise DataError(
                f"there is no column {missing[0]!r}; there are {', '.join(map(str, known))}",
                where=path.name,
                fix="name a column that was not excluded at the freeze",
            )
        if path.suffix == ".parquet":
            return pd.read_parquet(path, columns=wanted)
        return pd.read_csv(path, usecols=wanted)[wanted]
    except (OSError, ValueError) as error:
        raise DataError(
            f"a frozen part cannot be read: {error}", where=path.name, fix="restore it"
        ) from error
