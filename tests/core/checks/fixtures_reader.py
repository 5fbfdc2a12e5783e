"""Reads the Markdown fixtures: a planted flaw, what must be found in it, and its clean twin.

    # C101 title
    ## Flawed            (or «## Flawed: name»; several of each are allowed)
    ```python title="train.py"
    …
    ```
    ```expect
    severity: blocking
    line: 9
    places: cause 9, train 13, evaluate 14
    ```
    ## Clean
    …

Every fenced block with a title is a file of its section, whatever its language. Each
`expect` block is one finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
_TITLE = re.compile(r"^# (?P<code>\S+)[ \t]*(?P<title>.*)$", re.MULTILINE)
_SECTION = re.compile(r"^## (?P<kind>Flaw|Flawed|Clean)(?:: (?P<name>.+))?$", re.MULTILINE)
_BLOCK = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding: its severity, its line, and the line of each role."""

    severity: str
    line: int
    places: dict[str, int]


@dataclass(frozen=True, slots=True)
class Case:
    """One section: `files` by title, and the findings expected in them."""

    flawed: bool
    name: str
    files: dict[str, str]
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Fixture:
    """One Markdown file."""

    code: str
    title: str
    cases: tuple[Case, ...]

    @property
    def flawed(self) -> tuple[Case, ...]:
        """The sections with a planted flaw."""
        return tuple(case for case in self.cases if case.flawed)

    @property
    def clean(self) -> tuple[Case, ...]:
        """The clean twins."""
        return tuple(case for case in self.cases if not case.flawed)


def read_fixture(path: Path) -> Fixture:
    """The cases of a Markdown fixture; raises ValueError when it has no title."""
    text = path.read_text(encoding="utf-8")
    heading = _TITLE.search(text)
    if heading is None:
        raise ValueError(f"{path} does not start with `# CODE title`")
    sections = list(_SECTION.finditer(text))
    ends = [section.start() for section in sections[1:]] + [len(text)]
    cases = tuple(
        _case(section, text[section.end() : end])
        for section, end in zip(sections, ends, strict=True)
    )
    return Fixture(heading["code"], heading["title"], cases)


def _case(section: re.Match[str], body: str) -> Case:
    blocks = list(_BLOCK.finditer(body))
    return Case(
        flawed=section["kind"] != "Clean",
        name=section["name"] or section["kind"].lower(),
        files={block["title"]: block["text"] for block in blocks if block["title"]},
        expected=tuple(_expected(b["text"]) for b in blocks if b["language"] == "expect"),
    )


def _expected(text: str) -> Expected:
    fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
    places = {}
    for place in filter(None, fields.get("places", "").split(", ")):
        role, line = place.split(" ")
        places[role] = int(line)
    return Expected(fields["severity"], int(fields["line"]), places)
