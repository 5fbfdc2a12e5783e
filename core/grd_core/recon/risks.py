"""A risk: what a profile saw that could mislead a conclusion, and the one thing to do."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["blocking", "warning", "info"]
Action = Literal["exclude", "role", "metric", "rule", "split", "clean", "look"]
"""What answers a risk: exclude a column, declare another role, choose another metric, write a
rule for missing values, move the split, correct the file, or look closer first."""
_ORDER: tuple[Severity, ...] = ("blocking", "warning", "info")


@dataclass(frozen=True, slots=True)
class Risk:
    """What was seen. `weight` in [0, 1] orders risks of one severity, `origin` is the scope
    of the profile or the code of the check that saw it, `columns` those it names."""

    severity: Severity
    title: str
    evidence: str
    do: str
    origin: str
    weight: float = 0.0
    columns: tuple[str, ...] = ()
    action: Action = "look"

    @property
    def column(self) -> str:
        """The column to look at first; empty where the risk is about the rows."""
        return self.columns[0] if self.columns else ""

    def as_json(self) -> dict[str, Any]:
        """The risk as a profile keeps it."""
        return asdict(self)


def risk_from_json(content: dict[str, Any]) -> Risk:
    """A risk as a profile kept it; older profiles name no columns and no action."""
    return Risk(**{**content, "columns": tuple(content.get("columns", ()))})


def ranked(risks: list[Risk]) -> tuple[Risk, ...]:
    """Worst first: by severity, then weight, then title."""
    return tuple(
        sorted(risks, key=lambda risk: (_ORDER.index(risk.severity), -risk.weight, risk.title))
    )


def plain(text: object, limit: int = 60) -> str:
    """A value from data as it may be shown: one line, no control or format characters."""
    shown = "".join(
        character if not unicodedata.category(character).startswith("C") else "·"
        for character in str(text)[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
