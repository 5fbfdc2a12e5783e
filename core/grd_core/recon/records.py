"""What the ledger holds about data, read through the driver: source, version, split, freeze.

Other rooms read here. Nothing heavy is imported.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from grd_core.errors import RefusedError
from grd_core.ledger.in_force import freeze_in_force, last_unfrozen_at
from grd_core.ledger.read import Ledger, Reader
from grd_core.recon.roles import Roles, roles_from_json
from grd_core.study import Study

Scope = Literal["structure", "training"]
PARTS = ("train", "validation", "test_features", "test_labels")
"""The frozen files by stem, in the order they are recorded."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source and its stored type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A declared source at its newest version; `path` is absolute, `label` as recorded."""

    source_id: int
    name: str
    label: str
    path: Path
    format: str
    provenance: dict[str, Any]
    roles: Roles
    version_id: int
    declared_at: str
    sha256: str
    size_bytes: int
    rows: int
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names, in the order of the file."""
        return tuple(column.name for column in self.columns)

    @property
    def split_defaults(self) -> dict[str, Any]:
        """What the provenance file says about the split; empty where it says nothing."""
        found: dict[str, Any] = self.provenance.get("split") or {}
        return found

    @property
    def reading(self) -> dict[str, Any]:
        """What a read needs besides the path, for `options_from_json`; empty where nothing."""
        found: dict[str, Any] = self.provenance.get("reading") or {}
        return found


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """A declared partition: its parameters, sizes in rows, and the reason it gave."""

    id: int
    at: str
    version_id: int
    strategy: str
    parameters: dict[str, Any]
    reason: str
    sizes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FrozenPart:
    """One frozen file as the ledger recorded it; `path` is relative to the study."""

    path: str
    sha256: str
    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FreezeRecord:
    """The frozen parts and what names the test rows."""

    id: int
    at: str
    split_id: int
    files: tuple[FrozenPart, ...]
    test_ids_sha256: str
    test_rows: int


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """A stored profile."""

    id: int
    at: str
    version_id: int
    scope: Scope
    content: dict[str, Any]


def current_source(study: Study) -> SourceRecord | None:
    """The declared source at its newest version, or None."""
    with study.read() as ledger:
        return read_source(ledger, study.root)


def require_source(study: Study) -> SourceRecord:
    """The declared source.

    Raises:
        RefusedError: nothing is declared.
    """
    source = current_source(study)
    if source is None:
        raise RefusedError(
            "no data is declared",
            where=str(study.root),
            fix="`grd data add provenance.toml` says where it comes from and what it means",
        )
    return source


def roles_of(study: Study) -> Roles:
    """The declared roles.

    Raises:
        RefusedError: nothing is declared.
    """
    return require_source(study).roles


def current_split(study: Study) -> SplitRecord | None:
    """The newest split of the newest data version, or None."""
    with study.read() as ledger:
        return read_split(ledger)


def current_freeze(study: Study) -> FreezeRecord | None:
    """The freeze in force, or None."""
    with study.read() as ledger:
        return read_freeze(ledger)


def current_profile(study: Study, scope: Scope) -> ProfileRecord | None:
    """The newest profile of the newest data version in this scope, or None."""
    with study.read() as ledger:
        return read_profile(ledger, scope)


def read_source(ledger: Reader, root: Path) -> SourceRecord | None:
    """`current_source` within a read that is already open."""
    row = ledger.one(
        "SELECT s.id AS source_id, s.name, s.path, s.format, s.provenance_json, s.roles_json,"
        " v.id AS version_id, v.at, v.sha256, v.size_bytes, v.rows, v.columns_json"
        " FROM data_version v JOIN source s ON s.id = v.source_id ORDER BY v.id DESC LIMIT 1"
    )
    if row is None:
        return None
    return SourceRecord(
        source_id=row["source_id"],
        name=row["name"],
        label=row["path"],
        path=root / row["path"],
        format=row["format"],
        provenance=json.loads(row["provenance_json"]),
        roles=roles_from_json(json.loads(row["roles_json"])),
        version_id=row["version_id"],
        declared_at=row["at"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        rows=row["rows"],
        columns=tuple(Column(**column) for column in json.loads(row["columns_json"])),
    )


def read_split_id(ledger: Ledger) -> int:
    """The id of the newest split of the newest data version; 0 where there is none."""
    return int(
        ledger.value(
            "SELECT coalesce(max(id), 0) FROM split"
            " WHERE data_version_id = (SELECT max(id) FROM data_version)"
        )
    )


def read_split(ledger: Reader) -> SplitRecord | None:
    """`current_split` within a read that is already open."""
    row = ledger.one("SELECT * FROM split WHERE id = ?", read_split_id(ledger))
    if row is None:
        return None
    return SplitRecord(
        id=row["id"],
        at=row["at"],
        version_id=row["data_version_id"],
        strategy=row["strategy"],
        parameters=json.loads(row["parameters_json"]),
        reason=row["reason"],
        sizes=json.loads(row["sizes_json"]),
    )


def read_freeze(ledger: Ledger) -> FreezeRecord | None:
    """`current_freeze` within a read that is already open."""
    return read_freeze_of(ledger, freeze_in_force(ledger))


def read_freeze_of(ledger: Ledger, freeze_id: int) -> FreezeRecord | None:
    """The freeze of this id, whether it is in force or was taken back; None for no such."""
    row = ledger.one("SELECT * FROM freeze WHERE id = ?", freeze_id)
    if row is None:
        return None
    return FreezeRecord(
        id=row["id"],
        at=row["at"],
        split_id=row["split_id"],
        files=tuple(FrozenPart(**part) for part in json.loads(row["files_json"])),
        test_ids_sha256=row["test_ids_sha256"],
        test_rows=row["test_rows"],
    )


def read_profile(ledger: Reader, scope: Scope) -> ProfileRecord | None:
    """`current_profile` within a read that is already open."""
    # Of the target nothing holds that was learned from parts since taken back.
    since = last_unfrozen_at(ledger) if scope == "training" else ""
    row = ledger.one(
        "SELECT * FROM profile WHERE scope = ? AND at > ?"
        " AND data_version_id = (SELECT max(id) FROM data_version) ORDER BY id DESC LIMIT 1",
        scope,
        since,
    )
    if row is None:
        return None
    return ProfileRecord(
        row["id"], row["at"], row["data_version_id"], scope, json.loads(row["content_json"])
    )
