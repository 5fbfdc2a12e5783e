"""A risk: what a profile saw that could mislead a conclusion, and the one thing to do."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["blocking", "warning", "info"]
_ORDER: tuple[Severity, ...] = ("blocking", "warning", "info")


@dataclass(frozen=True, slots=True)
class Risk:
    """What was seen. `weight` in [0, 1] orders risks of one severity, `origin` is the scope
    of the profile or the code of the check that saw it."""

    severity: Severity
    title: str
    evidence: str
    do: str
    origin: str
    weight: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The risk as a profile keeps it."""
        return asdict(self)


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
