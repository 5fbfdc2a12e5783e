"""A metric of the study's own, from the objective to the scorecard, and after its file changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.critic.inputs import input_hashes
from grd_core.critic.live_verdicts import judged_in
from grd_core.critic.review import record, review
from grd_core.errors import RefusedError
from grd_core.evaluation.evaluate import evaluate
from grd_core.evaluation.own_cost import require_affordable
from grd_core.identity import sha256_file
from grd_core.objective.check import check_objective
from grd_core.objective.lock import amend, objective_lock, unamended_drift
from grd_core.objective.model import Metric
from grd_core.objective.own_metrics import own_json
from grd_core.objective.snapshot import objective_snapshot
from grd_core.runs.experiments import find_experiment
from grd_core.statistics.metrics import find_metric, metric_of
from grd_core.statistics.own_metric import OwnSource, read_own
from grd_core.study import Study
from tests.small_study import JUSTIFICATION, OBJECTIVE, add_experiment, copy_of, frozen_study

FUNCTION = '''"""What an hour of a wrong water level costs."""

import numpy as np

from costs.rates import TOO_LOW, TOO_HIGH


def pinball(y_true, y_pred):
    gap = y_true - y_pred
    return np.mean(np.maximum(TOO_LOW * gap, -TOO_HIGH * gap))
'''
RATES = "TOO_LOW = 0.9\nTOO_HIGH = 0.1\n"
OWN = """  - name: tide_costs:pinball
    role: guard
    direction: lower
    threshold: 0.9
    low: 0
strata: []
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = frozen_study(tmp_path_factory.mktemp("own") / "tides")
    (study.root / "tide_costs.py").write_text(FUNCTION)
    (study.root / "costs").mkdir()
    (study.root / "costs" / "rates.py").write_text(RATES)
    study.objective_path.write_text(OBJECTIVE.replace("strata: []\n", OWN))
    objective_lock(study)
    add_experiment(study, "The mean", "baseline", column="moon", weight=0.0)
    add_experiment(study, "The moon", "refinement", column="moon", weight=1.0)
    return study


@pytest.fixture
def study(finished: Study, tmp_path: Path) -> Study:
    return copy_of(finished, tmp_path / "tides")


def edited(study: Study, by: str = "0.5") -> Study:
    (study.root / "costs" / "rates.py").write_text(RATES.replace("0.9", by))
    return study


def test_the_rule_names_the_file_and_the_first_digits_of_its_hash(study: Study) -> None:
    checked = check_objective(study)

    assert checked.lockable
    assert "tide_costs:pinball is the function in tide_costs.py and 1 it imports" in checked.rule
    assert "repeats the rows of 1,000 resamples" in checked.rule


def test_it_is_reviewed_scored_and_compared_like_any_other(study: Study) -> None:
    snapshot = evaluate(study, "2", input_hashes)
    content = snapshot.content
    assert content is not None
    found = next(one for one in content["metrics"] if one["name"] == "tide_costs:pinball")
    gain = next(one for one in content["comparisons"] if one["metric"] == "tide_costs:pinball")

    assert found["low"] < found["estimate"] < found["high"]
    assert found["result"] == "pass"
    assert gain["result"] == "better"
    assert gain["p_adjusted"] is not None
    assert content["resampling"]["resamples"] == 1_000
    files = content["provenance"]["files"]
    assert files["tide_costs.py"] == sha256_file(study.root / "tide_costs.py")
    assert files["costs/rates.py"] == sha256_file(study.root / "costs" / "rates.py")


def test_an_edited_function_is_drift_and_is_not_scored(study: Study) -> None:
    edited(study)

    drift = unamended_drift(study)
    assert [change.field for change in drift.changes] == ["metrics.tide_costs:pinball.source"]
    assert drift.summary() == "1 changed"
    assert objective_snapshot(study).drift_state == "drifted"
    with pytest.raises(
        RefusedError, match=r"tide_costs:pinball.* is not what is locked"
    ) as refusal:
        evaluate(study, "2", input_hashes)
    assert "put the locked file back" in refusal.value.fix
    edited(study, "0.9")
    assert unamended_drift(study).identical


def test_an_amendment_records_the_change_and_the_critic_is_asked_anew(study: Study) -> None:
    first = evaluate(study, "2", input_hashes).content
    edited(study)
    locked = amend(study, "a level too low costs less than we thought").version

    assert locked.version == 2
    (change,) = locked.changes
    assert (change.field, change.classification) == ("metrics.tide_costs:pinball.source", "changed")
    assert objective_snapshot(study).drift_state == "in sync"
    with pytest.raises(RefusedError, match="own_metrics changed since the verdict"):
        evaluate(study, "2", input_hashes)
    record(study, review(study, find_experiment(study, "2")), JUSTIFICATION)
    second = evaluate(study, "2", input_hashes).content
    assert first is not None
    assert second is not None
    own = [one["metrics"][1]["estimate"] for one in (first, second)]
    assert own[0] != own[1]


@pytest.mark.parametrize("scored", [1, 2])
def test_a_rule_that_went_there_and_back_is_another_one(study: Study, scored: int) -> None:
    tight = study.objective_path.read_bytes()
    first = evaluate(study, "2", input_hashes).content if scored == 1 else None
    study.objective_path.write_bytes(tight.replace(b"threshold: 0.9\n", b"threshold: 1.9\n"))
    amend(study, "it is hard to reach")
    if scored == 2:
        record(study, review(study, find_experiment(study, "2")), JUSTIFICATION)
        first = evaluate(study, "2", input_hashes).content
    study.objective_path.write_bytes(tight)
    amend(study, "it can be reached after all")
    if scored == 2:
        record(study, review(study, find_experiment(study, "2")), JUSTIFICATION)
    # A verdict on the same bytes and functions stands; a scorecard does not.
    back = evaluate(study, "2", input_hashes).content

    assert first is not None
    assert back is not None
    assert (first["objective"]["version"], back["objective"]["version"]) == (scored, 3)
    assert (first["objective"]["sha256"] == back["objective"]["sha256"]) == (scored == 1)
    assert back["provenance"]["peeks_used"] == 2
    assert [(one["version"], one["post_hoc"]) for one in back["late_changes"]] == [(2, True)]
    assert back["outcome"]["outcome"] == "deviated"


def test_a_function_that_fails_is_refused_with_its_line(study: Study) -> None:
    edited(study, "0.9 / 0")

    refusal = check_objective(study).problems[0]
    assert refusal.message == (
        "tide_costs:pinball raised ZeroDivisionError: float division by zero (rates.py:1)"
    )
    with pytest.raises(RefusedError, match="ZeroDivisionError"):
        amend(study, "it was wrong")


SLOW = "import time\ndef f(y_true, y_pred):\n    time.sleep(0.25)\n    return 1.0\n"


def test_a_function_too_slow_to_be_resampled_is_refused_before_a_look(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    source = read_own("slow:f", tmp_path)
    assert isinstance(source, OwnSource)
    said = Metric(name="slow:f", role="guard", direction="lower")
    item = {"name": said.name, "direction": "lower", "own": own_json(said, source)}
    metrics = (find_metric("mae"), metric_of(item, str(tmp_path)))

    require_affordable(metrics, "regression", 50, 1)
    with pytest.raises(RefusedError, match="3,000 calls of slow:f on 50 rows would take"):
        require_affordable(metrics, "regression", 50, 3)


def test_the_files_a_function_stands_in_are_watched_for_its_verdicts(study: Study) -> None:
    with study.read() as ledger:
        (judged,) = judged_in(study, ledger, [find_experiment(study, "2")])
    there = {study.root / "tide_costs.py", study.root / "costs" / "rates.py"}
    assert there <= {Path(path) for path in judged.beside}
