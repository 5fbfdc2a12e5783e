"""What is wrong with an objective: where, what, and the one thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a problem does to a lock: refuse it, or only warn."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the document. `line` counts from 1; 0 means the whole file."""

    line: int
    field: str
    message: str
    fix: str
    severity: Severity = Severity.REFUSE

    @property
    def refuses(self) -> bool:
        """True when the objective cannot be locked as it stands."""
        return self.severity is Severity.REFUSE

    def sentence(self) -> str:
        """The problem on one line: «line 12, metrics[0].threshold: what: fix»."""
        where = ", ".join(
            part for part in (f"line {self.line}" * (self.line > 0), self.field) if part
        )
        return f"{where}: {self.message}: {self.fix}" if where else f"{self.message}: {self.fix}"

    def as_json(self) -> dict[str, str | int]:
        """The problem as the command line prints it with --json."""
        return {
            "line": self.line,
            "field": self.field,
            "message": self.message,
            "fix": self.fix,
            "severity": self.severity.value,
        }
