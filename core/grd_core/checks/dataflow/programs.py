"""All files of a context, each read as a program that may import the others."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache

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
        with _nothing_collected():
            parsed = parse(file)
            learned = None
            if parsed.units:
                learned = _learned(file, reachable(file, context.files), context.calls)
        notes.update(dict.fromkeys(parsed.notes))
        if learned is None:
            continue
        units.extend(parsed.units)
        facts.append(learned)
        notes.update(dict.fromkeys(learned.notes))
    return Programs(tuple(facts), tuple(units), tuple(notes))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No search for cycles while one file is read: trees and values have none, and to look at
    each of them again and again takes two fifths of the time.

    To freeze and to thaw moves what was made meanwhile to the oldest generation unseen; the
    first search would look at all of it once more. What somebody froze before is not thawed.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            keeps_frozen = _is_frozen()
            gc.freeze()
            if not keeps_frozen:
                gc.unfreeze()
            gc.enable()


@cache
def _is_frozen() -> bool:
    """Whether somebody froze objects before the first file was read, as workers do.

    Asked once, since to count them is to walk along all of them.
    """
    return gc.get_freeze_count() > 0


@lru_cache(maxsize=64)
def _learned(
    file: SourceFile, imported: tuple[SourceFile, ...], calls: tuple[KnownCall, ...]
) -> Facts:
    return analyse(parse(file), imported, calls)
