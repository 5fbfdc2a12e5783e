"""A small study of its own, made by the program itself: an invented tide gauge.

`declared_study` knows where its data comes from; `frozen_study` is also profiled, split and
frozen, `locked_study` also locked. `judged_study` also has a baseline and two experiments, run
and reviewed: one whose claim holds, one whose claim is refuted.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd

from grd_core.critic.review import record, review
from grd_core.gate.decision_log import write_decision_log
from grd_core.objective.lock import objective_lock
from grd_core.recon.freeze import freeze
from grd_core.recon.profile import profile
from grd_core.recon.sources import declare_from_file
from grd_core.recon.splits import plan_split
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from grd_core.study import Study, create_study

PROVENANCE = """
[source]
file = "tides.csv"
origin = "a gauge that was never there"
collected_how = "drawn at random"
collected_when = "2026"
licence = "CC0"
unit_of_observation = "one hour"

[roles]
task = "regression"
target = "level"
time = "hour"

[split]
strategy = "temporal"
validation = 0.2
test = 0.2
"""

OBJECTIVE = """---
id: tides
title: Does the moon tell the tide better than the hour?
population: Hours of one invented gauge.
task: regression
target: level
metrics:
  - name: mae
    role: primary
    direction: lower
    threshold: 1.0
    minimum_effect: 0.01
    weight: 1.0
strata: []
evaluation:
  split: temporal
  justification: Tides are foretold, so they are judged on later hours.
  time: hour
  cluster: day
  seeds: 1
  training_is_random: false
  test: paired_bootstrap
  alpha: 0.05
baselines:
  - name: mean
    kind: own_run
    required: true
falsification:
  - metric: mae
    of: gain
    comparison: "<"
    threshold: 0.01
    meaning: Less than a hundredth of a metre.
    claim: refuted
budget:
  gpu_hours: 0
  cpu_hours: 1
  wall_hours: 1
  cost: 0
  currency: USD
  trials: 3
  peeks: 2
  expected_gain: 0.1
  stop_rule: After three trials.
seen: []
exploratory: []
---
# Tides

## Question and why it matters
Ships draw water.
## What we believe and why
The moon pulls.
## What would disprove it
A gain below a hundredth of a metre.
## Data characteristics and known risks
Invented.
## Method outline
A line.
## Constraints and non-goals
None.
"""


def tides(rows: int = 1500) -> pd.DataFrame:
    generator = np.random.default_rng(7)
    hours = pd.date_range("2026-01-01", periods=rows, freq="h")
    moon = np.sin(np.arange(rows) / 12.4)
    return pd.DataFrame(
        {
            "hour": hours.strftime("%Y-%m-%dT%H:%M:%S"),
            "day": hours.strftime("%Y-%m-%d"),
            "moon": moon,
            "wind": generator.normal(size=rows),
            "level": moon + generator.normal(scale=0.1, size=rows),
        }
    )


HYPOTHESIS = """# The mean
## What we believe
The mean of the training hours has a mae of 0.6 m.
## Why
Tides swing around it.
## What would disprove it
A mae above 0.9 m on validation.
## How this tests it
It predicts the mean for every hour.
## Expected result
0.6 m
## What is new
It is the first.
"""


SCRIPT = '''"""Predict the level from COLUMN."""

import os
from pathlib import Path

import pandas as pd
from grd_log import log, predict

data = Path(os.environ["GRD_DATA"])
train, validation, test = (
    pd.read_parquet(data / f"{part}.parquet") for part in ("train", "validation", "test_features")
)
x, y = train["COLUMN"], train["level"]
slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum() * WEIGHT
offset = y.mean() - slope * x.mean()
for step in range(3):
    log(step, loss=1 / (step + 1))
for part, frame in (("validation", validation), ("test", test)):
    said = offset + slope * frame["COLUMN"]
    known = {"y_true": frame["level"]} if part == "validation" else {}
    predict(frame["row_id"], said, part=part, **known)
'''

JUSTIFICATION = "the statistics come from the training hours alone"


def declared_study(folder: Path) -> Study:
    """Declared; nobody has looked at its data yet."""
    study = create_study(folder)
    tides().to_csv(folder / "tides.csv", index=False)
    (folder / "provenance.toml").write_text(PROVENANCE)
    study.objective_path.write_text(OBJECTIVE)
    declare_from_file(study, folder / "provenance.toml")
    return study


def frozen_study(folder: Path) -> Study:
    """Declared, profiled, split and frozen; its question still open."""
    return frozen(declared_study(folder))


def locked_study(folder: Path) -> Study:
    """Declared, profiled, split, frozen and locked; no experiment yet."""
    return locked(frozen_study(folder))


def frozen(study: Study) -> Study:
    """Profile, split and freeze what is declared."""
    profile(study)
    plan_split(study)
    freeze(study)
    return study


def locked(study: Study) -> Study:
    """Lock the objective of what is frozen."""
    objective_lock(study)
    write_decision_log(study)
    return study


def judged_study(folder: Path) -> Study:
    """Three experiments, run and reviewed: baseline PROCEED, moon PROCEED, wind ESCALATE."""
    study = locked_study(folder)
    add_baseline(study)
    add_candidates(study)
    return study


def add_baseline(study: Study) -> None:
    """Experiment 1, to be beaten."""
    add_experiment(study, "The mean", "baseline", column="moon", weight=0.0)


def add_candidates(study: Study) -> None:
    """Experiment 2, whose claim holds, and 3, whose claim is refuted."""
    add_experiment(study, "The moon", "refinement", column="moon", weight=1.0)
    add_experiment(study, "The wind", "pivot", column="wind", weight=1.0)


def add_experiment(study: Study, title: str, kind: str, *, column: str, weight: float) -> None:
    """Make, run and review one experiment."""
    made = new_experiment(study, title, kind=kind)
    made.hypothesis_path.write_text(HYPOTHESIS)
    script = SCRIPT.replace("COLUMN", column).replace("WEIGHT", str(weight))
    (made.folder / "train.py").write_text(script)
    run_to_its_end(study, made.number)
    record(study, review(study, find_experiment(study, str(made.number))), JUSTIFICATION)
    write_decision_log(study)


def run_to_its_end(study: Study, number: int) -> int:
    """Run an experiment and wait until its end is recorded; the run's id."""
    started = start_run(study, find_experiment(study, str(number)))
    while find_run(study, str(started.id)).is_going_on:
        ingest(study)
        time.sleep(0.05)
    assert find_run(study, str(started.id)).state == "done", log_of(started.folder)
    return started.id


def log_of(run_folder: Path) -> str:
    """What a run printed."""
    return (run_folder / "stdout.log").read_text(errors="replace")


def copy_of(study: Study, folder: Path) -> Study:
    """A study of its own with the same history."""
    shutil.copytree(study.root, folder)
    return Study(folder.resolve())
