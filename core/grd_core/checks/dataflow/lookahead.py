"""From facts to features that look ahead, and to rows in time that were split by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.columns import NONE, surely_holds
from grd_core.checks.dataflow.leaks import covered
from grd_core.checks.dataflow.machine import Facts, ModelPair
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.splitters import Cut, cuts
from grd_core.checks.dataflow.taints import Nature, Statistic, Taint
from grd_core.checks.dataflow.values import NOTHING, Value

_AHEAD = frozenset({Nature.LATER, Nature.FILLED_BACK})
_IN_ORDER = frozenset({Nature.EARLIER, Nature.LATER})


@dataclass(frozen=True, slots=True)
class LookAhead:
    """A statistic of later rows among the features of a model. `of_target` where the target
    is, or is made of, what it takes from later rows: then the answer itself is read."""

    statistic: Statistic
    pair: ModelPair
    of_target: bool


@dataclass(frozen=True, slots=True)
class ShuffledTime:
    """Rows in time whose two sides were drawn by chance, and what shows the time.

    `sure` where features or target hold other rows, or the index is the time.
    """

    cut: Cut
    pair: ModelPair
    shown_by: str
    line: int
    sure: bool


def looks_ahead(facts: Facts) -> tuple[LookAhead, ...]:
    """One for each place whose later rows surely are in the features of both calls."""
    found: dict[tuple[str, int], LookAhead] = {}
    temporal = _is_temporal(facts)
    for pair in facts.pairs:
        judged = {_place(facts, taint) for taint in pair.evaluate.taints}
        for taint in _held(pair.train.features):
            statistic = facts.statistics[taint.statistic]
            if statistic.nature not in _AHEAD or _place(facts, taint) not in judged:
                continue
            if statistic.nature is Nature.FILLED_BACK and not temporal:
                continue
            if not _reversed(facts, statistic):
                key = (statistic.site.path, statistic.site.line)
                ahead = LookAhead(statistic, pair, _is_of_target(facts, taint, pair))
                found.setdefault(key, ahead)
    return tuple(found[key] for key in sorted(found))


def shuffled_time(facts: Facts) -> tuple[ShuffledTime, ...]:
    """One for each shuffling splitter between the rows of a model that are in time."""
    found: dict[tuple[str, int], ShuffledTime] = {}
    times = _time_columns(facts)
    indexed = tuple(_indexed_by_time(facts, times))
    for pair in facts.pairs:
        for cut in cuts(facts, pair):
            key = (cut.site.path, cut.site.line)
            if not cut.shuffled or (key in found and found[key].sure):
                continue
            lineage = frozenset().union(*(facts.rows.ancestors(row) for row in pair.train.rows))
            shown = (
                _lag(facts, pair)
                or next((known for rows, known in indexed if rows & lineage), None)
                or _calendar(facts, pair, lineage, times)
            )
            if shown is not None:
                found[key] = ShuffledTime(cut, pair, *shown)
    return tuple(found[key] for key in sorted(found))


def _held(value: Value | None) -> Iterator[Taint]:
    """What surely is in a value's columns, and not only may be."""
    columns = (value or NOTHING).columns
    for taint in sorted((value or NOTHING).taints, key=lambda taint: taint.statistic):
        names = taint.where.names if taint.where.explicit and columns != NONE else None
        sure = names is None or any(surely_holds(columns, name) for name in names)
        if sure and not taint.by_choice:
            yield taint


def _is_of_target(facts: Facts, taint: Taint, pair: ModelPair) -> bool:
    label = pair.train.label or NOTHING
    if not label.copies.explicit:
        return False
    shared = {_place(facts, held) for held in label.taints}
    made_of = {
        name for c in facts.copied if c.column in label.copies.names for name in c.sources.names
    }
    held = taint.where.names if taint.where.explicit else frozenset()
    return (
        bool(taint.about.names & label.copies.names and taint.about.explicit)
        or _place(facts, taint) in shared
        or bool(made_of & held)
    )


def _place(facts: Facts, taint: Taint) -> tuple[Site, str]:
    """The call, whichever rows it was made on: a loop over the parts makes it on each."""
    statistic = facts.statistics[taint.statistic]
    return statistic.site, statistic.what


def _reversed(facts: Facts, statistic: Statistic) -> bool:
    """Where the newest row comes first, looking down is looking back."""
    over = frozenset().union(*(facts.rows.ancestors(row) for row in statistic.rows))
    return any(
        method.name in ("sort_values", "sort_index")
        and method.call.constant("ascending") is False
        and method.owner.origin & over
        for method in facts.methods
    )


def _lag(facts: Facts, pair: ModelPair) -> tuple[str, int, bool] | None:
    held = (*_held(pair.train.features), *_held(pair.train.label))
    for taint in held:
        statistic = facts.statistics[taint.statistic]
        if statistic.nature in _IN_ORDER and covered(facts, statistic, pair) is not None:
            return f"`{statistic.what}`", statistic.site.line, True
    return None


def _is_temporal(facts: Facts) -> bool:
    return bool(_time_columns(facts)) or any(
        statistic.nature in _IN_ORDER for statistic in facts.statistics
    )


def _time_columns(facts: Facts) -> frozenset[str]:
    """The columns that are read or made as times."""
    names: set[str] = set()
    for item in facts.calls:
        if item.symbol.rpartition(".")[2] == "to_datetime" and item.call.args:
            names |= item.call.args[0].copies.names if item.call.args[0].copies.explicit else set()
        names |= (item.call.keywords.get("parse_dates") or NOTHING).names
    return frozenset(names)


def _indexed_by_time(
    facts: Facts, times: frozenset[str]
) -> Iterator[tuple[frozenset[int], tuple[str, int, bool]]]:
    """The calls that make the time the index, each with the rows it does so for."""
    for method in facts.methods:
        if method.name not in ("resample", "set_index"):
            continue
        by_time = (method.call.argument(0, "keys") or NOTHING).names & times
        if method.name == "resample" or by_time:
            yield method.owner.origin, (f"`{method.name}`", method.call.site.line, True)
    for item in facts.calls:
        if {"index_col", "parse_dates"} <= item.call.keywords.keys():
            shown = ("`parse_dates`", item.call.site.line, True)
            yield facts.rows.sources_at(item.call.site), shown


def _calendar(
    facts: Facts, pair: ModelPair, lineage: frozenset[int], times: frozenset[str]
) -> tuple[str, int, bool] | None:
    """A feature that is computed from a time."""
    features = pair.train.features or NOTHING
    for copied in facts.copied:
        made_of_time = copied.sources.names & times and copied.column not in times
        if made_of_time and copied.rows & lineage and features.holds_added(copied.column):
            return f"`{copied.column}`", copied.site.line, False
    return None
