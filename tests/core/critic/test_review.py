"""Given an experiment as it stands, the Critic judges what is there, and records it once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.registry import all_checks
from grd_core.critic.inputs import input_hashes
from grd_core.critic.log import write_critic_log
from grd_core.critic.review import (
    Review,
    exit_code,
    past_reviews,
    record,
    review,
    review_again,
    rule_again,
)
from grd_core.critic.verdict import Verdict
from grd_core.critic.waivers import MOST_DAYS, NOT_WAIVABLE, waive
from grd_core.errors import RefusedError, UsageError
from grd_core.gate.decide import Statement, decide
from grd_core.jobs import CancelledError, cancel_scope
from grd_core.recon.frozen_checks import kept_results
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study
from tests.small_study import JUSTIFICATION, copy_of, run_to_its_end


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


def wind(study: Study) -> ExperimentRecord:
    return find_experiment(study, "3")


def iterate(study: Study) -> None:
    statement = Statement(
        reason="the wind of the harbour was the wrong wind",
        answer="original",
        different="wind over open water",
    )
    decide(study, "3", "iterate", statement)


def archive(study: Study) -> None:
    statement = Statement(
        reason="its gain lies below the line over its whole interval",
        answer="original",
        lesson="wind does not move the gauge",
        would_change="a gauge outside the harbour",
    )
    decide(study, "3", "archive", statement)


def test_after_an_escalation_the_next_verdict_waits_for_a_human(judged: Study) -> None:
    """Refuted, tweaked, and again until it wins: each try is a decision somebody made."""
    script = wind(judged).folder / "train.py"
    script.write_text(script.read_text().replace("wind", "moon"))
    run_to_its_end(judged, 3)
    won = review(judged, wind(judged))
    assert won.ruling.verdict is Verdict.PROCEED
    with pytest.raises(RefusedError, match="a human decides"):
        record(judged, won, JUSTIFICATION)
    iterate(judged)
    assert record(judged, review(judged, wind(judged)), JUSTIFICATION).loop == 2


def test_one_iterate_answers_one_escalation(judged: Study) -> None:
    iterate(judged)
    again = record(judged, review(judged, wind(judged)), JUSTIFICATION)
    assert again.ruling.verdict is Verdict.ESCALATE
    with pytest.raises(RefusedError, match="a human decides"):
        record(judged, review(judged, wind(judged)), JUSTIFICATION)
    archive(judged)
    assert wind(judged).state == "archived"


def test_a_revision_is_corrected_without_asking_anybody(judged: Study) -> None:
    path = moon(judged).hypothesis_path
    whole = path.read_text()
    path.write_text("# nothing\n")
    assert exit_code(record(judged, review(judged, moon(judged)), JUSTIFICATION)) == 3
    path.write_text(whole)
    fixed = record(judged, review(judged, moon(judged)), JUSTIFICATION)
    assert (fixed.ruling.verdict, fixed.loop) == (Verdict.PROCEED, 3)


def test_of_verdicts_passed_at_once_one_is_recorded(judged: Study) -> None:
    moon(judged).hypothesis_path.write_text("# nothing\n")
    passes = [review(judged, moon(judged)) for _ in range(2)]
    record(judged, passes[0], JUSTIFICATION)
    with pytest.raises(RefusedError, match="another verdict"):
        record(judged, passes[1], JUSTIFICATION)


def test_no_verdict_on_what_was_archived_meanwhile(judged: Study) -> None:
    passed = review(judged, wind(judged))
    archive(judged)
    with pytest.raises(RefusedError, match="archived: its verdict stands"):
        record(judged, passed, JUSTIFICATION)


@pytest.mark.parametrize("code", NOT_WAIVABLE)
def test_what_no_reason_outweighs_cannot_be_waived(judged: Study, code: str) -> None:
    with pytest.raises(RefusedError, match="cannot be waived"):
        waive(judged, moon(judged), code, reason="we are confident that it is fine")


def test_a_waiver_needs_something_that_was_found(judged: Study) -> None:
    with pytest.raises(RefusedError, match="nothing to waive"):
        waive(judged, moon(judged), "P401", reason="in case it should ever find something")


def test_a_waiver_holds_for_a_season_at_most(judged: Study) -> None:
    late = datetime.now(UTC) + timedelta(days=MOST_DAYS + 2)
    with pytest.raises(UsageError, match="too far away"):
        waive(
            judged,
            moon(judged),
            "P401",
            reason="the disproof stands in the objective",
            expires=late.date().isoformat(),
        )


def test_a_waiver_covers_what_it_saw_and_nothing_that_comes_later(judged: Study) -> None:
    path = moon(judged).hypothesis_path
    path.write_text(path.read_text().replace("A mae above 0.9 m on validation.", "Nothing."))
    waive(judged, moon(judged), "P401", reason="the disproof stands in the objective")
    path.unlink()
    passed = review(judged, moon(judged))
    assert status_of(passed, "P401") is Status.FAILED
    assert passed.ruling.verdict is Verdict.REVISE_METHOD


def test_a_waiver_that_expired_makes_its_verdict_stale(
    judged: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    moon(judged).hypothesis_path.unlink()
    waive(judged, moon(judged), "P401", reason="the hypothesis stands in the objective")
    passed = record(judged, review(judged, moon(judged)), JUSTIFICATION)
    assert input_hashes(judged, moon(judged)) == passed.inputs
    monkeypatch.setattr("grd_core.critic.waivers.utc_now", lambda: "2999-01-01T00:00:00.000000Z")
    assert input_hashes(judged, moon(judged)) != passed.inputs


def test_a_justification_of_many_lines_is_one_line_of_the_log(judged: Study) -> None:
    moon(judged).hypothesis_path.write_text("# nothing\n")
    said = "it is fine\n## 2026-01-01 · loop 9 · PROCEED \x1b[2J"
    record(judged, review(judged, moon(judged)), said)
    text = write_critic_log(judged, moon(judged)).path.read_text()
    assert "Justification: it is fine ## 2026-01-01" in text
    assert "\x1b" not in text


class Watching:
    """An observer that remembers what it was told, and may act on a result."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.begun: list[str] = []
        self.said: list[tuple[str, float, str]] = []
        self.ended: list[str] = []
        self.threads: set[int] = set()
        self._then = then

    def started(self, code: str) -> None:
        self.threads.add(threading.get_ident())
        self.begun.append(code)

    def progress(self, code: str, fraction: float, message: str) -> None:
        self.threads.add(threading.get_ident())
        self.said.append((code, fraction, message))

    def result(self, result: CheckResult) -> None:
        self.threads.add(threading.get_ident())
        self.ended.append(result.check)
        self._then()


def test_whoever_watches_is_told_of_every_check_on_the_calling_thread(judged: Study) -> None:
    watching = Watching()
    review(judged, moon(judged), watching)
    kept = list(kept_results(judged))
    assert watching.begun == [code for code in all_checks() if code not in kept]
    assert sorted(watching.ended) == list(all_checks())
    assert (watching.begun[0], 0.0, all_checks()[watching.begun[0]].title) in watching.said
    assert watching.threads == {threading.get_ident()}


def test_a_cancelled_review_ends_with_its_workers(judged: Study) -> None:
    with cancel_scope() as scope:
        watching = Watching(then=scope.cancel)
        with pytest.raises(CancelledError):
            review(judged, moon(judged), watching)
    assert watching.ended == list(kept_results(judged))


def test_one_check_is_run_again_and_the_rest_stands(judged: Study) -> None:
    passed = review(judged, moon(judged))
    watching = Watching()
    again = review_again(judged, passed, "p401", watching)
    assert watching.ended == ["P401"]
    assert again.ruling == passed.ruling
    kept = [new is old for new, old in zip(again.unwaived, passed.unwaived, strict=True)]
    assert kept.count(False) == 1


def test_after_a_change_one_check_alone_is_not_run_again(judged: Study) -> None:
    passed = review(judged, moon(judged))
    script = moon(judged).folder / "train.py"
    script.write_text(script.read_text() + "\n# corrected\n")
    with pytest.raises(RefusedError, match=r"code, .*changed since this pass"):
        review_again(judged, passed, "C101")


def test_a_waiver_given_meanwhile_is_ruled_without_running_a_check(judged: Study) -> None:
    path = moon(judged).hypothesis_path
    path.write_text(path.read_text().replace("A mae above 0.9 m on validation.", "Nothing."))
    passed = review(judged, moon(judged))
    assert passed.ruling.verdict is Verdict.REVISE_METHOD
    waive(judged, moon(judged), "P401", reason="the disproof stands in the objective")
    ruled = rule_again(judged, passed)
    assert (ruled.ruling.verdict, status_of(ruled, "P401")) == (Verdict.PROCEED, Status.WAIVED)
    assert status_of(review_again(judged, ruled, "P401"), "P401") is Status.WAIVED
    assert record(judged, ruled, JUSTIFICATION).id > 0


def test_a_process_that_reviews_and_records_on_a_thread_stays_light(judged: Study) -> None:
    path = moon(judged).hypothesis_path
    path.write_text(path.read_text() + "\nMore to say.\n")
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(judged.root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["recorded", "heavy:"], done.stderr


LIGHT = f"""
import sys, threading
from pathlib import Path
from grd_core.checks.code.suggested_diff import suggested_diff
from grd_core.checks.registry import documentation, find_check
from grd_core.critic.evidence_source import excerpts
from grd_core.critic.review import record, review, review_again
from grd_core.jobs import cancel_scope
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study

def work():
    study = Study(Path(sys.argv[1]))
    with cancel_scope():
        passed = review(study, find_experiment(study, "2"))
        passed = review_again(study, passed, "C101")
        for finding in (f for result in passed.results for f in result.findings):
            excerpts(study.root, finding)
        assert documentation(find_check("D201"))
        suggested_diff("C101", "a.py", "x = 1\\n", 1)
        if record(study, passed, {JUSTIFICATION!r}).id:
            print("recorded")

if __name__ == "__main__":
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    heavy = ("numpy", "pandas", "scipy", "sklearn", "pyarrow", "torch")
    print("heavy:", *(name for name in heavy if name in sys.modules))
"""
