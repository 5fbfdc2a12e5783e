"""What the dataflow checks share: every program of a context, one finding a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from grd_core.checks.contract import CodeContext, Evidence, Measurement, NotApplicable
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.programs import analyse_all


def measured(
    context: CodeContext, evidence_of: Callable[[Facts], Iterable[Evidence]]
) -> Measurement | NotApplicable:
    """The worst evidence at each place of each program; its value is how many places."""
    programs = analyse_all(context)
    if not programs.facts:
        return NotApplicable("no file parses as Python")
    found: dict[tuple[str, int], Evidence] = {}
    for facts in programs.facts:
        for item in evidence_of(facts):
            known = found.get((item.path, item.line))
            if known is None or known.severity.rank < item.severity.rank:
                found[item.path, item.line] = item
    return Measurement(
        value=float(len(found)),
        method="dataflow over the syntax tree",
        n=sum(len(facts.pairs) for facts in programs.facts),
        evidence=tuple(
            sorted(found.values(), key=lambda item: (-item.severity.rank, item.path, item.line))
        ),
        notes=programs.notes,
    )
