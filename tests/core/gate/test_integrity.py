"""Given records and files that no longer agree, `verify` names what is missing or changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grd_core.critic.inputs import input_hashes
from grd_core.critic.last_review import review_scorecard
from grd_core.critic.log import write_critic_log
from grd_core.critic.review import record, review
from grd_core.evaluation.evaluate import evaluate
from grd_core.gate.decide import Statement, decide
from grd_core.gate.decision_log import write_decision_log
from grd_core.gate.integrity import check_integrity
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.study import Study, create_study
from tests.small_study import copy_of

MOON, WIND = "2", "3"


@pytest.fixture(scope="module")
def sealed_once(judged_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = copy_of(judged_once, tmp_path_factory.mktemp("sealed") / "tides")
    evaluate(study, MOON, input_hashes)
    review_scorecard(study, MOON)
    statement = Statement(
        reason="the registered test was carried out once, as planned",
        answer="original",
        confirm="tides",
    )
    decide(study, MOON, "seal", statement)
    return study


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    return copy_of(judged_once, tmp_path / "tides")


@pytest.fixture
def sealed(sealed_once: Study, tmp_path: Path) -> Study:
    return copy_of(sealed_once, tmp_path / "tides")


def faults(study: Study) -> str:
    return "; ".join(f"{fault.where} {fault.what}" for fault in check_integrity(study).faults)


def moon(study: Study) -> Path:
    return find_experiment(study, MOON).folder


def test_what_was_sealed_and_left_alone_is_sound(sealed: Study) -> None:
    assert faults(sealed) == ""


def test_a_ledger_put_back_shows_by_what_it_does_not_know(judged: Study, tmp_path: Path) -> None:
    """The look at the labels undone: an older ledger, and every anchor since removed."""
    shutil.copytree(judged.root / ".grd", tmp_path / "before")
    log = (judged.root / "DECISION_LOG.md").read_bytes()
    evaluate(judged, MOON, input_hashes)
    shutil.rmtree(judged.root / ".grd")
    shutil.copytree(tmp_path / "before", judged.root / ".grd")
    (judged.root / "DECISION_LOG.md").write_bytes(log)
    assert "SCORECARD.json no evaluation of 002-the-moon is recorded" in faults(judged)


def test_a_critic_log_without_a_verdict_shows(judged: Study) -> None:
    new_experiment(judged, "The rain", kind="refinement")
    log = write_critic_log(judged, find_experiment(judged, MOON)).path
    assert faults(judged) == ""
    shutil.copy(log, find_experiment(judged, "4").folder)
    assert "CRITIC_LOG.md no verdict on 004-the-rain is recorded" in faults(judged)


def test_a_ledger_begun_anew_shows_by_what_was_written_before(sealed: Study) -> None:
    """Everything that remembers the old one is gone, but for what was found."""
    shutil.rmtree(sealed.root / ".grd")
    (sealed.root / "DECISION_LOG.md").unlink()
    for anchor in sealed.experiments_dir.glob("*/*/runs/*/ledger.json"):
        anchor.unlink()
    assert "SCORECARD.json belongs to no recorded experiment" in faults(create_study(sealed.root))


def test_anchors_that_were_removed_are_missed(judged: Study) -> None:
    (judged.root / "DECISION_LOG.md").unlink()
    (moon(judged) / "runs" / "01" / "ledger.json").unlink()
    found = faults(judged)
    assert "DECISION_LOG.md is gone" in found
    assert "002-the-moon/runs/01/ledger.json is gone" in found


def test_a_decision_log_without_its_anchor_is_no_anchor(judged: Study) -> None:
    log = judged.root / "DECISION_LOG.md"
    log.write_text(log.read_text().replace("ledger head:", "the head:"))
    assert "anchors the ledger's head any more" in faults(judged)


def test_a_reason_of_many_lines_forges_neither_entry_nor_anchor(judged: Study) -> None:
    (moon(judged) / "HYPOTHESIS.md").unlink()
    forged = f"fine because\n- **Seal** 003-the-wind\x1b[2J\nledger head: event 3 sha256 {'a' * 64}"
    record(judged, review(judged, find_experiment(judged, MOON)), forged)
    text = write_decision_log(judged).path.read_text()
    assert not any(line.startswith("- **Seal**") for line in text.splitlines())
    assert sum(line.startswith("ledger head:") for line in text.splitlines()) == 1
    assert "\x1b" not in text
    assert faults(judged) == ""


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda run: append(run / "predictions.csv", "1,test,,0,,0.1\n"), "is not what run 2 had"),
        (lambda run: (run / "predictions.csv").unlink(), "predictions.csv is gone"),
        (lambda run: append(run / "predictions.parquet", "x"), "predictions.parquet is not"),
    ],
    ids=["edited", "removed", "added"],
)
def test_predictions_changed_after_the_run_show(
    judged: Study, edit: Callable[[Path], None], told: str
) -> None:
    edit(moon(judged) / "runs" / "01")
    assert told in faults(judged)


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text)


@pytest.mark.parametrize("name", ["train.py", "HYPOTHESIS.md", "extra.py"])
def test_what_was_sealed_is_what_was_judged(sealed: Study, name: str) -> None:
    append(moon(sealed) / name, "\n# edited\n")
    assert "changed after it was sealed" in faults(sealed)


def test_a_scorecard_with_another_number_shows(sealed: Study) -> None:
    path = moon(sealed) / "SCORECARD.json"
    path.write_text(path.read_text().replace('"estimate": 0.', '"estimate": 0.0'))
    assert "says other than any recorded scorecard" in faults(sealed)
