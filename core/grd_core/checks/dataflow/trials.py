"""Trials: which model was judged on which rows, from the facts of a pass.

A trial is one look at held-out rows: `score`, a metric of predictions, or predictions compared
with what they should be. A prediction that nothing is compared with is no trial.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from grd_core.checks.contract import CodeContext
from grd_core.checks.dataflow import library
from grd_core.checks.dataflow.library import PACKAGES, Effect
from grd_core.checks.dataflow.loops import Loops, Text, names_in
from grd_core.checks.dataflow.machine import Facts, LibraryCall, Meeting, ModelPair, Use
from grd_core.checks.dataflow.nodes import nodes_in
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.dataflow.randomness import SEED_KEYWORDS
from grd_core.checks.dataflow.refits import refits
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.values import Fit, Moment, Value


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SCORERS = _names("score evaluate evaluate_generator")
METRIC_PACKAGES = _names("scikitplot torchmetrics yellowbrick")
METRIC_MODULES = ("sklearn.metrics", "keras.metrics", "tensorflow.keras.metrics")
METRICS = _names(
    "accuracy_score balanced_accuracy_score f1_score precision_score recall_score roc_auc_score "
    "roc_curve auc precision_recall_curve average_precision_score confusion_matrix log_loss "
    "classification_report mean_squared_error mean_absolute_error r2_score cohen_kappa_score "
    "matthews_corrcoef mean_squared_log_error root_mean_squared_error brier_score_loss "
    "explained_variance_score median_absolute_error fbeta_score hamming_loss jaccard_score "
    "precision_recall_fscore_support mean_absolute_percentage_error zero_one_loss "
    "plot_confusion_matrix plot_roc_curve crosstab rmse mse mae"
)
VALIDATION_PART = "validation.parquet"
"""The file of a study's validation part, beside which a frozen test part always lies."""
BASELINES = _names("DummyClassifier DummyRegressor")
"""Models that learn nothing from the features: a comparison with one chooses nothing."""
SEARCHES = _names(
    "GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV BayesSearchCV"
)
"""Models whose `fit` judges many configurations on folds of the rows it is given."""
_DRAWS = _names(
    "IPython altair bokeh builtins collections copy csv display functools itertools json math "
    "matplotlib operator os pickle plotly plt pylab random seaborn sns"
)
"""Packages whose functions show, hold or write what they are given, and compare nothing."""
_BY_CALL = frozenset({"split", "item", "part", "mixed", ""})


@dataclass(frozen=True, slots=True)
class Trial:
    """A look at rows: the fits judged in it, and where. `folds`: on folds of `rows`.

    `again` is a loop that makes the same look with another configuration each turn.
    """

    fits: tuple[Fit, ...]
    row: int
    site: Site
    moment: Moment
    subject: ast.expr | None
    folds: bool
    again: ast.AST | None
    configuration: Hashable


class Trials:
    """All trials of a program, and the predictions that are none."""

    def __init__(self, facts: Facts, text: Text) -> None:
        self.facts = facts
        self.rows = facts.rows
        self.loops = Loops(text, facts)
        self._configurations: dict[int, Hashable] = {}  # the facts keep every fit alive
        self._by_model: dict[int, list[ModelPair]] = {}
        for pair in facts.pairs:
            self._by_model.setdefault(pair.train.statistic, []).append(pair)
        self._by_model.pop(-1, None)
        self.trials: tuple[Trial, ...] = tuple(dict.fromkeys(self._found()))

    def held_out(self, fit: Fit, row: int) -> bool:
        """True when the rows are none of those the model was trained on."""
        return bool(fit.rows) and not any(self.rows.related(row, seen) for seen in fit.rows)

    def uses(self) -> Iterator[tuple[Fit, Use, int]]:
        """Every prediction of held-out rows, judged or not, but rows made up on the spot."""
        for pair in self.facts.pairs:
            if pair.evaluate.internal:
                continue
            for row in sorted(pair.evaluate.rows):
                if self._is_data(row) and self.held_out(pair.train, row):
                    yield pair.train, pair.evaluate, row

    def is_for_choosing(self, row: int) -> bool:
        """True for the validation part of a study: its test part is scored outside the program."""
        return self.loops.text.says(self.rows[self.rows.root(row)].site, VALIDATION_PART)

    def name(self, fit: Fit) -> str:
        """The class of what was fitted, empty where it is not known."""
        return self.facts.statistics[fit.statistic].what if fit.statistic >= 0 else ""

    def holder(self, fit: Fit) -> ast.expr | None:
        """The model's variable as it is written at its fit."""
        call = fit.moment.call
        holder = self.facts.statistics[fit.statistic].holder if fit.statistic >= 0 else None
        if call is None or holder is call.func:
            return None
        return call.func.value if isinstance(call.func, ast.Attribute) else holder

    def configuration(self, fit: Fit) -> Hashable:
        """The same for two trainings of which nothing tells that they differ."""
        known = self._configurations.get(id(fit))
        if known is None:
            again = self._refits.get(fit.moment.call) if fit.moment.call is not None else None
            known = (fit.site, fit.statistic, self.loops.written(fit.moment))
            if again is not None:
                known = (again, fit.rows, fit.taints, fit.target)
            self._configurations[id(fit)] = known
        return known

    @cached_property
    def _refits(self) -> dict[ast.Call, Hashable]:
        return refits(self.facts, self.loops.text)

    def _is_data(self, row: int) -> bool:
        key = self.rows[self.rows.root(row)].key
        read = isinstance(key, tuple) and isinstance(key[1], tuple) and key[1][:1] == ("read",)
        return read or self.rows.is_side_of_split(row)

    def _found(self) -> Iterator[Trial]:
        for pair in self.facts.pairs:
            use = pair.evaluate
            if use.internal:
                yield from self._folds(pair)
            elif use.method in SCORERS:
                yield from self._looks((pair.train,), use.rows, use.site, use.moment, use.subject)
        for known in self.facts.calls:
            if _is_metric(known.symbol):
                yield from self._judged(known.call.values, known.call.site, known.moment)
            elif len(known.call.values) > 1 and _may_judge(known.symbol):
                yield from self._told(known)
        for meeting in self.facts.meetings:
            yield from self._met(meeting)

    def _told(self, known: LibraryCall) -> Iterator[Trial]:
        """Predictions and what they should be, given together to a function that is not known."""
        predicted = [value for value in known.call.values if self._models(value)]
        if not predicted:
            return
        places = {self.rows.place(row) for value in predicted for row in value.origin}
        labels = (v for v in known.call.values if v.origin and not self._models(v))
        if any(self.rows.place(row) in places for value in labels for row in value.origin):
            yield from self._judged(predicted, known.call.site, known.moment)

    def _met(self, meeting: Meeting) -> Iterator[Trial]:
        predicted = [v for v in meeting.values if self._models(v)]
        if predicted and len(predicted) < len(meeting.values):
            yield from self._judged(predicted, meeting.site, meeting.moment)

    def _models(self, value: Value) -> set[int]:
        return {taint.statistic for taint in value.taints} & self._by_model.keys()

    def _judged(self, values: Iterable[Value], site: Site, moment: Moment) -> Iterator[Trial]:
        for value in values:
            pairs = [
                pair
                for model in sorted(self._models(value))
                for pair in self._by_model[model]
                if pair.evaluate.rows & value.origin and not pair.evaluate.internal
            ]
            if pairs:
                fits = tuple(dict.fromkeys(pair.train for pair in pairs))
                subject = pairs[0].evaluate.subject
                moments = (moment, *(pair.evaluate.moment for pair in pairs))
                yield from self._looks(fits, value.origin, site, moment, subject, moments)

    def _looks(
        self,
        fits: tuple[Fit, ...],
        rows: frozenset[int],
        site: Site,
        moment: Moment,
        subject: ast.expr | None,
        moments: tuple[Moment, ...] = (),
    ) -> Iterator[Trial]:
        for row in sorted(rows):
            judged = tuple(fit for fit in fits if self.held_out(fit, row))
            if not judged or all(self.name(fit) in BASELINES for fit in judged):
                continue
            around = (moment, *moments, *(fit.moment for fit in judged))
            again = self._again(moment, around, row) if _varies(judged) else None
            configuration = frozenset(self.configuration(fit) for fit in judged)
            whole = self.rows.folded(row)
            folds = whole is not None
            place, named = (row, subject) if whole is None else (whole, None)
            yield Trial(judged, place, site, moment, named, folds, again, configuration)

    def _folds(self, pair: ModelPair) -> Iterator[Trial]:
        use = pair.evaluate
        for row in sorted(use.rows):
            again = self._again(use.moment, (use.moment,), row)
            configuration = (self._asked(use.moment.call), self.loops.written(use.moment))
            yield Trial(
                (pair.train,), row, use.site, use.moment, use.subject, True, again, configuration
            )

    def _asked(self, call: ast.Call | None) -> Hashable:
        """The model that a cross-validation was given: the object, else how it is written."""
        if call is None or not call.args:
            return call
        given = self._given.get(call, ())
        if len(given) == 1 and given[0].location:
            return given[0].location
        return ast.unparse(call.args[0])

    @cached_property
    def _given(self) -> dict[ast.Call, tuple[Value, ...]]:
        found: dict[ast.Call, dict[Value, None]] = {}
        for known in self.facts.calls:
            row = library.function(known.symbol)
            if row is not None and row.effect is Effect.CROSS_VALIDATE and known.call.args:
                found.setdefault(known.call.node, {}).setdefault(known.call.args[0])
        return {call: tuple(values) for call, values in found.items()}

    def _again(self, judged: Moment, around: Iterable[Moment], row: int) -> ast.AST | None:
        """The loop around the look that tries another configuration on the same rows a turn."""
        inside = {loop.node for loop in judged.loops}
        for moment in around:
            for loop in self.loops.choosing(moment):
                if loop.node in inside and not self._renewed(row, loop.node, loop.depth):
                    return loop.node
        return None

    def _renewed(self, row: int, loop: ast.AST, depth: int) -> bool:
        """True when each turn of the loop judges other rows."""
        changing = self.loops.dependent(loop)
        first, last = getattr(loop, "lineno", 0), getattr(loop, "end_lineno", 0) or 0
        for number in self.rows.ancestors(row):
            known = self.rows[number]
            if _read_inside(known.key, depth) or _splits(loop, known.key):
                return True
            line = known.site.line
            if first <= line <= last and _cut_from(loop, line, known.cut, changing):
                return True
        return False


def _varies(fits: tuple[Fit, ...]) -> bool:
    """True when more than one model may be meant: one that was trained once is the same each turn,
    and so are its features."""
    return len(fits) > 1 or any(fit.moment.loops for fit in fits)


@lru_cache(maxsize=8)
def all_trials(context: CodeContext) -> tuple[Trials, ...]:
    """The trials of each program of a context; the checks of one review share them."""
    programs = analyse_all(context)
    text = Text(programs.units)
    return tuple(Trials(facts, text) for facts in programs.facts)


def _splits(loop: ast.AST, key: Hashable) -> bool:
    """True when the loop goes through the folds that these rows are one of."""
    if not (isinstance(loop, ast.For) and isinstance(key, tuple) and key[0] == "part"):
        return False
    cut = key[2]
    if not (isinstance(cut, tuple) and cut[:1] == ("fold",) and isinstance(cut[1], tuple)):
        return False
    line: int = cut[1][1]
    apart = isinstance(loop.iter, ast.Name) and line < loop.lineno
    return apart or loop.iter.lineno <= line <= (loop.iter.end_lineno or 0)


def _read_inside(key: Hashable, depth: int) -> bool:
    """True for rows from a call that is made anew each turn, deeper than the loop."""
    if not (isinstance(key, tuple) and key[0] == "source" and isinstance(key[1], tuple)):
        return False
    place = key[1][-1]
    return isinstance(place, tuple) and len(place) == 4 and len(place[3]) > depth


def _cut_from(loop: ast.AST, line: int, cut: str, changing: frozenset[str]) -> bool:
    """True when the cut written in a line of the loop's body depends on the turn."""
    by_call = cut in _BY_CALL
    nodes = nodes_in(loop)
    parts: list[ast.expr] = []
    for call in nodes.of(ast.Call) if by_call else ():
        if call.lineno == line and _called(call) not in SCORERS | {"fit"}:
            parts += [*call.args, *(k.value for k in call.keywords if k.arg not in SEED_KEYWORDS)]
    for item in () if by_call else nodes.of(ast.Subscript):
        if item.lineno == line:
            parts += [item.value, item.slice]
    return any(names_in(part) & changing for part in parts)


def _may_judge(symbol: str) -> bool:
    """True for a function of a package about which nothing is known."""
    package = symbol.partition(".")[0]
    known = "." in symbol and package in PACKAGES
    return bool(package) and package not in _DRAWS and not known


def _is_metric(symbol: str) -> bool:
    package, _, name = symbol.rpartition(".")
    if package.startswith(METRIC_MODULES) or package.partition(".")[0] in METRIC_PACKAGES:
        return name != "make_scorer"
    return name in METRICS


def _called(call: ast.Call | None) -> str:
    return call.func.attr if call and isinstance(call.func, ast.Attribute) else ""
