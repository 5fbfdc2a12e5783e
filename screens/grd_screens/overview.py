"""Screen 0: the state of the study, what is wrong, what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.keys import Key, bound
from grd_screens.page import Page
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Body, Parts, hanging, text
from grd_screens.widgets.listing import Listing, Row

if TYPE_CHECKING:
    from grd_core.overview import Alarm, NextStep, OverviewSnapshot, ResultLine, VerdictLine
    from grd_core.runs.costs import Costs

INDENT = 14
"""The column where what a label names begins."""

KEYS = (
    # The list in it binds this one; here it is for the key line.
    Key("overview.open", "enter", "open", "to where this comes from", "open"),
    Key("overview.copy", "y", "copy_next", "copy the command of the next step", "copy command"),
)

_NO_ALARMS = "no alarms; a changed objective or a run that dies shows here"

_VERDICT_STYLES = {"PROCEED": "$success", "ESCALATE": "bold $error"}


class OverviewPage(Page):
    """Screen 0. It needs nothing read beside the study at a glance."""

    NUMBER: ClassVar[int] = 0
    KEYS: ClassVar[tuple[Key, ...]] = KEYS
    BINDINGS = bound(KEYS[1:])

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._overview: OverviewSnapshot | None = None
        self._listing = Listing(glyphs)
        self._listing.set_rows((Row("", lambda _: [text("reading the study", MUTED)]),))

    def compose(self) -> ComposeResult:
        """The facts, each of which leads to where it comes from."""
        yield self._listing

    def show_overview(self, overview: OverviewSnapshot) -> None:
        """Paint the study at a glance."""
        self._overview = overview
        self._listing.set_rows(overview_rows(overview, self.glyphs))

    def opened(self) -> None:
        """The list takes the keys."""
        self._listing.focus(scroll_visible=False)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Go to where the fact under the cursor comes from."""
        event.stop()
        _, page, about = event.key.split(":", 2)
        self.host.go(int(page), about)

    def action_copy_next(self) -> None:
        """Copy the command of the next step."""
        if self._overview is not None and self._overview.next_step.command:
            self.host.copy(self._overview.next_step.command)


def overview_rows(snapshot: OverviewSnapshot, glyphs: Glyphs) -> tuple[Row, ...]:
    """The Overview's facts. A row's key is `name:page:about`: where enter leads."""
    rule = Row("", lambda width: [text(glyphs.rule * width, "$rule")])
    # What is wrong stands before what is known: at 24 rows it must not need scrolling to.
    alarms = tuple(_alarm_row(n, alarm, glyphs) for n, alarm in enumerate(snapshot.alarms))
    none = Row("", lambda width: text(_NO_ALARMS, MUTED).wrap(max(width, 1)))
    return (
        Row(f"next:{snapshot.next_step.phase}:", lambda width: _next(snapshot, glyphs, width)),
        *((rule, *alarms) if alarms else ()),
        rule,
        _row("question:2:", "question", _question(snapshot)),
        _row("because:2:", "because", _because(snapshot, glyphs)),
        rule,
        _row("experiments:3:", "experiments", experiments_body(snapshot, glyphs)),
        _row("verdicts:3:", "last verdicts", _verdicts(snapshot.verdicts)),
        _row(f"best:4:{_number(snapshot.best)}", "best so far", _best(snapshot.best)),
        _row("lessons:7:", "lessons", lesson_parts(snapshot.lessons, glyphs)),
        *_costs(snapshot.costs),
        *(() if alarms else (rule, none)),
        *((rule, *_lately(snapshot)) if snapshot.recent else ()),
    )


def overview_lines(snapshot: OverviewSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    """The Overview's body for a width in cells."""
    return [line for row in overview_rows(snapshot, glyphs) for line in row.lines(width)]


def empty(state: str, keys: str, effect: str) -> Content:
    """What an empty place says: that it is empty, and the keys that fill it."""
    return Content.assemble((f"{state}: ", MUTED), (keys, "bold"), (f" {effect}", MUTED))


def _lately(snapshot: OverviewSnapshot) -> list[Row]:
    """What was recorded last, the newest first."""
    rows = []
    for number, event in enumerate(snapshot.recent):
        body = Content.assemble((f"{_when(event.at)}  ", MUTED), printable(event.what))
        label = "" if number else "lately"
        rows.append(_row(f"event{number}:7:event:{event.id}", label, body))
    return rows


def _alarm_row(number: int, alarm: Alarm, glyphs: Glyphs) -> Row:
    """What happened and wants eyes, with its local time."""

    def lines(width: int) -> list[Content]:
        label = text(
            f"{glyphs.standing[alarm.standing]} {alarm.standing}", STYLES.get(alarm.standing, "")
        )
        when = f"{_when(alarm.at)}  " if alarm.at else ""
        body = Content.assemble((when, MUTED), printable(alarm.text))
        return hanging(label, body, INDENT, width)

    return Row(f"alarm{number}:{alarm.phase}:{alarm.about}", lines)


def _number(best: ResultLine | None) -> str:
    """An experiment's number, as the pages know it."""
    digits = best.experiment.partition("-")[0] if best is not None else ""
    return str(int(digits)) if digits.isdecimal() else ""


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
    if best.mark:
        parts.append(Content(printable(best.mark)))
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
    return empty("none yet", "2 i", "drafts OBJECTIVE.md to fill in")


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
    return empty("none yet", "3 n", "makes one, the baseline first")


def _verdicts(verdicts: tuple[VerdictLine, ...]) -> Body:
    if verdicts:
        return Parts(tuple(verdict_part(line) for line in verdicts))
    return empty("none yet", "3 c", "lets the Critic review what ran")


def _best(best: ResultLine | None) -> Body:
    if best is not None:
        return result_parts(best)
    return empty("nothing scored yet", "4 v", "scores the frozen test part, after a PROCEED")


def lesson_parts(lessons: tuple[str, ...], glyphs: Glyphs) -> Body:
    """What failures taught, the newest first."""
    if lessons:
        parts = tuple(Content(printable(lesson)) for lesson in lessons)
        return Parts(parts, f" {glyphs.separator} ")
    return text("none yet: an experiment that fails leaves one", MUTED)


def _costs(costs: Costs | None) -> tuple[Row, ...]:
    """Energy and money, once a GPU was used or a price set; on a CPU there is neither."""
    if costs is None or not costs.is_worth_a_line:
        return ()
    said = (costs.energy, costs.money)
    body = Parts(tuple(text(printable(part)) for part in said if part))
    return (_row("costs:3:", "energy", body),)


def _row(key: str, label: str, body: Body) -> Row:
    return Row(key, lambda width: hanging(text(label, MUTED), body, INDENT, width))


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
