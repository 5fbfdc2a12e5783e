"""The sections of a person's Markdown, with the line of each heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t#]*$")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(```|~~~)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text below it, down to the next heading. `line` is the heading's."""

    title: str
    level: int
    line: int
    text: str

    @property
    def said(self) -> str:
        """The text without comments."""
        return COMMENT.sub("", self.text)


def sections_of(prose: str, first_line: int = 1) -> tuple[Section, ...]:
    """The sections of Markdown with `\\n` line ends; text above any heading has level 0.

    A heading inside a fenced block is no heading. `first_line` is the line of the file
    on which `prose` begins.
    """
    found: list[Section] = []
    title, level, line, body, fence = "", 0, first_line, list[str](), ""
    for number, text in enumerate(prose.split("\n"), start=first_line):
        mark = _FENCE.match(text)
        if mark and fence in ("", mark.group(1)):
            fence = "" if fence else mark.group(1)
        heading = None if fence or not text.startswith("#") else _HEADING.match(text)
        if heading is None:
            body.append(text)
            continue
        if level or any(entry.strip() for entry in body):
            found.append(Section(title, level, line, "\n".join(body).strip()))
        title, level, line, body = heading.group(2), len(heading.group(1)), number, []
    if level or any(entry.strip() for entry in body):
        found.append(Section(title, level, line, "\n".join(body).strip()))
    return tuple(found)
