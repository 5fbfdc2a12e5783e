"""Test sets that were looked at again and again, with no other set left untouched."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from grd_core.checks.dataflow.columns import Columns
from grd_core.checks.dataflow.loops import Text, names_in
from grd_core.checks.dataflow.nodes import nodes_in
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.seed_selection import (
    PICKS,
    called,
    kept_best,
    picked_later,
)
from grd_core.checks.dataflow.trials import SEARCHES, Trial, Trials
from grd_core.checks.dataflow.values import Fit

_CHOSEN = frozenset({"best_params_", "best_estimator_", "best_index_", "cv_results_"})


@dataclass(frozen=True, slots=True)
class Reuse:
    """One set of held-out rows and the trials on it, in the order of the program.

    `choice` is where the best of them is kept, None where no code does; `search` the fit of a
    search over rows that hold these, whose choice they then judge.
    """

    trials: tuple[Trial, ...]
    configurations: int
    choice: Site | None
    search: Fit | None = None


def reused_sets(trials: Trials) -> Iterator[Reuse]:
    """Sets that judged two configurations or more where no other set judges what was chosen.

    Folds of all rows are no test set as long as no code keeps the best of what they compare.
    """
    for group in _groups(trials).values():
        if trials.is_for_choosing(group[0].row):
            continue
        several = {trial.configuration for trial in group}
        again = any(trial.again is not None for trial in group)
        if len(several) < 2 and not again:
            search = _search_over(trials, group[0])
            if search is not None and not has_untouched_set(trials, group):
                yield Reuse(tuple(group), 1, None, search)
            continue
        if group[0].folds and trials.rows.is_side_of_split(group[0].row):
            continue
        if has_untouched_set(trials, group):
            continue
        choice = _choice(trials, group)
        if choice is not None or not group[0].folds:
            yield Reuse(tuple(group), len(several), choice)


def _groups(trials: Trials) -> dict[Hashable, list[Trial]]:
    """The looks at each set; those about other columns of it are another task, where both tell."""
    sets: dict[Hashable, dict[frozenset[Columns], list[Trial]]] = {}
    for trial in trials.trials:
        about = frozenset(fit.target for fit in trial.fits if fit.target.explicit)
        place = (trials.rows.place(trial.row), trial.folds)
        sets.setdefault(place, {}).setdefault(about, []).append(trial)
    found: dict[Hashable, list[Trial]] = {}
    for here, tasks in sets.items():
        untold = tasks.pop(frozenset(), []) if len(tasks) == 2 else []
        for about, group in tasks.items():
            looks = sorted((*group, *untold), key=lambda t: trials.loops.text.order(t.site))
            found[here, about] = looks
    return found


def has_untouched_set(trials: Trials, group: Sequence[Trial]) -> bool:
    """True when other rows judge one configuration only, and trained none of the group."""
    return any(number == 1 for number in other_sets(trials, group).values())


def other_sets(trials: Trials, group: Sequence[Trial]) -> dict[Hashable, int]:
    """How many configurations of the same study each other set judges, by the set's place.

    A model belongs to the study where it was trained on rows the group was trained or judged on.
    """
    rows = trials.rows
    study = {row for trial in group for fit in trial.fits for row in fit.rows}
    study |= {trial.row for trial in group}
    seen: dict[Hashable, set[Hashable]] = {}
    trained_on: dict[frozenset[int], bool] = {}
    apart: dict[int, bool] = {}
    for fit, row, again in _judged_sets(trials):
        own = trained_on.get(fit.rows)
        if own is None:
            own = any(rows.related(one, known) for one in fit.rows for known in study)
            trained_on[fit.rows] = own
        if own and row not in apart:
            apart[row] = all(rows.disjoint(row, known) for known in study)
        if own and apart[row]:
            configurations = seen.setdefault(rows.place(row), set())
            configurations.add(trials.configuration(fit))
            if again is not None:
                configurations.add(again)
    return {place: len(configurations) for place, configurations in seen.items()}


def _judged_sets(trials: Trials) -> Iterator[tuple[Fit, int, Hashable]]:
    """Each model with each set it predicts or is judged on, and what repeats that."""
    for fit, use, row in trials.uses():
        if trials.rows.folded(row) is None:
            repeated = next(trials.loops.choosing(use.moment), None)
            yield fit, row, None if repeated is None else (use.site, "again")
    for trial in trials.trials:
        if not trial.folds:
            for fit in trial.fits[:1]:
                yield fit, trial.row, None if trial.again is None else (trial.site, "again")


def _search_over(trials: Trials, trial: Trial) -> Fit | None:
    """A search whose folds held the judged rows, and whose choice was read before they judge."""
    for fit in trials.facts.fits:
        if trials.name(fit) not in SEARCHES or fit in trial.fits or trial.folds:
            continue
        holder = trials.holder(fit)
        if holder is None or not trials.rows.inside(trial.row, fit.rows):
            continue
        for node in trials.loops.text.attributes(fit.site.path, _CHOSEN):
            if (
                fit.site.line <= node.lineno <= trial.site.line
                and isinstance(node.ctx, ast.Load)
                and ast.dump(node.value) == ast.dump(holder)
            ):
                return fit
    return None


def _choice(trials: Trials, group: list[Trial]) -> Site | None:
    """Where the best of the looks at a set is kept, None where no code does."""
    text = trials.loops.text
    loops = {loop.node: None for trial in group for loop in trial.moment.loops}
    for loop in loops:
        found = _kept_or_picked(text, loop)
        if found is not None:
            return found
    return next((site for unit in text.units if (site := _compared(group, unit, text))), None)


def _kept_or_picked(text: Text, loop: ast.AST) -> Site | None:
    """Where the best turn of a loop is kept, in it or below."""
    units = text.from_loop(loop)  # the caller of a function may be in another cell than the look
    line = kept_best(loop) if units else 0
    if line:
        return Site(units[0].path, line)
    for unit in units:
        start = getattr(loop, "lineno", 0) if unit is units[0] else 0
        later = [call for call in text.choosing_calls(unit.path) if call.lineno >= start]
        line = picked_later(later, loop) or _picked_around(later, loop)
        if line:
            return Site(unit.path, line)
    return None


def _picked_around(calls: list[ast.Call], loop: ast.AST) -> int:
    """`max(score(m) for m in models)`: its line, else 0."""
    for call in calls:
        if called(call) in PICKS and any(inner is loop for inner in nodes_in(call).of(type(loop))):
            return call.lineno
    return 0


def _compared(group: list[Trial], unit: Unit, text: Text) -> Site | None:
    """`max(first, second)` or `first > second` of scores."""
    lines = {trial.site.line for trial in group if trial.site.path == unit.path}
    if not lines:
        return None
    scores = text.stored_at(unit.path, lines)
    for call in text.choosing_calls(unit.path):
        asked = set[str]().union(*(names_in(part) for part in call.args))
        if called(call) in PICKS and len(asked & scores) > 1:
            return Site(unit.path, call.lineno)
    for decision in unit.nodes.of_any(ast.If, ast.IfExp):
        if len(names_in(decision.test) & scores) > 1:
            return Site(unit.path, decision.lineno)
    return None
