"""A check's page, and a suggested fix, set for reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.content import Content

from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, hanging, text

if TYPE_CHECKING:
    from grd_core.checks.contract import Check, Finding

NO_DIFF = "No change to the text is sure enough to be proposed: e opens the file at the line."
APPLY = "The checks have read the result: the finding is gone and none was added. e opens the file."


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines that stay lines, folded where they are too long; those of a diff by their signs."""

    lines: tuple[str, ...]
    kind: Literal["text", "diff"] = "text"


@dataclass(frozen=True, slots=True)
class Document:
    """A page to read: its title, Markdown of headings, paragraphs and `- ` items with what is
    verbatim between them, and the word on its border."""

    title: str
    parts: tuple[str | Verbatim, ...]
    heading: str = "Explain"


def document_of(check: Check) -> Document:
    """The page of a check, with what it is declared to be at its head."""
    from grd_core.checks.registry import documentation

    declared = ", ".join(
        (
            f"{check.group} check",
            f"{check.kind}",
            f"{check.severity} at worst",
            f"{check.cost}",
            f"since {check.since}",
        )
    )
    return Document(f"{check.code} {check.title}", (f"{declared}\n\n{documentation(check)}",))


def document_lines(document: Document, width: int) -> list[Content]:
    """A document for a width: its paragraphs set anew, its headings in the accent."""
    width = max(width, 1)
    lines = [*text(printable(document.title), "bold").wrap(width)]
    for part in document.parts:
        if isinstance(part, Verbatim):
            lines += _verbatim(part, width)
            continue
        for line in _prose(part, width):
            if line.plain or lines[-1].plain:
                lines.append(line)
    return lines


def _prose(markdown: str, width: int) -> Iterator[Content]:
    for paragraph in _paragraphs(markdown):
        if paragraph.startswith("#"):
            yield from text(printable(paragraph.lstrip("# ")), ACCENT).wrap(width)
        elif paragraph.startswith("- "):
            yield from hanging(text("-", MUTED), text(printable(paragraph[2:])), 2, width)
        elif not paragraph:
            yield Content("")
        else:
            yield from text(printable(paragraph)).wrap(width)


def _verbatim(part: Verbatim, width: int) -> Iterator[Content]:
    for line in part.lines:
        said = printable(line.replace("\t", "    "))
        style = _diff_style(line) if part.kind == "diff" else ""
        yield from text(said, style).fold(width) if said else [Content("")]


def fix_lines(finding: Finding, diff: str, width: int) -> list[Content]:
    """What to do about a finding, and the correction as a diff where one is sure.

    What goes and what comes is told by sign and colour; nothing is cut off.
    """
    width = max(width, 2)
    lines = hanging(text("do", ACCENT), text(printable(finding.fix)), 4, width)
    if not diff:
        return [*lines, Content(""), *text(NO_DIFF, MUTED).wrap(width)]
    lines += [*text(APPLY, MUTED).wrap(width), Content("")]
    return [*lines, *_verbatim(Verbatim(tuple(diff.splitlines()), "diff"), width)]


def _diff_style(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "bold"
    if line.startswith("@@"):
        return "$accent"
    return {"+": "$success", "-": "$warning"}.get(line[:1], MUTED)


def _paragraphs(markdown: str) -> list[str]:
    """Lines that belong together joined to one; an empty one between two blocks."""
    found: list[str] = []
    for line in markdown.splitlines():
        begins = line.startswith(("#", "- ")) or not line.strip()
        if begins or not found or not found[-1] or found[-1].startswith("#"):
            found.append(line.strip())
        else:
            found[-1] += f" {line.strip()}"
    return found
