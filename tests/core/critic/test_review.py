"""Given an experiment as it stands, the Critic judges what is there, and records it once."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.checks.contract import Status
from grd_core.checks.registry import all_checks
from grd_core.critic.log import write_critic_log
from grd_core.critic.review import Review, exit_code, past_reviews, record, review
from grd_core.critic.verdict import Verdict
from grd_core.critic.waivers import waive
from grd_core.errors import RefusedError
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study
from tests.small_study import JUSTIFICATION, copy_of, judged_study, run_to_its_end


@pytest.fixture(scope="module")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return judged_study(tmp_path_factory.mktemp("judged") / "tides")


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    return copy_of(judged_once, tmp_path / "tides")


def moon(study: Study) -> ExperimentRecord:
    return find_experiment(study, "2")


def status_of(passed: Review, code: str) -> Status:
    return next(result.status for result in passed.results if result.check == code)


def test_every_registered_check_stands_in_a_review_once(judged: Study) -> None:
    passed = review(judged, moon(judged))
    assert [result.check for result in passed.results] == list(all_checks())
    assert passed.ruling.verdict is Verdict.PROCEED


def test_the_same_inputs_are_judged_once(judged: Study) -> None:
    with pytest.raises(RefusedError, match="nothing changed since"):
        record(judged, review(judged, moon(judged)), JUSTIFICATION)


def test_a_verdict_wants_a_justification(judged: Study) -> None:
    with pytest.raises(RefusedError, match="justification"):
        record(judged, review(judged, moon(judged)), "fine")


def test_predictions_of_other_code_are_not_judged(judged: Study) -> None:
    script = moon(judged).folder / "train.py"
    script.write_text(script.read_text() + "\n# corrected\n")
    passed = review(judged, moon(judged))
    assert status_of(passed, "R301") is Status.FAILED
    assert exit_code(passed) == 3
    run_to_its_end(judged, 2)
    assert review(judged, moon(judged)).ruling.verdict is Verdict.PROCEED


def test_a_change_between_the_checks_and_the_record_is_refused(judged: Study) -> None:
    script = moon(judged).folder / "train.py"
    script.write_text(script.read_text() + "\n# corrected\n")
    passed = review(judged, moon(judged))
    script.write_text(script.read_text() + "\n# once more\n")
    with pytest.raises(RefusedError, match="something changed"):
        record(judged, passed, JUSTIFICATION)


def test_a_hypothesis_edited_after_its_run_is_told(judged: Study) -> None:
    path = moon(judged).hypothesis_path
    path.write_text(path.read_text().replace("0.6 m\n", "exactly what came out: 0.08 m\n"))
    passed = review(judged, moon(judged))
    whys = [finding.why for result in passed.results for finding in result.findings]
    assert any("with the result in view" in why for why in whys)


def test_a_waived_finding_stays_in_the_log(judged: Study) -> None:
    path = moon(judged).hypothesis_path
    path.write_text(path.read_text().replace("A mae above 0.9 m on validation.", "Nothing."))
    assert review(judged, moon(judged)).ruling.verdict is Verdict.REVISE_METHOD
    waive(judged, moon(judged), "P401", reason="the disproof stands in the objective")
    passed = record(judged, review(judged, moon(judged)), JUSTIFICATION)
    assert passed.ruling.verdict is Verdict.PROCEED
    assert status_of(passed, "P401") is Status.WAIVED
    assert "waived" in write_critic_log(judged, moon(judged)).path.read_text()


def test_a_claim_disproved_on_validation_is_escalated_not_sent_back(judged: Study) -> None:
    with judged.read() as ledger:
        assert [r.verdict for r in past_reviews(ledger, find_experiment(judged, "3"))] == [
            "ESCALATE"
        ]
        rule = ledger.value("SELECT rule FROM review WHERE experiment_id = 3")
    assert rule == "falsified"


def test_nothing_new_after_a_revision_asks_a_human(judged: Study) -> None:
    path = moon(judged).hypothesis_path
    path.write_text("# nothing\n")
    assert exit_code(record(judged, review(judged, moon(judged)), JUSTIFICATION)) == 3
    again = review(judged, moon(judged))
    assert (again.ruling.verdict, again.ruling.rule) == (Verdict.ESCALATE, "nothing new")
    assert exit_code(again) == 5
