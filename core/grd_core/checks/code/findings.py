"""What the checks of code share: their measurement, their verdict and the places of a finding."""

from __future__ import annotations

from collections.abc import Iterable

from grd_core.checks.contract import (
    Evidence,
    Judgement,
    Measurement,
    Place,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.dataflow.machine import ModelPair
from grd_core.checks.dataflow.programs import Programs
from grd_core.checks.dataflow.rows import Site

METHOD = "dataflow over the syntax tree"


def counted(
    programs: Programs, evidence: Iterable[Evidence], looked_at: int, method: str = METHOD
) -> Measurement:
    """The findings, one for each title and line, the worst first; `looked_at` is n."""
    unique: dict[tuple[str, str, int], Evidence] = {}
    for item in evidence:
        unique.setdefault((item.title, item.path, item.line), item)
    found = tuple(sorted(unique.values(), key=lambda e: (-e.severity.rank, e.path, e.line)))
    return Measurement(
        value=float(len(found)),
        method=method,
        n=looked_at,
        evidence=found,
        notes=programs.notes,
    )


def judged_by_count(measurement: Measurement, thresholds: Thresholds) -> Judgement:
    """Up to `tolerated` findings pass; beyond, the worst severity decides."""
    if (measurement.value or 0.0) <= thresholds["tolerated"]:
        return judge_by_severity(Measurement(value=0.0, method=measurement.method))
    return judge_by_severity(measurement)


def places(cause: Site, pair: ModelPair) -> tuple[Place, ...]:
    """The cause, the training call and the evaluating call."""
    return (
        Place("cause", cause.path, cause.line),
        Place("train", pair.train.site.path, pair.train.site.line),
        Place("evaluate", pair.evaluate.site.path, pair.evaluate.site.line),
    )


def quoted(text: str) -> str:
    """Source text as a sentence shows it."""
    short = text if len(text) <= 60 else f"{text[:57]}…"
    return f"`{short}`" if short else ""
