"""Opening a source that is being declared: its bytes, rows, columns and types; runs in a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grd_core.checks.data.reading.content import content_sha256, content_size
from grd_core.checks.data.reading.folder_manifest import manifest_sha256
from grd_core.checks.data.reading.options import checked_options, options_from_json
from grd_core.checks.data.reading.places import unchanged
from grd_core.checks.data.tables import read_table, table_format
from grd_core.jobs import Progress


def inspect_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Read a source whole, so that no later step meets a row it cannot read.

    Args:
        arguments: `path`, absolute, and `reading`, the options as JSON.
        progress: told what is being done.

    Returns:
        `format`, `sha256`, `size_bytes`, `rows`, `columns` (name and type, in order) and
        `reading`, the options as they are to be recorded.

    Raises:
        UsageError: an option does not fit the format.
        DataError: the file cannot be read as what it claims to be, or changes meanwhile.
    """
    path = Path(arguments["path"])
    kind = table_format(path)
    options = checked_options(options_from_json(arguments["reading"]), kind, where=str(path))
    # Bytes that are hashed and rows that are read must be of one moment.
    with unchanged(path):
        digest = ""
        if kind != "folder":
            progress(0.1, f"hashing {path.name}")
            digest = content_sha256(path)
        progress(0.4, f"reading {path.name}")
        table = read_table(path, options=options)
    return {
        "format": kind,
        "sha256": digest or manifest_sha256(table),
        "size_bytes": content_size(path),
        "rows": table.num_rows,
        "columns": [{"name": field.name, "type": str(field.type)} for field in table.schema],
        "reading": options.as_json(),
    }
