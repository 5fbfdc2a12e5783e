"""The data files that lie in a study, with the names of their columns: what can be declared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.formats import claimed_format
from grd_core.errors import GrdError
from grd_core.jobs import Done, Progress, run_job

if TYPE_CHECKING:
    from grd_core.study import Study

MOST_FILES = 40
"""Files whose columns are read; more are found by typing their path."""
LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file by its path relative to the study; `columns` is empty where it cannot be read."""

    path: str
    columns: tuple[str, ...]


def data_files(study: Study) -> tuple[DataFile, ...]:
    """Tables at the top of the study and in its data folder, and folders of files in the
    latter; frozen parts left out, those of freezes that were taken back too.

    Only headers are read where the format has one, in a worker; where that fails or takes
    longer than `LIMIT_S` the files are named without their columns.
    """
    found = [
        *_tables(study.data_dir),
        *_folders(study.data_dir, study.frozen_dir),
        *_tables(study.root),
    ]
    names = [study.relative(path) for path in found[:MOST_FILES]]
    if not names:
        return ()
    outcome = run_job(
        "grd_core.recon.data_files:columns_job",
        {"root": str(study.root), "paths": names},
        limit_s=LIMIT_S,
    )
    columns = outcome.value["columns"] if isinstance(outcome, Done) else {}
    return tuple(DataFile(name, tuple(columns.get(name, ()))) for name in names)


def columns_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The columns of each of `paths`, relative to `root`; runs in a worker."""
    from grd_core.checks.data.tables import column_names

    columns: dict[str, list[str]] = {}
    for name in arguments["paths"]:
        try:
            columns[name] = list(column_names(Path(arguments["root"]) / name))
        except GrdError:
            # It is told why when it is declared.
            columns[name] = []
    return {"columns": columns}


def _tables(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if claimed_format(path) and not path.name.startswith(".") and path.is_file()
    )


def _folders(data: Path, frozen: Path) -> list[Path]:
    if not data.is_dir():
        return []
    return sorted(
        path
        for path in data.iterdir()
        if path.is_dir() and not path.name.startswith(".") and not _is_frozen(path, frozen)
    )


def _is_frozen(path: Path, frozen: Path) -> bool:
    return path == frozen or re.fullmatch(rf"{re.escape(frozen.name)}-\d+", path.name) is not None
