"""Given a rule that was loosened with results in view, every later reader is told, for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grd_core.critic.inputs import input_hashes
from grd_core.critic.review import record, review
from grd_core.evaluation.evaluate import evaluate
from grd_core.evaluation.summary import numbers
from grd_core.gate.decision_log import decision_log
from grd_core.gate.evidence import gate_snapshot
from grd_core.objective.lock import amend
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study
from tests.small_study import JUSTIFICATION, copy_of

MOON = "2"


def edit_and_amend(study: Study, old: str, new: str, reason: str) -> None:
    text = study.objective_path.read_text()
    assert text.count(old) == 1
    study.objective_path.write_text(text.replace(old, new))
    amend(study, reason)


@pytest.fixture(scope="module")
def loosened_and_back(judged_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = copy_of(judged_once, tmp_path_factory.mktemp("late") / "tides")
    edit_and_amend(study, "threshold: 1.0", "threshold: 1.5", "the gauge was moved")
    edit_and_amend(study, "threshold: 1.5", "threshold: 1.0", "it was not")
    edit_and_amend(study, "one invented gauge", "many gauges", "more were found")
    for number in ("1", MOON):
        record(study, review(study, find_experiment(study, number)), JUSTIFICATION)
    evaluate(study, MOON, input_hashes)
    return study


def test_the_scorecard_keeps_it_though_it_was_taken_back(loosened_and_back: Study) -> None:
    path = find_experiment(loosened_and_back, MOON).folder / "SCORECARD.json"
    card = json.loads(path.read_text())
    told = [(one["version"], one["field"], one["post_hoc"]) for one in card["late_changes"]]
    assert told == [(2, "metrics.mae.threshold", True), (4, "population", False)]
    assert card["outcome"]["outcome"] == "deviated"
    lines = "\n".join(numbers(card))
    assert "post hoc: v2 loosened metrics.mae.threshold, 1 → 1.5" in lines
    assert "after results: v4 changed population" in lines


def test_the_gate_tells_what_was_loosened_and_what_was_changed_late(
    loosened_and_back: Study,
) -> None:
    experiment = find_experiment(loosened_and_back, MOON)
    [_, changed, *_] = gate_snapshot(loosened_and_back, experiment).sections()
    marks = [line for line in changed.lines if "post hoc" in line or "results were seen" in line]
    assert [line.partition(" ")[0] for line in marks] == ["v2", "v4"]


def test_the_decision_log_tells_it_where_it_happened(loosened_and_back: Study) -> None:
    with loosened_and_back.read() as ledger:
        log = decision_log(ledger)
    assert "metrics.mae.threshold loosened, post hoc: 1 → 1.5" in log
    assert "metrics.mae.threshold tightened: 1.5 → 1" in log


def test_there_and_back_each_way_unclear_ends_loosened(judged_once: Study, tmp_path: Path) -> None:
    study = copy_of(judged_once, tmp_path / "tides")
    edit_and_amend(study, "cost: 0\n  currency: USD", "cost: 1\n  currency: EUR", "another purse")
    edit_and_amend(study, "cost: 1\n  currency: EUR", "cost: 9\n  currency: USD", "and back")
    experiment = find_experiment(study, MOON)
    changes = gate_snapshot(study, experiment).changes
    late = [(c.version, c.field, c.classification) for c in changes if c.post_hoc]
    assert late == [(3, "budget.cost", "loosened")]
