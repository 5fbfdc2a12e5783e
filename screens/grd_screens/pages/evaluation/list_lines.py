"""The experiments set in type: how far the evaluation of each came, and why not further."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.naming import named
from grd_screens.pages.evaluation.numbers import figure, outcome_mark
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, hanging, sides, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.evaluation.listing import EvaluationLine
    from grd_core.evaluation.snapshot import EvaluationSnapshot

INDENT = 12


def experiment_rows(lines: tuple[EvaluationLine, ...], glyphs: Glyphs) -> tuple[Row, ...]:
    """A row for each experiment; what to press where there is none."""
    if not lines:
        return (Row("", _none),)
    return tuple(
        Row(
            str(line.number),
            partial(_experiment, line, glyphs),
            f"{line.experiment} {line.title} {line.state} {line.outcome} {line.experiment_state}",
        )
        for line in lines
    )


def head_lines(card: EvaluationSnapshot | None, width: int) -> list[Content]:
    """How many looks at the frozen labels are used."""
    if card is None:
        return []
    declared = "no declared limit" if card.peeks_declared is None else str(card.peeks_declared)
    left = text("EXPERIMENTS", "bold")
    said = f"looks at the frozen labels: {card.peeks_used} of {declared} used, for ever"
    return sides(left, (text(said, MUTED),), width)


def card_head(card: EvaluationSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    """Whose scorecard it is and its outcome."""
    name = text(printable(card.experiment), "bold")
    lines = sides(name, (outcome_mark(card.outcome, glyphs),), width)
    if card.mark:
        lines += _warning(printable(card.mark), glyphs, width)
    if card.state == "interrupted":
        lines += _warning("a newer scoring was interrupted: v takes it up", glyphs, width)
    if card.file_edited:
        said = "SCORECARD.json says other than what is recorded and shown here"
        lines += _warning(said, glyphs, width)
    return [*lines, text(glyphs.rule * width, "$rule")]


def unscored_lines(line: EvaluationLine, glyphs: Glyphs, width: int) -> list[Content]:
    """Why there is no scorecard, and what leads to one."""
    lines = text(printable(line.title), "bold").wrap(max(width, 1))
    lines += hanging(text("evaluation", MUTED), _state(line, glyphs), INDENT, width)
    if line.not_yet:
        lines += hanging(text("not yet", MUTED), Content(printable(line.not_yet)), INDENT, width)
        key, effect = "3", "the Loop: the Critic's PROCEED opens the way here"
    elif line.state == "interrupted":
        key, effect = "v", "takes the scoring up again under the look that is spent"
    else:
        key, effect = "v", "scores it on the frozen test part; the look counts for ever"
    return [*lines, Content(""), *Content.assemble((key, ACCENT), f" {effect}").wrap(width)]


def _experiment(line: EvaluationLine, glyphs: Glyphs, width: int) -> list[Content]:
    style = "bold" if line.experiment_state == "open" else ""
    lines = named(line.experiment, _state(line, glyphs), 4, width, style=style)
    if line.state == "scored":
        said = f"{printable(line.metric)} {figure(line.estimate)}"
        if line.low is not None:
            said += f" [{figure(line.low)}, {figure(line.high)}]"
        closed = f"   {line.experiment_state}" if line.experiment_state != "open" else ""
        body = Content.assemble(said, (closed, MUTED))
    else:
        body = text(printable(line.not_yet) or "v scores it", MUTED)
    lines += hanging(Content(""), body, 4, width)
    if line.unfrozen:
        lines += hanging(Content(""), text(printable(line.unfrozen), STYLES["attention"]), 4, width)
    return lines


def _state(line: EvaluationLine, glyphs: Glyphs) -> Content:
    if line.state == "scored":
        return outcome_mark(line.outcome, glyphs)
    if line.state == "interrupted":
        return text(f"{glyphs.standing['attention']} interrupted", STYLES["attention"])
    standing = "not yet" if line.not_yet else "now"
    words = "not scored" if line.not_yet else "can be scored"
    return text(f"{glyphs.standing[standing]} {words}", STYLES[standing])


def _warning(said: str, glyphs: Glyphs, width: int) -> list[Content]:
    label = text(glyphs.standing["attention"], STYLES["attention"])
    return hanging(label, Content(said), 2, width)


def _none(width: int) -> list[Content]:
    said = Content.assemble(
        ("no experiment yet: ", MUTED),
        ("3", ACCENT),
        (" then ", MUTED),
        ("n", ACCENT),
        (" makes one, the baseline first", MUTED),
    )
    return said.wrap(max(width, 1))
