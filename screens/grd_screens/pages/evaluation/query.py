"""What the Evaluation's page has read: every experiment on a line, one scorecard in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.evaluation.example import Example
    from grd_core.evaluation.listing import EvaluationLine
    from grd_core.evaluation.snapshot import EvaluationSnapshot
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class EvaluationContent:
    """The lines, the newest experiment first, and the evaluation of the one that was asked
    for; None where there is no such experiment."""

    lines: tuple[EvaluationLine, ...]
    card: EvaluationSnapshot | None


def read_evaluation(study: Study, number: int) -> EvaluationContent:
    """Everything the page shows; 0 for no scorecard in full."""
    from grd_core.evaluation.listing import evaluation_list
    from grd_core.evaluation.snapshot import evaluation_snapshot
    from grd_core.runs.experiments import find_experiment

    lines = tuple(reversed(evaluation_list(study)))
    card = None
    if any(line.number == number for line in lines):
        card = evaluation_snapshot(study, find_experiment(study, str(number)))
    return EvaluationContent(lines, card)


def read_example(study: Study, number: int, row_id: str) -> Example:
    """One frozen row with its features; the look is logged first.

    Raises:
        RefusedError: it may not be looked at now.
    """
    from grd_core.evaluation.example import example
    from grd_core.runs.experiments import find_experiment

    return example(study, find_experiment(study, str(number)), row_id)
