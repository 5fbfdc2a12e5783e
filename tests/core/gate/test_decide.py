"""Given evidence, a human decides; where it does not hold, a seal is refused with the reason."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grd_core.critic.inputs import input_hashes
from grd_core.critic.last_review import review_scorecard
from grd_core.errors import LedgerError, RefusedError, UsageError
from grd_core.evaluation.evaluate import evaluate
from grd_core.gate.decide import Decided, Statement, decide
from grd_core.gate.decision_log import write_decision_log
from grd_core.gate.evidence import gate_snapshot
from grd_core.gate.integrity import check_integrity
from grd_core.graduation.checklist import Shown, graduation_snapshot
from grd_core.history.snapshot import history_snapshot
from grd_core.history.story import narrative
from grd_core.next_step import next_step
from grd_core.objective.lock import amend
from grd_core.overview import overview_snapshot
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from tests.small_study import copy_of, run_to_its_end

REASON = "the registered test was carried out once, as planned"
MOON, WIND = "2", "3"


@pytest.fixture(scope="module")
def scored_once(judged_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = copy_of(judged_once, tmp_path_factory.mktemp("scored") / "tides")
    evaluate(study, MOON, input_hashes)
    write_decision_log(study)
    return study


@pytest.fixture
def scored(scored_once: Study, tmp_path: Path) -> Study:
    """The moon is scored, and the program was killed before the last review."""
    return copy_of(scored_once, tmp_path / "tides")


@pytest.fixture
def judged(scored: Study) -> Study:
    """A study with a confirmed experiment (the moon) and a refuted one (the wind)."""
    review_scorecard(scored, MOON)
    return scored


def seal(study: Study, **changes: str) -> Decided:
    statement = {"reason": REASON, "answer": "original", "confirm": "tides"} | changes
    return decide(study, MOON, "seal", Statement(**statement))


def archive(study: Study, number: str = WIND) -> Decided:
    return decide(
        study,
        number,
        "archive",
        Statement(
            reason="its gain lies below the line over its whole interval",
            answer="original",
            lesson="wind does not move the gauge",
            would_change="a gauge outside the harbour",
        ),
    )


def refused(study: Study, **changes: str) -> str:
    with pytest.raises(RefusedError) as found:
        seal(study, **changes)
    assert found.value.fix
    return found.value.sentence()


def test_the_evidence_stands_in_its_order(judged: Study) -> None:
    gate = gate_snapshot(judged, find_experiment(judged, MOON))
    assert gate.outcome == "confirmed"
    assert gate.blockers == ()
    assert [section.title[0] for section in gate.sections()] == list("①②③④⑤⑥")
    assert any("003-the-wind" in line for line in gate.failures)
    assert any(line.startswith("worst stratum") or "hardest" in line for line in gate.wrong)


def test_a_confirmed_claim_is_sealed(judged: Study) -> None:
    assert seal(judged).outcome == "confirmed"
    assert find_experiment(judged, MOON).state == "sealed"
    assert "**Seal** 002-the-moon" in (judged.root / "DECISION_LOG.md").read_text()
    assert check_integrity(judged).sound


def test_a_seal_wants_the_name_typed_out(judged: Study) -> None:
    assert "--confirm tides" in refused(judged, confirm="tide")


def test_a_decision_wants_a_reason_and_an_answer(judged: Study) -> None:
    assert "reason" in refused(judged, reason="ok")
    with pytest.raises(UsageError, match="original question"):
        seal(judged, answer="")


def test_a_drifted_objective_blocks_the_seal(judged: Study) -> None:
    text = judged.objective_path.read_text()
    judged.objective_path.write_text(text.replace("threshold: 1.0", "threshold: 2.0"))
    assert "1 loosened" in refused(judged)


def test_code_edited_after_the_verdict_blocks_the_seal(judged: Study) -> None:
    script = find_experiment(judged, MOON).folder / "train.py"
    script.write_text(script.read_text() + "\n# one more line\n")
    assert "stale" in refused(judged)


def test_a_ledger_that_does_not_verify_blocks_the_seal(judged: Study) -> None:
    log = write_decision_log(judged).path
    text = log.read_text()
    log.write_text(text.replace(text.rsplit("sha256 ", 1)[1].strip(), "f" * 64))
    assert "DECISION_LOG.md" in refused(judged)


def test_changed_frozen_labels_block_the_seal(judged: Study) -> None:
    labels = judged.frozen_dir / "test_labels.parquet"
    labels.chmod(0o644)
    labels.write_bytes(labels.read_bytes() + b" ")
    assert "test_labels.parquet" in refused(judged)


def test_an_unscored_experiment_cannot_be_sealed(judged: Study) -> None:
    statement = Statement(reason=REASON, answer="original", confirm="tides")
    with pytest.raises(RefusedError, match="last verdict is ESCALATE"):
        decide(judged, WIND, "seal", statement)


def test_a_scorecard_nobody_reviewed_blocks_the_seal(scored: Study) -> None:
    assert "no last review" in refused(scored)
    review_scorecard(scored, MOON)
    assert seal(scored).outcome == "confirmed"


def test_every_finished_run_stands_at_the_gate(judged: Study) -> None:
    later = run_to_its_end(judged, 2)
    runs = gate_snapshot(judged, find_experiment(judged, MOON)).runs
    assert [("judged" in line, f"run {later} " in line) for line in runs] == [
        (True, False),
        (False, True),
    ]


def test_a_question_the_record_shows_changed_is_not_the_original(judged: Study) -> None:
    text = judged.objective_path.read_text()
    judged.objective_path.write_text(text.replace("threshold: 1.0", "threshold: 2.0"))
    amend(judged, "the threshold was for another gauge")
    gate = gate_snapshot(judged, find_experiment(judged, MOON))
    assert [change.post_hoc for change in gate.changes] == [True]
    with pytest.raises(RefusedError, match="question changed"):
        archive(judged)


def test_a_refuted_claim_goes_to_the_gate_as_refuted_and_is_archived(judged: Study) -> None:
    gate = gate_snapshot(judged, find_experiment(judged, WIND))
    assert (gate.verdict, gate.outcome) == ("ESCALATE", "refuted")
    before = manifest(find_experiment(judged, WIND).folder)
    decided = archive(judged)
    assert decided.outcome == "refuted"
    assert decided.folder == judged.experiments_dir / "negative_results" / "003-the-wind"
    assert manifest(decided.folder) == before
    assert find_experiment(judged, WIND).state == "archived"
    assert check_integrity(judged).sound


def manifest(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_archiving_never_covers_what_is_there(judged: Study) -> None:
    (judged.experiments_dir / "negative_results" / "003-the-wind").mkdir()
    with pytest.raises(RefusedError, match="nothing is overwritten"):
        archive(judged)
    assert find_experiment(judged, WIND).state == "open"


def test_an_archive_cut_short_before_its_record_is_taken_up_again(judged: Study) -> None:
    """The folder moved, then the process died: the decision can be made again."""
    folder = find_experiment(judged, WIND).folder
    shutil.move(folder, judged.experiments_dir / "negative_results" / folder.name)
    assert archive(judged).folder.is_dir()
    assert not find_experiment(judged, WIND).files_gone


def test_of_decisions_made_at_once_one_is_recorded(judged: Study) -> None:
    def attempt(number: int) -> str:
        try:
            return seal(judged).decision
        except RefusedError as error:
            assert error.fix
            return f"refused {number}"

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(attempt, range(4)))
    assert made.count("seal") == 1
    with judged.read() as ledger:
        assert ledger.value("SELECT count(*) FROM decision") == 1


def test_a_decision_that_cannot_be_recorded_leaves_the_folder_where_it_was(judged: Study) -> None:
    """The disk is full at the commit; here a trigger refuses the last insert of all."""
    tamper(judged, "CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, ''); END")
    with pytest.raises(LedgerError):
        archive(judged)
    assert not find_experiment(judged, WIND).files_gone
    assert not (judged.experiments_dir / "negative_results" / "003-the-wind").exists()


def tamper(study: Study, statement: str) -> None:
    connection = sqlite3.connect(study.ledger_path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_file_in_the_place_of_negative_results_is_told(judged: Study) -> None:
    shutil.rmtree(judged.experiments_dir / "negative_results")
    (judged.experiments_dir / "negative_results").touch()
    with pytest.raises(RefusedError, match="cannot be moved"):
        archive(judged)
    assert find_experiment(judged, WIND).state == "open"


def test_nobody_iterates_on_files_that_are_gone(judged: Study) -> None:
    folder = find_experiment(judged, WIND).folder
    shutil.move(folder, judged.experiments_dir / "negative_results" / folder.name)
    with pytest.raises(RefusedError, match="are gone"):
        decide(judged, WIND, "iterate", Statement(REASON, "original", different="more wind"))


def test_a_decision_remembers_the_verdict_it_was_made_on(judged: Study) -> None:
    seal(judged)
    with judged.read() as ledger:
        assert ledger.value(
            "SELECT r.verdict = 'PROCEED' FROM decision d JOIN review r ON r.id = d.review_id"
        )


def test_iterate_keeps_it_open_and_asks_what_will_be_different(judged: Study) -> None:
    statement = Statement(reason=REASON, answer="original")
    with pytest.raises(RefusedError, match="different"):
        decide(judged, MOON, "iterate", statement)
    decide(judged, MOON, "iterate", Statement(REASON, "original", different="hours of spring"))
    assert find_experiment(judged, MOON).state == "open"


def test_a_closed_experiment_is_decided_once(judged: Study) -> None:
    archive(judged)
    with pytest.raises(RefusedError, match="archived already"):
        archive(judged)


def test_the_next_step_leads_to_the_gate_and_then_on(judged: Study) -> None:
    assert overview_snapshot(judged).next_step.command == "grd gate 3"
    archive(judged)
    assert overview_snapshot(judged).next_step.command == "grd gate 2"
    seal(judged)
    after = overview_snapshot(judged)
    assert (after.sealed, after.archived, after.refuted, after.peeks) == (1, 1, 1, 1)
    assert after.lessons == ("wind does not move the gauge (003)",)
    assert after.best is not None
    assert after.best.outcome == "confirmed"
    assert "experiment new" in after.next_step.command
    assert next_step.__doc__


def test_the_narrative_tells_the_failure_beside_the_success(judged: Study) -> None:
    archive(judged)
    seal(judged)
    story = narrative(history_snapshot(judged))
    assert "Learned: wind does not move the gauge" in story
    assert "on the frozen test part the claim is confirmed" in story


def test_the_checklist_is_answered_by_proof(judged: Study) -> None:
    moon = find_experiment(judged, MOON)
    shown = {item.name: item.shown for item in graduation_snapshot(judged, moon).items}
    assert shown["sealed at the gate"] is Shown.NO
    assert shown["two identical runs"] is Shown.NOT_YET
    assert shown["seeds are controlled"] is Shown.YES
    run_to_its_end(judged, 2)
    twice = {item.name: item for item in graduation_snapshot(judged, moon).items}
    assert twice["two identical runs"].shown is Shown.YES
    assert "bit-identical" in twice["two identical runs"].proof
    script = moon.folder / "train.py"
    script.write_text(script.read_text() + '\nopen("/home/ada/tides.csv")\n')
    paths = {i.name: i for i in graduation_snapshot(judged, moon).items}
    assert paths["no hard-coded absolute path"].shown is Shown.NO
