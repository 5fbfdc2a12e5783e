"""The experiments as a tree by parent, in rows that a face can draw from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grd_core.critic.verdict import REFUTED_RULE
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One experiment of the tree, below its parent.

    `last` has one flag for each level below a root: whether the branch of that level ends
    here; the final flag is the experiment's own. A root has none. `outcome` is that of the
    newest scorecard, or «refuted» where a verdict alone said so; `lesson` that of its archive.
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
    last: tuple[bool, ...]

    @property
    def depth(self) -> int:
        """How many experiments stand above it; 0 for a root."""
        return len(self.last)


def tree_of(ledger: Reader, experiments: Sequence[ExperimentRecord]) -> tuple[TreeLine, ...]:
    """Every experiment once, each directly above those that follow from it, by number."""
    children: dict[int, list[ExperimentRecord]] = {}
    for experiment in experiments:
        children.setdefault(experiment.parent, []).append(experiment)
    said = _said(ledger)
    return tuple(
        TreeLine(
            number=experiment.number,
            name=experiment.name,
            title=experiment.title,
            kind=experiment.kind,
            state=experiment.state,
            at=experiment.at,
            last=last,
            **said.get(experiment.id, {"verdict": "", "outcome": "", "lesson": ""}),
        )
        for experiment, last in _walk(children)
    )


def _walk(
    children: Mapping[int, Sequence[ExperimentRecord]],
) -> Iterator[tuple[ExperimentRecord, tuple[bool, ...]]]:
    """Depth first; iterative, since a line of refinements may be long."""
    stack: list[tuple[ExperimentRecord, tuple[bool, ...]]] = [
        (root, ()) for root in reversed(children.get(0, ()))
    ]
    while stack:
        experiment, last = stack.pop()
        yield experiment, last
        below = children.get(experiment.number, ())
        stack.extend(
            (child, (*last, place == len(below) - 1))
            for place, child in reversed(list(enumerate(below)))
        )


def _said(ledger: Reader) -> dict[int, dict[str, str]]:
    """The newest verdict, outcome and lesson of each experiment, by its id."""
    return {
        row["id"]: {
            "verdict": row["verdict"] or "",
            "outcome": row["outcome"] or ("refuted" if row["rule"] == REFUTED_RULE else ""),
            "lesson": row["lesson"] or "",
        }
        for row in ledger.rows(
            """
            SELECT e.id, r.verdict, r.rule,
              (SELECT outcome FROM scorecard WHERE experiment_id = e.id
                ORDER BY id DESC LIMIT 1) AS outcome,
              (SELECT json_extract(detail_json, '$.lesson') FROM decision
                WHERE experiment_id = e.id ORDER BY id DESC LIMIT 1) AS lesson
            FROM experiment e LEFT JOIN review r ON r.id = (SELECT max(id) FROM review
              WHERE experiment_id = e.id AND stage = 'loop')
            """
        )
    }
