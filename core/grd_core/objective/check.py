"""`grd objective check`: every problem of the file, held against the study's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_core.objective.decision_rule import plain_words
from grd_core.objective.document import parse
from grd_core.objective.facts import data_facts
from grd_core.objective.frontmatter import Malformed
from grd_core.objective.own_metric_trial import trial_problems
from grd_core.objective.own_metrics import own_sources
from grd_core.objective.problem import Problem
from grd_core.objective.reading import read_bytes
from grd_core.objective.rules import validate

if TYPE_CHECKING:
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class CheckedObjective:
    """The problems of the file, and its decision rule in plain words where it can be read."""

    problems: tuple[Problem, ...]
    rule: str

    @property
    def lockable(self) -> bool:
        """True when nothing in the file itself keeps it from being locked."""
        return not any(problem.refuses for problem in self.problems)


def check_objective(study: Study) -> CheckedObjective:
    """Check OBJECTIVE.md as it stands.

    Raises:
        ConfigError: the file is missing or cannot be read.
    """
    raw = read_bytes(study.objective_path)
    document = parse(raw)
    problems = problems_of(study, raw)
    if isinstance(document, Malformed):
        return CheckedObjective(problems, "")
    rule = plain_words(document.objective, own_sources(document.objective, study.root))
    return CheckedObjective((*trial_problems(study, document), *problems), rule)


def problems_of(study: Study, raw: bytes) -> tuple[Problem, ...]:
    """The problems of these bytes, whether or not they are saved."""
    document = parse(raw)
    if isinstance(document, Malformed):
        return document.problems
    with study.read() as ledger:
        facts = data_facts(ledger)
    return validate(document, facts, study.root)
