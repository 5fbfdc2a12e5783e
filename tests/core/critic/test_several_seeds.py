"""An experiment trained with several seeds is judged by all of them, as it will be scored."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from grd_core.checks.contract import Group, ResultsContext
from grd_core.checks.results.validation import validation_of
from grd_core.critic.inputs import context_for, input_hashes
from grd_core.evaluation.predictions import predictions_identity
from grd_core.identity import sha256_file
from grd_core.runs.experiments import ExperimentRecord, find_experiment, new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from grd_core.statistics.estimate import Interval
from grd_core.study import Study
from tests.small_study import HYPOTHESIS, SCRIPT, copy_of

SEEDS = (0, 1, 2)
DRAWN = SCRIPT.replace("COLUMN", "moon").replace("WEIGHT", "(1 + int(os.environ['GRD_SEED']) / 10)")
"""A line whose slope depends on the seed, as a random training's would."""


@pytest.fixture
def study(begun_once: Study, tmp_path: Path) -> Study:
    study = copy_of(begun_once, tmp_path / "tides")
    made = new_experiment(study, "The moon, drawn", kind="refinement")
    made.hypothesis_path.write_text(HYPOTHESIS)
    (made.folder / "train.py").write_text(DRAWN)
    for seed in SEEDS:
        run = start_run(study, find_experiment(study, "2"), seed=seed)
        while find_run(study, str(run.id)).is_going_on:
            ingest(study)
            time.sleep(0.05)
    return study


def tables(experiment: ExperimentRecord) -> list[Path]:
    return sorted(experiment.folder.glob("runs/*/predictions.csv"))


def test_the_metric_is_the_mean_over_the_seeds(study: Study) -> None:
    experiment = find_experiment(study, "2")
    context = context_for(study, experiment, Group.RESULTS)
    assert isinstance(context, ResultsContext)
    assert {context.predictions, *context.other_seeds} == {str(p) for p in tables(experiment)}

    def mae(judged: str, *others: str) -> float:
        of = replace(context, predictions=judged, other_seeds=others)
        value = validation_of(of).first_primary.value
        assert isinstance(value, Interval)
        return value.estimate

    each = [mae(str(path)) for path in tables(experiment)]
    assert len(set(each)) == len(SEEDS)
    assert mae(context.predictions, *context.other_seeds) == pytest.approx(sum(each) / len(each))


def test_a_verdict_rests_on_every_seed(study: Study) -> None:
    experiment = find_experiment(study, "2")
    all_of_them = [sha256_file(path) for path in tables(experiment)]
    assert input_hashes(study, experiment)["predictions"] == predictions_identity(all_of_them)
    first = tables(experiment)[0]
    first.write_text(first.read_text().replace("validation", "train", 1))
    assert input_hashes(study, experiment)["predictions"] == "not as recorded"
