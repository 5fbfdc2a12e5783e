"""Writing the frozen parts; runs in a worker.

The four files are written into a folder of their own beside data/frozen, flushed and made
read-only. Whoever records the freeze renames that folder into place.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.content import content_sha256
from grd_core.checks.data.reading.folder_manifest import manifest_sha256
from grd_core.checks.data.reading.options import options_from_json
from grd_core.checks.data.reading.places import seen_as, unchanged
from grd_core.checks.data.tables import read_table
from grd_core.errors import DataError, RefusedError
from grd_core.identity import sha256_bytes, sha256_file
from grd_core.jobs import Progress
from grd_core.recon.part_codes import TEST, TRAIN, VALIDATION
from grd_core.recon.partition import Plan, partition
from grd_core.recon.roles import GENERATED_ID, Roles, roles_from_json
from grd_core.recon.target import describe_target

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

READ_ONLY = 0o444
_ROW_GROUP = 1 << 17


def freeze_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Cut a source into its frozen parts.

    Args:
        arguments: `path` of the source, `reading` (its options), `sha256` it must have,
            `roles`, `plan`, the `sizes` that the plan was recorded with, and `folder`, empty,
            to write into.
        progress: told what is being done.

    Returns:
        `files`: name, sha256, rows and size_bytes of each part; `test_ids_sha256`;
        `test_rows`. Nothing computed from labels.

    Raises:
        RefusedError: the source is not the declared version, or cuts otherwise than recorded.
        DataError: an id is missing or stands twice, or the training part has one class only
            or more than its task.
    """
    path, folder = Path(arguments["path"]), Path(arguments["folder"])
    roles = roles_from_json(arguments["roles"])
    table = _declared_rows(path, arguments, progress)
    progress(0.4, "assigning rows")
    found = partition(table, roles, Plan(**arguments["plan"]), where=str(path))
    if any(found.sizes[name] != arguments["sizes"][name] for name in found.sizes):
        raise RefusedError(
            "the split does not come out as recorded", where=str(path), fix="split again"
        )
    table = _with_ids(table, roles, where=str(path))
    # A training part that nothing can be learned from is refused while that costs nothing.
    train = table.column(roles.target).filter(_mask(found.parts, TRAIN)).to_pandas()
    describe_target(train, roles)
    files = []
    for step, (name, part) in enumerate(_parts(table, roles, found.parts).items()):
        progress(0.5 + 0.1 * step, f"writing {name}.parquet")
        try:
            files.append(_write(part, folder / f"{name}.parquet"))
        except OSError as error:
            raise RefusedError(
                f"the frozen parts cannot be written: {error.strerror or error}",
                where=str(folder),
                fix="free some space, or check the folder's permissions",
            ) from error
    ids = table.column(roles.id_column).filter(_mask(found.parts, TEST)).to_pylist()
    return {"files": files, "test_ids_sha256": ids_digest(ids), "test_rows": len(ids)}


def _declared_rows(path: Path, arguments: dict[str, Any], progress: Progress) -> pa.Table:
    """The rows of the declared bytes: those that are hashed and those that are read are one."""
    options = options_from_json(arguments.get("reading"))
    if seen_as(path) == "folder":
        progress(0.05, f"hashing the files of {path.name}")
        table = read_table(path, options=options)
        digest = manifest_sha256(table)
    else:
        with unchanged(path):
            progress(0.05, f"hashing {path.name}")
            digest = content_sha256(path)
            progress(0.15, f"reading {path.name}")
            table = read_table(path, options=options) if digest == arguments["sha256"] else None
    if table is None or digest != arguments["sha256"]:
        raise RefusedError(
            f"{path.name} changed since it was declared",
            where=str(path),
            fix="restore the file, or declare it again with `grd data add`",
        )
    return table


def ids_digest(ids: list[Any]) -> str:
    """What names a set of rows: sha256 of the ids as text, sorted, one a line."""
    return sha256_bytes("\n".join(sorted(str(value) for value in ids)).encode())


def _parts(table: pa.Table, roles: Roles, parts: np.ndarray[Any, Any]) -> dict[str, pa.Table]:
    features = [roles.id_column, *roles.features(tuple(table.column_names))]
    labelled = [*features, roles.target]
    test = table.filter(_mask(parts, TEST))
    return {
        "train": table.filter(_mask(parts, TRAIN)).select(labelled),
        "validation": table.filter(_mask(parts, VALIDATION)).select(labelled),
        "test_features": test.select(features),
        "test_labels": test.select([roles.id_column, roles.target]),
    }


def _mask(parts: np.ndarray[Any, Any], code: int) -> pa.Array:
    import pyarrow as pa

    return pa.array(parts == code)


def _with_ids(table: pa.Table, roles: Roles, *, where: str) -> pa.Table:
    """The table with an id that names every row once; generated where none is declared."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not roles.id:
        # In no order: the number of a row in a sorted table gives its target away.
        numbers = np.random.default_rng(0).permutation(table.num_rows)
        return table.add_column(0, GENERATED_ID, pa.array(numbers, type=pa.int64()))
    ids = table.column(roles.id)
    # NaN is how a missing number comes from many writers of Parquet.
    absent = ids.is_null(nan_is_null=True)
    if pc.any(absent).as_py():
        row = pc.index(absent, value=True).as_py() + 1
        raise DataError(
            f"row {row} has no `{roles.id}`",
            where=where,
            fix="an id must name every row: correct it, or declare no id and one is made",
        )
    if pc.count_distinct(ids).as_py() != table.num_rows:
        counts = ids.value_counts()
        first = counts[int(counts.field("counts").to_numpy().argmax())].as_py()
        raise DataError(
            f"the id {str(first['values'])[:40]!r} stands {first['counts']} times in `{roles.id}`",
            where=where,
            fix="an id must name one row: correct it, or declare no id and one is made",
        )
    return table


def _write(table: pa.Table, path: Path) -> dict[str, Any]:
    import pyarrow.parquet as pq

    # What pandas noted beside the schema names an index that this file does not have.
    pq.write_table(
        table.replace_schema_metadata(), path, compression="zstd", row_group_size=_ROW_GROUP
    )
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    path.chmod(READ_ONLY)
    return {
        "name": path.name,
        "sha256": sha256_file(path),
        "rows": table.num_rows,
        "size_bytes": path.stat().st_size,
    }
