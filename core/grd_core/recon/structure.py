"""The structure of all rows: types, missing values, cardinality, time, groups.

Test labels stand in these rows, so nothing here looks at the target, nor at excluded
columns, which often are the target under another name: of both only the type is told, and
their values are not read.

One pass over the rows, in batches, so that memory does not grow with them; then one over the
time column alone. What is exact and what is estimated stands in `read`.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.batches import BATCH_ROWS, BatchedTable, open_batches
from grd_core.checks.data.reading.options import options_from_json
from grd_core.checks.data.row_hashes import row_factor, value_hashes
from grd_core.jobs import Progress
from grd_core.recon.behaviour import behaviour
from grd_core.recon.column_facts import ColumnFacts, is_text
from grd_core.recon.distinct_values import (
    MOST_DISTINCT,
    MOST_GROUPS,
    MOST_ROWS,
    DistinctCount,
    GroupSizes,
    RepeatCount,
)
from grd_core.recon.roles import Roles, roles_from_json
from grd_core.recon.row_sample import RowSample
from grd_core.recon.sampled_facts import sampled_facts
from grd_core.recon.structure_risks import structure_risks
from grd_core.recon.time_facts import MOST_MOMENTS, time_facts

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

NEAR_UNIQUE_SHARE = 0.98
_NEAR_UNIQUE_ROWS = 50
_BATCH_BYTES = 1 << 25
_THREADS = 2
"""Over the columns of a batch. With more, the lock that Python's part holds is waited for."""
_ROOM = 20
"""Different rows that the columns allow, for each row there is, below which repeats are chance."""
_ALL_DISTINCT = 1 << 24
"""Hashes kept for distinct values over all columns, 8 bytes each."""


def structure_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Profile the structure of a source.

    Args:
        arguments: `path`, `reading` (its options) and `roles`.
        progress: told how many rows are done.

    Returns:
        `rows`, `columns`, `time`, `groups`, `repeated_rows`, `behaviour`, `risks` and `read`.

    Raises:
        DataError: the file cannot be read.
    """
    path, roles = Path(arguments["path"]), roles_from_json(arguments["roles"])
    progress(0.02, f"opening {path.name}")
    source = open_batches(path, options_from_json(arguments.get("reading")))
    content = profile_structure(source, roles, progress)
    content["risks"] = [risk.as_json() for risk in structure_risks(content, roles)]
    progress(1.0, "done")
    return content


def profile_structure(source: BatchedTable, roles: Roles, progress: Progress) -> dict[str, Any]:
    """What `structure_job` returns, without the risks."""
    seen = _Pass(source, roles)
    with ThreadPoolExecutor(_THREADS) as threads:
        for batch in source.batches(seen.used, rows=seen.batch_rows):
            seen.add(batch, threads)
            share = min(1.0, seen.rows / source.rows)
            progress(0.05 + 0.7 * share, f"row {seen.rows:,} of {source.rows:,}")
        repeated, repeats_exact = seen.repeats.count()
        del seen.repeats  # up to half a gigabyte, before the time column needs as much
        progress(0.76, "time")
        time = time_facts(source, roles)
        progress(0.8, "what the rows show")
        sample = seen.sample.table()
        told = threads.map(lambda name: _column(source, seen, sample, name), seen.used)
        facts = dict(zip(seen.used, told, strict=True))
    return {
        "rows": source.rows,
        "columns": [
            {"name": field.name, "type": str(field.type), "role": roles.role_of(field.name)}
            | facts.get(field.name, {})
            for field in source.schema
        ],
        "time": time,
        "groups": [_group(name, seen.groups[name], facts[name]) for name in roles.groups],
        "repeated_rows": repeated,
        "repeats_expected": _coarse(source.rows, [facts[name] for name in seen.compared]),
        "behaviour": behaviour(source, sample, seen.sample.whole, facts, roles, time),
        "read": _read(source, seen, facts, repeats_exact),
    }


def _column(source: BatchedTable, seen: _Pass, sample: pa.Table, name: str) -> dict[str, Any]:
    """What all rows and the sampled ones tell of one column."""
    counted = seen.columns[name].as_json(source.rows)
    facts = counted | sampled_facts(sample.column(name), counted, seen.columns[name])
    facts["near_unique"] = _names_rows(source.schema.field(name).type, facts)
    return facts


class _Pass:
    """All that is counted while the rows go by once."""

    def __init__(self, source: BatchedTable, roles: Roles) -> None:
        names = tuple(source.schema.names)
        hidden = roles.excluded_columns | {roles.target}
        self.used = [name for name in names if name not in hidden]
        self.most_distinct = min(MOST_DISTINCT, _ALL_DISTINCT // max(1, len(self.used)))
        self.columns = {
            name: ColumnFacts(source.schema.field(name).type, self.most_distinct)
            for name in self.used
        }
        self.groups = {name: GroupSizes() for name in roles.groups}
        self.repeats = RepeatCount(source.rows)
        row_bytes = source.row_bytes(self.used)
        self.batch_rows = max(1, min(BATCH_ROWS, int(_BATCH_BYTES / row_bytes)))
        self.sample = RowSample(source.rows, self.used, row_bytes=row_bytes)
        self.rows, self._roles = 0, roles
        self._features = [name for name in roles.features(names) if name in self.columns]
        self.compared: tuple[str, ...] = ()

    def add(self, batch: pa.RecordBatch, threads: Executor) -> None:
        """Count these rows, the columns side by side: what takes the time leaves the lock."""
        import numpy as np

        if not self.rows:
            self.compared = self._comparable(batch)
        total = np.zeros(len(batch), dtype=np.uint64)
        columns = range(len(self.used))
        for part in threads.map(lambda position: self._add_column(batch, position), columns):
            if part is not None:
                total += part
        if self.compared:
            self.repeats.add(total)
        self.sample.add(batch)
        self.rows += len(batch)

    def _add_column(self, batch: pa.RecordBatch, position: int) -> np.ndarray[Any, Any] | None:
        """Count one column; its part of the rows' hashes where it is compared."""
        import numpy as np
        import pyarrow as pa

        name, values = self.used[position], batch.column(position)
        hashes = value_hashes(pa.chunked_array([values]))
        self.columns[name].add(values, hashes)
        if name in self.groups:
            self.groups[name].add(hashes[np.asarray(values.is_valid())])
        return np.asarray(hashes * row_factor(position)) if name in self.compared else None

    def _comparable(self, first: pa.RecordBatch) -> tuple[str, ...]:
        """The features by which a row may repeat another: without undeclared ids, which are
        whole numbers and texts of which each of the first rows has its own."""
        kept = [name for name in self._features if not self._numbers_rows(first, name)]
        return tuple(kept or self._features)

    def _numbers_rows(self, first: pa.RecordBatch, name: str) -> bool:
        import pyarrow as pa

        values = first.column(first.schema.get_field_index(name))
        if self._roles.role_of(name) != "feature" or len(first) < _NEAR_UNIQUE_ROWS:
            return False
        nameable = is_text(values.type) or pa.types.is_integer(values.type)
        if not nameable:
            return False
        counted = DistinctCount()
        counted.add(value_hashes(pa.chunked_array([values])))
        return counted.count()[0] == len(first)


def _coarse(rows: int, compared: list[dict[str, Any]]) -> bool:
    """Whether the values of the compared columns make so few different rows that rows repeat by
    chance."""
    kinds = 1.0
    for facts in compared:
        kinds *= max(1, (facts["distinct"] or 1) + (facts["missing"] > 0))
        if kinds > _ROOM * rows:
            return False
    return True


def _names_rows(kind: pa.DataType, facts: dict[str, Any]) -> bool:
    """Whole numbers or texts of which nearly each stands once."""
    import pyarrow as pa

    present = round(facts["distinct"] or 0), facts["present"]
    nameable = is_text(kind) or pa.types.is_integer(kind)
    return bool(
        nameable
        and present[1] >= _NEAR_UNIQUE_ROWS
        and present[0] / present[1] >= NEAR_UNIQUE_SHARE
    )


def _group(name: str, counted: GroupSizes, facts: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    sizes, each = counted.sizes()
    return {
        "column": name,
        "groups": int(sizes.size) * each,
        "missing": facts["missing"],
        "smallest": int(sizes[0]) if sizes.size else 0,
        "median": float(np.median(sizes)) if sizes.size else 0.0,
        "largest": int(sizes[-1]) if sizes.size else 0,
        "largest_share": round(float(sizes[-1] / facts["present"]), 4) if sizes.size else 0.0,
        "single": int((sizes == 1).sum()) * each,
        "of_all": each == 1,
    }


def _read(source: BatchedTable, seen: _Pass, facts: dict[str, Any], repeats_exact: bool) -> str:
    """Which rows every figure is from, and which are estimates."""
    said = [f"all {source.rows:,} rows; of the target and excluded columns the type only"]
    if not seen.sample.whole:
        said.append(
            "shapes, common values, far rows and what rows have in common from"
            f" {seen.sample.words()}"
        )
    if not all(column["distinct_exact"] for column in facts.values()):
        error = 2.4 / (seen.most_distinct / 2) ** 0.5
        said.append(
            f"distinct values exact up to {seen.most_distinct:,} a column, above that estimated"
            f" within ±{error:.1%}"
        )
    if not repeats_exact:
        said.append(f"repeated rows estimated from about {MOST_ROWS // 2:,} of the different ones")
    if source.rows > MOST_MOMENTS:
        said.append(f"no gaps in time: more than {MOST_MOMENTS:,} rows")
    if any(counted.sizes()[1] > 1 for counted in seen.groups.values()):
        said.append(f"group sizes from a fair share of more than {MOST_GROUPS:,} groups")
    return "; ".join(said)
