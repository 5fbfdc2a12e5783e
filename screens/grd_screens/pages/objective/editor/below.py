"""What stands below the text: whether it can be locked, how far it has moved, and what is wrong
with the line the cursor is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.objective.prospect import Prospect, ProspectiveDrift
    from grd_core.objective.snapshot import ProblemLine

_INDENT = 13
_MOST = 8
"""Lines of all of it, so that the text keeps the screen."""


@dataclass(frozen=True, slots=True)
class Below:
    """What is known: nothing of the text before it was first checked. `notice` is a standing and
    a sentence of what was done, or was not; `line` is the cursor's, counted from 1."""

    prospect: Prospect | None = None
    notice: tuple[str, str] = ("", "")
    line: int = 1


def problems_by_line(prospect: Prospect | None) -> dict[int, tuple[ProblemLine, ...]]:
    """The problems of each line, counted from 1, what refuses first; those of the whole file
    stand on the first."""
    found: dict[int, tuple[ProblemLine, ...]] = {}
    for problem in prospect.problems if prospect is not None else ():
        line = max(problem.line, 1)
        found[line] = (*found.get(line, ()), problem)
    return {
        line: tuple(sorted(problems, key=lambda one: one.severity != "refuse"))
        for line, problems in sorted(found.items())
    }


def below_lines(below: Below, glyphs: Glyphs, width: int) -> list[Content]:
    """The lines for a width in cells."""
    if below.prospect is None:
        lines = [text("checking", MUTED)]
    else:
        lines = _counts(below.prospect, glyphs, width)
        here = problems_by_line(below.prospect).get(below.line, ())
        for at, problem in enumerate(here):
            lines += _problem(problem, at, len(here), glyphs, width)
    standing, sentence = below.notice
    if sentence:
        label = text(f"{glyphs.standing[standing]} {standing}", STYLES[standing])
        lines = [*hanging(label, text(printable(sentence)), _INDENT, width), *lines]
    return lines[:_MOST]


def _counts(prospect: Prospect, glyphs: Glyphs, width: int) -> list[Content]:
    refusals = prospect.refusals
    warnings = len(prospect.problems) - refusals
    to_be = "amended" if prospect.drift is not None else "locked"
    parts = []
    if refusals:
        verb = "keeps" if refusals == 1 else "keep"
        said = f"{glyphs.standing['blocked']} {refusals} {verb} it from being {to_be}"
        parts.append(text(said, STYLES["blocked"]))
    else:
        said = f"{glyphs.standing['done']} nothing keeps it from being {to_be}"
        parts.append(text(said, STYLES["done"]))
    if warnings:
        said = f"{glyphs.standing['attention']} {warnings} warning{'' if warnings == 1 else 's'}"
        parts.append(text(said, STYLES["attention"]))
    if prospect.drift is not None:
        parts.append(_drift(prospect.drift, glyphs))
    return Parts(tuple(parts)).wrap(max(width, 1))


def _drift(drift: ProspectiveDrift, glyphs: Glyphs) -> Content:
    name = f"v{drift.version}"
    if drift.summary == "in sync":
        return text(f"{glyphs.same} as {name}", MUTED)
    said = f"{glyphs.changed} drift from {name}: {drift.summary}"
    if not drift.post_hoc:
        return text(said, "bold $accent")
    results = f"{drift.results} result{'' if drift.results == 1 else 's'}"
    return text(f"{said}; loosened after {results}: post hoc for ever if amended", "bold $warning")


def _problem(problem: ProblemLine, at: int, of: int, glyphs: Glyphs, width: int) -> list[Content]:
    standing = "blocked" if problem.severity == "refuse" else "attention"
    where = f"line {problem.line}" if problem.line else "the file"
    which = f" {at + 1}/{of}" if of > 1 else ""
    label = text(f"{glyphs.standing[standing]} {where}{which}", STYLES[standing])
    field = f"{printable(problem.field)}: " if problem.field else ""
    body = Content.assemble(
        (field, "bold"), printable(problem.message), ": ", (printable(problem.fix), MUTED)
    )
    return hanging(label, body, _INDENT, width)
