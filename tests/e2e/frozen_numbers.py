"""Searching a study for numbers that only the frozen labels can give.

Every file and every table is read; every number in a text is compared with statistics of
the labels and with the errors of each run's predictions.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

DIGITS = 5
"""Significant digits at which two numbers are held to be the same."""

_NUMBER = re.compile(r"-?\d+\.\d{2,}(?:[eE][-+]?\d+)?")
_TABLES_OF_DATA = {".parquet", ".csv"}


def numbers_of_frozen_labels(study: Path) -> dict[str, float]:
    """Statistics of the labels, and errors on them of every run's predictions, by name."""
    labels = pd.read_parquet(study / "data" / "frozen" / "test_labels.parquet")
    id_column, target = labels.columns
    values = labels[target].astype(float)
    found = {
        "mean": values.mean(),
        "std": values.std(),
        "population std": values.std(ddof=0),
        "variance": values.var(),
        "mean absolute": values.abs().mean(),
        "mae of the median": (values - values.median()).abs().mean(),
        "mae of the mean": (values - values.mean()).abs().mean(),
        "share above 15": float((values > 15).mean()),
        "share late": float((values > 0).mean()),
    }
    for path in sorted(study.glob("experiments/*/*/runs/*/predictions.csv")):
        said = pd.read_csv(path)
        said = said[said["part"] == "test"].set_index("id")["y_pred"]
        error = (labels.set_index(id_column)[target] - said).dropna()
        name = "/".join(path.parts[-4:-1])
        found[f"mae of {name}"] = error.abs().mean()
        found[f"rmse of {name}"] = float(np.sqrt((error**2).mean()))
        found[f"bias of {name}"] = error.mean()
    return {name: float(value) for name, value in found.items()}


def found_in(study: Path, numbers: dict[str, float]) -> list[str]:
    """Where any of these numbers stands, as «name in place»."""
    wanted = {_rounded(value): name for name, value in numbers.items()}
    return [
        f"{wanted[_rounded(number)]} in {place}"
        for place, number in _numbers(study)
        if _rounded(number) in wanted
    ]


def _rounded(value: float) -> str:
    return f"{abs(value):.{DIGITS - 1}e}"


def _numbers(study: Path) -> Iterator[tuple[str, float]]:
    for path in sorted(study.rglob("*")):
        if path.is_file() and path.suffix not in _TABLES_OF_DATA | {".db", ".db-wal", ".db-shm"}:
            text = path.read_bytes().decode("utf-8", errors="replace")
            for token in _NUMBER.findall(text):
                yield str(path.relative_to(study)), float(token)
    connection = sqlite3.connect(study / ".grd" / "ledger.db")
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in connection.execute(f"SELECT * FROM {table}"):
            for cell in row:
                if isinstance(cell, float):
                    yield table, cell
                elif isinstance(cell, str):
                    yield from ((table, float(token)) for token in _NUMBER.findall(cell))
    connection.close()
