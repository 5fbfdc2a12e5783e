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
    from grd_core.history.decisions import DecisionLine
    from grd_core.history.events import Happening
    from grd_core.history.searching import Hit
    from grd_core.history.tree import Branch, TreeLine

EXPERIMENT, DECISION, EVENT, HIT, CHECK = "experiment:", "decision:", "event:", "hit:", "check:"
"""What the keys of the rows begin with."""

_STATES = {"sealed": "done", "open": "now", "archived": "not yet"}
_OUTCOMES = {"confirmed": "done", "refuted": "blocked", "inconclusive": "stale"}


def record_rows(content: HistoryContent, glyphs: Glyphs) -> tuple[Row, ...]:
    """Experiments as they follow from one another, then decisions and events, newest first."""
    return tuple(_record(content, glyphs))


def hit_rows(content: HistoryContent, glyphs: Glyphs) -> tuple[Row, ...]:
    """What was found, the best first."""
    from grd_core.history.searching import MOST_HITS

    found = (
        f"{len(content.hits)} found" if len(content.hits) < MOST_HITS else f"the best {MOST_HITS}"
    )
    rows = [_heading(f"SEARCH  {printable(content.words)}", found)]
    for at, hit in enumerate(content.hits):
        words = f"{hit.kind} {hit.where} {hit.text} kind:{hit.kind} {hit.fate}"
        rows.append(Row(f"{HIT}{at}", partial(_hit, hit), words))
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
    from grd_core.history.tree import branches

    snapshot = content.snapshot
    yield _heading("EXPERIMENTS", f"{len(snapshot.tree)}, as they follow from one another")
    for line, branch in zip(snapshot.tree, branches(snapshot.tree), strict=True):
        key = f"{EXPERIMENT}{line.number}"
        yield Row(key, partial(_experiment, line, branch, glyphs), _words(line))
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


def _words(line: TreeLine) -> str:
    """What the filter searches; fields as the Loop's list and `grd search` have them."""
    fields = (
        f"kind:{line.kind}",
        f"parent:{line.parent}",
        f"state:{line.state}",
        f"verdict:{line.verdict or 'none'}",
        f"outcome:{line.outcome or 'none'}",
    )
    return " ".join((line.name, line.title, line.related, line.lesson, *fields))


def _experiment(line: TreeLine, branch: Branch, glyphs: Glyphs, width: int) -> list[Content]:
    drawn = text(_drawn(branch, glyphs), MUTED)
    standing = _STATES.get(line.state, "not yet")
    said = [text(line.related, MUTED)]
    if line.verdict:
        said.append(text(printable(line.verdict), MUTED))
    if line.outcome:
        said.append(outcome_text(line.outcome, glyphs))
    right = Content.assemble(
        text(f" {glyphs.separator} ", MUTED).join(said),
        "  ",
        (f"{glyphs.standing[standing]} {printable(line.state)}", STYLES[standing]),
    )
    lines = named(line.name, right, drawn.cell_length + 4, width, before=drawn)
    if line.lesson:
        lesson = Content.assemble(("learned: ", MUTED), printable(line.lesson))
        lines += hanging(Content(""), lesson, drawn.cell_length + 4, width)
    return lines


def _drawn(branch: Branch, glyphs: Glyphs) -> str:
    above = f"{glyphs.gap}{branch.hidden} " if branch.hidden else ""
    if not branch.ended:
        return above
    trunk = "".join(" " * 3 if ended else glyphs.trunk for ended in branch.ended[:-1])
    return above + trunk + (glyphs.corner if branch.ended[-1] else glyphs.branch)


def outcome_text(outcome: str, glyphs: Glyphs) -> Content:
    """An outcome as glyph and word. What was refuted blocks nothing and is not red."""
    standing = _OUTCOMES.get(outcome, "attention")
    style = MUTED if standing == "blocked" else STYLES[standing]
    return text(f"{glyphs.standing[standing]} {printable(outcome)}", style)


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


def _hit(hit: Hit, width: int) -> list[Content]:
    name = Content.assemble((hit.kind, "bold"), f"  {printable(hit.where)}")
    when = text(local_minute(hit.at), MUTED)
    fate = text(f"{printable(hit.fate)}  ", MUTED) if hit.fate else Content("")
    return [*sides(name, (fate + when,), width), *hanging(Content(""), marked(hit), 4, width)]


def marked(hit: Hit) -> Content:
    """A hit's excerpt with what was found in it marked."""
    pieces, at = list[tuple[str, str]](), 0
    for first, last in hit.marks:
        pieces += [(printable(hit.text[at:first]), ""), (printable(hit.text[first:last]), ACCENT)]
        at = last
    return Content.assemble(*pieces, printable(hit.text[at:]))


def _check(check: CheckLine, width: int) -> list[Content]:
    label = Content.assemble((f"{printable(check.code)}  ", "bold"), printable(check.title))
    return sides(label, (text(f"{check.severity} {check.cost}", MUTED),), width)


def _nothing_found(width: int) -> list[Content]:
    said = Content.assemble(
        ("nothing holds all of these words; ", MUTED),
        ("word*", ACCENT),
        (" finds what begins so. ", MUTED),
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
