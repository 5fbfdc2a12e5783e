"""The first text, and the rule read back."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.errors import RefusedError
from grd_core.evaluation.strata import MINIMUM_N
from grd_core.ledger.tables import Profile
from grd_core.objective.check import check_objective
from grd_core.objective.decision_rule import LEAST_ROWS, plain_words, refutations
from grd_core.objective.document import Document, parse
from grd_core.objective.draft import draft, draft_text, init
from grd_core.objective.draft_notes import DraftNotes, KnownRisk, TrivialModel
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
        "the gain in mae (mean absolute error) over the baseline median by line on the same rows "
        "is below 0.5",
        "deviated where fewer than 5 seeds were trained, or the rule was loosened after results",
        "as the mean over 5 seeds",
        "Compared with it, without deciding: Smith 2020.",
        "Registered for the training, not computed here: left out: cancelled trains; missing data",
        "With no look left nothing more is scored",
        "95% interval",
        "whole values of `day`",
        "The composite weighs mae 0.75, r2 0.25",
        "10 trials, 2 looks at the frozen labels",
    ):
        assert phrase in words
    assert refutations(document.objective) == ("mae gain < 0.5",)


def test_check_gives_problems_and_the_rule(frozen: Study) -> None:
    checked = check_objective(frozen)
    assert checked.lockable
    assert "is confirmed when" in checked.rule
    frozen.objective_path.write_text("nothing")
    broken = check_objective(frozen)
    assert not broken.lockable
    assert broken.rule == ""


# --- any data ---------------------------------------------------------------------------

ODD = ["yes", "1e3", "null", "# x", "a: b", "- a", "'", '"', "~", "two\nlines", "a\u2028b", "\x85x",
       "x\u202e", "---", "...", "[a", "{b", "&c", "*d", "!e", "%f", "@g", "`h`", "|", ">", "?",
       "Zeit – ü", "0x1f", "2020-01-01", " padded ", "tab\there", "a.b[0]", "=", "<<", "\ufeffb",
       "<!--", "## h"]  # fmt: skip
names = st.sampled_from(ODD) | st.text(
    st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=8
).filter(str.strip)


@st.composite
def facts_and_notes(draw: st.DrawFn) -> tuple[DataFacts, DraftNotes]:
    target, when, group, other = draw(st.lists(names, min_size=4, max_size=4, unique=True))
    task = draw(st.sampled_from(["regression", "binary", "multiclass"]))
    distributions = st.lists(st.sampled_from(["imbalanced", "heavy_tails", "zeros"]), unique=True)
    facts = DataFacts(
        source=draw(names),
        columns=(target, when, group, other),
        task=task,
        target=target,
        time=draw(st.sampled_from(["", when])),
        groups=draw(st.sampled_from([(), (group,)])),
        id_column="",
        excluded=(),
        split=draw(st.sampled_from(["", "temporal", "grouped", "random"])),
        distributions=tuple(draw(distributions)),
    )
    severity = st.sampled_from(["blocking", "warning", "info"])
    action = st.sampled_from(["exclude", "rule", "split", "look"])
    risk = st.builds(KnownRisk, severity, names, names, names, action, st.tuples(names))
    model = st.builds(TrivialModel, names, st.tuples(st.tuples(names, st.just(0.5), st.just(0.1))))
    notes = st.builds(
        DraftNotes,
        st.lists(risk, max_size=2).map(tuple),
        names,
        st.lists(st.tuples(names, st.just(0.2)), max_size=2).map(tuple),
        st.lists(model, max_size=2).map(tuple),
    )
    return facts, draw(notes)


def filled(text: str) -> str:
    """What a person has to write, written."""
    for key, value in (
        (r"title:", "a question"), (r"  - name:", "majority"), (r"  cpu_hours:", "1.0"),
        (r"  group_justification:", "as in use"), (r"  justification:", "as in use"),
        (r"    threshold:", "0.5"), (r"    minimum_effect:", "0.1"),
    ):  # fmt: skip
        text = re.sub(rf"^({key}) *(?=#|$)", rf"\1 {value} ", text, flags=re.MULTILINE)
    return text


@settings(max_examples=40, deadline=None)
@given(facts_and_notes(), names)
def test_a_draft_of_any_data_parses_and_locks_once_it_is_filled_in(
    known: tuple[DataFacts, DraftNotes], name: str
) -> None:
    facts, notes = known
    text = draft_text(name, facts, notes)
    empty = parse(text.encode())
    assert isinstance(empty, Malformed)
    assert {problem.field for problem in empty.problems} <= {
        "title", "baselines[0].name", "falsification[0].threshold",
    }  # fmt: skip
    document = parse(filled(text).encode())
    assert isinstance(document, Document), document
    objective = document.objective
    assert (objective.target, objective.id) == (facts.target, name)
    assert objective.evaluation.time == facts.time
    assert objective.evaluation.groups == facts.groups
    assert [p.sentence() for p in validate(document, facts) if p.refuses] == []
    assert objective.metrics[0].threshold == 0.5, "no note has become a value"


def test_what_recon_recorded_becomes_words_and_comments_never_values(study: Study) -> None:
    content = {
        "rows": 10,
        "risks": [
            {"severity": "warning", "title": "too good", "evidence": "r2 0.98", "do": "look",
             "action": "exclude", "columns": ["arrived"]},
            {"severity": "info", "title": "small groups", "evidence": "", "do": ""},
        ],
        "baseline": {"models": {"constant": {"mae": {"estimate": 6.25, "low": 6.0, "high": 6.5},
                                             "r2": {"estimate": None}}}},
    }  # fmt: skip
    gaps = {"rows": 10, "columns": [{"name": "rain", "missing": 3}]}
    with study.write("data profiled") as tx:
        for scope, found in (("training", content), ("structure", gaps)):
            tx.insert(Profile(data_version_id=1, scope=scope, content_json=json.dumps(found)))
    text = draft(study)
    for words in (
        "# such as constant (mae 6.25), on training rows",
        "on training rows ± 0.25 is chance",
        "# rain 30% missing: left out",
        "- too good (r2 0.98), see [DATA_REPORT.md](DATA_REPORT.md)",
        "- `arrived`: used only if known when the result is used",
    ):
        assert words in text
    assert "small groups" not in text


def test_a_published_value_is_asked_of_the_first_primary_metric_alone(text: str) -> None:
    both = text.replace("role: guard", "role: primary").replace("    required: false\n", "")
    document = parse(both.encode())
    assert isinstance(document, Document)
    words = plain_words(document.objective)
    assert "mae gains more than 0 over the published Smith 2020 (4.4)" in words
    assert "median_ae gains more than 0 over the baseline median by line" in words
    assert "median_ae gains more than 0 over the published" not in words


def test_the_words_and_the_evaluator_know_the_same_least_group() -> None:
    assert LEAST_ROWS == MINIMUM_N
