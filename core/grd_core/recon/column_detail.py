"""One column looked at closely: its values, what is missing, change over time, the target.

Light to import; the values are read in a worker. Before the freeze the rows of the test part
stand among the others, so that nothing is told of the target, nor of excluded columns, which
often are the target under another name. After it the training part alone is read.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from grd_core.errors import RefusedError, UsageError
from grd_core.jobs import Progress, run_job, value_of
from grd_core.recon.records import (
    FreezeRecord,
    SourceRecord,
    read_freeze,
    read_profile,
    read_source,
)
from grd_core.recon.risks import Risk
from grd_core.recon.roles import GENERATED_ID
from grd_core.recon.snapshot import risks_of
from grd_core.recon.sources import NESTED_TYPES

if TYPE_CHECKING:
    from grd_core.study import Study

DETAIL_LIMIT_S = 120.0
BEFORE_THE_FREEZE = (
    "nothing is told of the target before the freeze: test labels stand among these rows"
)
EXCLUDED = "the column is excluded, so no frozen part holds it and nothing looks at its values"

NESTED = "each value is a table of its own, which has no distribution to show"

Scope = Literal["structure", "training"]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Rows in bins of equal width from the 1st to the 99th percentile; the ends hold what lies
    beyond. One more edge than counts; `first` and `last` are the outer edges as text."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Category:
    """A value, how many rows have it and their share of the rows that are not missing."""

    value: str
    rows: int
    share: float


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """A stretch of the time axis: rows, the share missing, and the mean where values are
    numbers and any is there."""

    start: str
    rows: int
    missing_share: float
    mean: float | None


@dataclass(frozen=True, slots=True)
class RelationBin:
    """Rows with a value in this range, or with this value, and what their target is."""

    label: str
    rows: int
    target: float


@dataclass(frozen=True, slots=True)
class Relation:
    """How the column goes together with the target in the training part.

    `measure` names what `strength` is, in [-1, 1] for a rank correlation and [0, 1] else;
    `of` what `target` is in each bin.
    """

    measure: str
    strength: float
    of: str
    bins: tuple[RelationBin, ...]


@dataclass(frozen=True, slots=True)
class SampleRows:
    """A few whole rows as text, the column first; "" stands for a missing value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ColumnDetail:
    """A column as it is in `scope`: all rows before the freeze, the training part after.

    Where nothing may be told of its values `withheld` says why and the rest is empty;
    `relation_withheld` says why there is no relation to the target.
    """

    name: str
    type: str
    role: str
    scope: Scope
    read: str
    withheld: str
    rows: int = 0
    missing: int = 0
    missing_share: float = 0.0
    distinct: int | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: tuple[tuple[str, str], ...] = ()
    histogram: Histogram | None = None
    categories: tuple[Category, ...] = ()
    other_rows: int = 0
    time_column: str = ""
    over_time: tuple[TimeBucket, ...] = ()
    relation: Relation | None = None
    relation_withheld: str = ""
    sample: SampleRows | None = None
    risks: tuple[Risk, ...] = ()


def column_detail(
    study: Study, column: str, *, on_progress: Progress | None = None
) -> ColumnDetail:
    """Look at one column; nothing is recorded and no frozen label is opened.

    Raises:
        RefusedError: no data is declared, or the file that is read changed.
        UsageError: there is no such column.
        DataError: the file cannot be read.
    """
    with study.read() as ledger:
        source, freeze = read_source(ledger, study.root), read_freeze(ledger)
        risks = risks_of(read_profile(ledger, "structure"), read_profile(ledger, "training"))
    if source is None:
        raise RefusedError(
            "no data is declared",
            where=str(study.root),
            fix="`grd data add provenance.toml` says where it comes from and what it means",
        )
    known: dict[str, Any] = {
        "name": column,
        "type": _type_of(source, column),
        "role": source.roles.role_of(column),
        "scope": "training" if freeze else "structure",
        "risks": tuple(risk for risk in risks if column in risk.columns),
    }
    withheld = _withheld(known["role"], known["type"], freeze)
    if withheld:
        return ColumnDetail(**known, read="its type alone", withheld=withheld)
    found = value_of(
        run_job(
            "grd_core.recon.column_job:column_job",
            _arguments(study, source, freeze, column),
            limit_s=DETAIL_LIMIT_S,
            on_progress=on_progress,
        )
    )
    return ColumnDetail(**known, withheld="", **_typed(found, freeze))


def _type_of(source: SourceRecord, column: str) -> str:
    types = {item.name: item.type for item in source.columns}
    if column not in types:
        near = difflib.get_close_matches(column, types, n=1, cutoff=0.0)
        raise UsageError(
            f"there is no column {column!r}",
            where=source.label,
            fix=f"did you mean {near[0]!r}?" if near else "`grd data profile` lists the columns",
        )
    return types[column]


def _withheld(role: str, kind: str, freeze: FreezeRecord | None) -> str:
    if role == "excluded":
        return EXCLUDED
    if re.match(NESTED_TYPES, kind):
        return NESTED
    return BEFORE_THE_FREEZE if role == "target" and freeze is None else ""


def _arguments(
    study: Study, source: SourceRecord, freeze: FreezeRecord | None, column: str
) -> dict[str, Any]:
    parts = freeze.files if freeze else ()
    train = next((part for part in parts if part.path.endswith("/train.parquet")), None)
    return {
        "path": str(study.root / train.path if train else source.path),
        "sha256": train.sha256 if train else source.sha256,
        "reading": {} if train else source.reading,
        "scope": "training" if train else "structure",
        "roles": source.roles.as_json(),
        "id_column": source.roles.id or GENERATED_ID,
        "column": column,
    }


def _typed(found: dict[str, Any], freeze: FreezeRecord | None) -> dict[str, Any]:
    """The worker's JSON as the dataclasses above."""
    histogram, relation = found.pop("histogram"), found.pop("relation")
    return {
        **found,
        "quantiles": tuple((name, value) for name, value in found["quantiles"]),
        "histogram": histogram
        and Histogram(
            tuple(histogram["edges"]),
            tuple(histogram["counts"]),
            histogram["first"],
            histogram["last"],
        ),
        "categories": tuple(Category(**item) for item in found["categories"]),
        "over_time": tuple(TimeBucket(**item) for item in found["over_time"]),
        "relation": relation
        and Relation(
            relation["measure"],
            relation["strength"],
            relation["of"],
            tuple(RelationBin(**item) for item in relation["bins"]),
        ),
        "relation_withheld": found["relation_withheld"] if freeze else BEFORE_THE_FREEZE,
        "sample": SampleRows(
            tuple(found["sample"]["columns"]), tuple(tuple(row) for row in found["sample"]["rows"])
        ),
    }
