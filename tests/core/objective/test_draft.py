"""The first text, and the rule read back."""

from __future__ import annotations

import dataclasses

import pytest

from grd_core.errors import RefusedError
from grd_core.objective.check import check_objective
from grd_core.objective.decision_rule import plain_words, refutations
from grd_core.objective.document import Document, parse
from grd_core.objective.draft import draft, draft_text, init
from grd_core.objective.facts import DataFacts
from grd_core.objective.frontmatter import Malformed
from grd_core.objective.rules import validate
from grd_core.study import Study, create_study

FACTS = DataFacts(
    "t.csv", ("y", "no", "when"), "binary", "y", "when", ("no",), "", (), distributions=()
)


def test_drafts_from_the_declared_roles(study: Study) -> None:
    text = draft(study)
    assert "target: delay" in text
    assert "time: departs" in text
    assert "groups: [unit]" in text
    assert "name: mae" in text


def test_only_what_a_person_must_say_is_missing(study: Study) -> None:
    parsed = parse(draft(study).encode())
    assert isinstance(parsed, Malformed)
    assert {problem.field for problem in parsed.problems} == {
        "title",
        "baselines[0].name",
        "falsification[0].threshold",
    }


def test_filled_in_it_can_be_locked_as_far_as_the_front_matter_goes() -> None:
    text = draft_text("t", FACTS)
    for key, value in {
        "title:": "a question",
        "  - name:  ": "majority",
        "  cpu_hours:": 1.0,
        "  group_justification:": "as in use",
    }.items():
        text = text.replace(key, f"{key} {value} ")
    text = text.replace("    threshold:\n", "    threshold: 0.1\n")
    text = text.replace("    threshold:  ", "    threshold: 0.9  ")
    parsed = parse(text.encode())
    assert isinstance(parsed, Document), parsed
    assert [problem for problem in validate(parsed, FACTS) if problem.refuses] == []


def test_an_imbalanced_target_gets_a_fitting_metric() -> None:
    assert "name: accuracy" in draft_text("t", FACTS)
    skewed = dataclasses.replace(FACTS, distributions=("imbalanced",))
    assert "name: balanced_accuracy" in draft_text("t", skewed)


def test_odd_column_names_survive(study: Study) -> None:
    odd = dataclasses.replace(FACTS, target='a "b": #c', groups=("null",), time="Zeit – ü")
    text = draft_text("42", odd).replace("title:", "title: x").replace("  - name:  ", "  - name: x")
    parsed = parse(text.replace("    threshold:\n", "    threshold: 1\n").encode())
    assert isinstance(parsed, Document), parsed
    assert (parsed.objective.id, parsed.objective.target) == ("42", 'a "b": #c')
    assert parsed.objective.evaluation.groups == ("null",)
    assert parsed.objective.evaluation.time == "Zeit – ü"


def test_never_overwrites(frozen: Study) -> None:
    before = frozen.objective_path.read_bytes()
    with pytest.raises(RefusedError, match="already"):
        init(frozen)
    assert frozen.objective_path.read_bytes() == before


def test_needs_declared_data(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RefusedError, match="no data is declared"):
        init(create_study(tmp_path / "empty"))


def test_writes_the_file_once(study: Study) -> None:
    path = init(study)
    assert path.read_text(encoding="utf-8").startswith("---\n")
    with pytest.raises(RefusedError):
        init(study)


def test_the_rule_in_plain_words_says_every_bar(text: str) -> None:
    document = parse(text.encode())
    assert isinstance(document, Document)
    words = plain_words(document.objective)
    for phrase in (
        "mae (mean absolute error) is at most 4",
        "mae gains more than 0 over the baseline median by line on the same rows, by estimate "
        "at least 0.5, with an adjusted p of at most 0.05",
        "median_ae (median absolute error) is at most 3 (a guard",
        "the gain in mae (mean absolute error) over the baseline is below 0.5",
        "95% interval",
        "whole values of `day`",
        "The composite weighs mae 0.75, r2 0.25",
        "10 trials, 2 looks at the frozen labels",
    ):
        assert phrase in words
    assert "Smith 2020" not in words
    assert refutations(document.objective) == ("mae gain < 0.5",)


def test_check_gives_problems_and_the_rule(frozen: Study) -> None:
    checked = check_objective(frozen)
    assert checked.lockable
    assert "is confirmed when" in checked.rule
    frozen.objective_path.write_text("nothing")
    broken = check_objective(frozen)
    assert not broken.lockable
    assert broken.rule == ""
