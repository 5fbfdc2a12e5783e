"""Given a study that failed and succeeded, its history is drawn, told in order, and searched."""

from __future__ import annotations

import pytest

from grd_core.gate.decide import Statement, decide
from grd_core.history import history_snapshot
from grd_core.history.tree import TreeLine, tree_of
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


def drawn(lines: tuple[TreeLine, ...]) -> list[tuple[int, int, tuple[bool, ...]]]:
    return [(line.number, line.depth, line.last) for line in lines]


def test_experiments_stand_below_what_they_follow(study: Study) -> None:
    new_experiment(study, "Moon again", kind="refinement", parent="2")
    new_experiment(study, "Sun", kind="refinement", parent="2")
    new_experiment(study, "Sun deeper", kind="refinement", parent="5")
    tree = history_snapshot(study).tree
    assert drawn(tree) == [
        (1, 0, ()),
        (2, 1, (False,)),
        (4, 2, (False, False)),
        (5, 2, (False, True)),
        (6, 3, (False, True, True)),
        (3, 1, (True,)),
    ]
    told = {line.number: (line.kind, line.state, line.outcome, line.lesson) for line in tree}
    assert told[2] == ("refinement", "open", "confirmed", "")
    assert told[3] == ("pivot", "archived", "refuted", LESSON)


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
