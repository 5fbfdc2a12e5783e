"""Statistics of rows whose folds then judge a model: what a pipeline would compute per fold."""

from __future__ import annotations

from collections.abc import Iterator

from grd_core.checks.dataflow.leaks import Leak, about_target, whole_set_statistics
from grd_core.checks.dataflow.machine import Facts, ModelPair, Use
from grd_core.checks.dataflow.taints import Nature
from grd_core.checks.dataflow.trials import SEARCHES


def outside_folds(facts: Facts) -> tuple[Leak, ...]:
    """Statistics that a cross-validation or a search saw before it cut its folds.

    Those that reach rows held out by a split as well are left to `whole_set_statistics`.
    """
    reported = {leak.statistic.site for leak in whole_set_statistics(facts)}
    found: dict[tuple[str, int], Leak] = {}
    for pair in _folded(facts):
        for leak in _leaks(facts, pair):
            site = leak.statistic.site
            known = found.get((site.path, site.line))
            if site not in reported and (known is None or leak.supervised > known.supervised):
                found[site.path, site.line] = leak
    return tuple(found[key] for key in sorted(found))


def _folded(facts: Facts) -> Iterator[ModelPair]:
    """Cross-validations, and searches as the cross-validations they are."""
    seen: dict[ModelPair, None] = {}
    for pair in facts.pairs:
        if pair.evaluate.internal:
            seen.setdefault(pair)
    for fit in facts.fits:
        if fit.statistic >= 0 and facts.statistics[fit.statistic].what in SEARCHES:
            use = Use(fit.site, fit.rows, fit.taints, fit.subject, internal=True, moment=fit.moment)
            seen.setdefault(ModelPair(fit, use))
    yield from seen


def _leaks(facts: Facts, pair: ModelPair) -> Iterator[Leak]:
    for taint in sorted(pair.train.taints, key=lambda taint: taint.statistic):
        statistic = facts.statistics[taint.statistic]
        if statistic.nature is not Nature.AGGREGATE:
            continue
        supervised = statistic.supervised or about_target(taint, pair)
        if taint.by_choice and not supervised:
            continue
        for row in sorted(pair.train.rows):
            if facts.rows.inside(row, statistic.rows):
                yield Leak(statistic, pair, supervised, row, row)
                break
