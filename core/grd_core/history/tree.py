"""The experiments as a tree by parent, in rows that a face can draw from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grd_core.history.fates import UNKNOWN, fates_of
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord

RELATIONS: Mapping[str, str] = {
    "refinement": "refines",
    "pivot": "pivots from",
    "validation": "validates",
    "replication": "replicates",
}
"""What an experiment is to its parent, by its kind; a baseline has none."""

MOST_LEVELS = 6
"""Levels down to which a trunk is drawn whole."""

NEAREST_LEVELS = 3
"""Levels that are drawn below that: of a line of two hundred refinements the nearest."""


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One experiment of the tree, below its parent.

    `parent` is the parent's number or 0, `relation` what it is to it (refines, pivots from,
    validates, replicates), empty without one. `depth` is how many stand above it; `is_last` says
    that none of its siblings follows. `outcome` is that of the newest scorecard, or «refuted»
    where a verdict alone said so; `lesson` that of its last decision. Raw text.
    """

    number: int
    name: str
    title: str
    kind: str
    state: str
    verdict: str
    outcome: str
    lesson: str
    at: str
    parent: int = 0
    relation: str = ""
    depth: int = 0
    is_last: bool = True

    @property
    def related(self) -> str:
        """How it hangs together with its parent: `refines 005`; its kind without one."""
        return f"{self.relation} {self.parent:03d}" if self.parent else self.kind


@dataclass(frozen=True, slots=True)
class Branch:
    """What is drawn before an experiment of the tree.

    `ended` has a flag for each level that is drawn: whether that level ends here or above; the
    last is the experiment's own, a root has none. `hidden` levels above these are not drawn.
    """

    ended: tuple[bool, ...]
    hidden: int


def tree_of(ledger: Reader, experiments: Sequence[ExperimentRecord]) -> tuple[TreeLine, ...]:
    """Every experiment once, each directly above those that follow from it, by number."""
    children: dict[int, list[ExperimentRecord]] = {}
    for experiment in experiments:
        children.setdefault(experiment.parent, []).append(experiment)
    fates = fates_of(ledger)
    found = []
    for experiment, depth, is_last in _walk(children):
        fate = fates.get(experiment.number, UNKNOWN)
        found.append(
            TreeLine(
                number=experiment.number,
                name=experiment.name,
                title=experiment.title,
                kind=experiment.kind,
                state=experiment.state,
                verdict=fate.verdict,
                outcome=fate.outcome,
                lesson=fate.lesson,
                at=experiment.at,
                parent=experiment.parent,
                relation=RELATIONS.get(experiment.kind, "") if experiment.parent else "",
                depth=depth,
                is_last=is_last,
            )
        )
    return tuple(found)


def branches(tree: Iterable[TreeLine]) -> Iterator[Branch]:
    """What is drawn before each line of a tree, in its order."""
    ended: list[bool] = []
    for line in tree:
        if line.depth:
            ended[line.depth - 1 :] = [line.is_last]
        hidden = 0 if line.depth <= MOST_LEVELS else line.depth - NEAREST_LEVELS
        yield Branch(tuple(ended[hidden : line.depth]), hidden)


def _walk(
    children: Mapping[int, Sequence[ExperimentRecord]],
) -> Iterator[tuple[ExperimentRecord, int, bool]]:
    """Each with its depth and whether it is its parent's last. Depth first; iterative, since a
    line of refinements may be long."""
    stack = [(root, 0, True) for root in reversed(children.get(0, ()))]
    while stack:
        experiment, depth, is_last = stack.pop()
        yield experiment, depth, is_last
        below = children.get(experiment.number, ())
        stack.extend(
            (child, depth + 1, place == len(below) - 1)
            for place, child in reversed(list(enumerate(below)))
        )
