"""What the ledger knows of the data when an objective is checked against it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grd_core.ledger.in_force import freeze_in_force, last_unfrozen_at
from grd_core.ledger.read import Reader


@dataclass(frozen=True, slots=True)
class DataFacts:
    """The declared source, its columns and roles, the recorded split, and the distributions
    found in the training part («imbalanced», «heavy_tails», «zeros», «negative»).

    Empty texts mean «none declared»; without `profiled` no distribution is known.
    `usable` leaves out what is excluded by declaration.
    """

    source: str
    columns: tuple[str, ...]
    task: str
    target: str
    time: str
    groups: tuple[str, ...]
    id_column: str
    excluded: tuple[str, ...]
    split: str = ""
    frozen: bool = False
    profiled: bool = False
    distributions: tuple[str, ...] = ()

    @property
    def usable(self) -> tuple[str, ...]:
        """The columns that stand in the frozen parts."""
        return tuple(name for name in self.columns if name not in self.excluded)


def data_facts(ledger: Reader) -> DataFacts | None:
    """The newest declared source with what followed from it; None when nothing is declared."""
    row = ledger.one(
        "SELECT s.name, s.roles_json, v.id AS version_id, v.columns_json FROM source s"
        " JOIN data_version v ON v.source_id = s.id ORDER BY v.id DESC LIMIT 1"
    )
    if row is None:
        return None
    roles: dict[str, Any] = json.loads(row["roles_json"])
    split = ledger.one(
        "SELECT p.id, p.strategy, f.id AS freeze_id FROM split p"
        " LEFT JOIN freeze f ON f.split_id = p.id AND f.id = ?"
        " WHERE p.data_version_id = ? ORDER BY f.id DESC, p.id DESC LIMIT 1",
        freeze_in_force(ledger),
        row["version_id"],
    )
    profile = ledger.value(
        "SELECT content_json FROM profile WHERE data_version_id = ? AND scope = 'training'"
        " AND at > ? ORDER BY id DESC LIMIT 1",
        row["version_id"],
        last_unfrozen_at(ledger),
    )
    return DataFacts(
        source=row["name"],
        columns=tuple(column["name"] for column in json.loads(row["columns_json"])),
        task=roles.get("task", ""),
        target=roles.get("target", ""),
        time=roles.get("time", ""),
        groups=tuple(roles.get("groups", ())),
        id_column=roles.get("id", ""),
        excluded=tuple(roles.get("excluded", ())),
        split=split["strategy"] if split else "",
        frozen=bool(split and split["freeze_id"]),
        profiled=profile is not None,
        distributions=tuple(json.loads(profile).get("distributions", ())) if profile else (),
    )
