"""An objective that says everything, a study to lock it in, and whole objectives drawn at
random, as plain values and as bytes: for properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from grd_core.identity import canonical_json
from grd_core.ledger.tables import DataVersion, Freeze, Profile, Source, Split
from grd_core.objective.model import Objective
from grd_core.statistics.metrics import CATALOGUE
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


NAMES = [metric.name for metric in CATALOGUE if "regression" in metric.tasks]
numbers = st.integers(-20, 20).map(lambda number: number / 4)
amounts = st.integers(0, 20).map(lambda number: number / 4)
words = st.sampled_from(
    ["line", "depot", "line.required", "late", "late. and early", "Ümlaut", "a: b # c", "no",
     "null", "1e3", "0x1f", "- x", '"quoted"', "two\nlines", "tab\there", "x#2", "\u2028\u202e"]
)  # fmt: skip
texts = words | st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\ufffe\uffff"), max_size=12
)
_roles = st.sampled_from(["primary", "guard", "secondary"])


@st.composite
def whole_objectives(draw: st.DrawFn) -> dict[str, Any]:
    """A front matter of any shape that can be read, whether or not it could be locked."""
    metric = st.fixed_dictionaries(
        {"role": _roles},
        optional={
            "threshold": numbers | st.floats(allow_nan=False, allow_infinity=False),
            "minimum_effect": amounts,
            "weight": amounts,
            "reason": texts,
            "direction": st.sampled_from(["lower", "higher"]),
        },
    )
    criterion = st.fixed_dictionaries(
        {
            "metric": st.sampled_from(["mae", "r2"]),
            "of": st.sampled_from(["value", "gain"]),
            "comparison": st.sampled_from(["<", "<=", ">", ">="]),
            "threshold": numbers,
        },
        optional={"meaning": texts, "claim": texts},
    )
    baseline = st.fixed_dictionaries(
        {"kind": st.sampled_from(["own_run", "literature"])},
        optional={"required": st.booleans(), "expected": numbers, "citation": texts},
    )
    budget = st.fixed_dictionaries(
        {},
        optional={
            "trials": st.integers(0, 5),
            "peeks": st.integers(0, 5),
            "cost": amounts,
            "currency": texts,
            "cpu_hours": amounts,
            "expected_gain": numbers | texts,
            "stop_rule": texts,
        },
    )
    evaluation = st.fixed_dictionaries(
        {"split": st.sampled_from(["temporal", "grouped", "stratified", "blocked", "random"])},
        optional={
            "alpha": st.sampled_from([0.01, 0.05, 0.1, 1e-7]),
            "seeds": st.integers(1, 9),
            "time": texts,
            "cluster": texts,
            "groups": st.lists(texts, max_size=2, unique=True),
            "multiplicity": st.sampled_from(["none", "holm", "bonferroni", "benjamini-hochberg"]),
            "exclusions": st.lists(texts, max_size=2, unique=True),
            "missing_data": texts,
            "training_is_random": st.booleans(),
            "holdout": st.sampled_from([0.1, 0.2]),
            "folds": st.integers(0, 5),
        },
    )
    return {
        "id": draw(texts),
        "title": draw(texts),
        "population": draw(texts),
        "task": "regression",
        "target": draw(texts),
        "metrics": [
            {"name": name, **draw(metric)}
            for name in draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
        ],
        "strata": draw(st.lists(texts, max_size=3, unique=True)),
        "evaluation": draw(evaluation),
        "baselines": [
            {"name": name, **draw(baseline)}
            for name in draw(st.lists(texts, max_size=3, unique=True))
        ],
        "falsification": draw(st.lists(criterion, max_size=3)),
        "budget": draw(st.none() | budget),
        "seen": draw(st.lists(texts, max_size=2, unique=True)),
        "exploratory": draw(st.lists(texts, max_size=2, unique=True)),
    }


def objective_of(values: dict[str, Any]) -> Objective:
    """The model of plain values."""
    return Objective.model_validate(values)


class _Quoting(yaml.CSafeDumper):
    """Every text in quotes: what stands bare is for the reader's own tests."""


_Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def raw_of(values: dict[str, Any]) -> bytes:
    """Plain values as a file."""
    dumped = yaml.dump(values, Dumper=_Quoting, allow_unicode=True, sort_keys=False, width=10**6)
    return f"---\n{dumped}---\nprose\n".encode()


def declared_study(folder: Path) -> Study:
    """A study with a declared source, and nothing else."""
    made = create_study(folder)
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


def with_frozen_data(study: Study) -> Study:
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
