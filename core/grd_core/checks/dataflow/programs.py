"""All files of a context, each read as a program that may import the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from grd_core.checks.contract import CodeContext, KnownCall, SourceFile
from grd_core.checks.dataflow.engine import analyse
from grd_core.checks.dataflow.imports import reachable
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
    """Read every file once; the checks of one review share the result.

    A file that did not change, and imports none that did, is not read again.
    """
    facts: list[Facts] = []
    units: list[Unit] = []
    notes: dict[str, None] = {}
    for file in context.files:
        parsed = parse(file)
        notes.update(dict.fromkeys(parsed.notes))
        if not parsed.units:
            continue
        learned = _learned(file, reachable(file, context.files), context.calls)
        units.extend(parsed.units)
        facts.append(learned)
        notes.update(dict.fromkeys(learned.notes))
    return Programs(tuple(facts), tuple(units), tuple(notes))


@lru_cache(maxsize=64)
def _learned(
    file: SourceFile, imported: tuple[SourceFile, ...], calls: tuple[KnownCall, ...]
) -> Facts:
    return analyse(parse(file), imported, calls)
