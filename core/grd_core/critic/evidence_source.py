"""The source around a finding: its places, and the names its value passes through.

Text in, lines out; nothing is run and nothing is parsed that could fail on broken code. What
comes out is the file's own text, which nobody has vouched for: faces clean it before showing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grd_core.checks.contract import Finding, Place, Role

CONTEXT_LINES = 3
"""Lines shown before and after each place."""

MOST_BYTES = 4_000_000
"""A larger file is not code that anybody wrote, and is not read."""

_QUOTED = re.compile(r"`([^`]+)`")
_CHAIN = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_NAME = re.compile(r"(?<![\w.'\"])[^\W\d]\w*(?!\w*\s*[(=]|\w*['\"])")
_CELL = re.compile(r"(?P<path>.+)#cell-(?P<number>\d+)$")


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a line a name on the path of the value stands: columns from 0, end excluded."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line by its number from 1, the parts it plays in the finding, and the names in it."""

    number: int
    text: str
    roles: tuple[Role, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What to show of one file, or of one cell of a notebook.

    `cell` counts from 1, 0 for a plain file. Lines between two `blocks` are left out. `trouble`
    says in a sentence why the lines may not be those the finding is about; empty when they are.
    """

    path: str
    cell: int
    blocks: tuple[tuple[SourceLine, ...], ...]
    trouble: str = ""


def excerpts(study_root: Path, finding: Finding) -> tuple[Excerpt, ...]:
    """The source around every place of a finding, one excerpt a file, the cause's first.

    Args:
        study_root: what the finding's paths are relative to.
        finding: any finding; one about a whole file gets an excerpt without lines.
    """
    places = finding.places or (Place("cause", finding.path, finding.line),)
    paths = dict.fromkeys(place.path for place in places if place.path)
    names = _names_in(finding.why)
    return tuple(
        _excerpt(study_root, path, [p for p in places if p.path == path and p.line > 0], names)
        for path in paths
    )


def _excerpt(root: Path, path: str, places: Sequence[Place], names: Sequence[str]) -> Excerpt:
    inside = _CELL.match(path)
    file, cell = (inside["path"], int(inside["number"])) if inside else (path, 0)
    lines = _lines(root / file, cell)
    if isinstance(lines, str):
        return Excerpt(file, cell, (), lines)
    wanted = {
        number
        for place in places
        for number in range(place.line - CONTEXT_LINES, place.line + CONTEXT_LINES + 1)
        if 1 <= number <= len(lines)
    }
    shown = {number: lines[number - 1] for number in sorted(wanted)}
    patterns = _patterns(names, shown.values())
    blocks: list[list[SourceLine]] = []
    for number, text in shown.items():
        roles = tuple(dict.fromkeys(place.role for place in places if place.line == number))
        line = SourceLine(number, text, roles, _spans(text, patterns))
        if not blocks or blocks[-1][-1].number != number - 1:
            blocks.append([])
        blocks[-1].append(line)
    trouble = _trouble(places, lines, names)
    return Excerpt(file, cell, tuple(tuple(block) for block in blocks), trouble)


def _lines(path: Path, cell: int) -> list[str] | str:
    """The file's lines, or what is wrong with it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return f"the file is larger than {MOST_BYTES // 1_000_000} MB and is not shown"
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return "the file is gone since the check ran"
    except OSError as error:
        return f"the file cannot be read: {error.strerror}"
    if not cell:
        return _split(text)
    try:
        return _split("".join(json.loads(text)["cells"][cell - 1]["source"]))
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return f"the notebook has no cell {cell} any more"


def _split(text: str) -> list[str]:
    """Lines as Python counts them: only line feeds and carriage returns end one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _trouble(places: Sequence[Place], lines: Sequence[str], names: Sequence[str]) -> str:
    for place in places:
        if place.line > len(lines):
            return f"line {place.line} is not there any more: the file changed since the check ran"
        text = lines[place.line - 1].strip()
        if not text or text.startswith("#"):
            return f"line {place.line} holds no code now: the file changed since the check ran"
    if places and names and not any(_spans(line, _patterns(names, lines)) for line in lines):
        return "none of the names is in the file now: it changed since the check ran"
    return ""


def _names_in(why: str) -> tuple[str, ...]:
    """The names a sentence quotes: a name or chain as it is, of an expression its variables."""
    names: dict[str, None] = {}
    for quoted in _QUOTED.findall(why):
        if _CHAIN.fullmatch(quoted):
            names[quoted] = None
        else:
            names.update(dict.fromkeys(_NAME.findall(quoted)))
    return tuple(names)


def _patterns(names: Sequence[str], lines: Iterable[str]) -> dict[str, re.Pattern[str]]:
    """How each name is found: whole, and behind a dot only where it never stands alone."""
    text = "\n".join(lines)
    found = {}
    for name in names:
        alone = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
        behind = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        found[name] = alone if alone.search(text) else behind
    return found


def _spans(text: str, patterns: dict[str, re.Pattern[str]]) -> tuple[Span, ...]:
    """Every name in the line's code, from left to right; none in its comment."""
    code = text[: _comment(text)]
    spans = [
        Span(match.start(), match.end(), name)
        for name, pattern in patterns.items()
        for match in pattern.finditer(code)
        if not _in_text(code, match.start())
    ]
    spans.sort(key=lambda span: (span.start, -span.end))
    kept: list[Span] = []
    for span in spans:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def _comment(text: str) -> int:
    """The column where the comment starts, or the length of the line."""
    return next(
        (at for at, mark in enumerate(text) if mark == "#" and not _in_text(text, at)), len(text)
    )


def _in_text(line: str, column: int) -> bool:
    """True inside a quoted text that starts on the same line."""
    quote = ""
    at = 0
    while at < column:
        if quote and line[at] == "\\":
            at += 1
        elif not quote and line[at] in "'\"":
            quote = line[at]
        elif quote and line[at] == quote:
            quote = ""
        at += 1
    return bool(quote)
