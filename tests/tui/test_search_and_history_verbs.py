"""`grd search` and `grd history`: found, alike, drawn and told, on lines and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grd_core.gate.decide import Statement, decide
from grd_core.study import Study
from grd_tui.cli.root import run

LESSON = "wind does not move the gauge"


@pytest.fixture
def study(evaluated: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    """The wind archived."""
    said = Statement("its gain is too small", "original", lesson=LESSON, would_change="the sea")
    decide(evaluated, "3", "archive", said)
    monkeypatch.chdir(evaluated.root)
    return evaluated


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_search_marks_what_it_found_and_says_what_became_of_it(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["search", "lesson:gau*", "OR", "nowhere"]) == 0
    out = capsys.readouterr().out
    assert "decision 1  (refuted, archived)" in out
    assert "wind does not move the «gauge»" in out
    code, found = answer(capsys, "search", "kind:lesson")
    assert (code, [hit["text"] for hit in found["hits"]]) == (0, [LESSON])
    assert run(["search", "nobody ever wrote this"]) == 1
    assert "`word*` finds what begins so" in capsys.readouterr().out
    for odd in ('"', "(", "*", "a AND", "NEAR(", "-", "NOT NOT wind"):
        assert run(["search", "--", odd]) in (0, 1)


def test_a_new_experiment_is_told_what_it_repeats(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["experiment", "new", "The wind again", "--belief", "Wind lifts the tide."]) == 0
    out = capsys.readouterr().out
    assert "tried as 003: refuted, archived, because its gain is too small" in out
    assert f"learned: {LESSON}" in out
    assert "Wind lifts the tide." in next(study.root.glob("experiments/*/004-*/*.md")).read_text()
    code, made = answer(capsys, "experiment", "new", "Windy once more")
    assert (code, made["number"]) == (0, 5)
    assert {one["number"] for one in made["similar"]} <= {3, 4}
    code, found = answer(capsys, "search", "--similar", "4")
    assert (code, found["similar"][0]["number"]) == (0, 3)
    assert found["similar"][0]["fate"]["outcome"] == "refuted"
    assert answer(capsys, "search", "--similar", "the", "wind")[1]["similar"][0]["number"] in (3, 4)
    assert run(["search", "--similar", "quantum chromodynamics"]) == 1


def test_the_tree_and_its_json_say_how_experiments_hang_together(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["history", "--tree"]) == 0
    assert "└─ 003-the-wind  pivots from 001  archived ESCALATE refuted" in capsys.readouterr().out
    _, told = answer(capsys, "history", "--tree")
    places = [(line["number"], line["parent"], line["relation"]) for line in told["tree"]]
    assert places == [(1, 0, ""), (2, 1, "refines"), (3, 1, "pivots from")]


def test_the_narrative_is_told_in_parts_and_whole_as_json(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = answer(capsys, "history", "--narrative")
    assert told["narrative"].startswith("# What was learned in tides")
    assert told["chapters"][2]["ended"].startswith("It failed, because")
    assert [turn["what"] for turn in told["turns"]][-1].startswith("the objective was locked")
