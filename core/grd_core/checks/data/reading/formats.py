"""Which format a path claims, and whether there is anything to read at it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from grd_core.checks.data.reading.places import require_file, seen_as
from grd_core.errors import DataError, UsageError

TableFormat = Literal["csv", "parquet", "feather", "jsonl", "sqlite", "numpy", "folder"]
FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)

SUFFIXES: dict[str, TableFormat] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
    ".npy": "numpy",
    ".npz": "numpy",
}
COMPRESSED = ".gz"
_INSIDE_GZ: tuple[TableFormat, ...] = ("csv", "jsonl")
_SAID = (
    "give .csv, .tsv or .jsonl (or these as .gz), .parquet, .feather, .sqlite, .npy, .npz"
    " or a folder of files"
)


def claimed_format(path: Path) -> TableFormat | None:
    """The format that a file's name claims, compressed or not; None where it claims none."""
    found = SUFFIXES.get(plain_suffix(path))
    if found is not None and is_compressed(path) and found not in _INSIDE_GZ:
        return None
    return found


def plain_suffix(path: Path) -> str:
    """The suffix in lower case, without that of the compression."""
    name = path.name.lower()
    return Path(name.removesuffix(COMPRESSED)).suffix


def is_compressed(path: Path) -> bool:
    """Whether the name claims gzip."""
    return path.name.lower().endswith(COMPRESSED)


def table_format(path: Path) -> TableFormat:
    """The format a path claims by its suffix; a folder is one.

    Raises:
        UsageError: the suffix is none of those read here.
        DataError: there is no such file, it is empty, may not be opened, or is no file.
    """
    if seen_as(path) == "folder":
        if claimed_format(path) is not None:
            raise UsageError(
                f"a folder is called {path.name}, as if it were a file",
                where=str(path),
                fix="join its parts into one file, or rename it to declare the files in it",
            )
        return "folder"
    found = claimed_format(path)
    if found is None:
        raise UsageError(_not_read(path), where=str(path), fix=_SAID)
    require_file(path)
    if path.stat().st_size == 0:
        raise DataError("the file is empty", where=str(path), fix="give a file with rows in it")
    return found


def _not_read(path: Path) -> str:
    suffix = "".join(path.suffixes[-2:]) if is_compressed(path) else path.suffix
    return f"the format {suffix} is not read" if suffix else "a file without a suffix is not read"
