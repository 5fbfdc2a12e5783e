"""Earlier hypotheses that a new one may be a repeat of, each with what became of it.

A warning against trying again what has failed: a repeat in the same words is seen, one that uses
words of its own is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.history.fates import Fate
from grd_core.history.likeness import Near
from grd_core.history.remembered import Memory, remembered
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

ALIKE = 0.2
"""From which cosine on a hypothesis is shown. Chosen on forty of one study
(`tests/core/history/hypotheses.toml`): of ten repeats in other words all ten are shown, and beside
four of the thirty others something; with the title alone five of ten, and four of thirty. In
another study, written afterwards, five of five and none of ten."""

MOST_SHOWN = 3
WORDS_SHOWN = 6
"""Words in common that are named, what tells most first."""


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier hypothesis: how alike it is (cosine, ALIKE to 1), by which words, and its fate.

    `when` is when it was made (UTC, ISO 8601); `told` says what became of it in one sentence:
    `tried as 004: refuted, archived, because …`. All text is raw.
    """

    number: int
    name: str
    title: str
    when: str
    score: float
    words: tuple[str, ...]
    fate: Fate
    told: str


def similar(
    study: Study,
    title: str,
    said: str = "",
    *,
    parent: int = 0,
    most: int = MOST_SHOWN,
) -> tuple[Alike, ...]:
    """The hypotheses most alike to a new one, the most alike first; those that failed first
    among equals.

    Args:
        study: the study.
        title: what the new one is called; may be empty.
        said: what it believes: free text, or a HYPOTHESIS.md.
        parent: the number of the experiment it follows, 0 for none. Whoever follows it knows it:
            it is shown only where it failed.
        most: how many at most.
    """
    with remembered(study) as memory:
        return _alike(memory, title, said, parent, most)


def similar_to(study: Study, experiment: int, most: int = MOST_SHOWN) -> tuple[Alike, ...]:
    """The same for an experiment by its number, as its HYPOTHESIS.md stands now.

    An unknown number is like none.
    """
    with remembered(study) as memory:
        own = memory.experiments.get(experiment)
        if own is None:
            return ()
        said = memory.believed.get(experiment, "")
        return _alike(memory, own.title, said, own.parent, most, own=experiment)


def _alike(
    memory: Memory, title: str, said: str, parent: int, most: int, *, own: int = 0
) -> tuple[Alike, ...]:
    known = parent if not memory.fate(parent).is_failure else 0
    found = [
        near
        for near in memory.likeness.nearest(title, said, apart_from=(own, known))
        if near.score >= ALIKE
    ]
    found.sort(key=lambda near: (-near.score, not memory.fate(near.number).is_failure))
    return tuple(_one(memory, memory.experiments[near.number], near) for near in found[:most])


def _one(memory: Memory, experiment: ExperimentRecord, near: Near) -> Alike:
    fate = memory.fate(experiment.number)
    return Alike(
        number=experiment.number,
        name=experiment.name,
        title=experiment.title,
        when=experiment.at,
        score=near.score,
        words=near.words[:WORDS_SHOWN],
        fate=fate,
        told=_told(experiment.number, fate),
    )


def _told(number: int, fate: Fate) -> str:
    if fate.state == "open" and not (fate.verdict or fate.outcome):
        return f"begun as {number:03d}: {fate.word} yet"
    because = " ".join(fate.because.split()).rstrip(".")
    return f"tried as {number:03d}: {fate.word}{f', because {because}' if because else ''}"
