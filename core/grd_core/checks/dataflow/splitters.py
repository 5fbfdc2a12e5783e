"""Where the two sides of an evaluation were cut apart, and whether the cut was by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Call, Facts, ModelPair
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.values import NOTHING, Estimator, Value


@dataclass(frozen=True, slots=True)
class Splitter:
    """One row: a splitter and when it is by chance.

    `shuffles` is the keyword that switches shuffling, empty where it always shuffles;
    `usual` says what holds without the keyword. `grouped` splitters keep groups whole.
    """

    name: str
    shuffles: str = ""
    usual: bool = True
    grouped: bool = False


SPLITTERS: tuple[Splitter, ...] = (
    Splitter("train_test_split", "shuffle"),
    Splitter("random_split"),
    Splitter("sample"),
    Splitter("KFold", "shuffle", usual=False),
    Splitter("StratifiedKFold", "shuffle", usual=False),
    Splitter("RepeatedKFold"),
    Splitter("RepeatedStratifiedKFold"),
    Splitter("ShuffleSplit"),
    Splitter("StratifiedShuffleSplit"),
    Splitter("GroupKFold", "shuffle", usual=False, grouped=True),
    Splitter("StratifiedGroupKFold", "shuffle", usual=False, grouped=True),
    Splitter("GroupShuffleSplit", grouped=True),
    Splitter("LeaveOneGroupOut", "-", usual=False, grouped=True),
    Splitter("LeavePGroupsOut", "-", usual=False, grouped=True),
    Splitter("PredefinedSplit", "-", usual=False, grouped=True),
)
_BY_NAME = {row.name: row for row in SPLITTERS}


@dataclass(frozen=True, slots=True)
class Cut:
    """The call that cut two sides apart out of `rows`, and the row of its splitter."""

    site: Site
    splitter: Splitter
    shuffled: bool
    rows: frozenset[int]


def cuts(facts: Facts, pair: ModelPair) -> Iterator[Cut]:
    """The known splitters between the training rows and the rows a model is judged on."""
    if pair.evaluate.internal:
        for item in facts.calls:
            if item.call.site == pair.evaluate.site:
                splitter = item.call.argument(-1, "cv") or NOTHING
                yield from _by_object(facts, splitter, pair.evaluate.site, pair.train.rows)
        return
    seen: set[Site] = set()
    for train in sorted(pair.train.rows):
        for judged in sorted(pair.evaluate.rows):
            found = _apart_at(facts, train, judged)
            if found is not None and found[0] not in seen:
                seen.add(found[0])
                yield from _at(facts, *found)


def _apart_at(facts: Facts, one: int, other: int) -> tuple[Site, int] | None:
    rows = facts.rows
    for left in rows.ancestors(one):
        for right in rows.ancestors(other):
            a, b = rows[left], rows[right]
            if left != right and a.parent is not None and a.parent == b.parent:
                if a.by is not None and a.by == b.by:
                    return a.by, a.parent
                if "part" in (a.cut, b.cut):
                    return (a.site if a.cut == "part" else b.site), a.parent
    return None


def _at(facts: Facts, site: Site, parent: int) -> Iterator[Cut]:
    rows = frozenset((parent,))
    for item in facts.calls:
        row = _BY_NAME.get(item.symbol.rpartition(".")[2])
        if row is not None and item.call.site == site:
            yield Cut(site, row, _shuffled(row, item.call), rows)
            return
    for method in facts.methods:
        if method.name == "split" and method.call.site == site:
            yield from _by_object(facts, method.owner, site, rows)
            return


def _by_object(facts: Facts, splitter: Value, site: Site, rows: frozenset[int]) -> Iterator[Cut]:
    """A splitter object: by chance if every one of its class in the program is."""
    name = splitter.thing.name if isinstance(splitter.thing, Estimator) else ""
    row = _BY_NAME.get(name)
    made = [item.call for item in facts.calls if item.symbol.rpartition(".")[2] == name]
    if row is not None and made:
        yield Cut(site, row, all(_shuffled(row, call) for call in made), rows)


def _shuffled(row: Splitter, call: Call) -> bool:
    if not row.shuffles:
        return True
    if call.opaque:
        return False
    if row.shuffles not in call.keywords:
        return row.usual
    return call.constant(row.shuffles) is True
