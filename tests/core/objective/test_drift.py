"""What counts as drift, and what each change of a field means."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.objective.drift import Drift, drift
from grd_core.objective.fields import Classification
from grd_core.statistics.metrics import CATALOGUE

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
    ("role: guard", "role: primary", "metrics.median_ae.role", CHANGED),
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
    ("expected: 4.4", "expected: 4.6", "baselines.Smith 2020.expected", CHANGED),
    ("    threshold: 0.5", "    threshold: 0.3", "falsification.mae.gain.region", LOOSENED),
    ('comparison: "<"', 'comparison: "<="', "falsification.mae.gain.region", TIGHTENED),
    ('comparison: "<"', 'comparison: ">"', "falsification.mae.gain.region", CHANGED),
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

NAMES = [metric.name for metric in CATALOGUE if "regression" in metric.tasks]
numbers = st.integers(-20, 20).map(lambda number: number / 4)
amounts = st.integers(0, 20).map(lambda number: number / 4)
words = st.sampled_from(["line", "depot", "region", "Ümlaut", "a: b # c"])


@st.composite
def objectives(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
    metric = st.fixed_dictionaries(
        {"role": st.sampled_from(["primary", "guard", "secondary"])},
        optional={"threshold": numbers, "minimum_effect": amounts, "weight": amounts},
    )
    criterion = st.fixed_dictionaries(
        {
            "metric": st.sampled_from(["mae", "r2"]),
            "of": st.sampled_from(["value", "gain"]),
            "comparison": st.sampled_from(["<", "<=", ">", ">="]),
            "threshold": numbers,
        }
    )
    limits = st.fixed_dictionaries(
        {}, optional={"trials": st.integers(0, 5), "peeks": st.integers(0, 5), "cost": amounts}
    )
    return {
        "id": "x",
        "title": draw(words),
        "task": "regression",
        "target": "y",
        "metrics": [{"name": name, **draw(metric)} for name in names],
        "strata": draw(st.lists(words, max_size=3, unique=True)),
        "evaluation": {
            "split": draw(st.sampled_from(["temporal", "grouped", "stratified", "random"])),
            "alpha": draw(st.sampled_from([0.01, 0.05, 0.1])),
            "seeds": draw(st.integers(1, 9)),
            "time": draw(st.sampled_from(["", "t", "u"])),
            "multiplicity": draw(st.sampled_from(["none", "holm", "bonferroni"])),
            "exclusions": draw(st.lists(words, max_size=2, unique=True)),
        },
        "baselines": [
            {"name": name, "kind": "own_run", "required": draw(st.booleans())}
            for name in draw(st.lists(words, max_size=2, unique=True))
        ],
        "falsification": draw(st.lists(criterion, max_size=3)),
        "budget": draw(st.none() | limits),
    }


def raw(values: dict[str, Any]) -> bytes:
    dumped = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    return f"---\n{dumped}---\nprose\n".encode()


@settings(max_examples=150, deadline=None)
@given(objectives(), objectives())
def test_opposite_edits_have_opposite_meanings(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    there, back = drift(raw(before), raw(after)), drift(raw(after), raw(before))
    assert by_field(back) == {field: OPPOSITE[kind] for field, kind in by_field(there).items()}


@settings(max_examples=100, deadline=None)
@given(objectives(), st.sampled_from(NAMES), numbers, amounts.filter(bool))
def test_tightening_a_threshold_is_never_loosening(
    values: dict[str, Any], name: str, threshold: float, step: float
) -> None:
    direction = next(metric.direction for metric in CATALOGUE if metric.name == name)
    harder = threshold - step if direction == "lower" else threshold + step

    def with_threshold(value: float) -> bytes:
        metric = {"name": name, "role": "secondary", "threshold": value, "weight": 0.5}
        others = [item for item in values["metrics"] if item["name"] != name]
        return raw({**values, "metrics": [*others, metric]})

    tightened = drift(with_threshold(threshold), with_threshold(harder))
    assert by_field(tightened) == {f"metrics.{name}.threshold": TIGHTENED}


@settings(max_examples=100, deadline=None)
@given(objectives(), numbers, amounts.filter(bool), st.sampled_from(["<", "<=", ">", ">="]))
def test_shrinking_what_refutes_is_never_tightening(
    values: dict[str, Any], threshold: float, step: float, comparison: str
) -> None:
    smaller = threshold - step if comparison.startswith("<") else threshold + step

    def with_bound(value: float) -> bytes:
        criterion = {"metric": "mae", "comparison": comparison, "threshold": value}
        return raw({**values, "falsification": [criterion]})

    moved = by_field(drift(with_bound(threshold), with_bound(smaller)))
    assert moved == {"falsification.mae.value.region": LOOSENED}


@settings(max_examples=100, deadline=None)
@given(objectives(), st.randoms(use_true_random=False))
def test_reordering_is_neutral(values: dict[str, Any], random: Any) -> None:
    shuffled = {**values, "evaluation": dict(reversed(values["evaluation"].items()))}
    for name in ("metrics", "strata", "baselines"):
        shuffled[name] = random.sample(values[name], len(values[name]))
    moved = drift(raw(values), raw(shuffled))
    assert moved.identical or set(by_field(moved).values()) == {NEUTRAL}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_edit_of_any_byte_is_detected(data: st.DataObject) -> None:
    before = raw({"id": "x", "title": "Ümlaut", "task": "regression", "target": "y",
                  "evaluation": {"split": "random"}})  # fmt: skip
    at = data.draw(st.integers(0, len(before)))
    cut = data.draw(st.integers(0, 3))
    new = data.draw(st.binary(max_size=3))
    after = before[:at] + new + before[at + cut :]
    moved = drift(before, after)
    assert moved.identical == (before == after)
    assert moved.identical or moved.changes or (not moved.readable and moved.fault)
