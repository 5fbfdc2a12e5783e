"""Given what a study believed before, a new hypothesis that repeats it is told so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from grd_core.checks.process.hypothesis import HYPOTHESIS_TEMPLATE
from grd_core.gate.decide import Statement, decide
from grd_core.history.likeness import Likeness, Near, stem_of
from grd_core.history.similar import ALIKE, MOST_SHOWN, similar, similar_to
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.study import Study

Belief = Mapping[str, str]
HERE = Path(__file__).parent


def hypothesis(one: Belief) -> str:
    return (
        f"# {one['title']}\n\n## What we believe\n\n{one['belief']}\n\n## Why\n\n{one['why']}\n\n"
        "## What would disprove it\n\nA gain below the registered line on validation.\n"
    )


class Memory:
    """The beliefs of a file, and what is shown for another."""

    def __init__(self, name: str) -> None:
        content = tomllib.loads((HERE / name).read_text(encoding="utf-8"))
        self.beliefs: list[Belief] = content["belief"]
        self.again = content["again"]
        self._likeness = Likeness()
        self._likeness.hold(
            {at: (one["title"], hypothesis(one)) for at, one in enumerate(self.beliefs, start=1)}
        )

    def shown(self, one: Belief, *parts: str, apart_from: int = 0) -> list[Near]:
        said = {part: one[part] if part in parts else "" for part in ("title", "belief", "why")}
        text = f"{said['belief']} {said['why']}"
        near = self._likeness.nearest(said["title"], text, apart_from=(apart_from,))
        return [one for one in near if one.score >= ALIKE][:MOST_SHOWN]

    def recalled(self, *parts: str) -> int:
        """Repeats of which the original is among those that are shown."""
        return sum(
            one["of"] in [near.number for near in self.shown(one, *parts)] for one in self.again
        )

    def alarms(self, *parts: str) -> int:
        """Beliefs of their own for which anything at all is shown."""
        return sum(
            bool(self.shown(one, *parts, apart_from=at))
            for at, one in enumerate(self.beliefs, start=1)
        )


def test_ten_paraphrased_repeats_among_forty_are_recalled_and_few_others_shown() -> None:
    """The figures that `similar.ALIKE` was chosen by; all forty share a study's vocabulary."""
    flights = Memory("hypotheses.toml")
    whole, begun = ("title", "belief", "why"), ("title", "belief")
    assert (flights.recalled(*whole), flights.alarms(*whole)) == (10, 4)
    assert (flights.recalled(*begun), flights.alarms(*begun)) == (7, 4)
    assert (flights.recalled("title"), flights.alarms("title")) == (5, 4)


def test_in_another_study_the_same_line_recalls_five_of_five() -> None:
    """Written after the line was drawn."""
    slides = Memory("hypotheses_of_another_study.toml")
    whole, begun = ("title", "belief", "why"), ("title", "belief")
    assert (slides.recalled(*whole), slides.alarms(*whole)) == (5, 0)
    assert (slides.recalled(*begun), slides.alarms(*begun)) == (3, 0)


def test_the_words_in_common_are_named_as_they_were_asked() -> None:
    flights = Memory("hypotheses.toml")
    [first, *_] = flights.shown(flights.again[6], "title", "belief", "why")
    assert first.number == 7
    assert set(first.words) >= {"thanksgiving", "public", "passengers"}


@pytest.mark.parametrize(
    ("word", "stem"),
    [("flights", "flight"), ("lagged", "lag"), ("queues", "queu"), ("less", "less"),
     ("delays", "delay"), ("carries", "carry"), ("r2", "r2"), ("mae", "mae"), ("größe", "größe")],
)  # fmt: skip
def test_stems(word: str, stem: str) -> None:
    assert stem_of(word) == stem


def test_what_changes_is_weighed_anew() -> None:
    likeness = Likeness()
    likeness.hold({1: ("moon and tide", ""), 2: ("wind and surge", "")})
    [near] = likeness.nearest("the moon's tides", "")
    assert (near.number, near.words) == (1, ("moon", "tides"))
    likeness.hold({1: ("sun and tide", ""), 3: ("moon", "")})
    assert [one.number for one in likeness.nearest("moon", "")] == [3]
    assert [one.number for one in likeness.nearest("wind", "")] == []
    fresh = Likeness()
    fresh.hold({1: ("sun and tide", ""), 3: ("moon", "")})
    assert likeness.nearest("sun tide", "") == fresh.nearest("sun tide", "")


def test_a_repeat_of_what_failed_says_so(evaluated: Study) -> None:
    reason = "its gain lies below the line"
    decide(
        evaluated,
        "3",
        "archive",
        Statement(reason, "original", lesson="wind moves nothing", would_change="a gauge at sea"),
    )
    found = similar(evaluated, "The wind again")
    assert found[0].told == f"tried as 003: refuted, archived, because {reason}"
    assert (found[0].fate.lesson, found[0].words) == ("wind moves nothing", ("wind",))
    assert found[0].fate.is_failure
    assert similar(evaluated, "The wind again", parent=3)[0] == found[0]


def test_a_draft_is_compared_as_its_file_stands_and_with_a_parent_that_failed(
    evaluated: Study,
) -> None:
    wind = find_experiment(evaluated, "3")
    wind.hypothesis_path.write_text("# The wind\n\n## What we believe\n\nWind moves the gauge.\n")
    made = new_experiment(evaluated, "Barometer", kind="refinement", parent="2")
    assert similar_to(evaluated, made.number) == ()
    made.hypothesis_path.write_text("# Wind\n\n## What we believe\n\nThe wind moves the gauge.\n")
    assert [one.number for one in similar_to(evaluated, made.number)] == [3]
    followed = new_experiment(evaluated, "The wind again", kind="refinement", parent="3")
    assert 3 in [one.number for one in similar_to(evaluated, followed.number)]
    held = new_experiment(evaluated, "The moon again", kind="refinement", parent="2")
    assert 2 not in [one.number for one in similar_to(evaluated, held.number)]
    assert 2 in [one.number for one in similar(evaluated, "The moon again", parent=1)]
    begun = similar(evaluated, "Barometer")
    assert [one.told for one in begun if one.number == made.number] == [
        "begun as 004: not judged yet"
    ]


def test_the_templates_own_words_are_nobodys_belief() -> None:
    likeness = Likeness()
    likeness.hold({1: ("wind", HYPOTHESIS_TEMPLATE), 2: ("moon", HYPOTHESIS_TEMPLATE)})
    [near] = likeness.nearest("wind", HYPOTHESIS_TEMPLATE)
    assert (near.number, near.words, round(near.score, 6)) == (1, ("wind",), 1)


def test_no_text_and_no_experiment_are_like_nothing(evaluated: Study) -> None:
    assert similar(evaluated, "") == similar(evaluated, "!?") == similar_to(evaluated, 99) == ()
