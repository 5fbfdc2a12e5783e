"""A small study with an experiment that leaks: run, and not reviewed yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.runs.experiments import new_experiment
from grd_core.study import Study
from tests.small_study import HYPOTHESIS, copy_of, run_to_its_end

LEAK = '''"""Predict the level from the mean level of each day."""

import os
from pathlib import Path

import pandas as pd
from grd_log import log, predict
from sklearn.linear_model import LinearRegression

data = Path(os.environ["GRD_DATA"])
train, validation, test = (
    pd.read_parquet(data / f"{part}.parquet") for part in ("train", "validation", "test_features")
)
both = pd.concat([train.assign(part="train"), validation.assign(part="validation")])
both["usual"] = both.groupby("day")["level"].transform("mean")
train, validation = both[both["part"] == "train"], both[both["part"] == "validation"]
model = LinearRegression().fit(train[["usual"]], train["level"])
said = model.predict(validation[["usual"]])
log(0, loss=1.0)
predict(validation["row_id"], said, part="validation", y_true=validation["level"])
predict(test["row_id"], test["moon"], part="test")
'''


@pytest.fixture(scope="session")
def leaking_once(begun_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Experiment 1 is a baseline that may proceed, 2 leaks and nobody has looked."""
    study = copy_of(begun_once, tmp_path_factory.mktemp("leaking") / "tides")
    made = new_experiment(study, "The moon", kind="refinement")
    made.hypothesis_path.write_text(HYPOTHESIS)
    (made.folder / "train.py").write_text(LEAK)
    run_to_its_end(study, made.number)
    return study


@pytest.fixture
def leaking(leaking_once: Study, tmp_path: Path) -> Study:
    """A copy of it, for one test."""
    return copy_of(leaking_once, tmp_path / "tides")
