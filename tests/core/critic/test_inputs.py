"""What the data checks are given in a review, and what a saved pipeline changes about it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from grd_core.checks.contract import DataContext, Group, Status
from grd_core.checks.registry import find_check
from grd_core.checks.runner import apply_check
from grd_core.critic.inputs import context_for, input_hashes
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study
from tests.small_study import copy_of


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    return copy_of(judged_once, tmp_path / "tides")


def moon(study: Study) -> ExperimentRecord:
    return find_experiment(study, "2")


def data_context(study: Study, experiment: ExperimentRecord) -> DataContext:
    context = context_for(study, experiment, Group.DATA)
    assert isinstance(context, DataContext)
    return context


def save_scaler(study: Study, *parts: str) -> Path:
    import skops.io  # and torch with it: not in every process that collects the tests

    rows = pd.concat([pd.read_parquet(study.frozen_dir / f"{part}.parquet") for part in parts])
    path = moon(study).folder / "runs" / "01" / "scaler.skops"
    skops.io.dump(StandardScaler().fit(rows[["moon", "wind"]]), path)
    return path


def test_the_objective_stands_beside_the_tables(judged: Study) -> None:
    context = data_context(judged, moon(judged))
    assert [(rule.name, rule.minimum_effect) for rule in context.metrics] == [("mae", 0.01)]
    assert context.cluster == "day"
    assert context.task == "regression"
    assert Path(context.validation).name == "validation.parquet"
    assert not context.pipelines


def test_a_baseline_claims_no_effect(judged: Study) -> None:
    context = data_context(judged, find_experiment(judged, "1"))
    assert [rule.minimum_effect for rule in context.metrics] == [None]
    assert apply_check(find_check("D214"), context).status is Status.NOT_APPLICABLE


def test_days_of_the_test_part_are_held_against_the_locked_effect(judged: Study) -> None:
    result = apply_check(find_check("D214"), data_context(judged, moon(judged)))
    assert result.status is Status.WARNED
    assert "300 rows of 13 days" in result.findings[0].why
    assert "minimum effect 0.01" in result.findings[0].why


def test_a_pipeline_the_judged_run_saved_is_audited(judged: Study) -> None:
    before = input_hashes(judged, moon(judged))
    assert "pipelines" not in before
    path = save_scaler(judged, "train")
    context = data_context(judged, moon(judged))
    assert context.pipelines == (str(path),)
    assert apply_check(find_check("D216"), context).status is Status.PASSED
    sound = input_hashes(judged, moon(judged))
    save_scaler(judged, "train", "test_features")
    found = apply_check(find_check("D216"), context)
    assert found.status is Status.WARNED
    assert "moon, wind is that of train and test together" in found.findings[1].why
    assert sound["pipelines"] != input_hashes(judged, moon(judged))["pipelines"]
    assert {key: value for key, value in sound.items() if key != "pipelines"} == before


def test_a_pickle_is_named_and_nothing_follows_from_it(judged: Study) -> None:
    before = input_hashes(judged, moon(judged))
    folder = moon(judged).folder / "runs" / "01" / "models"
    folder.mkdir()
    (folder / "model.joblib").write_bytes(b"never opened")
    result = apply_check(find_check("D216"), data_context(judged, moon(judged)))
    assert result.status is Status.NOT_APPLICABLE
    assert "model.joblib is a pickle" in result.reason
    assert input_hashes(judged, moon(judged)) == before
