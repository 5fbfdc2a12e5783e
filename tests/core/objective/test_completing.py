"""How a line of the front matter goes on: `|` stands for the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.objective.completing import suggestion, vocabulary
from grd_core.objective.document import valid_keys
from grd_core.objective.facts import DataFacts
from grd_core.statistics.metrics import CATALOGUE

FACTS = DataFacts(
    source="trains",
    columns=("delay", "departs", "unit", "line", "air temp", "arrived"),
    task="regression",
    target="delay",
    time="departs",
    groups=("unit",),
    id_column="",
    excluded=("arrived",),
    distributions=("heavy_tails",),
)
KNOWN = vocabulary(FACTS)


def goes_on(text: str) -> str:
    row = text[: text.index("|")].count("\n")
    lines = text.split("\n")
    column = lines[row].index("|")
    lines[row] = lines[row].replace("|", "", 1)
    return suggestion(lines, row, column, KNOWN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\nta|\n---\n", "sk: "),
        ("---\ntask: binary\nta|\n", "rget: "),
        ("---\nmet|\n", "rics:"),
        ("---\nmetrics|\n", ":"),
        ("---\nmetrics:\n  - na|\n", "me: "),
        ("---\nmetrics:\n- na|\n", "me: "),
        ("---\nmetrics:\n  - name: mae\n    thr|\n\nstrata: []\n", "eshold: "),
        ("---\nmetrics:\n  - name: mae\n    ro|\n    direction: lower\n", "le: "),
        ("---\nmetrics:\n  - name: a\n    role: guard\n  - name: b\n    ro|\n", "le: "),
        ("---\nevaluation:\n  sp|\n  seeds: 5\n", "lit: "),
        ("---\nbudget:\n  cpu|\n  gpu_hours: 1\n", "_hours: "),
    ],
)
def test_keys_allowed_at_this_place(text: str, expected: str) -> None:
    assert goes_on(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\ntask: r|\n", "egression"),
        ("---\nmetrics:\n  - name: mae\n    role: g|   # or primary\n", "uard"),
        ("---\nmetrics:\n  - name: r2\n    direction: |\n", "higher"),
        ("---\nmetrics:\n  - direction: |\n    name: rmse\n", "lower"),
        ("---\nevaluation:\n  split: temp|\n", "oral"),
        ("---\nevaluation:\n  multiplicity: b|\n", "enjamini_hochberg"),
        ("---\nevaluation:\n  training_is_random: f|\n", "alse"),
        ('---\nfalsification:\n  - metric: mae\n    comparison: ">|\n', '"'),
        ("---\nfalsification:\n  - metric: mae\n    of: g|\n", "ain"),
    ],
)
def test_words_of_a_field(text: str, expected: str) -> None:
    assert goes_on(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\ntarget: |\n", "delay"),
        ("---\nstrata: [unit, l|]\n", "ine"),
        ("---\nstrata: [l|]  # whose worst group is shown\n", "ine"),
        ("---\nstrata:\n  - u|\n", "nit"),
        ("---\nstrata:\n  - unit\n  - |\n", "departs"),
        ("---\nevaluation:\n  time: |\n", "departs"),
        ("---\nevaluation:\n  groups: [|\n", "unit"),
        ('---\nevaluation:\n  cluster: "a|\n', 'ir temp"'),
    ],
)
def test_columns_of_the_data(text: str, expected: str) -> None:
    assert goes_on(text) == expected


def test_metrics_of_the_task_come_first() -> None:
    regression = goes_on("---\ntask: regression\nmetrics:\n  - name: |\n")
    binary = goes_on("---\ntask: binary\nmetrics:\n  - name: |\n")
    of = {metric.name: metric for metric in CATALOGUE}
    assert "regression" in of[regression].tasks
    assert not of[regression].misfits(FACTS.distributions)
    assert "binary" in of[binary].tasks


def test_a_criterion_names_a_registered_metric_first() -> None:
    text = "---\nmetrics:\n  - name: r2\n  - name: rmse\nfalsification:\n  - metric: r|\n"
    assert goes_on(text) == "2"


@pytest.mark.parametrize(
    "text",
    [
        "ta|\n",
        "---\ntitle: a\n---\nta|",
        "---\nta|sk: binary\n",
        "---\ntask: binary|\n",
        "---\ntitle: m|\n",
        "---\nunknown:\n  na|\n",
        "---\n# ta|\n",
        "---\nstrata: [unit]|\n",
        "|",
    ],
)
def test_elsewhere_nothing_is_guessed(text: str) -> None:
    assert goes_on(text) == ""


def test_an_excluded_column_is_not_offered() -> None:
    assert all("arrived" not in words for words in KNOWN.values.values())


def test_without_declared_data_keys_and_words_are_known() -> None:
    known = vocabulary(None)
    assert suggestion(["---", "ta"], 1, 2, known) == "sk: "
    assert suggestion(["---", "target: "], 1, 8, known) == ""


def test_every_group_of_the_model_is_known() -> None:
    for group, keys in KNOWN.keys.items():
        assert keys == valid_keys(f"{group}.x".removeprefix("."))
    groups = {key for key in KNOWN.keys[""] if valid_keys(f"{key}.x")}
    assert groups == set(KNOWN.keys) - {""}


@given(
    st.text(st.sampled_from("ab:- #[]\"'\n,me"), max_size=60), st.integers(0, 8), st.integers(0, 12)
)
def test_any_text_is_answered(text: str, row: int, column: int) -> None:
    lines = ["---", *text.split("\n")]
    row = min(row, len(lines) - 1)
    assert "\n" not in suggestion(lines, row, min(column, len(lines[row])), KNOWN)
