"""What a text would be if it were saved."""

from __future__ import annotations

from grd_core.objective.check import check_objective
from grd_core.objective.prospect import prospect
from grd_core.study import Study
from tests.small_study import OBJECTIVE


def test_it_says_what_the_check_of_the_file_would_say(locked_once: Study) -> None:
    checked = check_objective(locked_once)
    found = prospect(locked_once, locked_once.objective_path.read_bytes())
    assert [one.message for one in found.problems] == [one.message for one in checked.problems]
    assert "\n".join(found.rule) == checked.rule.rstrip("\n")
    assert found.drift is not None
    assert found.drift.summary == "in sync"


def test_against_the_lock_every_difference_is_drift(locked_once: Study) -> None:
    before = locked_once.objective_path.read_bytes()
    looser = OBJECTIVE.replace("threshold: 1.0", "threshold: 1.5").encode()
    found = prospect(locked_once, looser)
    assert found.drift is not None
    assert (found.drift.version, found.drift.loosened) == (1, 1)
    assert found.drift.post_hoc == 0
    assert locked_once.objective_path.read_bytes() == before


def test_what_cannot_be_read_has_problems_and_no_rule(locked_once: Study) -> None:
    found = prospect(locked_once, OBJECTIVE.replace("metrics:", "metrics: [").encode())
    assert found.rule == ()
    assert found.refusals == 1
    assert found.problems[0].line > 1
    assert found.drift is not None
    assert found.drift.summary == "unreadable"
