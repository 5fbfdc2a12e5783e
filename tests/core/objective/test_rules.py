"""What an objective is refused or warned for, always with line, field and remedy."""

from __future__ import annotations

import dataclasses

import pytest

from grd_core.objective.document import Document, parse
from grd_core.objective.facts import DataFacts
from grd_core.objective.problem import Problem
from grd_core.objective.rules import validate

FACTS = DataFacts(
    source="trains.csv",
    columns=("delay", "departs", "unit", "line", "depot", "day", "arrived"),
    task="regression",
    target="delay",
    time="departs",
    groups=("unit",),
    id_column="",
    excluded=("arrived",),
    split="temporal",
    frozen=True,
    profiled=True,
)


def problems(text: str, facts: DataFacts | None = FACTS) -> tuple[Problem, ...]:
    document = parse(text.encode())
    assert isinstance(document, Document), document
    found = validate(document, facts)
    assert all(problem.fix and problem.line > 0 and problem.field for problem in found)
    return found


def edited(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def cut(text: str, start: str, end: str) -> str:
    return text[: text.index(start)] + text[text.index(end) :]


def test_a_complete_objective_has_no_problem(text: str) -> None:
    assert problems(text) == ()
    assert problems(text, None) == ()


REFUSED = [
    ("  - name: mae", "  - name: mea", "metrics[0].name", "did you mean"),
    ("  - name: r2", "  - name: roc_auc", "metrics[1].name", "no metric of a regression task"),
    ("  - name: r2", "  - name: l1", "metrics[1].name", "twice"),
    ("direction: higher", "direction: lower", "metrics[1].direction", "higher is better"),
    ("    threshold: 4.0\n", "", "metrics[0].threshold", "no threshold"),
    ("threshold: 0.2", "threshold: 20", "metrics[1].threshold", "between −∞ and 1"),
    ("role: primary", "role: secondary", "metrics", "no primary metric"),
    ("weight: 0.75", "weight: 0.7", "metrics[0].weight", "sum to 0.95"),
    ("- metric: mae", "- metric: mse", "falsification[0].metric", "not among the metrics"),
    ("  holdout: 0.2", "  folds: 1", "evaluation.folds", "1 fold cannot"),
    ("  seeds: 5", "  seeds: 4", "evaluation.seeds", "4 seeds"),
    ("test: paired_bootstrap", "test: t-test", "evaluation.test", "cannot be computed"),
    ("peeks: 2", "peeks: 0", "budget.peeks", "frozen labels"),
    ("  currency: EUR\n", "", "budget.currency", "currency"),
    ("    expected: 4.4\n", "", "baselines[1].expected", "expected"),
    ("    citation: Smith 2020, Transport 1:1-9\n", "", "baselines[1].citation", "citation"),
    ("id: late-trains", "id: ''", "id", "empty"),
    ("target: delay", "target: dealy", "target", "did you mean delay"),
    ("target: delay", "target: day", "target", "declared target is delay"),
    ("[line, depot]", "[line, depto]", "strata[1]", "did you mean depot"),
    ("[line, depot]", "[line, arrived]", "strata[1]", "excluded by declaration"),
    ("cluster: day", "cluster: week", "evaluation.cluster", "no column 'week'"),
    ("groups: [unit]", "groups: [untis]", "evaluation.groups[0]", "did you mean unit"),
    ("time: departs", "time: day", "evaluation.time", "declared time column is departs"),
    ("split: temporal", "split: random", "evaluation.split", "were split temporal"),
    ("  group_justification: the same units run tomorrow\n", "", "evaluation.split", "unit"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "says"), REFUSED)
def test_refused(text: str, old: str, new: str, field: str, says: str) -> None:
    changed = edited(text, (old, new))
    found = [problem for problem in problems(changed) if problem.refuses]
    matching = [problem for problem in found if problem.field == field]
    assert matching, found
    assert says in matching[0].sentence()
    if new:
        line = changed.splitlines()[matching[0].line - 1]
        assert new.splitlines()[0].strip() in line or field in ("metrics", "falsification")


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("falsification:", "budget:", "falsification"),
        ("baselines:", "falsification:", "baselines"),
        ("budget:", "seen:", "budget"),
        ("metrics:", "strata:", "metrics"),
    ],
)
def test_nothing_needed_may_be_left_out(text: str, start: str, end: str, field: str) -> None:
    refused = [item for item in problems(cut(text, start, end)) if item.refuses]
    assert field in {problem.field for problem in refused}


def test_an_empty_budget_is_no_budget(text: str) -> None:
    emptied = cut(text, "  gpu_hours", "  peeks")
    assert "budget" in {problem.field for problem in problems(emptied) if problem.refuses}


def test_a_gain_needs_a_baseline_that_has_the_metric(text: str) -> None:
    published = edited(text, ("  - name: median by line\n    kind: own run\n", ""))
    assert not [item for item in problems(published) if item.refuses]
    of_r2 = edited(published, ("- metric: mae", "- metric: r2"))
    [problem] = [item for item in problems(of_r2) if item.refuses]
    assert problem.field == "falsification[0].of"


def test_two_baselines_of_one_name_are_refused(text: str) -> None:
    twice = edited(text, ("name: Smith 2020", "name: median by line"))
    [problem] = problems(twice)
    assert problem.refuses and problem.field == "baselines[1].name"


def test_fitness_cannot_be_judged_without_a_profile(text: str) -> None:
    [problem] = problems(text, dataclasses.replace(FACTS, profiled=False))
    assert not problem.refuses and "no profile" in problem.message


@pytest.mark.parametrize("split", ["random", "grouped", "stratified"])
def test_any_split_that_is_not_temporal_needs_a_reason_on_timed_data(text: str, split: str) -> None:
    facts = dataclasses.replace(FACTS, split=split)
    unreasoned = edited(
        text,
        ("split: temporal", f"split: {split}"),
        ("  justification: it is used on days to come\n", ""),
    )
    refused = [problem for problem in problems(unreasoned, facts) if problem.refuses]
    assert [problem.field for problem in refused] == ["evaluation.split"]
    assert "departs" in refused[0].message
    # What the objective itself declares counts before any data is declared, too.
    assert [problem.field for problem in problems(unreasoned, None) if problem.refuses] == [
        "evaluation.split"
    ]
    reasoned = edited(text, ("split: temporal", f"split: {split}"))
    assert not [problem for problem in problems(reasoned, facts) if problem.refuses]


def test_a_metric_unfit_for_the_distribution_needs_a_reason(text: str) -> None:
    facts = dataclasses.replace(FACTS, distributions=("heavy_tails",))
    [problem] = problems(text, facts)
    assert problem.refuses and problem.field == "metrics[1].name"
    reasoned = edited(text, ("threshold: 0.2", "threshold: 0.2\n    reason: the field reports it"))
    assert problems(reasoned, facts) == ()


def test_five_seeds_are_asked_only_of_random_training(text: str) -> None:
    calm = edited(text, ("seeds: 5", "seeds: 1"), ("is_random: true", "is_random: false"))
    assert problems(calm) == ()


def test_a_single_primary_metric_needs_no_weight(text: str) -> None:
    bare = edited(text, ("    weight: 0.75\n", ""), ("    weight: 0.25\n", ""))
    assert problems(bare) == ()


WARNED = [
    ('comparison: "<"', 'comparison: ">"', "falsification[0].comparison", "result is good"),
    ("    of: gain", "    of: value", "falsification[0].comparison", "result is good"),
    ("    threshold: 0.5", "    threshold: 0.8", "falsification[0].threshold", "both"),
    ("    meaning: nobody would notice\n", "", "falsification[0].meaning", "meaning"),
    ("    minimum_effect: 0.5\n", "", "metrics[0].minimum_effect", "minimum effect"),
    ("threshold: 3.0", "threshold: 3.0\n    weight: 0.5", "metrics[2].weight", "guard"),
    ("alpha: 0.05", "alpha: 0.2", "evaluation.alpha", "one study of 5"),
    ("    kind: own run", "    kind: own run\n    required: false", "baselines", "required"),
    ("population: regional trains of one network\n", "", "population", "population"),
    ("  stop_rule: when the trials are used up\n", "", "budget.stop_rule", "stop rule"),
    ("## Method outline", "## Outline", "Method outline", "missing"),
    ("Tails.", "<!-- to be written -->", "Data characteristics and known risks", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "says"), WARNED)
def test_warned(text: str, old: str, new: str, field: str, says: str) -> None:
    [problem] = problems(edited(text, (old, new)))
    assert not problem.refuses
    assert problem.field == field
    assert says in problem.message


def test_refusals_come_before_warnings(text: str) -> None:
    found = problems(edited(text, ("alpha: 0.05", "alpha: 0.2"), ("peeks: 2", "peeks: 0")))
    assert [problem.refuses for problem in found] == [True, False]
