"""Given experiments that held, failed and were given up, the story tells what is known, no more."""

from __future__ import annotations

import re
import shutil

import pytest

from grd_core.gate.decide import Statement, decide
from grd_core.gate.decision_log import decision_log
from grd_core.history.chapters import Chapter
from grd_core.history.snapshot import HistorySnapshot, history_snapshot
from grd_core.history.story import narrative, plain
from grd_core.history.turns import Turn
from grd_core.objective.lock import amend
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.study import Study

REASON = "its gain lies below the line"


def archive(study: Study, answer: str = "original", change: str = "") -> None:
    said = Statement(
        REASON, answer, change=change, lesson="wind moves nothing", would_change="a gauge at sea"
    )
    decide(study, "3", "archive", said)


def loosen(study: Study) -> None:
    text = study.objective_path.read_text()
    study.objective_path.write_text(text.replace("threshold: 1.0", "threshold: 2.0"))
    amend(study, "the threshold was for another harbour")


def chapter_of(story: str, name: str) -> str:
    _, _, after = story.partition(f"## {name}")
    return after.partition("\n## ")[0]


def test_a_failure_is_told_from_belief_to_what_it_taught(evaluated: Study) -> None:
    archive(evaluated)
    told = chapter_of(narrative(history_snapshot(evaluated)), "003-the-wind (pivots from 001")
    steps = (
        "We believed: The mean of the training hours has a mae of 0.6 m. Because: Tides swing",
        "It would have been disproved by: A mae above 0.9 m on validation.",
        "We tried: The wind; runs: 1 done. From its parent differs: code: train.py",
        "- mae 0.6441 [0.5557, 0.727] on validation; the Critic said ESCALATE",
        "It failed, because on validation data the claim is disproved: the gain of mae",
        f"So: we archived it (refuted), because {REASON}. Learned: wind moves nothing. To try",
    )
    places = [told.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_what_held_is_told_with_its_interval_and_the_rule(evaluated: Study) -> None:
    told = chapter_of(narrative(history_snapshot(evaluated)), "002-the-moon")
    assert "on the frozen test part the claim is confirmed: mae 0.08292 [0.07695, 0.0899" in told
    assert "It held, because mae (primary) passes its threshold over its whole interval" in told
    assert "So: nothing has been decided." in told


def test_an_amendment_stands_where_it_happened_with_its_mark(evaluated: Study) -> None:
    loosen(evaluated)
    made = new_experiment(evaluated, "Barometer", kind="refinement")
    archive(evaluated, "changed", "a coarser line")
    story = narrative(history_snapshot(evaluated))
    amended = story.index("the objective was amended to v2, after 3 runs, 4 reviews, 1 scorecard")
    assert story.index("## 003-the-wind") < amended < story.index(f"## {made.name}")
    assert "Because: the threshold was for another harbour." in story[amended:]
    assert "- metrics.mae.threshold loosened, post hoc: 1 → 2" in story[amended:]
    assert "The question changed: a coarser line." in chapter_of(story, "003-the-wind")
    assert "Meanwhile, on" in chapter_of(story, "003-the-wind").partition("\n### ")[0]


def test_what_nobody_wrote_is_not_invented(evaluated: Study) -> None:
    made = new_experiment(evaluated, "Barometer", kind="refinement")
    told = chapter_of(narrative(history_snapshot(evaluated)), made.name)
    assert "We believed: nothing was written on it." in told
    assert "We tried: Barometer; runs: none." in told
    assert "It gave: nothing that was judged." in told
    assert "So: nothing has been decided." in told
    assert "disproved" not in told


def test_the_ledger_tells_what_files_no_longer_do(evaluated: Study) -> None:
    archive(evaluated)
    shutil.rmtree(find_experiment(evaluated, "3").folder)
    told = chapter_of(narrative(history_snapshot(evaluated)), "003-the-wind")
    assert "We believed: its HYPOTHESIS.md is gone." in told
    assert "not known any more: the files of 003-the-wind are gone" in told
    assert "It failed, because on validation data the claim is disproved" in told
    assert "Learned: wind moves nothing." in told


HOSTILE = (
    "](javascript:alert) ![x](y) <script>\x1b[31m\n# not a heading\n- [ ] `tick &lt; \\<b> \\\\<i>"
)


@pytest.fixture
def hostile() -> HistorySnapshot:
    chapter = Chapter(
        experiment="002-x",
        kind="pivot",
        believed=" ".join(HOSTILE.split()),
        tried=HOSTILE.replace("\n", " "),
        found=(HOSTILE.replace("\n", " "),),
        so=(HOSTILE.replace("\n", " "),),
    )
    return HistorySnapshot("s", "q", (), (chapter,), turns=(Turn("", "x", "<b>", ("&amp;",)),))


def test_no_markup_comes_to_life_in_a_persons_words(hostile: HistorySnapshot) -> None:
    story = narrative(hostile)
    # An even number of backslashes before a sign leaves it as it is.
    assert not re.search(r"\][(\[]|(?<!\\)(?:\\\\)*(?:<[a-z/]|&\w+;|`)", story)
    headings = [line for line in story.splitlines() if line.startswith("#")]
    assert headings == ["# What was learned in s", "## 002-x (pivot)", "### : x"]


def test_intervals_and_comparisons_stay_as_they_are_written() -> None:
    said = "gain < 1.0 in [0.1, 0.2], R&D, `scaler` saw x"
    assert plain(said) == said


def test_a_hypothesis_reaches_the_story_on_one_line_without_controls(evaluated: Study) -> None:
    path = find_experiment(evaluated, "2").hypothesis_path
    path.write_text(f"# x\n\n## What we believe\n\n{HOSTILE}\n")
    story = narrative(history_snapshot(evaluated))
    assert "\x1b" not in story
    assert "\n# not" not in story
    assert "\n- [ ]" not in story


def test_the_decision_log_says_what_had_been_seen_at_an_amendment(evaluated: Study) -> None:
    loosen(evaluated)
    archive(evaluated, "changed", "a coarser line")
    with evaluated.read() as ledger:
        log = decision_log(ledger)
    assert "Froze 300 test rows, labels apart, by a temporal split" in log
    assert "before any result was seen" in log
    assert "Amended the objective to v2, after 3 runs, 4 reviews, 1 scorecard had been seen" in log
    assert "metrics.mae.threshold loosened, post hoc: 1 → 2. Because the threshold was" in log
    assert "lesson: wind moves nothing" in log
