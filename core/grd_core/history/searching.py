"""Searching everything a study ever believed, decided and learned."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.history.excerpt import excerpt_of
from grd_core.history.query import Field, Query, Wanted, parse
from grd_core.history.remembered import Memory, remembered
from grd_core.history.texts import Kind, Said
from grd_core.study import Study

MOST_HITS = 200
"""Hits that are shown; who finds more searches again with another word."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found: what kind it is, where it stands, when it was written.

    `text` is an excerpt around what was found, `marks` where that stands in it, as pairs of first
    and behind the last character. `experiment` is a number, `run` the id of the run that is noted
    on, both 0 for none; `fate` is what became of the experiment, empty without one.
    """

    kind: Kind
    where: str
    at: str
    text: str
    experiment: int
    run: int = 0
    marks: tuple[tuple[int, int], ...] = ()
    fate: str = ""


def search(study: Study, words: str, most: int = MOST_HITS) -> tuple[Hit, ...]:
    """What is found, the best first (BM25); where only fields are asked for, the newest first.

    Args:
        study: the study.
        words: as `query.parse` understands them; no text is wrong, and nothing finds nothing.
        most: how many hits at most.

    Looked through are titles, hypotheses as their files stand, notes on runs, every locked
    objective, the reasons of amendments, verdicts, waivers and decisions, and lessons.

    Raises:
        RefusedError: this Python's SQLite has no full-text search.
    """
    query = parse(words)
    if not query.alternatives:
        return ()
    with remembered(study) as memory:
        said = memory.full_text.said
        ranks = _ranks(memory, query)
        newest = sorted(ranks, key=lambda row: said[row].at, reverse=True)
        best = sorted(newest, key=ranks.__getitem__)[:most]
        return tuple(_hit(memory, said[row], query) for row in best)


def _ranks(memory: Memory, query: Query) -> dict[int, float]:
    """The rank of every row that one of the alternatives holds for; less is better."""
    text, ranks = memory.full_text, dict[int, float]()
    for wanted in query.alternatives:
        for row, rank in text.matching(wanted):
            if _fits(memory, text.said[row], wanted):
                ranks[row] = min(rank, ranks.get(row, rank))
    return ranks


def _fits(memory: Memory, said: Said, wanted: Wanted) -> bool:
    return all(_holds(memory, said, field) for field in wanted.fields) and not any(
        _holds(memory, said, field) for field in wanted.without_fields
    )


def _holds(memory: Memory, said: Said, field: Field) -> bool:
    if field.name == "kind":
        is_its_title = said.kind == "title" and field.value == "hypothesis"
        about = memory.experiments.get(said.experiment)
        is_of_one = about is not None and about.kind.startswith(field.value)
        return is_its_title or is_of_one or said.kind.startswith(field.value)
    if not said.experiment:
        return False
    fate = memory.fate(said.experiment)
    match field.name:
        case "experiment":
            return field.value.lstrip("0") == str(said.experiment)
        case "outcome":
            value = fate.outcome
        case "verdict":
            value = fate.verdict
        case _:
            value = fate.state
    return value.casefold().startswith(field.value)


def _hit(memory: Memory, said: Said, query: Query) -> Hit:
    excerpt = excerpt_of(said.text, query.terms)
    return Hit(
        kind=said.kind,
        where=said.where,
        at=said.at,
        text=excerpt.text,
        experiment=said.experiment,
        run=said.run,
        marks=excerpt.marks,
        fate=memory.fate(said.experiment).word if said.experiment else "",
    )
