"""Words as they are searched and compared: without case and accents, and where they stand.

A text is folded here and not by SQLite, so that «Straße» is found as «STRASSE» and that what is
marked in an excerpt is exactly what was found. The index is given words that are folded already.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Japanese and Chinese are written without spaces: there each sign is a word, so that a phrase
# finds what a word does elsewhere.
# A combining accent belongs to the word it stands in.
_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff]|(?:[^\\W_\u3040-\u30ff\u3400-\u9fff]|[\u0300-\u036f])+"
)


class Place(NamedTuple):
    """A word, folded, and where it stands in the text."""

    word: str
    start: int
    end: int


def places_of(text: str) -> Iterator[Place]:
    """Every word of a text in its order. `dep_delay` is two words, and so is `24-hour`."""
    for match in _WORD.finditer(text):
        yield Place(_folded(match.group()), match.start(), match.end())


def for_index(text: str) -> str:
    """A text for an index whose words are runs of ASCII letters and digits and of anything that
    is not ASCII, in any case of ASCII: it finds the words there that `words_of` finds."""
    return text if text.isascii() else " ".join(words_of(text))


def words_of(text: str) -> list[str]:
    """Every word of a text, folded, in its order."""
    if text.isascii():
        return _WORD.findall(text.lower())
    return [place.word for place in places_of(text)]


@lru_cache(maxsize=65_536)
def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    taken_apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in taken_apart if char.isalnum())
