"""The quick look at a file; runs in a worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.batches import BatchedTable, open_batches, spread_blocks
from grd_core.checks.data.tables import missing_column
from grd_core.jobs import Progress
from grd_core.recon.column_risks import is_time
from grd_core.recon.quick_lines import Line, structure_lines
from grd_core.recon.quick_target import target_lines, task_of
from grd_core.recon.roles import Roles
from grd_core.recon.structure import profile_structure

if TYPE_CHECKING:
    import pyarrow as pa

QUICK_ROWS, QUICK_BYTES, BLOCKS = 200_000, 1 << 28, 8
TARGET_NAMES = ("target", "label", "y", "class", "outcome", "response")


def quick_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Look at the structure of a file and, where one is named, at its target.

    Args:
        arguments: `path`; `target`, which may be empty; `hidden`, columns not to be looked at.
        progress: told what is being done.

    Returns:
        `rows`, `columns`, `read`, `target`, `guessed_target`, `target_said`, `task`, guessed
        `time`, `groups` and `id`, and `lines`, worst first: `severity`, `text`, `do`, `columns`.

    Raises:
        UsageError, DataError: the file or the column cannot be read.
    """
    path, target = Path(arguments["path"]), str(arguments["target"])
    progress(0.05, f"reading {path.name}")
    source = open_batches(path)
    names = tuple(source.schema.names)
    if target and target not in names:
        raise missing_column(target, names, where=str(path))
    fitting = int(QUICK_BYTES / source.row_bytes(names))
    looked = spread_blocks(source, max(BLOCKS, min(QUICK_ROWS, fitting)), BLOCKS)
    hidden = tuple((name, "declared") for name in arguments["hidden"])
    roles = Roles("regression", target, excluded=hidden)
    content = profile_structure(
        looked, roles, lambda share, what: progress(0.1 + 0.7 * share, what)
    )
    lines: list[Line] = []
    task, said = "", _no_target(names, arguments["hidden"])
    if target:
        progress(0.85, "the target")
        values = _column(looked, target)
        task = task_of(values, target, str(path))
        lines = target_lines(values, target, task, looked, content)
        said = "its values were looked at on these rows: split and freeze before choosing by them"
    told = frozenset(name for line in lines for name in line["columns"])
    lines += structure_lines(content, told)
    lines.sort(key=lambda line: -line["weight"])
    time, groups, name = _guessed_roles(content, target)
    return {
        "rows": source.rows,
        "columns": len(names),
        "read": _read(looked, source),
        "target": target,
        "guessed_target": _guessed_target(names),
        "target_said": said,
        "task": task,
        "time": time,
        "groups": groups,
        "id": name,
        "lines": lines,
    }


def _column(looked: BatchedTable, name: str) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.Table.from_batches(looked.batches([name])).column(name)


def _read(looked: BatchedTable, source: BatchedTable) -> str:
    if looked.rows == source.rows:
        return f"all {source.rows:,} rows"
    return f"{looked.rows:,} of {source.rows:,} rows, in pieces spread over the file"


def _guessed_target(names: tuple[str, ...]) -> str:
    """The column whose name says so; no values tell it."""
    folded = {name.strip().casefold(): name for name in names}
    return next((folded[name] for name in TARGET_NAMES if name in folded), "")


def _no_target(names: tuple[str, ...], hidden: list[str]) -> str:
    guessed = _guessed_target(names)
    if guessed and guessed not in hidden:
        return f"none was named; by its name it may be `{guessed}`: --target {guessed}"
    return "none was named, so nothing is told of what predicts it: --target COL"


def _guessed_roles(content: dict[str, Any], target: str) -> tuple[str, list[str], str]:
    """A time, groups and an id, as far as the values show them."""
    columns = [column for column in content["columns"] if "missing" in column]
    times = [column for column in columns if column["missing"] == 0 and is_time(column)]
    times.sort(key=lambda column: (not column.get("rises"), -(column["distinct"] or 0)))
    time = times[0]["name"] if times else ""
    ids = [
        column["name"]
        for column in columns
        if column["near_unique"]
        and column["missing"] == 0
        and column["distinct"] == content["rows"]
        and column["name"] not in (time, target)
    ]
    ids.sort(key=lambda name: "id" not in name.casefold())
    groups = [group["column"] for group in content["behaviour"]["groups"]]
    return time, groups[:2], ids[0] if ids else ""
