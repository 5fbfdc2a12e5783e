"""The Gate's list set in type: what waits for a decision, and what was decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from grd_core.next_step import LOOP, OBJECTIVE, RECON
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.local_time import local_minute
from grd_screens.naming import named
from grd_screens.pages.gate.query import GateContent, Ruling
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.alarms import Alarm
    from grd_core.gate.lines import GateLine

INDENT = 12

STANDINGS = {
    "sealable": "done",
    "refuted": "attention",
    "not sealable": "not yet",
    "running": "now",
}
"""How a readiness stands."""

DECIDED = "decided:"
"""What the key of a decision begins with; the experiment's number and its instant follow."""


def doubts_of(alarms: tuple[Alarm, ...], line: GateLine) -> tuple[Alarm, ...]:
    """What is known of the files by now that will block a seal the ledger alone allows."""
    if line.readiness != "sealable":
        return ()
    return tuple(
        alarm
        for alarm in alarms
        if alarm.phase in (RECON, OBJECTIVE)
        or (alarm.phase == LOOP and alarm.about == str(line.number))
    )


def gate_rows(content: GateContent, alarms: tuple[Alarm, ...], glyphs: Glyphs) -> tuple[Row, ...]:
    """What waits, then what was decided; each with its heading."""
    waiting = tuple(
        Row(
            str(line.number),
            partial(waiting_lines, line, doubts_of(alarms, line), glyphs),
            f"{line.experiment} {line.title} {line.verdict} {line.outcome} {line.readiness}",
        )
        for line in content.lines
    )
    decided = tuple(
        Row(
            ruling_key(ruling),
            partial(decided_lines, ruling),
            f"{ruling.line.about} {ruling.line.kind} {ruling.line.text}",
        )
        for ruling in content.rulings
    )
    rows = [_heading(f"WAITING FOR A DECISION  {len(waiting)}"), *waiting]
    if not waiting:
        rows.append(Row("", _nothing_waits))
    if decided:
        rows += [_heading(f"DECIDED  {len(decided)}"), *decided]
    return tuple(rows)


def waiting_lines(
    line: GateLine, doubts: tuple[Alarm, ...], glyphs: Glyphs, width: int
) -> list[Content]:
    """An experiment on two lines: its name and readiness, its verdict and outcome."""
    state = _readiness(line, doubts, glyphs)
    facts = [
        Content.assemble(printable(line.verdict), (f" {printable(line.confidence)}", MUTED)),
        Content(printable(line.outcome)),
    ]
    if line.decided_before:
        facts.append(text(f"iterated {line.decided_before} times", MUTED))
    return [
        *named(line.experiment, state, 4, width),
        *hanging(Content(""), Parts(tuple(facts), f" {glyphs.separator} "), 4, width),
    ]


def _readiness(line: GateLine, doubts: tuple[Alarm, ...], glyphs: Glyphs) -> Content:
    if doubts:
        return text(f"{glyphs.standing['stale']} changed since", STYLES["stale"])
    standing = STANDINGS[line.readiness]
    return text(f"{glyphs.standing[standing]} {line.readiness}", STYLES[standing])


def ruling_key(ruling: Ruling) -> str:
    """The key of a decision's row."""
    return f"{DECIDED}{ruling.line.experiment}:{ruling.line.at}"


def decided_lines(ruling: Ruling, width: int) -> list[Content]:
    """A decision on a line: failures beside wins, in the same type."""
    said = Content.assemble(ruling.line.kind, (f"  {local_minute(ruling.line.at)}", MUTED))
    return named(ruling.line.about, said, 4, width, style="")


def waiting_detail(
    line: GateLine, doubts: tuple[Alarm, ...], glyphs: Glyphs, width: int
) -> list[Content]:
    """What the ledger tells on it, what the files say against it, and what comes next."""
    lines = text(printable(line.title), "bold").wrap(max(width, 1))
    lines += _row("kind", Content(printable(line.kind)), width)
    verdict = Content.assemble(printable(line.verdict), (f" {printable(line.confidence)}", MUTED))
    lines += _row("verdict", verdict, width)
    lines += _row("outcome", Content(printable(line.outcome)), width)
    lines += _row("seal", _readiness(line, doubts, glyphs), width)
    for doubt in doubts:
        said = Content(printable(doubt.text))
        lines += hanging(text(f"{doubt.phase}", ACCENT), said, INDENT, width)
    if line.missing:
        lines += _row("", Content(printable(line.missing)), width)
    lines.append(Content(""))
    told = Content.assemble(
        (glyphs.enter, ACCENT),
        " gathers the evidence and opens it, six sections in their order; then ",
        ("S I A", ACCENT),
        " seal, iterate or archive",
    )
    return [*lines, *told.wrap(max(width, 1))]


def decided_detail(ruling: Ruling, glyphs: Glyphs, width: int) -> list[Content]:
    """What was decided and said, and where the files are now."""
    line = ruling.line
    lines = text(printable(line.about), "bold").wrap(max(width, 1))
    lines += _row("decision", text(line.kind, "bold"), width)
    lines += _row("at", Content(f"{local_minute(line.at)}  {printable(line.author)}"), width)
    lines += _row("said", Content(printable(line.text)), width)
    standing = "attention" if ruling.files_gone else "done"
    where = Content.assemble(
        (f"{glyphs.standing[standing]} ", STYLES[standing]),
        printable(ruling.folder),
        (" is gone" if ruling.files_gone else "", STYLES["attention"]),
    )
    return [*lines, *_row("files now", where, width)]


def _nothing_waits(width: int) -> list[Content]:
    said = Content.assemble(
        ("nothing: an experiment comes here with a verdict. ", MUTED),
        ("3", ACCENT),
        (" then ", MUTED),
        ("c", ACCENT),
        (" lets the Critic review one", MUTED),
    )
    return said.wrap(max(width, 1))


def _heading(title: str) -> Row:
    return Row("", lambda width: text(title, MUTED).wrap(max(width, 1)))


def _row(label: str, body: Content, width: int) -> list[Content]:
    return hanging(text(label, MUTED), body, INDENT, width)
