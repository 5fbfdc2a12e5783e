"""What somebody searches for: words, "phrases", beginnings*, OR, -without, and fields:of.

There is no query that is wrong. What cannot be meant as an operator is a word, and signs that
are no word are nothing: an index is never given anything but words in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from grd_core.history.texts import Kind
from grd_core.history.words import words_of

FIELDS = ("kind", "outcome", "verdict", "state", "experiment")
"""What may stand before a colon, beside the kinds of text."""

MOST_TERMS = 64
"""Terms of one search that are looked at."""

_TERM = re.compile(
    r"""(?P<without>-)?(?:(?P<field>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))(?P<star>\*)?"""
)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to one another; with `begins` the last is a beginning."""

    words: tuple[str, ...]
    begins: bool = False

    @property
    def match(self) -> str:
        """The term for the full-text index."""
        return f'"{" ".join(self.words)}"' + (" *" if self.begins else "")


@dataclass(frozen=True, slots=True)
class Field:
    """A field and how its value begins, in any case."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One alternative: every term and field of the first two, none of the others."""

    terms: tuple[Term, ...] = ()
    fields: tuple[Field, ...] = ()
    without: tuple[Term, ...] = ()
    without_fields: tuple[Field, ...] = ()

    @property
    def match(self) -> str:
        """The alternative for the full-text index; empty where it names no word to find."""
        if not self.terms:
            return ""
        found = " AND ".join(term.match for term in self.terms)
        if not self.without:
            return found
        return f"({found}) NOT ({' OR '.join(term.match for term in self.without)})"


@dataclass(frozen=True, slots=True)
class Query:
    """A search, as it was understood: alternatives of which one must hold."""

    alternatives: tuple[Wanted, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every term that may be what was found."""
        return tuple(term for one in self.alternatives for term in one.terms)


def parse(said: str) -> Query:
    """Understand a search.

    Words must all be there, in any order and case; `"a b"` as a phrase; `wea*` by its beginning;
    `a OR b` either; `-b` or `NOT b` without. `kind:lesson`, `kind:pivot`, `outcome:refuted`,
    `verdict:revise`, `state:archived` and `experiment:4` narrow it down; `lesson:weather` is a
    word in a lesson.
    """
    alternatives: list[Wanted] = []
    parts: list[tuple[bool, Term | Field]] = []
    negated = False
    for match in list(_TERM.finditer(said))[:MOST_TERMS]:
        plain = match["word"] if not (match["without"] or match["field"]) else None
        if plain == "OR":
            alternatives += _wanted(parts)
            parts, negated = [], False
        elif plain == "NOT":
            negated = True
        elif plain != "AND":
            without = negated or bool(match["without"])
            parts += [(without, part) for part in _parts(match)]
            negated = False
    return Query((*alternatives, *_wanted(parts)))


def _parts(match: re.Match[str]) -> Iterator[Term | Field]:
    name = (match["field"] or "").lower()
    phrase, word = match["phrase"], match["word"] or ""
    said = word if phrase is None else phrase
    begins = bool(match["star"]) or (phrase is None and word.endswith("*"))
    if name in FIELDS:
        value = said.rstrip("*").casefold()
        if value:
            yield Field(name, value)
        return
    if name in get_args(Kind):
        yield Field("kind", name)
    elif name:
        said = f"{name} {said}"
    if words := tuple(words_of(said)):
        yield Term(words, begins)


def _wanted(parts: list[tuple[bool, Term | Field]]) -> tuple[Wanted, ...]:
    """The alternative that these parts make; none where nothing is left of them."""
    if not any(not without for without, _ in parts):
        return ()
    return (
        Wanted(
            tuple(p for without, p in parts if isinstance(p, Term) and not without),
            tuple(p for without, p in parts if isinstance(p, Field) and not without),
            tuple(p for without, p in parts if isinstance(p, Term) and without),
            tuple(p for without, p in parts if isinstance(p, Field) and without),
        ),
    )
