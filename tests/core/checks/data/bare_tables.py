"""A data check on two tables that a test made, as `grd check data` runs it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from grd_core.checks.contract import Check, CheckResult, DataContext
from grd_core.checks.runner import apply_check


def compare(
    check: Check,
    folder: Path,
    train: pd.DataFrame,
    test: pd.DataFrame,
    validation: pd.DataFrame | None = None,
    **roles: object,
) -> CheckResult:
    """The check's result on these tables, written as Parquet into `folder`."""
    paths = {}
    for name, table in (("train", train), ("test", test), ("validation", validation)):
        if table is not None:
            paths[name] = str(folder / f"{name}.parquet")
            table.to_parquet(paths[name], index=False)
    return apply_check(check, DataContext(**paths, **roles))
