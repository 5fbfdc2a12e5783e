"""OBJECTIVE.md as a text to edit, and back to bytes: what was not touched stays as it was.

An editor knows one line break. A file may have a byte order mark, Windows' line endings, or
several kinds of them: each line that was not touched keeps its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from grd_core.errors import RefusedError
from grd_core.objective.prose import changed_spans

_MARK = "\ufeff"
_ENDING = re.compile(r"\r\n|\r|\n")


def text_of(raw: bytes) -> str:
    """The text with a line feed between its lines and without a byte order mark.

    Raises:
        RefusedError: the bytes are not UTF-8.
    """
    return _ENDING.sub("\n", _decoded(raw).removeprefix(_MARK))


def bytes_of(text: str, like: bytes) -> bytes:
    """The bytes of an edited text whose original is `like`.

    A line that stands in the original keeps its ending, one that was rewritten takes that of
    the line in whose place it stands, and a new one that of the line before it. What no
    encoding can write becomes a question mark.

    Raises:
        RefusedError: the original is not UTF-8.
    """
    original = _decoded(like)
    mark = _MARK if original.startswith(_MARK) else ""
    body = original.removeprefix(_MARK)
    endings = _ENDING.findall(body)
    old, new = _ENDING.split(body), text.split("\n")
    if old == new:
        return like
    kinds = Counter(endings)
    common = kinds.most_common(1)[0][0] if kinds else "\n"
    kept = [common] * len(new) if len(kinds) < 2 else _matched(old, new, endings, common)
    kept[-1] = ""
    joined = "".join(line + ending for line, ending in zip(new, kept, strict=True))
    return (mark + joined).encode("utf-8", errors="replace")


def _matched(
    old: Sequence[str], new: Sequence[str], endings: Sequence[str], common: str
) -> list[str]:
    """The ending of every new line, the last included."""
    # The last line of a file has none of its own.
    known: list[str] = [*endings, ""]
    found: list[str] = []
    at = 0
    for i1, i2, j1, j2 in changed_spans(old, new):
        found += known[at:i1]
        found += [known[i1 + place] if i1 + place < i2 else "" for place in range(j2 - j1)]
        at = i2
    found += known[at:]
    for place, ending in enumerate(found):
        before = found[place - 1] if place else common
        # An empty line between the two would be read as no line at all.
        is_one = before == "\r" and ending == "\n" and place and not new[place]
        found[place] = before if is_one or not ending else ending
    return found


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", raw[: error.start])) + 1
        raise RefusedError(
            "OBJECTIVE.md is not UTF-8, so it cannot be edited in place",
            where=f"OBJECTIVE.md:{line}",
            fix="open it in an editor of your own and save it as UTF-8",
        ) from error
