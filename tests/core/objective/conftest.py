"""An objective that says everything, and a study whose data are frozen."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.identity import canonical_json
from grd_core.ledger.tables import DataVersion, Freeze, Profile, Source, Split
from grd_core.study import Study, create_study

OBJECTIVE = """\
---
id: late-trains
title: Does yesterday's rain predict the delay of trains?
population: regional trains of one network
task: regression
target: delay

metrics:
  - name: mae
    role: primary
    direction: lower
    threshold: 4.0
    minimum_effect: 0.5
    weight: 0.75
  - name: r2
    role: secondary
    direction: higher
    threshold: 0.2
    weight: 0.25
  - name: median_ae
    role: guard
    direction: lower
    threshold: 3.0

strata: [line, depot]

evaluation:
  split: temporal
  justification: it is used on days to come
  holdout: 0.2
  time: departs
  groups: [unit]
  group_justification: the same units run tomorrow
  cluster: day
  training_is_random: true
  seeds: 5
  test: paired_bootstrap
  alpha: 0.05
  multiplicity: holm
  exclusions:
    - cancelled trains
  missing_data: nothing is imputed

baselines:
  - name: median by line
    kind: own run
  - name: Smith 2020
    kind: literature
    required: false
    expected: 4.4
    citation: Smith 2020, Transport 1:1-9

falsification:
  - metric: mae
    of: gain
    comparison: "<"
    threshold: 0.5
    meaning: nobody would notice
    claim: given up

budget:
  gpu_hours: 0.0
  cpu_hours: 2.0
  wall_hours: 3.0
  cost: 1.0
  currency: EUR
  trials: 10
  peeks: 2
  expected_gain: half a minute
  stop_rule: when the trials are used up

seen: the training part
exploratory:
  - single lines
  - night trains
---

## Question and why it matters

Rain delays trains, or so they say.

## What we believe and why

Wet leaves lengthen braking.

## What would disprove it

A gain below half a minute.

## Data characteristics and known risks

Tails.

## Method outline

Median first, trees after.

## Constraints and non-goals

No causes.
"""

COLUMNS = ("delay", "departs", "unit", "line", "depot", "day", "rain", "arrived", "train_id")


@pytest.fixture
def text() -> str:
    """A complete, lockable objective."""
    return OBJECTIVE


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with a declared source, and nothing else."""
    made = create_study(tmp_path / "trains")
    with made.write("source declared") as tx:
        source = tx.insert(
            Source(
                name="trains.csv",
                path="data/trains.csv",
                format="csv",
                provenance_json="{}",
                roles_json=canonical_json(
                    {
                        "task": "regression",
                        "target": "delay",
                        "time": "departs",
                        "groups": ["unit"],
                        "id": "train_id",
                        "excluded": {"arrived": "known only afterwards"},
                    }
                ),
            )
        )
        tx.insert(
            DataVersion(
                source_id=source,
                sha256="0" * 64,
                size_bytes=1,
                rows=100,
                columns_json=canonical_json([{"name": name, "type": "str"} for name in COLUMNS]),
            )
        )
    return made


@pytest.fixture
def frozen(study: Study) -> Study:
    """The study with its data split in time and frozen, and a complete OBJECTIVE.md."""
    with study.write("data frozen") as tx:
        split = tx.insert(
            Split(
                data_version_id=1,
                strategy="temporal",
                parameters_json="{}",
                reason="",
                sizes_json="{}",
            )
        )
        tx.insert(Freeze(split_id=split, files_json="[]", test_ids_sha256="0" * 64, test_rows=20))
        tx.insert(
            Profile(
                data_version_id=1,
                scope="training",
                content_json=canonical_json({"distributions": []}),
            )
        )
    study.objective_path.write_text(OBJECTIVE, encoding="utf-8")
    return study
