"""The evidence set in type: where the reading stands, a section, the question with its answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.gate.reading import SECTIONS, Reading
from grd_screens.phase import PHASES
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, sides, text

if TYPE_CHECKING:
    from grd_core.gate.blockers import Blocker
    from grd_core.gate.evidence import GateSnapshot

INDENT = 12

ANSWERS = (
    ("S", "seal", "the claim stands as it was judged; nothing of the experiment may change again"),
    ("I", "iterate", "it stays open; what comes next is judged anew"),
    ("A", "archive", "kept with everything it has in experiments/negative_results"),
)
"""The three answers: the key, the decision, what it does."""


def step_sign(at: int, glyphs: Glyphs) -> str:
    """The sign of a section, from 0."""
    return glyphs.steps[at]


def progress_lines(reading: Reading, glyphs: Glyphs, width: int) -> list[Content]:
    """Which experiment, which sections are read, which one is open."""
    parts = []
    for at in range(SECTIONS):
        standing = "now" if at == reading.at else "done" if at < reading.read else "not yet"
        sign = f"{step_sign(at, glyphs)} {glyphs.standing[standing]}"
        parts.append(text(sign, STYLES[standing]))
    marks = Content("  ").join(parts)
    said = (
        text("read all 6: now decide", MUTED)
        if reading.read >= SECTIONS
        else text(f"read {reading.read} of {SECTIONS} before deciding", MUTED)
    )
    name = text(printable(reading.evidence.experiment), "bold")
    return [*name.wrap(max(width, 1)), *sides(marks, (said,), width)]


def section_lines(reading: Reading, glyphs: Glyphs, width: int) -> list[Content]:
    """The open section, or the question."""
    section = reading.section
    if section is None:
        return question_lines(reading, glyphs, width)
    _, _, title = section.title.partition(" ")
    lines = text(f"{step_sign(reading.at, glyphs)} {printable(title)}", ACCENT).wrap(max(width, 1))
    if reading.at == 0:
        # The question is read as one sentence; what locked it follows.
        question, *rest = section.lines
        lines += text(printable(question), "bold").wrap(max(width, 1))
        return [*lines, *(line for one in rest for line in text(printable(one), MUTED).wrap(width))]
    for line in section.lines:
        lines += hanging(text(glyphs.separator, MUTED), Content(printable(line)), 2, width)
    return lines


def question_lines(reading: Reading, glyphs: Glyphs, width: int) -> list[Content]:
    """The one question, what the record says to it, and the three answers."""
    evidence = reading.evidence
    lines = text("Did we answer the original question, or change it?", ACCENT).wrap(width)
    lines += _row("question", Content(printable(evidence.question)), width)
    lines += _row("the record", _record(evidence, glyphs), width)
    lines += _row("outcome", _outcome(evidence), width)
    lines.append(text(glyphs.rule * width, "$rule"))
    for key, decision, effect in ANSWERS:
        blocking = _obstacles(decision, evidence)
        standing = "blocked" if blocking else "done"
        label = Content.assemble((key, ACCENT), (f" {decision}", "bold"))
        state = f"{glyphs.standing[standing]} " + ("blocked" if blocking else "can be recorded")
        said = Content.assemble(
            (state, STYLES[standing]), ("" if blocking else f"  {effect}", MUTED)
        )
        lines += hanging(label, said, INDENT, width)
        for blocker in blocking:
            lines += blocker_lines(blocker, glyphs, width)
        if decision == "seal" and not blocking and evidence.outcome != "confirmed":
            label = text(" " * (INDENT - 2) + glyphs.standing["attention"], STYLES["attention"])
            asked = f"the claim is {printable(evidence.outcome)}: a seal asks why, despite that"
            lines += hanging(label, Content(asked), INDENT, width)
    return lines


def blocked_sentence(decision: str, blocking: tuple[Blocker, ...]) -> str:
    """That a decision is blocked, by what, and the key that leads to the cause."""
    first, more = blocking[0], len(blocking) - 1
    rest = f" (and {more} more, above)" if more else ""
    return (
        f"{decision} is blocked: {first.reason}{rest}:"
        f" {phase_key(first.leads_to).plain} leads there"
    )


def blocker_lines(blocker: Blocker, glyphs: Glyphs, width: int) -> list[Content]:
    """What is in the way, what to do, and the key that leads to its cause."""
    reason = Content(printable(blocker.reason))
    label = text(" " * (INDENT - 2) + glyphs.standing["blocked"], STYLES["blocked"])
    lead = Parts((phase_key(blocker.leads_to), text(printable(blocker.fix), MUTED)), "  ")
    return [*hanging(label, reason, INDENT, width), *hanging(Content(""), lead, INDENT, width)]


def phase_key(number: int) -> Content:
    """The key that opens a phase, and its name."""
    name = next((phase.name for phase in PHASES if phase.number == number), "")
    return Content.assemble((str(number), ACCENT), f" {name}")


def changed_lines(reading: Reading, glyphs: Glyphs, width: int) -> list[Content]:
    """That the evidence is not what is being read any more; nothing while it is."""
    if reading.newer is None:
        return []
    signs = " ".join(step_sign(at, glyphs) for at in reading.changed)
    where = f"{signs} says something else" if signs else "what blocks a seal says something else"
    label = text(f"{glyphs.standing['stale']} changed", STYLES["stale"])
    said = Content.assemble(
        f"the evidence changed while it was read: {where}. ",
        ("r", ACCENT),
        " takes up what stands now, to be read from the beginning",
    )
    return hanging(label, said, INDENT, width)


def unread_sentence(reading: Reading, glyphs: Glyphs) -> str:
    """Why no decision can be made yet; empty when it can."""
    if reading.newer is not None:
        return "the evidence changed while it was read: r takes up what stands now"
    if reading.unread:
        signs = " ".join(step_sign(at, glyphs) for at in reading.unread)
        return f"read {signs} first: space"
    return ""


def _record(evidence: GateSnapshot, glyphs: Glyphs) -> Content | Parts:
    from grd_core.gate.answers import changed_fields

    changed = changed_fields(evidence)
    if not changed:
        return Content("no amendment has loosened or changed what the question depends on")
    mark = text(f"{glyphs.standing['attention']} changed since v1", STYLES["attention"])
    return Parts((mark, *(Content(printable(field)) for field in changed)), "  ")


def _outcome(evidence: GateSnapshot) -> Content:
    style = {"confirmed": STYLES["done"], "refuted": STYLES["attention"]}.get(evidence.outcome, "")
    rule = " by the registered rule alone" if evidence.scorecard is not None else ""
    return Content.assemble((printable(evidence.outcome), style or "bold"), (rule, MUTED))


def _obstacles(decision: str, evidence: GateSnapshot) -> tuple[Blocker, ...]:
    from grd_core.gate.answers import obstacles

    return obstacles(decision, evidence)


def _row(label: str, body: Content | Parts, width: int) -> Iterator[Content]:
    yield from hanging(text(label, MUTED), body, INDENT, width)
