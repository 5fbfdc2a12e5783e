"""What was scored on a test part that was taken back says so, everywhere and for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grd_core.critic.inputs import input_hashes
from grd_core.critic.last_review import review_scorecard
from grd_core.critic.review import Review, record
from grd_core.critic.standing import last_loop_review
from grd_core.critic.verdict import rule
from grd_core.errors import RefusedError
from grd_core.evaluation.evaluate import evaluate
from grd_core.evaluation.example import example
from grd_core.evaluation.listing import evaluation_list
from grd_core.evaluation.snapshot import evaluation_snapshot
from grd_core.gate.decide import Statement, decide
from grd_core.gate.decision_log import write_decision_log
from grd_core.gate.evidence import gate_snapshot
from grd_core.gate.integrity import check_integrity
from grd_core.gate.lines import gate_lines
from grd_core.graduation.checklist import graduation_snapshot
from grd_core.graduation.overview import graduation_overview
from grd_core.history.snapshot import history_snapshot
from grd_core.history.story import narrative
from grd_core.overview import overview_snapshot
from grd_core.recon.freeze import freeze
from grd_core.recon.records import current_freeze
from grd_core.recon.unfreezing import unfreeze
from grd_core.runs.baselines import NoBaseline, baseline_run
from grd_core.runs.experiments import find_experiment
from grd_core.runs.judged import NO_RUN, judged_run
from grd_core.runs.start import start_run
from grd_core.study import Study
from tests.small_study import copy_of

WHY = "the gauge was moved in March and nobody had said so"
MOON = "2"


@pytest.fixture(scope="module")
def sealed_once(judged_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The moon is scored, reviewed and sealed; then the freeze is taken back."""
    study = copy_of(judged_once, tmp_path_factory.mktemp("unfrozen") / "tides")
    evaluate(study, MOON, input_hashes)
    review_scorecard(study, MOON)
    return study


@pytest.fixture
def scored(sealed_once: Study, tmp_path: Path) -> Study:
    return copy_of(sealed_once, tmp_path / "tides")


def marked(text: str) -> bool:
    return "scored on a test part that was unfrozen on 20" in text and WHY in text


def test_every_face_of_the_score_is_marked_before_and_after_a_new_freeze(scored: Study) -> None:
    decide(
        scored,
        MOON,
        "seal",
        Statement(
            reason="the registered test was carried out once, as planned",
            answer="original",
            confirm="tides",
        ),
    )
    unfreeze(scored, WHY)
    write_decision_log(scored)
    for _ in range(2):
        moon = find_experiment(scored, MOON)
        card = evaluation_snapshot(scored, moon)
        assert marked(card.mark)
        assert marked(card.as_json()["mark"])
        assert card.as_json()["unfrozen"]["reason"] == WHY
        lines = {line.number: line for line in evaluation_list(scored)}
        assert marked(lines[2].unfrozen)
        assert lines[3].unfrozen == ""
        gate = gate_snapshot(scored, moon)
        assert marked(gate.mark)
        assert marked(gate.sections()[5].lines[0])
        assert any("its labels were scored once" in line for line in gate.sections()[5].lines)
        checklist = graduation_snapshot(scored, moon)
        assert marked(checklist.mark)
        assert marked(checklist.items[0].proof)
        columns = graduation_overview(scored).columns
        assert any(marked(line.mark) for column in columns for line in column.lines)
        assert marked(narrative(history_snapshot(scored)))
        best = overview_snapshot(scored).best
        assert best is not None
        assert marked(best.mark)
        assert card.peeks_used == 1
        # Nothing of the seal is broken by it: what was sealed is what was judged.
        assert check_integrity(scored).faults == ()
        if current_freeze(scored) is None:
            freeze(scored)
            write_decision_log(scored)
    log = (scored.root / "DECISION_LOG.md").read_text()
    assert f"Unfroze the data, because {WHY}" in log
    assert [line.kind for line in history_snapshot(scored).decisions].count("unfreeze") == 1


def test_what_ran_and_was_judged_before_is_stale_even_on_the_same_split(scored: Study) -> None:
    moon = find_experiment(scored, MOON)
    with scored.read() as ledger:
        assert judged_run(ledger, moon) != NO_RUN
    unfreeze(scored, WHY)
    with pytest.raises(RefusedError, match="a run needs parts to learn from"):
        start_run(scored, moon)
    freeze(scored)
    with scored.read() as ledger:
        assert judged_run(ledger, moon) == NO_RUN
        mean = baseline_run(scored, ledger, moon, "mean", {"baselines": []})
    assert isinstance(mean, NoBaseline)
    blockers = " ".join(blocker.reason for blocker in gate_snapshot(scored, moon).blockers)
    assert marked(blockers)
    assert "the evidence is stale: " in blockers
    assert "freeze" in blockers
    with pytest.raises(RefusedError, match="changed since the verdict PROCEED"):
        evaluate(scored, MOON, input_hashes)
    assert marked(next(line for line in gate_lines(scored) if line.number == 2).missing)


def test_a_row_is_not_shown_from_other_parts_than_it_was_scored_in(scored: Study) -> None:
    moon = find_experiment(scored, MOON)
    hardest = evaluation_snapshot(scored, moon).hardest[0].id
    assert example(scored, moon, hardest).id == hardest
    unfreeze(scored, WHY)
    freeze(scored)
    with pytest.raises(RefusedError, match="its rows are not those that are frozen now"):
        example(scored, moon, hardest)


def test_a_review_that_was_going_on_cannot_be_recorded(scored: Study) -> None:
    moon = find_experiment(scored, MOON)
    with scored.read() as ledger:
        after = last_loop_review(ledger, moon)
    inputs = input_hashes(scored, moon)
    passed = Review(
        experiment=moon,
        loop=2,
        loops_allowed=3,
        after=after,
        results=(),
        unwaived=(),
        stale_waivers=(),
        ruling=rule((), (), inputs, ()),
        inputs=inputs,
    )
    unfreeze(scored, WHY)
    with pytest.raises(RefusedError, match="something changed while the checks ran"):
        record(scored, passed, "the numbers come from the training hours")


def test_every_run_records_the_data_it_saw(scored: Study) -> None:
    frozen = current_freeze(scored)
    assert frozen is not None
    with scored.read() as ledger:
        rows = ledger.rows("SELECT json_extract(inputs_json, '$') AS inputs FROM run")
        version = ledger.one("SELECT id, sha256 FROM data_version")
    assert rows
    assert version is not None

    for row in rows:
        inputs = json.loads(row["inputs"])
        assert (inputs["freeze"], inputs["data_version"]) == (frozen.id, version["id"])
        assert inputs["source_sha256"] == version["sha256"]
        assert {item["sha256"] for item in inputs["data"]} == {part.sha256 for part in frozen.files}
