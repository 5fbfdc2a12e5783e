"""Models that are trained again just as they were: what they then predict is one look more at the
same configuration."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Hashable, Iterator

from grd_core.checks.dataflow import library
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.library import Effect
from grd_core.checks.dataflow.loops import Text, names_in, stored_in
from grd_core.checks.dataflow.machine import Facts, MethodCall
from grd_core.checks.dataflow.rows import Site

_TRAINS = frozenset({Effect.FIT, Effect.FIT_TRANSFORM, Effect.FIT_PREDICT})
_LEAVES = _TRAINS | {Effect.PREDICT, Effect.TRANSFORM, Effect.COUNT, Effect.SAVE}
"""Methods that leave a model as it is set up."""


def refits(facts: Facts, text: Text) -> dict[ast.Call, Hashable]:
    """What trainings of one object have in common where nothing was changed between them.

    Trainings of which this is not known are left out.
    """
    trained: dict[ast.Call, dict[int, MethodCall]] = {}
    for known in facts.methods:
        if _effect(known) in _TRAINS and known.owner.location:
            trained.setdefault(known.call.node, {}).setdefault(known.owner.location, known)
    # a call that trains several objects is one that a loop or a function repeats
    single = {node: of for node, owners in trained.items() if len(owners) == 1 for of in owners}
    times = Counter(single.values())
    repeated = [node for node, of in single.items() if times[of] > 1]
    if not repeated:
        return {}
    changes = list(_changes(facts, text, set(single.values())))
    found: dict[ast.Call, Hashable] = {}
    for node in repeated:
        of = single[node]
        call = trained[node][of].call
        names = names_in(node)
        before = [place for place, name in changes if name == of or name in names]
        here = text.order(call.site)
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        found[node] = (of, tuple(map(written, given)), sum(place < here for place in before))
    return found


def _effect(known: MethodCall) -> Effect | None:
    row = library.method(known.name)
    return None if row is None else row.effect


def _changes(
    facts: Facts, text: Text, objects: set[int]
) -> Iterator[tuple[tuple[int, int], int | str]]:
    """Where an object is set up anew, and where a variable gets another content."""
    for known in facts.methods:
        if known.owner.location in objects and _effect(known) not in _LEAVES:
            yield text.order(known.call.site), known.owner.location
    for unit in text.units:
        for node in unit.nodes.of_any(ast.Assign, ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for name in stored_in(target):
                    yield text.order(Site(unit.path, node.lineno)), name
