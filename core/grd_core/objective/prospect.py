"""What an objective that is being written would be if it were saved: problems, rule, drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_core.objective.snapshot import ProblemLine

if TYPE_CHECKING:
    from grd_core.objective.drift import Drift
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class ProspectiveDrift:
    """How far a text is from the newest lock: «2 loosened, 1 neutral», «in sync» or
    «unreadable»; how much of it is loosened, and how many results have been seen by now."""

    version: int
    summary: str
    loosened: int
    results: int

    @property
    def post_hoc(self) -> int:
        """How many changes an amendment would mark as made after results were seen."""
        return self.loosened if self.results else 0


@dataclass(frozen=True, slots=True)
class Prospect:
    """The problems by line, the rule in plain words where it can be read, and the drift where
    the objective is locked."""

    problems: tuple[ProblemLine, ...]
    rule: tuple[str, ...]
    drift: ProspectiveDrift | None

    @property
    def refusals(self) -> int:
        """How many problems keep it from being locked or amended."""
        return sum(problem.severity == "refuse" for problem in self.problems)


def prospect(study: Study, raw: bytes) -> Prospect:
    """Check these bytes as if they stood in OBJECTIVE.md; nothing is written."""
    from grd_core.objective.decision_rule import plain_words
    from grd_core.objective.document import parse
    from grd_core.objective.drift import drift
    from grd_core.objective.facts import data_facts
    from grd_core.objective.frontmatter import Malformed
    from grd_core.objective.own_metrics import drift_of_sources, own_sources
    from grd_core.objective.rules import validate
    from grd_core.objective.versions import locked_versions, results_so_far

    with study.read() as ledger:
        facts = data_facts(ledger)
        locked = locked_versions(ledger)
        results = results_so_far(ledger).count
    document = parse(raw)
    if isinstance(document, Malformed):
        found, rule = document.problems, ""
    else:
        found = validate(document, facts, study.root)
        rule = plain_words(document.objective, own_sources(document.objective, study.root))
    newest = locked[-1] if locked else None
    moved = drift_of_sources(drift(newest.raw, raw), newest.rule, study.root) if newest else None
    return Prospect(
        problems=tuple(
            ProblemLine(item.line, item.field, item.message, item.fix, item.severity.value)
            for item in found
        ),
        rule=tuple(rule.splitlines()),
        drift=_drift(moved, newest.version, results) if newest and moved else None,
    )


def _drift(moved: Drift, version: int, results: int) -> ProspectiveDrift:
    loosened = sum(change.classification == "loosened" for change in moved.changes)
    return ProspectiveDrift(version, moved.summary(), loosened, results)
