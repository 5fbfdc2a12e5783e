"""Test sets that were looked at again and again, with no other set left untouched."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.loops import names_in, stored_in
from grd_core.checks.dataflow.parse import Unit
from grd_core.checks.dataflow.seed_selection import PICKS, kept_best, picked_later
from grd_core.checks.dataflow.trials import Trial, Trials


@dataclass(frozen=True, slots=True)
class Reuse:
    """One set of held-out rows and the trials on it, in the order of the program.

    `choice` is the line that keeps the best of them, 0 where none does.
    """

    trials: tuple[Trial, ...]
    configurations: int
    choice: int


def reused_sets(trials: Trials, units: tuple[Unit, ...]) -> Iterator[Reuse]:
    """Sets that judged two configurations or more where no other set judges what was chosen."""
    for group in _groups(trials).values():
        several = {trial.configuration for trial in group}
        again = any(trial.again is not None for trial in group)
        if len(several) < 2 and not again:
            continue
        if group[0].folds and trials.rows.is_side_of_split(group[0].row):
            continue
        if has_untouched_set(trials, group):
            continue
        yield Reuse(tuple(group), len(several), _choice(group, units))


def _groups(trials: Trials) -> dict[Hashable, list[Trial]]:
    found: dict[Hashable, list[Trial]] = {}
    for trial in trials.trials:
        about = frozenset(fit.target for fit in trial.fits if fit.target.explicit)
        rows = trials.rows
        place: Hashable = (rows.place(trial.row), about, trial.folds)
        found.setdefault(place, []).append(trial)
    for group in found.values():
        group.sort(key=lambda trial: (trial.site.path, trial.site.line))
    return found


def has_untouched_set(trials: Trials, group: list[Trial]) -> bool:
    """True when other rows judge one configuration only, and trained none of the group."""
    return any(number == 1 for number in other_sets(trials, group).values())


def other_sets(trials: Trials, group: list[Trial]) -> dict[Hashable, int]:
    """How many configurations each other set judges, by the set's place."""
    rows = trials.rows
    seen: dict[Hashable, set[Hashable]] = {}
    example: dict[Hashable, int] = {}
    for fit, use, row in trials.uses():
        place = rows.place(row)
        known = seen.setdefault(place, set())
        known.add(trials.configuration(fit))
        example[place] = row
        if any(True for _ in trials.loops.choosing(use.moment)):
            known.add((use.site, "again"))
    for trial in trials.trials:
        place = rows.place(trial.row)
        if not trial.folds and place not in seen:
            seen[place] = {trial.configuration}
            example[place] = trial.row
        if trial.again is not None:
            seen.setdefault(place, set()).add((trial.site, "again"))
    found: dict[Hashable, int] = {}
    for place, configurations in seen.items():
        row = example.get(place)
        if row is None or rows.folded(row) is not None:
            continue
        if all(_apart(trials, trial, row) for trial in group):
            found[place] = len(configurations)
    return found


def _apart(trials: Trials, trial: Trial, row: int) -> bool:
    if trials.rows.related(row, trial.row):
        return False
    return all(trials.held_out(fit, row) for fit in trial.fits)


def _choice(group: list[Trial], units: tuple[Unit, ...]) -> int:
    for trial in group:
        tree = next((unit.tree for unit in units if unit.path == trial.site.path), None)
        loops = [loop.node for loop in trial.moment.loops]
        for loop in loops:
            if isinstance(loop, ast.For | ast.While) and tree is not None:
                calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
                line = kept_best(loop) or picked_later(calls, loop)
                if line:
                    return line
            elif tree is not None:
                line = _picked_around(tree, loop)
                if line:
                    return line
    return max((_compared(group, unit) for unit in units), default=0)


def _picked_around(tree: ast.Module, loop: ast.AST) -> int:
    """`max(score(m) for m in models)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _last_name(node) in PICKS:
            if any(inner is loop for inner in ast.walk(node)):
                return node.lineno
    return 0


def _compared(group: list[Trial], unit: Unit) -> int:
    """`max(first, second)` or `first > second` of scores: its line, else 0."""
    lines = {trial.site.line for trial in group if trial.site.path == unit.path}
    scores: set[str] = set()
    for node in ast.walk(unit.tree):
        if isinstance(node, ast.Assign) and node.lineno in lines:
            scores |= set().union(*(stored_in(target) for target in node.targets))
    for node in ast.walk(unit.tree):
        if isinstance(node, ast.Call) and _last_name(node) in PICKS:
            asked = set().union(*(names_in(part) for part in node.args)) if node.args else set()
            if len(asked & scores) > 1:
                return node.lineno
        elif isinstance(node, ast.Compare) and len(names_in(node) & scores) > 1:
            return node.lineno
    return 0


def _last_name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
