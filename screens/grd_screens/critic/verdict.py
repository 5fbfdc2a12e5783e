"""What a review comes to: the verdict, its rule and reasons, and what stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.critic.rows import WAIVED, place_of
from grd_screens.critic.state import ReviewState, Stage
from grd_screens.forms.form import Field, Form, Values
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.critic.review import Review

LEAST_JUSTIFICATION = 15
"""Characters the form wants, before core is asked."""

SHOWN_REASONS = 2
"""Reasons said below the list; the form that decides shows all."""

_STANDING = {
    "PROCEED": "done",
    "REVISE_METHOD": "blocked",
    "REVISE_DATA": "blocked",
    "ESCALATE": "attention",
}
_LABEL = 9


def verdict_lines(state: ReviewState, glyphs: Glyphs, width: int) -> list[Content]:
    """The lines below the list, the most pressing first."""
    lines = overtaken_lines(state, glyphs, width)
    if state.trouble:
        standing = "blocked" if state.stage is Stage.REFUSED else "attention"
        label = text(f"{glyphs.standing[standing]}", STYLES[standing])
        word = "refused: " if state.stage is Stage.REFUSED else ""
        lines += hanging(label, text(word + printable(state.trouble)), 2, width)
    if state.stage is Stage.CANCELLED:
        label = text(f"{glyphs.standing['attention']}", STYLES["attention"])
        said = (
            f"cancelled after {state.count or 'no'} checks; nothing was recorded. R runs them all"
        )
        lines += hanging(label, text(said), 2, width)
    elif state.passed is not None and not state.is_running:
        lines += _ruling(state.passed, glyphs, width)
    elif state.is_running:
        said = f"{state.count or 'the first'} checks have ended; the verdict follows from all"
        lines += hanging(text("VERDICT", "bold"), text(said, MUTED), _LABEL, width)
    return lines


def decide_form(state: ReviewState, passed: Review) -> Form:
    """Asks the justification, under the rule that fired and every reason."""
    ruling = passed.ruling
    past = f"Loop {passed.loop} of {passed.loops_allowed}. Recorded once, it stays for ever;"
    return Form(
        f"Record {ruling.verdict} for {passed.experiment.name}",
        intro=(
            f"Rule: {ruling.rule}. Confidence: {ruling.confidence}.",
            *(f"- {reason}" for reason in ruling.reasons),
            f"{past} then {destination(passed)[1]}.",
            *((f"! {state.trouble}",) if state.trouble else ()),
            *((f"! {_why_overtaken(state)}",) if state.overtaken else ()),
        ),
        fields=(
            Field("because", "because", "text", hint="why you accept this verdict; kept for ever"),
        ),
        problems=_problems,
        confirm=f"Record {ruling.verdict}",
    )


def destination(passed: Review) -> tuple[int, str]:
    """The page a recorded verdict leads to, and what it is for."""
    match passed.ruling.verdict.value:
        case "PROCEED" if passed.experiment.kind == "baseline":
            return 3, "the Loop: a next experiment tests a belief against this baseline"
        case "PROCEED":
            return 4, "the Evaluation scores it on the frozen test part, once"
        case "REVISE_DATA":
            return 1, "Recon: the data is corrected before the method is"
        case "ESCALATE":
            return 5, "the Gate: a human decides"
        case _:
            return 3, "the Loop: the findings are corrected, it is run and reviewed again"


def _why_overtaken(state: ReviewState) -> str:
    changed = state.changed
    if not changed:
        return state.overtaken
    shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if changed[3:] else "")
    return f"{shown} changed since these checks ran: R runs them again"


def overtaken_lines(state: ReviewState, glyphs: Glyphs, width: int) -> list[Content]:
    """What changed since the checks ran, if anything did."""
    if not state.overtaken:
        return []
    said = _why_overtaken(state)
    label = text(f"{glyphs.standing['stale']}", STYLES["stale"])
    return hanging(label, text(printable(said), STYLES["stale"]), 2, width)


def _ruling(passed: Review, glyphs: Glyphs, width: int) -> list[Content]:
    ruling = passed.ruling
    standing = _STANDING[ruling.verdict.value]
    tense = "recorded: " if passed.id else "would be "
    said = (
        text(tense)
        + text(f"{glyphs.standing[standing]} {ruling.verdict}", STYLES[standing])
        + text(f", {ruling.confidence} confidence: {printable(ruling.rule)}")
    )
    lines = hanging(text("VERDICT", "bold"), said, _LABEL, width)
    if ruling.verdict.value.startswith("REVISE"):
        # Why stands with each of them at the top of the list.
        stopping = tuple(
            text(f"{finding.check} {place_of(finding)}".rstrip(), MUTED)
            for result in passed.results
            for finding in result.findings
            if finding.severity == "blocking" and not finding.waived
        )
        lines += hanging(Content(""), Parts(stopping, "  "), _LABEL, width) if stopping else []
    else:
        for reason in ruling.reasons[:SHOWN_REASONS]:
            lines += hanging(Content(""), text(printable(reason), MUTED), _LABEL, width)
    for waiver in passed.stale_waivers:
        stale = f"the waiver of {waiver.code} matches nothing any more: let it expire"
        lines += hanging(text(WAIVED, MUTED), text(printable(stale), MUTED), 2, width)
    return lines


def _problems(values: Values) -> dict[str, str]:
    given = len(values["because"].strip())
    if given < LEAST_JUSTIFICATION:
        return {"because": f"{LEAST_JUSTIFICATION - given} characters more: say why you accept it"}
    return {}
