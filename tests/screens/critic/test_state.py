"""A review from begun to recorded, as values."""

from __future__ import annotations

from grd_core.checks.contract import CheckResult, Status
from grd_screens.critic.state import Card, ReviewState, Stage

BEGUN = ReviewState(
    "002-moon", Stage.CHECKING, 1, 3, (Card("C101", "a", "code"), Card("D201", "b", "data"))
)
PASSED = CheckResult("C101", Status.PASSED, 0.1)


def test_checks_are_counted_as_they_end() -> None:
    state = BEGUN.started("C101").started("D201")
    assert state.count == "0/2"
    state = state.moved("D201", 0.5, "half").ended(PASSED)
    assert state.count == "1/2"
    assert [(one.code, one.fraction, one.message) for one in state.doing] == [("D201", 0.5, "half")]


def test_a_check_that_is_run_again_keeps_its_result_and_is_not_counted() -> None:
    state = BEGUN.started("C101").ended(PASSED).started("C101")
    assert state.results["C101"] is PASSED
    assert state.count == "0/2"


def test_what_is_stopped_before_all_have_ended_has_no_pass() -> None:
    state = BEGUN.started("C101").stopped()
    assert (state.stage, state.doing, state.passed) == (Stage.CANCELLED, (), None)


def test_what_is_refused_says_why() -> None:
    state = BEGUN.refused("nothing is locked")
    assert (state.stage, state.trouble) == (Stage.REFUSED, "nothing is locked")
