"""All data checks over two tables, against reading and encoding those tables."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.row import Row, counted

if TYPE_CHECKING:
    import pandas as pd

TRAIN, TEST = counted(75_000, 3_000), counted(25_000, 1_000)
COLUMNS = 31


def rows() -> list[Row]:
    from grd_core.checks.contract import DataContext, Group
    from grd_core.checks.registry import own_checks
    from grd_core.checks.runner import apply_check

    checks = [check for check in own_checks().values() if check.group is Group.DATA]
    with tempfile.TemporaryDirectory() as folder:
        train, test = Path(folder, "train.parquet"), Path(folder, "test.parquet")
        table = _table()
        table[:TRAIN].to_parquet(train, index=False)
        table[TRAIN:].to_parquet(test, index=False)
        context = DataContext(str(train), str(test), target="y", id_column="id")
        reading = _reading(context)
        started = time.perf_counter()
        results = [apply_check(check, context) for check in checks]
        took = time.perf_counter() - started
    slowest = max(results, key=lambda result: result.seconds)
    return [
        Row(
            f"{len(checks)} data checks, {TRAIN + TEST:,} × {COLUMNS}"
            f" (slowest {slowest.check} {slowest.seconds:.2f} s)",
            f"{took:.2f} s",
            f"reading and encoding {reading:.2f} s",
            took / reading,
            "≤ 5 s",
            took <= 5.0,
        )
    ]


def _reading(context: object) -> float:
    """What every check needs, without any check; not kept for those that follow."""
    from grd_core.checks.contract import DataContext, NotApplicable
    from grd_core.checks.data import frames
    from grd_core.checks.data.encoded import encode

    assert isinstance(context, DataContext)
    started = time.perf_counter()
    read = frames.frames_of(context)
    assert not isinstance(read, NotApplicable)
    encode((read.train, read.test), read.features)
    took = time.perf_counter() - started
    frames.forget()
    return took


def _table() -> pd.DataFrame:
    """Clean rows, and columns of numbers and words to make up the width."""
    import numpy as np

    from tests.core.checks.data.clean_tables import clean_table

    chance = np.random.default_rng(31)
    table = clean_table(TRAIN + TEST, 1, "binary")
    more = {
        f"n{place}": chance.normal(size=len(table))
        if place % 3
        else chance.integers(0, 9, len(table))
        for place in range(COLUMNS - table.shape[1])
    }
    return table.assign(**more)
