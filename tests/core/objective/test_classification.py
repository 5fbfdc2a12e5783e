"""Nothing that makes the rule easier passes for tightened, and nothing that makes it harder for
loosened; an edit that only looks harmless is told for what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.objective.classification import Classification
from grd_core.objective.drift import Drift, drift
from grd_core.objective.fields import compare_fields, fields_of
from grd_core.objective.model import Baseline, Budget, Criterion, Evaluation, Metric, Objective
from grd_core.statistics.metrics import CATALOGUE
from tests.objectives import amounts, objective_of, raw_of, whole_objectives

LOOSENED, TIGHTENED = Classification.LOOSENED, Classification.TIGHTENED
CHANGED, NEUTRAL = Classification.CHANGED, Classification.NEUTRAL
Values = dict[str, Any]
Edit = Callable[[Values], Values]


def by_field(moved: Drift) -> dict[str, Classification]:
    assert moved.readable, moved.fault
    return {change.field: change.classification for change in moved.changes}


def edited(values: Values, group: str, **new: Any) -> Values:
    return {**values, group: {**values[group], **new}}


def with_item(values: Values, group: str, item: Any) -> Values:
    return {**values, group: [*values[group], item]}


# --- monotone ---------------------------------------------------------------------------


def metric_with(**of: Any) -> Edit:
    item = {"name": "max_error_of_none", "direction": "higher", "role": "secondary",
            "weight": 0.5, "threshold": 1.0, **of}  # fmt: skip
    return lambda values: {**values, "metrics": [*values["metrics"], item]}


def criterion_with(**of: Any) -> Edit:
    item = {"metric": "mae", "of": "gain", "comparison": "<", "threshold": 1.0, **of}
    return lambda values: {**values, "falsification": [item]}


def baseline_with(**of: Any) -> Edit:
    item = {"name": "the one in question", "kind": "own_run", **of}
    return lambda values: {**values, "baselines": [*values["baselines"], item]}


def evaluation_with(**of: Any) -> Edit:
    return lambda values: edited(values, "evaluation", **of)


def budget_with(**of: Any) -> Edit:
    return lambda values: {**values, "budget": {**(values["budget"] or {}), **of}}


EASIER_AND_HARDER = {
    "threshold": (metric_with(threshold=1.0), metric_with(threshold=1.0000001)),
    "threshold of what is better when lower": (
        metric_with(name="mape", direction="lower", threshold=2.0),
        metric_with(name="mape", direction="lower", threshold=1.5),
    ),
    "minimum effect": (metric_with(minimum_effect=0.1), metric_with(minimum_effect=0.2)),
    "a minimum effect at all": (metric_with(), metric_with(minimum_effect=0.2)),
    "role of a guard": (metric_with(), metric_with(role="guard")),
    "role of a primary metric": (metric_with(role="guard"), metric_with(role="primary")),
    "bound of a criterion": (criterion_with(threshold=1.0), criterion_with(threshold=1.1)),
    "the bound itself": (criterion_with(), criterion_with(comparison="<=")),
    "bound from above": (
        criterion_with(of="value", comparison=">", threshold=2.0),
        criterion_with(of="value", comparison=">", threshold=1.0),
    ),
    "required": (baseline_with(required=False), baseline_with(required=True)),
    "an own run": (baseline_with(kind="literature"), baseline_with(kind="own_run")),
    "alpha": (evaluation_with(alpha=0.1), evaluation_with(alpha=0.05)),
    "seeds": (evaluation_with(seeds=5), evaluation_with(seeds=6)),
    "random training": (
        evaluation_with(training_is_random=False),
        evaluation_with(training_is_random=True),
    ),
    "order of time": (evaluation_with(time=""), evaluation_with(time="departs")),
    "clusters": (evaluation_with(cluster=""), evaluation_with(cluster="day")),
    "groups": (evaluation_with(groups=["a"]), evaluation_with(groups=["a", "b"])),
    "split": (evaluation_with(split="random"), evaluation_with(split="grouped")),
    "blocks": (evaluation_with(split="stratified"), evaluation_with(split="blocked")),
    "multiplicity": (
        evaluation_with(multiplicity="benjamini_hochberg"),
        evaluation_with(multiplicity="holm"),
    ),
    "exclusions": (evaluation_with(exclusions=["late", "early"]), evaluation_with(exclusions=[])),
    "missing data": (evaluation_with(missing_data=""), evaluation_with(missing_data="kept")),
    "trials": (budget_with(trials=9), budget_with(trials=8)),
    "peeks": (budget_with(peeks=3), budget_with(peeks=2)),
    "a limit at all": (budget_with(wall_hours=None), budget_with(wall_hours=1e9)),
    "stop rule": (budget_with(stop_rule=""), budget_with(stop_rule="after a week")),
}


@pytest.mark.parametrize("what", EASIER_AND_HARDER)
@settings(max_examples=5, deadline=None)
@given(values=whole_objectives())
def test_asking_more_is_tightened_and_the_way_back_loosened(what: str, values: Values) -> None:
    easier, harder = (raw_of(edit(values)) for edit in EASIER_AND_HARDER[what])
    there, back = by_field(drift(easier, harder)), by_field(drift(harder, easier))
    assert TIGHTENED in there.values() and LOOSENED not in there.values()
    assert LOOSENED in back.values() and TIGHTENED not in back.values()


@settings(max_examples=25, deadline=None)
@given(whole_objectives(), st.sampled_from(["strata", "exploratory"]))
def test_more_strata_and_less_claimed_ask_more(values: Values, group: str) -> None:
    there = by_field(drift(raw_of(values), raw_of(with_item(values, group, "one more of them"))))
    assert there == {f"{group}: one more of them": TIGHTENED}


@settings(max_examples=25, deadline=None)
@given(whole_objectives(), st.data())
def test_what_is_taken_away_is_loosened_whatever_else_is_named_like_it(
    values: Values, data: st.DataObject
) -> None:
    groups = [name for name in ("metrics", "strata", "baselines", "falsification") if values[name]]
    if not groups:
        return
    group = data.draw(st.sampled_from(groups))
    place = data.draw(st.integers(0, len(values[group]) - 1))
    fewer = {**values, group: [*values[group][:place], *values[group][place + 1 :]]}
    moved = by_field(drift(raw_of(values), raw_of(fewer)))
    assert LOOSENED in moved.values() and TIGHTENED not in moved.values()


@settings(max_examples=50, deadline=None)
@given(whole_objectives(), whole_objectives())
def test_fields_are_equal_exactly_when_none_is_changed(before: Values, after: Values) -> None:
    one, other = objective_of(before), objective_of(after)
    there = {c.field: c.meaning for c in compare_fields(one, other)}
    back = {c.field: c.meaning for c in compare_fields(other, one)}
    assert set(there) == set(back)
    same = {f: leaf.value for f, leaf in fields_of(one).items()} == {
        f: leaf.value for f, leaf in fields_of(other).items()
    }
    assert same == (not there)
    assert NEUTRAL not in there.values()


def test_no_field_of_the_model_is_overlooked() -> None:
    full = Objective.model_validate(
        {
            "id": "a", "title": "a", "population": "a", "task": "binary", "target": "a",
            "metrics": [{"name": "mae", "role": "primary", "threshold": 1.0}],
            "strata": ["a"], "seen": ["a"], "exploratory": ["a"],
            "evaluation": {"split": "random", "groups": ["a"], "exclusions": ["a"]},
            "baselines": [{"name": "a", "kind": "own_run"}],
            "falsification": [{"metric": "mae", "comparison": ">", "threshold": 2.0}],
            "budget": {"trials": 1},
        }
    )  # fmt: skip
    kinds = {leaf.kind for leaf in fields_of(full).values()}
    named = {"metrics": Metric, "evaluation": Evaluation, "baselines": Baseline,
             "falsification": Criterion, "budget": Budget}  # fmt: skip
    by_region = {f"falsification.{name}" for name in ("comparison", "threshold")}
    by_name = {"metrics.name", "baselines.name", "falsification.metric", "falsification.of"}
    wanted = {name for name in Objective.model_fields if name not in named} | {
        f"{group}.{name}" for group, model in named.items() for name in model.model_fields
    }
    assert wanted - kinds == by_region | by_name


# --- attacks ----------------------------------------------------------------------------

OTHER_BASELINE = "  - name: zero\n    kind: own run\n"
BASELINES = "  - name: median by line\n    kind: own run\n"
R2 = "  - name: r2\n    role: secondary"
ATTACKS = {
    "a primary metric made a guard need gain over nothing": (
        ("role: guard", "role: primary"), ("role: primary\n    direction: lower\n    threshold: 3",
                                           "role: guard\n    direction: lower\n    threshold: 3"),
        {"metrics.median_ae.role": LOOSENED},
    ),
    "a weak baseline put before the strong one": (
        (BASELINES, BASELINES + OTHER_BASELINE), (BASELINES + OTHER_BASELINE,
                                                  OTHER_BASELINE + BASELINES),
        {f"metrics.{name}.measured_from": CHANGED for name in ("mae", "r2", "median_ae")},
    ),
    "a weak baseline added before the strong one": (
        ("", ""), (BASELINES, OTHER_BASELINE + BASELINES),
        {"baselines.zero": TIGHTENED, "metrics.mae.measured_from": CHANGED},
    ),
    "another primary metric put first": (
        (R2, R2.replace("secondary", "primary")),
        ("metrics:\n", "metrics:\n  - name: rmse\n    role: primary\n    threshold: 9.0\n"),
        {"metrics.rmse": TIGHTENED, "first primary metric": CHANGED},
    ),
    "the sign of a criterion turned round": (
        ("", ""), ('comparison: "<"', 'comparison: ">"'),
        {"falsification.mae.gain": LOOSENED, "falsification.mae.gain.above": TIGHTENED},
    ),
    "a gain made a value": (
        ("", ""), ("of: gain", "of: value"),
        {"falsification.mae.gain": LOOSENED, "falsification.mae.value.below": TIGHTENED},
    ),
    "a criterion on another metric": (
        ("", ""), ("  - metric: mae", "  - metric: r2"),
        {"falsification.mae.gain": LOOSENED, "falsification.r2.gain": TIGHTENED},
    ),
    "an exclusion that begins with the words of another": (
        ("", ""), ("    - cancelled trains", "    - cancelled trains. and those too late"),
        {"evaluation.exclusions: cancelled trains": TIGHTENED,
         "evaluation.exclusions: cancelled trains. and those too late": LOOSENED},
    ),
    "a baseline taken away behind one of a like name": (
        ("name: median by line", "name: line.required"), ("name: line.required", "name: line"),
        {'baselines."line.required"': LOOSENED, "baselines.line": TIGHTENED},
    ),
    "an own run made a published value": (
        ("", ""), ("name: median by line\n    kind: own run",
                   "name: median by line\n    kind: literature\n    expected: 9.0\n"
                   "    citation: somebody"),
        {"baselines.median by line.kind": LOOSENED},
    ),
    "a published value made easier": (
        ("", ""), ("expected: 4.4", "expected: 44"),
        {"baselines.Smith 2020.expected": LOOSENED},
    ),
    "a threshold moved in the seventh digit": (
        ("", ""), ("threshold: 4.0", "threshold: 4.0000004"),
        {"metrics.mae.threshold": LOOSENED},
    ),
    "a reason that silences a refusal": (
        ("", ""), ("    weight: 0.75", "    weight: 0.75\n    reason: it is what we have"),
        {"metrics.mae.reason": CHANGED},
    ),
    "one of two criteria widened, the other narrowed": (
        ("", ""), ("budget:\n", "  - {metric: mae, comparison: '<', of: gain, threshold: 0.2}\n\n"
                                "budget:\n"),
        {"falsification.mae.gain#2": TIGHTENED},
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_edit_that_makes_it_easier_is_told(text: str, attack: str) -> None:
    given_text, then, expected = ATTACKS[attack]
    before = text.replace(*given_text) if given_text[0] else text
    assert before.count(then[0]) == 1
    moved = by_field(drift(before.encode(), before.replace(*then).encode()))
    assert expected.items() <= moved.items(), moved


def test_two_values_that_differ_never_look_alike(text: str) -> None:
    [change] = drift(
        text.encode(), text.replace("threshold: 4.0", "threshold: 4.0000004").encode()
    ).changes
    assert change.before != change.after


@settings(max_examples=30, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_criteria_on_one_number_have_no_order(bounds: list[float], random: Any) -> None:
    def document(thresholds: list[float]) -> bytes:
        criteria = [
            {"metric": "mae", "of": "gain", "comparison": "<", "threshold": bound}
            for bound in thresholds
        ]
        return raw_of({"id": "x", "title": "x", "task": "regression", "target": "y",
                       "metrics": [{"name": CATALOGUE[0].name, "role": "primary"}],
                       "evaluation": {"split": "random"}, "falsification": criteria})  # fmt: skip

    shuffled = random.sample(bounds, len(bounds))
    assert set(by_field(drift(document(bounds), document(shuffled))).values()) <= {NEUTRAL}
    lower = [bound - 0.5 for bound in shuffled]
    assert set(by_field(drift(document(bounds), document(lower))).values()) == {LOOSENED}
