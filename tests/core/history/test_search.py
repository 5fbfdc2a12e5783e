"""Given a study that failed and succeeded, whatever was believed or learned is found again."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grd_core.gate.decide import Statement, decide
from grd_core.history.full_text import FullText
from grd_core.history.query import parse
from grd_core.history.searching import search
from grd_core.history.texts import Said
from grd_core.objective.lock import amend
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.study import Study
from tests.small_study import copy_of

LESSON = "wind does not move the gauge"


@pytest.fixture(scope="module")
def told(evaluated_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The wind archived with its lesson, the objective amended after that. Only read."""
    study = copy_of(evaluated_once, tmp_path_factory.mktemp("told") / "tides")
    said = Statement(
        "its gain lies below the line", "original", lesson=LESSON, would_change="a gauge at sea"
    )
    decide(study, "3", "archive", said)
    text = study.objective_path.read_text()
    study.objective_path.write_text(text.replace("threshold: 1.0", "threshold: 2.0"))
    amend(study, "the threshold was for another harbour")
    return study


def kinds(study: Study, words: str) -> set[tuple[str, int]]:
    return {(hit.kind, hit.experiment) for hit in search(study, words)}


def test_all_words_must_be_found_in_any_case_and_order(told: Study) -> None:
    assert kinds(told, "GAUGE move") == {("lesson", 3)}
    assert kinds(told, "statistics training") == {("verdict", 1), ("verdict", 2), ("verdict", 3)}
    assert kinds(told, "another harbour") == {("amendment", 0)}
    assert kinds(told, "ships draw") == {("objective", 0)}
    assert kinds(told, "the wind") >= {("title", 3)}
    assert kinds(told, "nobody ever wrote this") == set()
    assert search(told, "  ") == ()


def test_phrases_beginnings_alternatives_and_what_must_not_be_there(told: Study) -> None:
    assert kinds(told, '"not move"') == {("lesson", 3)}
    assert kinds(told, '"move not"') == set()
    assert kinds(told, "harb*") == kinds(told, "another harb*") == {("amendment", 0)}
    assert kinds(told, "harb") == set()
    assert kinds(told, "harbour OR ships") == {("amendment", 0), ("objective", 0)}
    assert kinds(told, "gauge kind:lesson") == kinds(told, "lesson:gauge") == {("lesson", 3)}
    assert ("lesson", 3) not in kinds(told, "gauge NOT wind")
    assert kinds(told, "gauge -wind") == kinds(told, "gauge NOT wind") != set()


def test_fields_narrow_a_search_down_by_what_became_of_the_experiment(told: Study) -> None:
    assert {number for _, number in kinds(told, "outcome:refuted")} == {3}
    assert {number for _, number in kinds(told, "state:archived")} == {3}
    assert {number for _, number in kinds(told, "verdict:proceed kind:title")} == {1, 2}
    assert {number for _, number in kinds(told, "kind:pivot")} == {3}
    assert kinds(told, "experiment:002 kind:title") == {("title", 2)}
    assert ("title", 3) not in kinds(told, "kind:title -outcome:refuted")
    assert {kind for kind, _ in kinds(told, "hypothesis:mean")} == {"title", "hypothesis"}


def test_a_hit_says_what_became_of_the_experiment_and_marks_what_was_found(told: Study) -> None:
    [hit] = search(told, "GAUGE not")
    assert hit.fate == "refuted, archived"
    assert [hit.text[first:last] for first, last in hit.marks] == ["not", "gauge"]
    [amended] = search(told, '"another harbour"')
    assert amended.fate == ""
    assert [amended.text[first:last] for first, last in amended.marks] == ["another harbour"]


def test_the_best_come_first(told: Study) -> None:
    first, *rest = search(told, "wind")
    assert first.kind == "title"  # all of it is about the wind
    assert any(hit.kind == "objective" or len(hit.text) > len(first.text) for hit in rest)


def test_where_only_fields_are_asked_for_the_newest_come_first(told: Study) -> None:
    moments = [hit.at for hit in search(told, "kind:verdict")]
    assert moments == sorted(moments, reverse=True)


def test_a_hypothesis_is_searched_as_its_file_stands(evaluated: Study) -> None:
    path = find_experiment(evaluated, "2").hypothesis_path
    assert search(evaluated, "strasse quay") == ()
    path.write_text(path.read_text() + "\nStraße by the Quaÿ, 東京湾 " + "x" * 400)
    [hit] = search(evaluated, "STRASSE quay")
    assert (hit.kind, hit.where) == ("hypothesis", evaluated.relative(path))
    assert [hit.text[first:last] for first, last in hit.marks] == ["Straße", "Quaÿ"]
    assert len(hit.text) < 300
    assert kinds(evaluated, "東京") == kinds(evaluated, "京湾") == {("hypothesis", 2)}
    assert kinds(evaluated, "東湾") == set()
    path.unlink()
    assert search(evaluated, "strasse quay") == ()


def test_what_the_template_asks_is_nobodys_belief(evaluated: Study) -> None:
    made = new_experiment(evaluated, "Barometer", kind="refinement")
    assert "mechanism" in made.hypothesis_path.read_text()
    assert search(evaluated, "mechanism") == ()
    assert search(evaluated, "disprove kind:hypothesis experiment:4") == ()


def test_what_was_archived_is_found_when_its_files_are_gone(evaluated: Study) -> None:
    said = Statement("its gain is too small", "original", lesson=LESSON, would_change="the sea")
    folder = decide(evaluated, "3", "archive", said).folder
    assert folder.parent.name == "negative_results"
    assert "negative_results" in search(evaluated, "mean experiment:3 kind:hypothesis")[-1].where
    shutil.rmtree(folder)
    assert kinds(evaluated, "outcome:refuted") >= {("title", 3), ("decision", 3), ("lesson", 3)}
    assert ("hypothesis", 3) not in kinds(evaluated, "outcome:refuted")


def test_texts_that_change_again_and_again_leave_nothing_behind() -> None:
    text, [wanted] = FullText(), parse("round*").alternatives
    for number in range(1100):
        text.hold((Said("title", "001", "", f"round{number}"), Said("title", "002", "", "kept")))
    [(row, _)] = text.matching(wanted)
    assert text.said[row].text == "round1099"
    assert list(text.matching(parse("round9").alternatives[0])) == []
    assert len(list(text.matching(parse("kept").alternatives[0]))) == len(text.said) - 1 == 1


_ANYTHING = given(
    st.lists(
        st.sampled_from(
            ["wind", '"', "*", "-", "OR", "NOT", "AND", "(", ")", "^", ":", "kind:", "NEAR(", "ä",
             "{a b}", "+", "\x00", "'", ";--", "lesson:", '"moon', "mo*", "\ud800", "a.b"]
        ),
        max_size=8,
    ),
    st.text(max_size=12),
)  # fmt: skip
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(_UNHURRIED, max_examples=40)
@_ANYTHING
def test_no_search_is_wrong(told: Study, parts: list[str], more: str) -> None:
    searched(told, parts, more)


@pytest.mark.soak
@settings(_UNHURRIED, max_examples=1_000)
@_ANYTHING
def test_no_search_of_many_is_wrong(told: Study, parts: list[str], more: str) -> None:
    searched(told, parts, more)


def searched(told: Study, parts: list[str], more: str) -> None:
    for said in (" ".join(parts), "".join(parts), f"{' '.join(parts)} {more}", more):
        for hit in search(told, said, most=3):
            assert all(0 <= first < last <= len(hit.text) for first, last in hit.marks)


def test_a_search_of_ten_thousand_words_is_cut_not_refused(told: Study) -> None:
    assert len(parse("wind " * 10_000).alternatives[0].terms) == 64
    assert search(told, "wind " * 10_000)
    assert search(told, '"' + "wind " * 10_000) == ()
