"""Given a study that failed and succeeded, its history is drawn, told in order, and searched."""

from __future__ import annotations

import pytest

from grd_core.gate.decide import Statement, decide
from grd_core.history.snapshot import history_snapshot
from grd_core.history.tree import MOST_LEVELS, TreeLine, branches, tree_of
from grd_core.objective.lock import amend
from grd_core.runs.experiments import new_experiment
from grd_core.study import Study

LESSON = "wind does not move the gauge"
REASON = "its gain lies below the line"


@pytest.fixture
def study(evaluated: Study) -> Study:
    """The wind archived with its lesson, the objective amended after that."""
    said = Statement(REASON, "original", lesson=LESSON, would_change="a gauge at sea")
    decide(evaluated, "3", "archive", said)
    text = evaluated.objective_path.read_text()
    evaluated.objective_path.write_text(text.replace("threshold: 1.0", "threshold: 2.0"))
    amend(evaluated, "the threshold was for another harbour")
    return evaluated


def test_experiments_stand_below_what_they_follow(study: Study) -> None:
    new_experiment(study, "Moon again", kind="refinement", parent="2")
    new_experiment(study, "Sun", kind="replication", parent="2")
    new_experiment(study, "Sun deeper", kind="validation", parent="5")
    tree = history_snapshot(study).tree
    assert [(line.number, line.related, line.depth, line.is_last) for line in tree] == [
        (1, "baseline", 0, True),
        (2, "refines 001", 1, False),
        (4, "refines 002", 2, False),
        (5, "replicates 002", 2, True),
        (6, "validates 005", 3, True),
        (3, "pivots from 001", 1, True),
    ]
    assert [branch.ended for branch in branches(tree)] == [
        (),
        (False,),
        (False, False),
        (False, True),
        (False, True, True),
        (True,),
    ]
    told = {line.number: (line.kind, line.state, line.outcome, line.lesson) for line in tree}
    assert told[2] == ("refinement", "open", "confirmed", "")
    assert told[3] == ("pivot", "archived", "refuted", LESSON)


def grown(number: int, depth: int, *, is_last: bool = True) -> TreeLine:
    return TreeLine(
        number, f"{number:03d}-x", "x", "pivot", "open", "", "", "", "", number - 1, "pivots from",
        depth, is_last,
    )  # fmt: skip


def test_of_a_long_line_of_refinements_the_nearest_levels_are_drawn() -> None:
    line = tuple(grown(depth + 1, depth, is_last=depth % 2 == 0) for depth in range(201))
    *_, deepest = branches(line)
    assert (deepest.ended, deepest.hidden) == ((True, False, True), 197)
    assert [branch.hidden for branch in branches(line)][5:9] == [0, 0, 4, 5]
    assert all(len(branch.ended) <= MOST_LEVELS for branch in branches(line))
    back = tuple(branches((*line, grown(300, 1))))[-1]
    assert (back.ended, back.hidden) == ((True,), 0)


def test_a_study_without_experiments_has_no_tree(study: Study) -> None:
    with study.read() as ledger:
        assert tree_of(ledger, ()) == ()


def test_every_decision_is_told_in_order_with_its_reason(study: Study) -> None:
    decisions = history_snapshot(study).decisions
    assert [line.kind for line in decisions] == [
        "freeze",
        "lock",
        "verdict",
        "verdict",
        "verdict",
        "peek",
        "archive",
        "amendment",
    ]
    archive, amendment = decisions[-2:]
    assert archive.about == "003-the-wind"
    assert REASON in archive.text
    assert LESSON in archive.text
    assert "metrics.mae.threshold loosened, post hoc" in amendment.text
    assert amendment.text.startswith("the threshold was for another harbour")
    assert all(line.author for line in decisions)
