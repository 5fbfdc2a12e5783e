"""How much alike two beliefs are, by the words they share: the cosine of their tf-idf vectors.

A word weighs by how rarely it is used in the study: `delay` tells nothing where every hypothesis
is about delays. Words are compared by their stems, as English inflects them; a synonym is another
word here, so that a repeat in words of its own is not seen.

Source: Salton & Buckley 1988, Information Processing & Management 24:513-523 (sublinear term
frequency, cosine); the weight of a word is the idf of BM25, Robertson & Zaragoza 2009.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from grd_core.checks.process.hypothesis import answers
from grd_core.history.words import words_of

_ALIKE_PARTS = ("belief", "why", "test")
"""What of a HYPOTHESIS.md says what is tried; what would disprove it is alike in all of them."""

_TITLE_COUNTS = 2
"""How often a title's words are counted: it says in five words what the rest explains."""

_COMMON = frozenset(
    words_of("""
    a about above after again all also an and any are as at be because been before being below
    between both but by can cannot could did do does down each every few for from further had
    has have how if in instead into is it its just less made makes more most no nor not of off
    on once one only or other others our out over own same so some such than that the their them
    then there these they this those through to too two under until up us use used using very
    was we were what when where which while who why will with within without would you your
    whether yet
    """)
)
"""English words that say nothing of what is believed."""


@dataclass(frozen=True, slots=True)
class Near:
    """A belief by its number: `score` is from 0, no word in common, to 1; `words` are those in
    common as the text that was asked for has them, what tells most first."""

    number: int
    score: float
    words: tuple[str, ...]


class Likeness:
    """Beliefs by number, to be compared with a text."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[str, str]] = {}
        self._weights: dict[int, dict[str, float]] = {}
        self._used: Counter[str] = Counter()
        self._lengths: dict[int, float] = {}

    def hold(self, texts: Mapping[int, tuple[str, str]]) -> None:
        """Hold these titles and hypotheses and no others; those held already are not read again."""
        changed = [n for n in self._texts.keys() | texts if self._texts.get(n) != texts.get(n)]
        if not changed:
            return
        for number in changed:
            self._used.subtract(self._weights.pop(number, {}).keys())
            if number in texts:
                self._weights[number] = weights_of(*texts[number])
                self._used.update(self._weights[number].keys())
        self._texts = dict(texts)
        # How rare a word is has changed, and with it every length.
        rarity = {stem: self._rarity(stem) for stem in +self._used}
        self._lengths = {
            number: math.sqrt(sum((w * rarity[stem]) ** 2 for stem, w in weights.items()))
            for number, weights in self._weights.items()
        }

    def nearest(self, title: str, said: str, *, apart_from: Collection[int] = ()) -> list[Near]:
        """Every belief that shares a word with the text, the most alike first."""
        own = {stem: w * self._rarity(stem) for stem, w in weights_of(title, said).items()}
        length = math.sqrt(sum(weight**2 for weight in own.values()))
        forms = {stem_of(word): word for word in reversed(words_of(f"{title} {said}"))}
        found = []
        for number, weights in self._weights.items():
            shared = own.keys() & weights.keys()
            if not shared or number in apart_from:
                continue
            parts = {stem: own[stem] * weights[stem] * self._rarity(stem) for stem in shared}
            score = sum(parts.values()) / (length * self._lengths[number])
            telling = sorted(parts, key=lambda stem: (-parts[stem], stem))
            found.append(Near(number, score, tuple(forms[stem] for stem in telling)))
        return sorted(found, key=lambda near: (-near.score, near.number))

    def _rarity(self, stem: str) -> float:
        """The idf of BM25, which is above 0 however many use the word."""
        used, of = self._used[stem], len(self._weights)
        return math.log(1 + (of - used + 0.5) / (used + 0.5))


def weights_of(title: str, hypothesis: str) -> dict[str, float]:
    """The stems of a title and a HYPOTHESIS.md with how much each is used, 1 for once.

    Of a hypothesis with the template's headings only what is believed, why and how it is tested
    is read; another is read whole.
    """
    answered = answers(hypothesis)
    said = " ".join(answer.text for answer in answered if answer.part.key in _ALIKE_PARTS)
    has_headings = any(answer.line for answer in answered)
    counted = Counter(_stems(said if has_headings else hypothesis))
    for stem in _stems(title):
        counted[stem] += _TITLE_COUNTS
    return {stem: 1 + math.log(count) for stem, count in counted.items()}


def _stems(text: str) -> list[str]:
    return [stem_of(word) for word in words_of(text) if word not in _COMMON and len(word) > 1]


_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ness", ""),
    ("ings", ""),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("ly", ""),
    ("es", ""),
    ("s", ""),
)
_LEAST_STEM = 3


@lru_cache(maxsize=65_536)
def stem_of(word: str) -> str:
    """A folded English word without its ending: flights, flight; lagged, lag."""
    if len(word) <= _LEAST_STEM or not word.isascii() or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        is_double_s = ending == "s" and word.endswith("ss")
        if word.endswith(ending) and not is_double_s and len(word) - len(ending) >= _LEAST_STEM:
            word = word.removesuffix(ending) + instead
            break
    if len(word) > _LEAST_STEM and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > _LEAST_STEM else word
