"""Whole objectives drawn at random, as plain values and as bytes: for properties."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from grd_core.objective.model import Objective
from grd_core.statistics.metrics import CATALOGUE

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
