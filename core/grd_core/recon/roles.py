"""What the columns of a source mean: target, time, groups, id, and what must not be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Task = Literal["regression", "binary", "multiclass"]
TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")

GENERATED_ID = "row_id"
"""The id column that a freeze makes where none is declared: numbers in no order."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The declared meaning of columns. Empty strings mean «none declared».

    `excluded` pairs a column with the reason why no model may read it, most often because
    it is known only after the event.
    """

    task: Task
    target: str
    time: str = ""
    groups: tuple[str, ...] = ()
    id: str = ""
    excluded: tuple[tuple[str, str], ...] = ()

    @property
    def id_column(self) -> str:
        """The column that names a row in every frozen part."""
        return self.id or GENERATED_ID

    @property
    def excluded_columns(self) -> frozenset[str]:
        """The names of the excluded columns."""
        return frozenset(name for name, _ in self.excluded)

    def features(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """What a model may read: every column but the target, the id and the excluded."""
        barred = self.excluded_columns | {self.target, self.id_column}
        return tuple(name for name in columns if name not in barred)

    def role_of(self, column: str) -> str:
        """target, id, excluded, time, group or feature."""
        if column == self.target:
            return "target"
        if column == self.id:
            return "id"
        if column in self.excluded_columns:
            return "excluded"
        if column == self.time:
            return "time"
        return "group" if column in self.groups else "feature"

    def as_json(self) -> dict[str, Any]:
        """The roles as the ledger keeps them."""
        return {
            "task": self.task,
            "target": self.target,
            "time": self.time,
            "groups": list(self.groups),
            "id": self.id,
            "excluded": dict(self.excluded),
        }


def roles_from_json(content: dict[str, Any]) -> Roles:
    """The roles as the ledger kept them."""
    return Roles(
        task=content["task"],
        target=content["target"],
        time=content["time"],
        groups=tuple(content["groups"]),
        id=content["id"],
        excluded=tuple(content["excluded"].items()),
    )
