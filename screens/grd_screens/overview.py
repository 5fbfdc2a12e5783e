"""Screen 0: the state of the study, what is wrong, what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Body, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.overview import Alarm, NextStep, OverviewSnapshot, ResultLine, VerdictLine

INDENT = 14
"""The column where what a label names begins."""

_VERDICT_STYLES = {"PROCEED": "$success", "ESCALATE": "bold $error"}


def overview_lines(snapshot: OverviewSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    """The Overview's body for a width in cells."""
    rule = text(glyphs.rule * width, "$rule")
    # What is wrong stands before what is known: at 24 rows it must not need scrolling to.
    alarms = [rule, *alarm_lines(snapshot.alarms, glyphs, width)]
    return [
        *_next(snapshot, glyphs, width),
        *(alarms if snapshot.alarms else ()),
        rule,
        *_row("question", _question(snapshot), width),
        *_row("because", _because(snapshot, glyphs), width),
        rule,
        *_row("experiments", experiments_body(snapshot, glyphs), width),
        *_row("last verdicts", _verdicts(snapshot.verdicts), width),
        *_row("best so far", _best(snapshot.best), width),
        *_row("lessons", lesson_parts(snapshot.lessons, glyphs), width),
        *(() if snapshot.alarms else alarms),
    ]


def empty(state: str, command: str, effect: str) -> Content:
    """What an empty place says: that it is empty, and the command that fills it."""
    return Content.assemble(
        (f"{state}: ", MUTED), Content.styled(f"`{command}`"), (f" {effect}", MUTED)
    )


def alarm_lines(alarms: tuple[Alarm, ...], glyphs: Glyphs, width: int) -> list[Content]:
    """What happened and wants eyes, the local time of each, wrapped."""
    if not alarms:
        none = text("no alarms; a changed objective or a run that dies shows here", MUTED)
        return none.wrap(max(width, 1))
    lines: list[Content] = []
    for alarm in alarms:
        style = STYLES.get(alarm.standing, "")
        label = text(f"{glyphs.standing[alarm.standing]} {alarm.standing}", style)
        when = f"{_when(alarm.at)}  " if alarm.at else ""
        body = Content.assemble((when, MUTED), printable(alarm.text))
        lines += hanging(label, body, INDENT, width)
    return lines


def result_parts(best: ResultLine) -> Parts:
    """A scored experiment: metric with its interval, baseline, worst stratum and outcome."""
    parts = [
        Content.assemble(
            (f"{printable(best.experiment)}  ", MUTED),
            (f"{printable(best.metric)} {best.estimate:.4g}", "bold"),
            f" [{best.low:.4g}, {best.high:.4g}]",
        )
    ]
    if best.baseline:
        parts.append(Content(printable(best.baseline)))
    for label, value in (("worst", best.worst_stratum), ("outcome", best.outcome)):
        if value:
            parts.append(_named(label, printable(value)))
    return Parts(tuple(parts))


def _count_parts(snapshot: OverviewSnapshot, glyphs: Glyphs) -> list[Content]:
    """Experiments by what became of them: failures beside wins, in the same type."""
    standing = glyphs.standing
    return [
        _count(standing["now"], "running", snapshot.running),
        _count(standing["done"], "proceeded", snapshot.proceeded),
        _count(standing["blocked"], "refuted", snapshot.refuted),
        _count(glyphs.revise, "revise", snapshot.revise),
        _named("sealed", str(snapshot.sealed)),
        _named("archived", str(snapshot.archived)),
    ]


def peeks_text(snapshot: OverviewSnapshot) -> str:
    """How often the frozen labels were scored, and how often they may be."""
    allowed = snapshot.peeks_allowed
    return f"{snapshot.peeks}" if allowed is None else f"{snapshot.peeks} of {allowed}"


def verdict_part(line: VerdictLine) -> Content:
    """An experiment, its verdict and the confidence in it."""
    return Content.assemble(
        f"{printable(line.experiment)} ",
        (printable(line.verdict), _VERDICT_STYLES.get(line.verdict, "$warning")),
        (f" {printable(line.confidence)}", MUTED),
    )


def _next(snapshot: OverviewSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    name = next((p.name for p in snapshot.phases if p.number == snapshot.next_step.phase), "")
    go = f"{glyphs.enter} go to {snapshot.next_step.phase} {printable(name)}" if name else ""
    return next_lines(snapshot.next_step, go, width)


def next_lines(step: NextStep, go: str, width: int) -> list[Content]:
    """The next step: its sentence, its command and, where it fits at the right, how to go there."""
    lines = hanging(text("NEXT", ACCENT), text(printable(step.sentence), "bold"), INDENT, width)
    if step.command:
        command = Content.assemble(("$ ", MUTED), (printable(step.command), ACCENT))
        lines += hanging(Content(""), command, INDENT, width)
    for at in (len(lines) - 1, 0):
        gap = width - lines[at].cell_length - len(go)
        if go and gap >= 3:
            lines[at] = lines[at] + text(" " * gap + go, MUTED)
            break
    return lines


def _question(snapshot: OverviewSnapshot) -> Content:
    if snapshot.question:
        return Content(printable(snapshot.question))
    return empty("none yet", "grd objective init", "writes OBJECTIVE.md to fill in")


def _because(snapshot: OverviewSnapshot, glyphs: Glyphs) -> Body:
    parts = []
    if snapshot.belief:
        parts.append(Content(printable(snapshot.belief)))
    if snapshot.disproved_if:
        parts.append(_named("disproved if", printable(snapshot.disproved_if)))
    if parts:
        return Content.styled(f" {glyphs.separator} ", MUTED).join(parts)
    return text("what is believed and what would disprove it, from OBJECTIVE.md", MUTED)


def experiments_body(snapshot: OverviewSnapshot, glyphs: Glyphs) -> Body:
    """How many experiments there are, by what became of them, and the peeks they cost."""
    peeks = _named("peeks", peeks_text(snapshot))
    if snapshot.experiments:
        number = text(str(snapshot.experiments), "bold")
        return Parts((number, *_count_parts(snapshot, glyphs), peeks))
    return empty("none yet", "grd experiment new", "makes one, the baseline first")


def _verdicts(verdicts: tuple[VerdictLine, ...]) -> Body:
    if verdicts:
        return Parts(tuple(verdict_part(line) for line in verdicts))
    return empty("none yet", "grd critic EXPERIMENT", "reviews what ran")


def _best(best: ResultLine | None) -> Body:
    if best is not None:
        return result_parts(best)
    return empty("nothing scored yet", "grd evaluate EXPERIMENT", "after a PROCEED")


def lesson_parts(lessons: tuple[str, ...], glyphs: Glyphs) -> Body:
    """What failures taught, the newest first."""
    if lessons:
        parts = tuple(Content(printable(lesson)) for lesson in lessons)
        return Parts(parts, f" {glyphs.separator} ")
    return text("none yet: an experiment that fails leaves one", MUTED)


def _row(label: str, body: Body, width: int) -> list[Content]:
    return hanging(text(label, MUTED), body, INDENT, width)


def _named(label: str, value: str) -> Content:
    return Content.assemble((f"{label} ", MUTED), value)


def _count(glyph: str, word: str, number: int) -> Content:
    return Content.assemble(f"{glyph} ", (f"{word} ", MUTED), str(number))


def _when(at: str) -> str:
    """Local month, day and time of a UTC instant; the text itself when it is none."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%m-%d %H:%M")
    except ValueError:
        return printable(at)
