"""The record in full: an experiment's chapter, a decision, an event, a check, the narrative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.local_time import local_minute
from grd_screens.pages.history.query import HistoryContent
from grd_screens.pages.history.rows import marked, outcome_text
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, hanging, text

if TYPE_CHECKING:
    from grd_core.history.chapters import Chapter
    from grd_core.history.tree import TreeLine

INDENT = 12


def detail_of(content: HistoryContent, key: str, glyphs: Glyphs, width: int) -> list[Content]:
    """The details of a row."""
    kind, _, name = key.partition(":")
    snapshot = content.snapshot
    match f"{kind}:":
        case "experiment:":
            line = next((one for one in snapshot.tree if str(one.number) == name), None)
            return _experiment(content, line, glyphs, width) if line is not None else []
        case "decision:":
            decision = snapshot.decisions[int(name)]
            lines = text(f"{decision.kind} {printable(decision.about)}", "bold").wrap(width)
            lines += _row("at", Content(local_minute(decision.at)), width)
            lines += _row("by", Content(printable(decision.author)), width)
            return [*lines, *_row("because", Content(printable(decision.text)), width)]
        case "event:":
            event = next(one for one in snapshot.events if str(one.id) == name)
            lines = text(f"event {event.id}", "bold").wrap(max(width, 1))
            lines += _row("at", Content(f"{local_minute(event.at)}  ({event.at})"), width)
            lines += _row("by", Content(printable(event.author)), width)
            return [*lines, *_row("what", Content(printable(event.what)), width)]
        case "hit:":
            hit = content.hits[int(name)]
            lines = text(f"{hit.kind}  {printable(hit.where)}", "bold").wrap(max(width, 1))
            lines += _row("at", Content(local_minute(hit.at)), width)
            if hit.fate:
                lines += _row("it was", Content(printable(hit.fate)), width)
            lines += _row("says", marked(hit), width)
            told = Content.assemble((glyphs.enter, ACCENT), (" goes there", MUTED))
            return [*lines, Content(""), *told.wrap(max(width, 1))]
        case "check:":
            page = next((one.page for one in content.checks if one.code == name), "")
            return markdown_lines(f"# {name} {page}", width)
    return []


def narrative_lines(content: HistoryContent, width: int) -> list[Content]:
    """The whole story."""
    from grd_core.history.story import narrative

    return markdown_lines(narrative(content.snapshot), width)


def markdown_lines(page: str, width: int) -> list[Content]:
    """Markdown as the program writes it: headings, lists, paragraphs, indented code."""
    lines: list[Content] = []
    for first, *rest in _blocks(page):
        if first.startswith("#"):
            style = ACCENT if first.startswith("# ") else "bold"
            lines += text(printable(first.lstrip("# ")), style).wrap(max(width, 1))
            lines += _paragraphs(rest, width)
        elif first.startswith("    "):
            lines += [Content(printable(line)) for line in (first, *rest)]
        else:
            lines += _paragraphs([first, *rest], width)
        lines.append(Content(""))
    return lines[:-1]


def _blocks(page: str) -> Iterator[tuple[str, ...]]:
    block: list[str] = []
    for line in page.splitlines():
        if line.strip():
            block.append(line)
        elif block:
            yield tuple(block)
            block = []
    if block:
        yield tuple(block)


def _paragraphs(block: list[str], width: int) -> list[Content]:
    lines: list[Content] = []
    paragraph: list[str] = []
    item = False
    for line in (*block, ""):
        begins = line.startswith(("- ", "* "))
        if (begins or not line) and paragraph:
            said = Content(printable(" ".join(paragraph)))
            lines += hanging(text("-", MUTED), said, 2, width) if item else said.wrap(max(width, 1))
            paragraph = []
        if begins:
            item = True
        if line:
            paragraph.append(line[2:] if begins else line.strip())
    return lines


def _experiment(
    content: HistoryContent, line: TreeLine, glyphs: Glyphs, width: int
) -> list[Content]:
    lines = text(printable(line.name), "bold").wrap(max(width, 1))
    lines += _row("is", Content(f"{printable(line.related)}, {printable(line.state)}"), width)
    if line.outcome:
        lines += _row("came out", outcome_text(line.outcome, glyphs), width)
    chapter = next((one for one in content.snapshot.chapters if one.experiment == line.name), None)
    if chapter is not None:
        lines += _chapter(chapter, width)
    told = Content.assemble(("o", ACCENT), (" opens it in the Loop", MUTED))
    return [*lines, Content(""), *told.wrap(max(width, 1))]


def _chapter(chapter: Chapter, width: int) -> list[Content]:
    told = (
        ("believed", chapter.believed or chapter.unsaid),
        ("because", chapter.because),
        ("disproof", chapter.disproof),
        ("tried", chapter.tried),
        ("changed", chapter.differed),
        *(("" if at else "found", found) for at, found in enumerate(chapter.found)),
        ("why", chapter.ended),
        *(("" if at else "so", so) for at, so in enumerate(chapter.so)),
        ("so", "" if chapter.so else "nothing has been decided."),
    )
    lines: list[Content] = []
    for label, said in told:
        if said:
            lines += _row(label, Content(printable(said)), width)
    return lines


def _row(label: str, body: Content, width: int) -> list[Content]:
    return hanging(text(label, MUTED), body, INDENT, width)
