"""The source around a finding: its places, and the names its value passes through.

Text in, lines out; nothing is run and nothing is parsed that could fail on broken code. What
comes out is the file's own text, which nobody has vouched for: faces clean it before showing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grd_core.checks.contract import Finding, Place, Role

CONTEXT_LINES = 3
"""Lines shown before and after each place."""

MOST_BYTES = 4_000_000
"""A larger file is not code that anybody wrote, and is not read."""

_CODE = frozenset({".py", ".ipynb"})
_QUOTED = re.compile(r"`([^`]+)`")
_CHAIN = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*(?!\w*\s*[(=])")
_IMPORT = re.compile(r"^\s*(?:import|from)\s.*")
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
    return tuple(
        _excerpt(
            study_root, path, [p for p in places if p.path == path and p.line > 0], finding.why
        )
        for path in paths
    )


def _excerpt(root: Path, path: str, places: Sequence[Place], why: str) -> Excerpt:
    inside = _CELL.match(path)
    file, cell = (inside["path"], int(inside["number"])) if inside else (path, 0)
    lines = _lines(root / file, cell)
    if isinstance(lines, str):
        return Excerpt(file, cell, (), lines)
    imported = {name for line in lines if _IMPORT.match(line) for name in re.findall(r"\w+", line)}
    names = _names_in(why, imported)
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
    trouble = _trouble(places, lines, names, is_code=Path(file).suffix in _CODE)
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


def _trouble(
    places: Sequence[Place], lines: Sequence[str], names: Sequence[str], *, is_code: bool
) -> str:
    for place in places:
        if place.line > len(lines):
            return f"line {place.line} is not there any more: the file changed since the check ran"
    for place in places if is_code else ():
        text = lines[place.line - 1].strip()
        if not text or text.startswith("#"):
            return f"line {place.line} holds no code now: the file changed since the check ran"
    patterns = _patterns(names, lines)
    if is_code and places and names and not any(_spans(line, patterns) for line in lines):
        return "none of the names is in the file now: it changed since the check ran"
    return ""


def _names_in(why: str, imported: Container[str]) -> tuple[str, ...]:
    """The names a sentence quotes: a name or chain as it is, of an expression its variables."""
    names: dict[str, None] = {}
    for quoted in _QUOTED.findall(why):
        if _CHAIN.fullmatch(quoted):
            names[quoted] = None
        else:
            variables = _NAME.findall(_code_only(quoted))
            names.update(dict.fromkeys(name for name in variables if name not in imported))
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
    """Every name in the line's code, from left to right; none in its texts or its comment."""
    code = _code_only(text)
    spans = [
        Span(match.start(), match.end(), name)
        for name, pattern in patterns.items()
        for match in pattern.finditer(code)
    ]
    spans.sort(key=lambda span: (span.start, -span.end))
    kept: list[Span] = []
    for span in spans:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def _code_only(line: str) -> str:
    """The line with a quote in place of every character of a text, up to its comment."""
    kept: list[str] = []
    quote, escaped = "", False
    for mark in line:
        if quote:
            kept.append(quote)
            if mark == quote and not escaped:
                quote = ""
            escaped = mark == "\\" and not escaped
        elif mark == "#":
            break
        else:
            quote = mark if mark in "'\"" else ""
            kept.append(mark)
    return "".join(kept)
