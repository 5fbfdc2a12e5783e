"""Statements that only Python 2 knows, rewritten where they stand: many notebooks still say them.

Lines stay as they are, and columns but for what follows on the line.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from tokenize import TokenInfo

_BETWEEN = frozenset({tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT})
_SAID = ("print", "exec", "except", "raise")
_Edit = tuple[tuple[int, int], tuple[int, int], str]


def as_python3(text: str) -> str:
    """The text with `print x`, `exec x`, `except E, e` and `raise E, x` as Python 3 says them.

    A text that does not come apart into tokens is returned as it is.
    """
    if not any(word in text for word in _SAID):
        return text
    try:
        edits = [edit for said in _statements(text) for edit in _rewritten(said)]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return text
    lines = text.splitlines(keepends=True)
    for (row, start), (_, end), new in sorted(edits, reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:start] + new + line[end:]
    return "".join(lines)


def _statements(text: str) -> Iterator[list[TokenInfo]]:
    """The tokens of each simple statement or head of a block, without comments."""
    said: list[TokenInfo] = []
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.NL and said):
            continue
        depth += (token.string in "([{") - (token.string in ")]}") if len(token.string) == 1 else 0
        ends = token.type in _BETWEEN or token.type == tokenize.ENDMARKER
        if ends or (depth == 0 and token.string in (";", ":")):
            if said:
                yield [*said, token]
            said = []
        else:
            said.append(token)


def _rewritten(said: list[TokenInfo]) -> Iterator[_Edit]:
    first, last = said[0], said[-2]
    rest = said[1:-1]
    if first.string in ("print", "exec"):
        if not rest:
            yield first.end, first.end, "()"
        elif rest[0].string not in ("(", "=", ".", ",", "[") and not _is_operator(rest[0]):
            opened = (first.end[0], min(first.end[1] + 1, rest[0].start[1]))
            yield first.end, opened, "("
            if rest[0].string == ">>":
                yield rest[0].start, rest[0].end, ""
            yield last.end, last.end, ")"
    elif first.string in ("except", "raise"):
        comma = next((token for token in _outer(rest) if token.string == ","), None)
        if comma is not None and first.string == "except":
            yield comma.start, comma.end, " as"
        elif comma is not None:
            yield comma.start, comma.end, "("
            yield last.end, last.end, ")"


def _outer(tokens: list[TokenInfo]) -> Iterator[TokenInfo]:
    """The tokens outside brackets."""
    depth = 0
    for token in tokens:
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        elif depth == 0:
            yield token


def _is_operator(token: TokenInfo) -> bool:
    """True for what cannot start a value."""
    return token.type == tokenize.OP and token.string not in ("-", "+", "~", "{", ">>", "*")
