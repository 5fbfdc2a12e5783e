"""All files of a context, each read as a program that may import the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from grd_core.checks.contract import CodeContext
from grd_core.checks.dataflow.engine import analyse
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.parse import Unit, parse


@dataclass(frozen=True, slots=True)
class Programs:
    """What was learned of each file that parses, its units, and notes on all files."""

    facts: tuple[Facts, ...]
    units: tuple[Unit, ...]
    notes: tuple[str, ...]


@lru_cache(maxsize=8)
def analyse_all(context: CodeContext) -> Programs:
    """Read every file once; the checks of one review share the result."""
    facts: list[Facts] = []
    units: list[Unit] = []
    notes: dict[str, None] = {}
    for file in context.files:
        parsed = parse(file)
        notes.update(dict.fromkeys(parsed.notes))
        if not parsed.units:
            continue
        others = tuple(other for other in context.files if other is not file)
        learned = analyse(parsed, others)
        units.extend(parsed.units)
        facts.append(learned)
        notes.update(dict.fromkeys(learned.notes))
    return Programs(tuple(facts), tuple(units), tuple(notes))
