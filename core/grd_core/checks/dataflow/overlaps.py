"""From facts to overlap: rows, or copies of rows, on both sides of a model's evaluation."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from grd_core.checks.dataflow import kinds, library
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.library import Effect
from grd_core.checks.dataflow.machine import SPLIT_INSIDE, Facts, ModelPair
from grd_core.checks.dataflow.rows import Relation, RowSets, Site
from grd_core.checks.dataflow.taints import Nature, Statistic
from grd_core.checks.dataflow.values import Fit, Value
from grd_core.checks.dataflow.watching import watched_pairs


class Standing(Enum):
    """What else is known of a model that is judged on rows it was trained on."""

    ONLY_SCORE = auto()
    BESIDE_HELD_OUT = auto()
    BESIDE_FOLDS = auto()  # cut from the same rows, whichever model they judge
    BESIDE_PREDICTIONS = auto()  # of other rows, which nothing is seen to compare
    NOT_SCORED = auto()  # no metric is seen to read its predictions of the training rows


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of the same rows, or rows made of them, were trained on and judged.

    `whole` is the row set in which they were repeated; `beside` says that the same model is
    judged on rows apart from them, too.
    """

    whole: int
    pair: ModelPair
    beside: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """A model is judged on rows it was trained on."""

    pair: ModelPair
    train_rows: int
    evaluate_rows: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Refit:
    """A statistic over held-out rows alone, in what a model reads."""

    statistic: Statistic
    pair: ModelPair
    evaluate_rows: int
    reaches_training: bool


def copied_rows(facts: Facts) -> tuple[Copies, ...]:
    """One for each place that repeats rows before they are cut; those that stand alone first."""
    found: dict[tuple[str, int], Copies] = {}
    scores = _Scores(facts)
    for pair in itertools.chain(facts.pairs, watched_pairs(facts)):
        whole = None if _is_unsupervised(facts, pair.train) else _copied(facts, pair)
        if whole is None:
            continue
        beside = scores.held_out(pair.train) in (Standing.BESIDE_HELD_OUT, Standing.BESIDE_FOLDS)
        site = facts.rows[whole].site
        known = found.get((site.path, site.line))
        if known is None or (known.beside and not beside):
            found[site.path, site.line] = Copies(whole, pair, beside)
    return tuple(found.values())


def shared_rows(facts: Facts) -> tuple[Shared, ...]:
    """One for each training call and evaluating call with rows in common."""
    found: dict[tuple[Site, Site], Shared] = {}
    scores = _Scores(facts)
    keeping = {pair.train.site for pair in facts.pairs if pair.evaluate.method == SPLIT_INSIDE}
    for pair in facts.pairs:
        if pair.train.site in keeping and pair.evaluate.rows != pair.train.rows:
            continue  # perhaps the part that the fit held out by itself
        sides = None if _is_unsupervised(facts, pair.train) else _shared(facts, pair)
        if sides is None:
            continue
        standing = scores.standing(pair)
        found.setdefault((pair.train.site, pair.evaluate.site), Shared(pair, *sides, standing))
    return tuple(found.values())


def refits(facts: Facts) -> tuple[Refit, ...]:
    """One for each place that computes a statistic over held-out rows alone."""
    found: dict[tuple[str, int], Refit] = {}
    for pair in facts.pairs:
        if pair.evaluate.internal:
            continue
        for refit in _refits(facts, pair):
            site = refit.statistic.site
            found.setdefault((site.path, site.line), refit)
    return tuple(found.values())


def _copied(facts: Facts, pair: ModelPair) -> int | None:
    rows = facts.rows
    if pair.evaluate.internal:  # the folds are cut out of these rows
        copies = (rows.copied_in(one) for one in sorted(pair.train.rows))
        return next((whole for whole in copies if whole is not None), None)
    found: int | None = None
    for evaluate in sorted(pair.evaluate.rows):
        related = {train: rows.relation(train, evaluate) for train in sorted(pair.train.rows)}
        if all(relation is Relation.APART for relation in related.values()):
            return None  # it may as well be these
        copied = [train for train in related if related[train] is Relation.COPIED]
        if found is None and copied:
            found = rows.whole_of_copies(copied[0], evaluate)
    return found


def _shared(facts: Facts, pair: ModelPair) -> tuple[int, int] | None:
    """Rows of both calls that overlap; none if any that may be judged lie apart."""
    if pair.evaluate.internal or not pair.evaluate.rows:
        return None
    sure = facts.rows.narrowest(pair.evaluate.rows) == pair.evaluate.rows
    if not sure and pair.evaluate.rows != pair.train.rows:
        return None  # a whole or its part, and only one of them was trained on
    sides: tuple[int, int] | None = None
    for evaluate in sorted(pair.evaluate.rows):
        overlapping = [t for t in sorted(pair.train.rows) if _overlap(facts, pair, t, evaluate)]
        if not overlapping or _lies_apart(facts.rows, pair.train.rows, evaluate):
            return None
        sides = sides or (overlapping[0], evaluate)
    return sides


def _lies_apart(rows: RowSets, trained: Iterable[int], judged: int) -> bool:
    """True when no row that may have been trained on is judged.

    Where the other side of its cut was trained on, a set is taken to be judged with that: a split
    in each branch of a condition makes two pairs, and a run makes one of them.
    """
    apart = [(one, rows.relation(one, judged) is Relation.APART) for one in trained]
    return all(is_apart for _, is_apart in apart) or any(
        is_apart and rows.opposite(one, judged) for one, is_apart in apart
    )


def _overlap(facts: Facts, pair: ModelPair, train: int, evaluate: int) -> bool:
    rows = facts.rows
    if rows.relation(train, evaluate) is not Relation.SHARED:
        return False
    if pair.train.through != pair.evaluate.through:
        return False  # calls nothing is known about may have picked other rows
    if train != evaluate or rows.is_read(train):
        return True
    return written(pair.train.subject) == written(pair.evaluate.subject)


class _Scores:
    """How else each model of a program is judged."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._by_fit: dict[Hashable, list[ModelPair]] = {}
        self._by_kind: dict[Hashable, list[ModelPair]] = {}
        self._validated = [pair.train for pair in facts.pairs if pair.evaluate.internal]
        self._scored: list[Value] = []
        self._compared: list[Value] = []
        for known in facts.calls:
            given = [v for v in (known.owner, *known.call.values) if v.origin]
            if _is_score(known.symbol):
                self._scored.extend(given)
            elif len(given) > 1 and _may_compare(known.symbol):
                self._compared.extend(given)
        for pair in facts.pairs:
            if not pair.evaluate.internal:
                self._by_fit.setdefault((pair.train.site, pair.train.rows), []).append(pair)
                self._by_kind.setdefault(_kind(pair.train), []).append(pair)

    def standing(self, pair: ModelPair) -> Standing:
        """What else is known of a model that is judged on rows it was trained on."""
        fit = pair.train
        if pair.evaluate.rows == fit.rows:  # a training score, whichever fit it is of
            elsewhere = self._beside(fit, self._by_kind.get(_kind(fit), ()))
        else:
            elsewhere = self.held_out(fit)
        if elsewhere is Standing.BESIDE_HELD_OUT:
            return elsewhere
        if not self._is_read_by(self._scored, pair):
            return Standing.NOT_SCORED
        return elsewhere

    def held_out(self, fit: Fit) -> Standing:
        """Whether the model is also judged on rows apart, or its rows are cross-validated."""
        return self._beside(fit, self._by_fit.get((fit.site, fit.rows), ()))

    def _beside(self, fit: Fit, pairs: Iterable[ModelPair]) -> Standing:
        folds = any(other.rows & fit.rows and other != fit for other in self._validated)
        standing = Standing.BESIDE_FOLDS if folds else Standing.ONLY_SCORE
        for pair in pairs:
            rows = self._facts.rows
            trained, judged = rows.narrowest(fit.rows), rows.narrowest(pair.evaluate.rows)
            if all(_lies_apart(rows, trained, one) for one in judged):
                if self._is_read_by(self._scored, pair) or self._is_read_by(self._compared, pair):
                    return Standing.BESIDE_HELD_OUT
                if not folds:
                    standing = Standing.BESIDE_PREDICTIONS
        return standing

    def _is_read_by(self, values: list[Value], pair: ModelPair) -> bool:
        if pair.evaluate.method in kinds.SCORING:
            return True
        learned = pair.train.statistic
        return any(
            value.origin & pair.evaluate.rows
            and (learned < 0 or any(taint.statistic == learned for taint in value.taints))
            for value in values
        )


def _is_score(symbol: str) -> bool:
    """True for metrics, and for means and sums, which metrics computed by hand end in."""
    row = library.method(symbol[1:]) if symbol.startswith(".") else library.function(symbol)
    by_hand = row is not None and row.effect is Effect.STATISTIC
    return by_hand or symbol == "builtins.sum" or kinds.is_metric(symbol)


def _kind(fit: Fit) -> Hashable:
    """The same for fits of models of one class on the same rows: fitted again, it is that model."""
    return (fit.classes or fit.site, fit.rows)


def _may_compare(symbol: str) -> bool:
    """True for functions that are not known to store what they are given, side by side."""
    stores = symbol.startswith((".", "pandas.")) or symbol.rpartition(".")[2] in kinds.STORING
    row = None if stores else library.function(symbol)
    return not stores and (row is None or row.effect is not Effect.CONCAT)


def _is_unsupervised(facts: Facts, fit: Fit) -> bool:
    if fit.statistic < 0:
        return False
    learner = facts.statistics[fit.statistic].what
    alone = not fit.has_target and learner not in kinds.FED_TOGETHER
    return alone or learner in kinds.UNSUPERVISED


def _refits(facts: Facts, pair: ModelPair) -> Iterator[Refit]:
    trained = {taint.statistic for taint in pair.train.taints}
    reaching = {t.statistic for t in pair.evaluate.taints if not t.by_choice} | trained
    for number in sorted(reaching):
        statistic = facts.statistics[number]
        if number == pair.train.statistic or statistic.nature is not Nature.AGGREGATE:
            continue
        side = _only_held_out(facts, statistic, pair)
        if side is not None:
            yield Refit(statistic, pair, side, number in trained)


def _only_held_out(facts: Facts, statistic: Statistic, pair: ModelPair) -> int | None:
    """The judged rows, if the statistic covers them and nothing the model was trained on."""
    rows = facts.rows
    apart = all(_lies_apart(rows, pair.train.rows, over) for over in statistic.rows)
    if not pair.train.rows or not apart:
        return None
    return next((e for e in sorted(pair.evaluate.rows) if rows.inside(e, statistic.rows)), None)
