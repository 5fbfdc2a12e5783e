"""A folder of files as a table: one row a file, with its hash, and its class by first folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.columns import require_columns
from grd_core.checks.data.reading.places import unchanged, unreadable
from grd_core.errors import DataError
from grd_core.identity import canonical_json, sha256_bytes, sha256_file

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("path", "size_bytes", "sha256", "suffix")
LABEL = "label"
"""The first folder below; a column only where files lie in folders."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the folder; `name` is its path below it, with `/`."""

    name: str
    path: Path
    size_bytes: int


def folder_names(path: Path) -> list[str]:
    """The columns of the manifest; no file is opened.

    Raises:
        DataError: as `folder_entries`.
    """
    entries = folder_entries(path)
    return [*NAMES, LABEL] if any("/" in entry.name for entry in entries) else list(NAMES)


def read_folder(path: Path, columns: Sequence[str] | None) -> pa.Table:
    """The manifest of a folder: path, size_bytes, sha256, suffix and, where files lie in
    folders, label (missing for those that do not); sorted by path.

    Raises:
        DataError: as `folder_entries`, or a file cannot be read.
    """
    import pyarrow as pa

    entries = folder_entries(path)
    names = [entry.name for entry in entries]
    made: dict[str, Any] = {
        "path": pa.array(names, pa.string()),
        "size_bytes": pa.array([entry.size_bytes for entry in entries], pa.int64()),
        "sha256": pa.array([_digest(entry) for entry in entries], pa.string()),
        "suffix": pa.array([Path(name).suffix.lower() for name in names], pa.string()),
    }
    if any("/" in name for name in names):
        made[LABEL] = pa.array(
            [name.partition("/")[0] if "/" in name else None for name in names], pa.string()
        )
    if columns is not None:
        require_columns(columns, tuple(made), where=str(path))
        made = {name: made[name] for name in columns}
    return pa.table(made)


def folder_sha256(path: Path) -> str:
    """What names the content of a folder: sha256 over a line for each file, sorted by path,
    each the canonical JSON of path, size in bytes and sha256.

    Raises:
        DataError: as `read_folder`.
    """
    return _folded((entry.name, entry.size_bytes, _digest(entry)) for entry in folder_entries(path))


def manifest_sha256(table: pa.Table) -> str:
    """`folder_sha256` of a manifest that was read."""
    columns = [table.column(name).to_pylist() for name in NAMES[:3]]
    return _folded(zip(*columns, strict=True))


def folder_size(path: Path) -> int:
    """Bytes of all files together; no file is opened.

    Raises:
        DataError: as `folder_entries`.
    """
    return sum(entry.size_bytes for entry in folder_entries(path))


def folder_entries(path: Path) -> tuple[Entry, ...]:
    """The files below a folder, hidden ones left out, sorted by path.

    Raises:
        DataError: there are none; a link leads out of the folder, to a folder or nowhere; a
            pipe or a device lies in it; a name is no UTF-8; or a folder may not be entered.
    """
    home = path.resolve()
    found = sorted(_below(path, home, ""), key=lambda entry: entry.name.encode())
    if not found:
        raise DataError(
            "the folder holds no files", where=str(path), fix="name a folder with files in it"
        )
    return tuple(found)


def hidden_below(path: Path) -> int:
    """How many files and folders are left out because their name begins with a dot."""
    count = 0
    for _, folders, files in os.walk(path):
        count += sum(name.startswith(".") for name in (*folders, *files))
        folders[:] = [name for name in folders if not name.startswith(".")]
    return count


def _below(folder: Path, home: Path, prefix: str) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as listing:
            items = [item for item in listing if not item.name.startswith(".")]
    except OSError as error:
        raise unreadable(folder, error) from error
    for item in items:
        place = Path(item.path)
        name = prefix + _text(item.name, folder)
        if item.is_symlink():
            _refuse_link(place, home)
        try:
            state = item.stat()
        except OSError as error:
            raise unreadable(place, error) from error
        if stat.S_ISDIR(state.st_mode):
            yield from _below(place, home, f"{name}/")
        elif stat.S_ISREG(state.st_mode):
            yield Entry(name, place, state.st_size)
        else:
            raise DataError(
                "a pipe, a socket or a device lies in the folder",
                where=str(place),
                fix="take it out: only files are data",
            )


def _refuse_link(place: Path, home: Path) -> None:
    try:
        target = place.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise DataError(
            "a link in the folder points to nothing or in a circle",
            where=str(place),
            fix="remove it",
        ) from error
    if not target.is_relative_to(home):
        raise DataError(
            "a link leads out of the folder, so that its content would not be the folder's",
            where=str(place),
            fix="put the file itself there",
        )
    if target.is_dir():
        raise DataError(
            "a link in the folder points to another folder of it",
            where=str(place),
            fix="remove it: the files in there are counted where they lie",
        )


def _text(name: str, folder: Path) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"the name of a file is not UTF-8: {name!a}",
            where=str(folder),
            fix="rename it",
        ) from error
    return name


def _digest(entry: Entry) -> str:
    try:
        with unchanged(entry.path):
            return sha256_file(entry.path)
    except OSError as error:
        raise unreadable(entry.path, error) from error


def _folded(lines: Any) -> str:
    return sha256_bytes("".join(canonical_json(list(line)) + "\n" for line in lines).encode())
