"""The record as rows: the experiments as a tree, decisions, events; hits and checks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.local_time import local_minute, local_short
from grd_screens.naming import name_parts, named
from grd_screens.pages.history.query import CheckLine, HistoryContent
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, hanging, sides, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.history import Hit
    from grd_core.history.decisions import DecisionLine
    from grd_core.history.snapshot import Happening
    from grd_core.history.tree import TreeLine

EXPERIMENT, DECISION, EVENT, HIT, CHECK = "experiment:", "decision:", "event:", "hit:", "check:"
"""What the keys of the rows begin with."""

_STATES = {"sealed": "done", "open": "now", "archived": "not yet"}


def record_rows(content: HistoryContent, glyphs: Glyphs) -> tuple[Row, ...]:
    """Experiments as they follow from one another, then decisions and events, newest first."""
    return tuple(_record(content, glyphs))


def hit_rows(content: HistoryContent, glyphs: Glyphs) -> tuple[Row, ...]:
    """What holds all the words."""
    rows = [_heading(f"SEARCH  {printable(content.words)}", f"{len(content.hits)} found")]
    for at, hit in enumerate(content.hits):
        words = f"{hit.kind} {hit.where} {hit.text}"
        rows.append(Row(f"{HIT}{at}", partial(_hit, hit, content.words), words))
    if not content.hits:
        rows.append(Row("", _nothing_found))
    return tuple(rows)


def check_rows(content: HistoryContent, glyphs: Glyphs) -> tuple[Row, ...]:
    """The catalogue of checks, by group."""
    rows: list[Row] = []
    group = ""
    for check in content.checks:
        if check.group != group:
            group = check.group
            rows.append(_heading(f"CHECKS OF {group.upper()}", ""))
        words = f"{check.code} {check.title} {check.group} {check.severity} {check.page}"
        rows.append(Row(f"{CHECK}{check.code}", partial(_check, check), words))
    return tuple(rows)


def _record(content: HistoryContent, glyphs: Glyphs) -> Iterator[Row]:
    snapshot = content.snapshot
    yield _heading("EXPERIMENTS", f"{len(snapshot.tree)}, as they follow from one another")
    for line in snapshot.tree:
        words = f"{line.name} {line.title} {line.kind} {line.state} {line.verdict} {line.outcome}"
        key = f"{EXPERIMENT}{line.number}"
        yield Row(key, partial(_experiment, line, glyphs), f"{words} {line.lesson}")
    if not snapshot.tree:
        yield Row("", _no_experiment)
    yield _heading("DECISIONS", f"{len(snapshot.decisions)}, the newest first")
    for at in range(len(snapshot.decisions) - 1, -1, -1):
        decision = snapshot.decisions[at]
        words = f"{decision.kind} {decision.about} {decision.text} {decision.author}"
        yield Row(f"{DECISION}{at}", partial(_decision, decision), words)
    if not snapshot.decisions:
        yield Row("", _no_decision)
    yield _heading("EVENTS", f"{len(snapshot.events):,}, the newest first")
    for event in reversed(snapshot.events):
        yield Row(f"{EVENT}{event.id}", partial(_event, event), f"{event.what} {event.author}")


def _experiment(line: TreeLine, glyphs: Glyphs, width: int) -> list[Content]:
    above = "".join(" " * 3 if ended else glyphs.trunk for ended in line.last[:-1])
    own = (glyphs.corner if line.last[-1] else glyphs.branch) if line.last else ""
    standing = _STATES.get(line.state, "not yet")
    said = [part for part in (line.verdict, line.outcome) if part]
    right = Content.assemble(
        (f" {glyphs.separator} ".join(printable(part) for part in said), MUTED),
        "  " if said else "",
        (f"{glyphs.standing[standing]} {printable(line.state)}", STYLES[standing]),
    )
    branch = text(above + own, MUTED)
    lines = named(line.name, right, branch.cell_length + 4, width, before=branch)
    if line.lesson:
        lesson = Content.assemble(("learned: ", MUTED), printable(line.lesson))
        lines += hanging(Content(""), lesson, len(above + own) + 4, width)
    return lines


def _decision(line: DecisionLine, width: int) -> list[Content]:
    label = Content.assemble((local_short(line.at), MUTED), f"  {line.kind}")
    about = text(printable(line.about), "bold")
    if label.cell_length + 2 + about.cell_length <= width:
        lines = [Content("  ").join((label, about))]
    else:
        lines = [label, *hanging(Content(""), name_parts(line.about), 4, width)]
    return [*lines, *hanging(Content(""), _muted(line.text), 4, width)]


def _event(event: Happening, width: int) -> list[Content]:
    label = text(f"{event.id:>4}  {local_short(event.at)}", MUTED)
    return hanging(label, Content(printable(event.what)), 19, width)


def _hit(hit: Hit, words: str, width: int) -> list[Content]:
    name = Content.assemble((hit.kind, "bold"), f"  {printable(hit.where)}")
    when = text(local_minute(hit.at), MUTED)
    said = _marked(printable(hit.text), words)
    return [*sides(name, (when,), width), *hanging(Content(""), said, 4, width)]


def _marked(said: str, words: str) -> Content:
    """A text with the words that were searched for marked."""
    content, folded = Content(said), said.casefold()
    if len(folded) != len(said):  # places in a folded text are not those in the text
        return content
    for word in words.casefold().split():
        at = folded.find(word)
        while at >= 0:
            content = content.stylize(ACCENT, at, at + len(word))
            at = folded.find(word, at + len(word))
    return content


def _check(check: CheckLine, width: int) -> list[Content]:
    label = Content.assemble((f"{printable(check.code)}  ", "bold"), printable(check.title))
    return sides(label, (text(f"{check.severity} {check.cost}", MUTED),), width)


def _nothing_found(width: int) -> list[Content]:
    said = Content.assemble(
        ("nothing holds all of these words. ", MUTED),
        ("s", ACCENT),
        (" searches for others, ", MUTED),
        ("esc", ACCENT),
        (" shows the record", MUTED),
    )
    return said.wrap(max(width, 1))


def _no_experiment(width: int) -> list[Content]:
    said = Content.assemble(
        ("none yet: ", MUTED),
        ("3", ACCENT),
        (" then ", MUTED),
        ("n", ACCENT),
        (" makes one", MUTED),
    )
    return said.wrap(max(width, 1))


def _no_decision(width: int) -> list[Content]:
    said = Content.assemble(
        ("none yet: the first is the frozen test part, ", MUTED),
        ("1", ACCENT),
        (", or the locked objective, ", MUTED),
        ("2", ACCENT),
    )
    return said.wrap(max(width, 1))


def _heading(title: str, about: str) -> Row:
    said = Content.assemble((title, "bold"), (f"  {about}", MUTED))
    return Row("", lambda width: said.wrap(max(width, 1)))


def _muted(said: str) -> Content:
    return text(printable(said), MUTED)
