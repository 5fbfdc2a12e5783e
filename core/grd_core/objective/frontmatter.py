"""Bytes to front matter and prose: values as a plain tree, with the line of every key.

YAML is read event by event with the scalars of its core schema (null, true, false,
integers, decimals; everything else is text), so that a column called `no` stays a word.
Anchors, aliases and tags are refused: a registered rule says each value where it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from grd_core.objective.problem import Problem

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NEWLINE = re.compile(r"\r\n?")
_OPENING = re.compile(r"---[ \t]*(?:\n|$)")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_HIDDEN_BREAK = re.compile("[\x85\u2028\u2029]")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DEPTH_LIMIT = 12
_VALUES_LIMIT = 10_000
"""An objective has dozens of values; reading and judging this many still takes a second."""
_DIGITS_LIMIT = 300
"""Beyond this a number is no number anyone meant, and Python refuses to convert it."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter as plain values, the line of every key, and the prose after it.

    `lines` maps a path such as `metrics[0].name` to its line in the file, from 1.
    `prose_line` is the line on which `prose` begins.
    """

    values: dict[str, Any]
    lines: Mapping[str, int]
    text: str
    prose: str
    prose_line: int

    def line_of(self, path: str) -> int:
        """The line of a path, or of the nearest parent that has one; 1 at worst."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return 1


@dataclass(frozen=True, slots=True)
class Malformed:
    """The bytes are no objective document; each problem says where and what to do."""

    problems: tuple[Problem, ...]


class _FaultError(Exception):
    """Carries the problem out of the recursion."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_front_matter(raw: bytes) -> FrontMatter | Malformed:
    """Read raw bytes; a BOM and any kind of line ending are accepted and never rewritten."""
    try:
        text = _decode(raw)
        source, prose, prose_line = _divide(text)
        values, lines = _Builder(source).build()
    except _FaultError as fault:
        return Malformed((fault.problem,))
    return FrontMatter(values, lines, source, prose, prose_line)


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        raise _fault(1, "the file is UTF-16 or UTF-32", "save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_at(raw[: error.start])
        raise _fault(line, "the file is not UTF-8", "save it as UTF-8") from error
    return _NEWLINE.sub("\n", text)


def _line_at(before: bytes) -> int:
    return len(re.findall(rb"\r\n|\r|\n", before)) + 1


def _divide(text: str) -> tuple[str, str, int]:
    """Front matter (its first line is line 2 of the file), prose, and the prose's first line."""
    if not text.strip():
        raise _fault(1, "the file is empty", "`grd objective init` drafts one beside your data")
    opening = _OPENING.match(text)
    if opening is None:
        raise _fault(
            1,
            "there is no front matter",
            "begin with a line `---`, the fields, and another line `---` before the prose",
        )
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise _fault(1, "the front matter is never closed", "end it with a line `---`")
    source = text[opening.end() : closing.start()]
    prose = text[closing.end() + 1 :]
    return source, prose, text.count("\n", 0, closing.end()) + 2


class _Builder:
    """One pass over YAML events: the tree, the lines, and refusals with a sentence."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._ends = [match.start() for match in re.finditer("\n", source)]
        self._lines: dict[str, int] = {}

    def build(self) -> tuple[dict[str, Any], dict[str, int]]:
        """The mapping at the top and the line of every path in it."""
        try:
            events = yaml.parse(self._source, Loader=_LOADER)
            documents = self._documents(events)
        except yaml.YAMLError as error:
            raise _FaultError(_explain(error, self._source)) from error
        if len(documents) > 1:
            raise _fault(2, "the front matter holds several documents", "keep one")
        values = documents[0] if documents else None
        if values is None:
            raise _fault(1, "the front matter is empty", "`grd objective init` drafts the fields")
        if not isinstance(values, dict):
            raise _fault(2, "the front matter is not a list of `key: value` lines", "write keys")
        return values, self._lines

    def _documents(self, events: Iterator[yaml.Event]) -> list[Any]:
        return [
            self._value(next(events), events, "", 0)
            for event in events
            if isinstance(event, yaml.DocumentStartEvent)
        ]

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], path: str, depth: int) -> Any:
        line = self._line_of(event)
        if len(self._lines) >= _VALUES_LIMIT:
            raise _fault(
                line,
                f"the front matter holds more than {_VALUES_LIMIT:,} values",
                "name a file that lists them, in the prose",
            )
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _fault(line, "anchors and aliases are not used here", "write the value out", path)
        if depth > _DEPTH_LIMIT:
            raise _fault(
                line, "values are nested too deeply", "an objective needs four levels", path
            )
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            what = f"the tag {visible(tag)} is not used here"
            raise _fault(line, what, "write a plain value", path)
        self._lines.setdefault(path, line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._scalar(event, line, path)

    def _line_of(self, event: yaml.Event) -> int:
        """The event's line in the file, whose line 2 is the source's first. Marks count
        lines by YAML's rules, which know more line ends than an editor does."""
        return bisect_left(self._ends, event.start_mark.index) + 2 if event.start_mark else 2

    def _mapping(self, events: Iterator[yaml.Event], path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            line = self._line_of(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _fault(line, "a key must be one word", "write `key: value`", path)
            key = event.value
            if not key:
                raise _fault(line, "a key is empty", "write `key: value`", path)
            here = f"{path}.{key}" if path else key
            if key in found:
                first = self._lines[here]
                raise _fault(
                    line,
                    f"`{visible(key)}` is set twice, first on line {first}",
                    "keep one of them",
                    here,
                )
            self._lines[here] = line
            found[key] = self._value(next(events), events, here, depth + 1)
        return found

    def _sequence(self, events: Iterator[yaml.Event], path: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            found.append(self._value(event, events, f"{path}[{len(found)}]", depth + 1))
        return found

    @staticmethod
    def _scalar(event: Any, line: int, path: str) -> Any:
        text: str = event.value
        if event.style not in (None, "") or event.tag == "!":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > _DIGITS_LIMIT:
            return text
        if _INTEGER.match(text):
            return int(text)
        if _DECIMAL.match(text):
            value = float(text)
            if value in (float("inf"), float("-inf")):
                raise _fault(line, f"{text} is too large for a number", "correct it", path)
            return value
        return text


def visible(text: str, limit: int = 80) -> str:
    """Words of a file for a message: what cannot be seen by its code, cut at `limit`."""
    shown = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[:limit]}…"


def _fault(line: int, message: str, fix: str, field: str = "") -> _FaultError:
    return _FaultError(Problem(line, visible(field), message, fix))


def _explain(error: yaml.YAMLError, source: str) -> Problem:
    """A parser's complaint as a sentence about the line a person has to look at."""
    lines = source.split("\n")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        position = getattr(error, "position", None)
        number = source.count("\n", 0, position) if isinstance(position, int) else 0
        return Problem(
            _first_control(lines) or number + 2,
            "",
            "a character that text may not hold (a control character)",
            "remove it",
        )
    complaint = str(getattr(error, "problem", "") or "it cannot be read").replace("\n", " ")
    if "end of stream" in complaint:  # what was opened and never closed is where to look
        mark = getattr(error, "context_mark", None) or mark
    index = min(source.count("\n", 0, mark.index), len(lines) - 1)
    for number in (index, index - 1):
        if number >= 0 and re.match(r"\s*\t", lines[number]):
            return Problem(number + 2, "", "a tab indents this line", "indent with spaces")
        hidden = _HIDDEN_BREAK.search(lines[number]) if number >= 0 else None
        if hidden:
            code = f"U+{ord(hidden.group()):04X}"
            return Problem(
                number + 2,
                "",
                f"a line break that an editor does not show ({code}) stands in this line",
                "remove it, or put the text in quotes and write it as an escape",
            )
        sign = re.search(r"comparison:\s*(>=?)\s*$", lines[number]) if number >= 0 else None
        if sign:
            return Problem(
                number + 2,
                "comparison",
                f"an unquoted {sign.group(1)} means something else in YAML",
                f'write comparison: "{sign.group(1)}"',
            )
    return Problem(
        index + 2,
        "",
        f"the front matter is not valid YAML here ({complaint})",
        "correct this line or the one above it; quote text that holds `: ` or ` #`",
    )


def _first_control(lines: list[str]) -> int:
    for number, line in enumerate(lines, start=2):
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line):
            return number
    return 0
