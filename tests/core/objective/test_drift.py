"""What counts as drift, and what each change of a field means."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.objective.classification import Classification
from grd_core.objective.drift import Drift, drift
from grd_core.statistics.metrics import CATALOGUE
from tests.objectives import NAMES, amounts, numbers, raw_of, whole_objectives

LOOSENED, TIGHTENED = Classification.LOOSENED, Classification.TIGHTENED
CHANGED, NEUTRAL = Classification.CHANGED, Classification.NEUTRAL
OPPOSITE = {LOOSENED: TIGHTENED, TIGHTENED: LOOSENED, CHANGED: CHANGED, NEUTRAL: NEUTRAL}


def by_field(moved: Drift) -> dict[str, Classification]:
    assert moved.readable, moved.fault
    return {change.field: change.classification for change in moved.changes}


EDITS = [
    ("threshold: 4.0", "threshold: 4.5", "metrics.mae.threshold", LOOSENED),
    ("threshold: 4.0", "threshold:", "metrics.mae.threshold", LOOSENED),
    ("threshold: 0.2", "threshold: 0.1", "metrics.r2.threshold", LOOSENED),
    ("minimum_effect: 0.5", "minimum_effect: 0.4", "metrics.mae.minimum_effect", LOOSENED),
    ("    minimum_effect: 0.5\n", "", "metrics.mae.minimum_effect", LOOSENED),
    ("weight: 0.75", "weight: 0.5", "metrics.mae.weight", CHANGED),
    ("role: guard", "role: secondary", "metrics.median_ae.role", LOOSENED),
    ("role: guard", "role: primary", "metrics.median_ae.role", TIGHTENED),
    ("[line, depot]", "[line]", "strata: depot", LOOSENED),
    ("alpha: 0.05", "alpha: 0.1", "evaluation.alpha", LOOSENED),
    ("seeds: 5", "seeds: 3", "evaluation.seeds", LOOSENED),
    ("random: true", "random: false", "evaluation.training_is_random", LOOSENED),
    ("split: temporal", "split: random", "evaluation.split", LOOSENED),
    ("split: temporal", "split: grouped", "evaluation.split", CHANGED),
    ("multiplicity: holm", "multiplicity: none", "evaluation.multiplicity", LOOSENED),
    ("    - cancelled trains", "    - cancelled trains\n    - late trains",
     "evaluation.exclusions: late trains", LOOSENED),
    ("  cluster: day\n", "", "evaluation.cluster", LOOSENED),
    ("holdout: 0.2", "holdout: 0.3", "evaluation.holdout", CHANGED),
    ("nothing is imputed", "medians are imputed", "evaluation.missing_data", CHANGED),
    ("  - name: median by line\n    kind: own run\n", "", "baselines.median by line", LOOSENED),
    ("kind: own run", "kind: own run\n    required: false", "baselines.median by line.required",
     LOOSENED),
    ("expected: 4.4", "expected: 4.6", "baselines.Smith 2020.expected", LOOSENED),
    ("    threshold: 0.5", "    threshold: 0.3", "falsification.mae.gain.region", LOOSENED),
    ('comparison: "<"', 'comparison: "<="', "falsification.mae.gain.region", TIGHTENED),
    ('comparison: "<"', 'comparison: ">"', "falsification.mae.gain", LOOSENED),
    ('comparison: "<"', 'comparison: ">"', "falsification.mae.gain.above", TIGHTENED),
    ("stop_rule: when the trials are used up", "stop_rule:", "budget.stop_rule", LOOSENED),
    ("nobody would notice", "few would notice", "falsification.mae.gain.meaning", CHANGED),
    ("trials: 10", "trials: 20", "budget.trials", LOOSENED),
    ("peeks: 2", "peeks: 3", "budget.peeks", LOOSENED),
    ("  wall_hours: 3.0\n", "", "budget.wall_hours", LOOSENED),
    ("cost: 1.0", "cost: 2.0", "budget.cost", LOOSENED),
    ("currency: EUR", "currency: USD", "budget.currency", CHANGED),
    ("the training part", "the training part and a plot of the test part",
     "seen: the training part", CHANGED),
    ("  - night trains\n", "", "exploratory: night trains", LOOSENED),
    ("predict the delay", "explain the delay", "title", CHANGED),
    ("of one network", "of two networks", "population", CHANGED),
    ("target: delay", "target: lateness", "target", CHANGED),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "meaning"), EDITS)
def test_each_field_has_its_meaning_and_the_way_back_the_opposite(
    text: str, old: str, new: str, field: str, meaning: Classification
) -> None:
    assert text.count(old) == 1
    edited = text.replace(old, new).encode()
    assert by_field(drift(text.encode(), edited))[field] is meaning
    assert by_field(drift(edited, text.encode()))[field] is OPPOSITE[meaning]


def test_only_the_edited_field_is_reported_with_both_lines(text: str) -> None:
    edited = text.replace("threshold: 4.0", "threshold: 5").replace(
        "id: late", "# a note\nid: late"
    )
    [change] = drift(text.encode(), edited.encode()).changes
    assert (change.before, change.after) == ("4", "5")
    assert text.splitlines()[change.before_line - 1].strip() == "threshold: 4.0"
    assert edited.splitlines()[change.after_line - 1].strip() == "threshold: 5"


def test_a_removed_metric_is_one_change_not_one_for_each_of_its_fields(text: str) -> None:
    start, end = text.index("  - name: median_ae"), text.index("strata:")
    moved = by_field(drift(text.encode(), (text[:start] + text[end:]).encode()))
    assert moved == {"metrics.median_ae": LOOSENED}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("threshold: 4.0", "threshold: 4.00   # minutes"),
        ("[line, depot]", "[depot, line]"),
        ("  direction: lower\n    threshold: 4.0", "  threshold: 4.0\n    direction: lower"),
        ("    direction: lower\n    threshold: 4.0", "    threshold: 4.0"),
        ("name: mae", "name: mean_absolute_error"),
        ("kind: own run", "kind: own_run"),
        ("title: Does", "title:   Does"),
        ("alpha: 0.05", "alpha: 5e-2"),
        ("  alpha: 0.05\n", ""),
    ],
)
def test_order_spelling_comments_and_defaults_are_neutral(text: str, old: str, new: str) -> None:
    assert text.count(old) == 1
    moved = drift(text.encode(), text.replace(old, new).encode())
    assert set(by_field(moved).values()) == {NEUTRAL}
    assert not moved.identical and not moved.alters_rule


def test_line_endings_alone_are_seen_and_neutral(text: str) -> None:
    moved = drift(text.encode(), text.replace("\n", "\r\n").encode())
    assert not moved.identical
    assert by_field(moved) == {"layout": NEUTRAL}


def test_prose_is_neutral_and_counted_by_section(text: str) -> None:
    edited = text.replace("Wet leaves lengthen braking", "Wet rails and leaves lengthen braking")
    moved = drift(text.encode(), edited.encode())
    [change] = moved.changes
    assert (change.field, change.after) == ("prose: What we believe and why", "2 words")
    assert moved.prose_changed and not moved.alters_rule


def test_what_misleads_most_comes_first(text: str) -> None:
    edited = (
        text.replace("seeds: 5", "seeds: 7")
        .replace("target: delay", "target: late")
        .replace("alpha: 0.05", "alpha: 0.1")
        .replace("Tails.", "Long tails.")
    )
    moved = drift(text.encode(), edited.encode())
    assert [change.classification for change in moved.changes] == [
        LOOSENED, CHANGED, TIGHTENED, NEUTRAL,
    ]  # fmt: skip
    assert moved.summary() == "1 loosened, 1 changed, 1 tightened, 1 neutral"


def test_a_file_that_cannot_be_read_is_drift_with_its_reason(text: str) -> None:
    moved = drift(text.encode(), text.replace("target:", "tarrget:").encode())
    assert not moved.readable and moved.alters_rule
    assert "line 6" in moved.fault and "did you mean `target`" in moved.fault
    assert drift(b"", text.encode()).fault.startswith("the earlier version")


# --- properties -------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(whole_objectives(), whole_objectives())
def test_opposite_edits_have_opposite_meanings(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    there, back = drift(raw_of(before), raw_of(after)), drift(raw_of(after), raw_of(before))
    assert by_field(back) == {field: OPPOSITE[kind] for field, kind in by_field(there).items()}


@settings(max_examples=25, deadline=None)
@given(whole_objectives(), st.sampled_from(NAMES), numbers, amounts.filter(bool))
def test_tightening_a_threshold_is_never_loosening(
    values: dict[str, Any], name: str, threshold: float, step: float
) -> None:
    direction = next(metric.direction for metric in CATALOGUE if metric.name == name)
    harder = threshold - step if direction == "lower" else threshold + step

    def with_threshold(value: float) -> bytes:
        metric = {"name": name, "role": "secondary", "threshold": value, "weight": 0.5}
        others = [item for item in values["metrics"] if item["name"] != name]
        return raw_of({**values, "metrics": [*others, metric]})

    tightened = drift(with_threshold(threshold), with_threshold(harder))
    assert by_field(tightened) == {f"metrics.{name}.threshold": TIGHTENED}


@settings(max_examples=25, deadline=None)
@given(whole_objectives(), numbers, amounts.filter(bool), st.sampled_from(["<", "<=", ">", ">="]))
def test_shrinking_what_refutes_is_never_tightening(
    values: dict[str, Any], threshold: float, step: float, comparison: str
) -> None:
    smaller = threshold - step if comparison.startswith("<") else threshold + step

    def with_bound(value: float) -> bytes:
        criterion = {"metric": "mae", "comparison": comparison, "threshold": value}
        return raw_of({**values, "falsification": [criterion]})

    moved = by_field(drift(with_bound(threshold), with_bound(smaller)))
    [(field, meaning)] = moved.items()
    assert (field.startswith("falsification.mae.value"), meaning) == (True, LOOSENED)


ORDER_DECIDES = re.compile(
    r"first primary metric|metrics\..+\.measured_from|baselines\..+\.expected", re.DOTALL
)


@settings(max_examples=25, deadline=None)
@given(whole_objectives(), st.randoms(use_true_random=False))
def test_reordering_is_neutral_except_where_the_order_decides(
    values: dict[str, Any], random: Any
) -> None:
    shuffled = {**values, "evaluation": dict(reversed(values["evaluation"].items()))}
    for name in ("metrics", "strata", "baselines", "falsification", "seen", "exploratory"):
        shuffled[name] = random.sample(values[name], len(values[name]))
    moved = drift(raw_of(values), raw_of(shuffled))
    for field, kind in by_field(moved).items():
        assert kind is NEUTRAL or (kind is CHANGED and ORDER_DECIDES.fullmatch(field)), field


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_edit_of_any_byte_is_detected(data: st.DataObject) -> None:
    before = raw_of({"id": "x", "title": "Ümlaut", "task": "regression", "target": "y",
                  "evaluation": {"split": "random"}})  # fmt: skip
    at = data.draw(st.integers(0, len(before)))
    cut = data.draw(st.integers(0, 3))
    new = data.draw(st.binary(max_size=3))
    after = before[:at] + new + before[at + cut :]
    moved = drift(before, after)
    assert moved.identical == (before == after)
    assert moved.identical or moved.changes or (not moved.readable and moved.fault)
