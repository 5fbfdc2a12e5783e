"""From facts to rows of one person or session on both sides of an evaluation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Facts, MethodCall, ModelPair
from grd_core.checks.dataflow.splitters import SPLITTERS, Cut, cuts
from grd_core.checks.dataflow.values import NOTHING, Shape

_ENTITY = re.compile(
    r"^(the_|num_|anon_)?(patient|subject|participant|user|customer|client|session|speaker|person|"
    r"household|visitor|member|student|animal|donor|respondent|individual|subj|driver|author|"
    r"visit|scan|recording)s?"
    r"([ _-]?(id|ids|no|nr|num|number|key|uuid|code|name|idx|hash))?$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_REPEATS = frozenset({"groupby", "group_by", "value_counts", "duplicated"})
_ONE_EACH = frozenset({"first", "last", "nth", "drop_duplicates", "unique"})
_GROUPED = frozenset(row.name for row in SPLITTERS if row.grouped)


@dataclass(frozen=True, slots=True)
class SharedEntity:
    """A splitter by rows between rows of the same entities; `line` shows that they repeat."""

    cut: Cut
    pair: ModelPair
    column: str
    line: int


def shared_entities(facts: Facts, declared: tuple[str, ...]) -> tuple[SharedEntity, ...]:
    """One for each splitter; `declared` columns are groups whatever they are called.

    Nothing is found where any splitter of the program keeps groups whole.
    """
    if _keeps_groups(facts):
        return ()
    found: dict[tuple[str, int], SharedEntity] = {}
    for pair in facts.pairs:
        for cut in cuts(facts, pair):
            key = (cut.site.path, cut.site.line)
            if not cut.shuffled or key in found:
                continue
            lineage = frozenset().union(*(facts.rows.ancestors(row) for row in cut.rows))
            shown = _repeated(facts, pair, lineage)
            if shown is not None:
                found[key] = SharedEntity(cut, pair, *shown)
            elif declared:
                found[key] = SharedEntity(cut, pair, declared[0], 0)
    return tuple(found[key] for key in sorted(found))


def is_entity(column: str) -> bool:
    """True for a name that says whose row it is."""
    return _ENTITY.match(_CAMEL.sub("_", column)) is not None


def _keeps_groups(facts: Facts) -> bool:
    return any(
        item.symbol.rpartition(".")[2] in _GROUPED or "groups" in item.call.keywords
        for item in facts.calls
    ) or any("groups" in method.call.keywords for method in facts.methods)


def _repeated(facts: Facts, pair: ModelPair, lineage: frozenset[int]) -> tuple[str, int] | None:
    """A column whose values the program treats as repeating, and the line that does."""
    over = [method for method in facts.methods if method.owner.origin & lineage]
    single = _one_row_each(over)
    columns = (pair.train.features or NOTHING).columns
    for method in over:
        if method.name not in _REPEATS:
            continue
        for column in sorted(_keys(method)):
            used = columns.explicit and column in columns.names
            if is_entity(column) and column not in single and not used:
                return column, method.call.site.line
    return None


def _keys(method: MethodCall) -> frozenset[str]:
    given = method.call.argument(0, "by", "subset")
    if given is None or method.name == "value_counts":
        return method.owner.copies.names if method.owner.shape is Shape.SERIES else frozenset()
    return given.names or given.copies.names


def _one_row_each(over: list[MethodCall]) -> frozenset[str]:
    """The columns of which a row each is kept."""
    names: set[str] = set()
    for method in over:
        if method.name == "drop_duplicates":
            names |= _keys(method)
        elif method.name in _ONE_EACH and method.owner.shape is Shape.GROUPS:
            names |= {key for other in over if other.name in _REPEATS for key in _keys(other)}
    return frozenset(names)
