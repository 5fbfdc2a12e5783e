"""From facts to leaks: statistics that reach both sides of a model's evaluation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.columns import ALL, NONE
from grd_core.checks.dataflow.machine import SPLIT_INSIDE, Facts, ModelPair
from grd_core.checks.dataflow.values import Nature, Statistic, Taint
from grd_core.checks.dataflow.watching import watched_pairs


@dataclass(frozen=True, slots=True)
class Leak:
    """A statistic over rows that a model was trained on and rows it is judged on."""

    statistic: Statistic
    pair: ModelPair
    supervised: bool
    train_rows: int
    evaluate_rows: int


def whole_set_statistics(facts: Facts) -> tuple[Leak, ...]:
    """One leak for each place that computes such a statistic, the worst pair first."""
    found: dict[tuple[str, int], Leak] = {}
    for pair in itertools.chain(facts.pairs, watched_pairs(facts)):
        for leak in _leaks(facts, pair):
            site = leak.statistic.site
            known = found.get((site.path, site.line))
            if known is None or (leak.supervised and not known.supervised):
                found[site.path, site.line] = leak
    return tuple(
        sorted(
            found.values(), key=lambda leak: (leak.statistic.site.path, leak.statistic.site.line)
        )
    )


def _leaks(facts: Facts, pair: ModelPair) -> Iterator[Leak]:
    """Statistics in what was trained on, over rows it is judged on as well."""
    if pair.evaluate.method == SPLIT_INSIDE:
        return  # like folds, these rows are for choosing
    for taint in sorted(pair.train.taints | pair.train.in_target, key=_age):
        statistic = facts.statistics[taint.statistic]
        if statistic.nature is not Nature.AGGREGATE:
            continue
        in_features = taint in pair.train.taints
        supervised = in_features and (statistic.supervised or about_target(taint, pair))
        if taint.by_choice and not supervised:
            continue
        sides = covered(facts, statistic, pair)
        if sides is not None:
            yield Leak(statistic, pair, supervised, *sides)


def _age(taint: Taint) -> int:
    return taint.statistic


def about_target(taint: Taint, pair: ModelPair) -> bool:
    """True when the statistic is one of the target that the model is trained for.

    Where each of several columns holds a number of its own, or may, none holds the target's.
    """
    several = len(taint.about.names) > 1 and taint.where in (taint.about, ALL)
    if several and not taint.by_choice:
        return False
    both = taint.about.intersection(pair.train.target)
    return taint.about.explicit and both != NONE and both.explicit


def covered(facts: Facts, statistic: Statistic, pair: ModelPair) -> tuple[int, int] | None:
    """Training rows and evaluation rows that both lie inside the statistic's rows."""
    rows = facts.rows
    trained = [r for r in sorted(pair.train.rows) if rows.inside(r, statistic.rows)]
    if pair.evaluate.internal:
        whole = [r for r in trained if not rows.is_side_of_split(r)]
        return (whole[0], whole[0]) if whole else None
    if pair.evaluate.rows == pair.train.rows:  # one value, whichever rows it stands for
        return None
    evaluated = [r for r in sorted(pair.evaluate.rows) if rows.inside(r, statistic.rows)]
    for train in trained:
        for evaluate in evaluated:
            if rows.apart(train, evaluate):
                return train, evaluate
    return None
