"""What stands around the words that were found, on one line, with each of them marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grd_core.history.query import Term
from grd_core.history.words import Place, places_of

BEFORE, AFTER = 60, 180
"""Characters shown before and from the first of the words that stand together best."""

MOST_READ = 200_000
"""Characters of a text in which the words are looked for; a longer one shows its beginning."""

MOST_WEIGHED = 40
"""Places of which the best is looked for; in a text with more one is as good as another."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text, and where what was found stands in it: first and behind the last."""

    text: str
    marks: tuple[tuple[int, int], ...]


def excerpt_of(text: str, terms: Sequence[Term]) -> Excerpt:
    """The part of a text where most of the terms stand close together; white space folded."""
    folded = " ".join(text[:MOST_READ].split())
    found = _found(list(places_of(folded)), terms)
    weighed = found[:MOST_WEIGHED]
    centre = max(weighed, key=lambda one: _near(weighed, one[0]))[0] if found else 0
    start = max(centre - BEFORE, 0)
    end = min(start + BEFORE + AFTER, len(folded))
    if start:
        start = folded.find(" ", start, centre) + 1 or start
    if end < len(folded):
        end = max(folded.rfind(" ", centre, end), centre) if " " in folded[centre:end] else end
    before, after = ("…" if start else ""), ("…" if end < len(folded) else "")
    moved = len(before) - start
    marks: list[tuple[int, int]] = []
    for first, last, _ in found:
        if first < start or last > end:
            continue
        if marks and first + moved <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], last + moved))
        else:
            marks.append((first + moved, last + moved))
    return Excerpt(f"{before}{folded[start:end]}{after}", tuple(marks))


def _found(places: Sequence[Place], terms: Sequence[Term]) -> list[tuple[int, int, int]]:
    """Where each term stands: first character, behind the last, and which term it is."""
    by_word: dict[str, list[tuple[int, Term]]] = {}
    beginnings: list[tuple[int, Term]] = []
    for number, term in enumerate(terms):
        if term.begins and len(term.words) == 1:
            beginnings.append((number, term))
        else:
            by_word.setdefault(term.words[0], []).append((number, term))
    found = {
        (place.start, places[at + len(term.words) - 1].end, number)
        for at, place in enumerate(places)
        for number, term in (*by_word.get(place.word, ()), *beginnings)
        if _stands(places, at, term)
    }
    return sorted(found)


def _stands(places: Sequence[Place], at: int, term: Term) -> bool:
    *whole, last = term.words
    end = at + len(whole)
    if end >= len(places) or any(places[at + i].word != word for i, word in enumerate(whole)):
        return False
    return places[end].word.startswith(last) if term.begins else places[end].word == last


def _near(found: Sequence[tuple[int, int, int]], start: int) -> int:
    """How many different terms stand within what is shown from a place on."""
    return len(
        {number for first, last, number in found if start <= first and last <= start + AFTER}
    )
