"""Opening a file that is being declared: its bytes, rows, columns and types; runs in a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grd_core.checks.data.tables import column_names, read_table, table_format
from grd_core.identity import sha256_file
from grd_core.jobs import Progress


def inspect_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Read a file whole, so that no later step meets a row it cannot read.

    Args:
        arguments: `path`, absolute.
        progress: told what is being done.

    Returns:
        `format`, `sha256`, `size_bytes`, `rows` and `columns` (name and type, in order).

    Raises:
        DataError: the file cannot be read as what it claims to be.
    """
    path = Path(arguments["path"])
    kind = table_format(path)
    names = column_names(path)
    progress(0.1, f"hashing {path.name}")
    digest = sha256_file(path)
    progress(0.4, f"reading {len(names)} columns of {path.name}")
    table = read_table(path)
    return {
        "format": kind,
        "sha256": digest,
        "size_bytes": path.stat().st_size,
        "rows": table.num_rows,
        "columns": [{"name": field.name, "type": str(field.type)} for field in table.schema],
    }
