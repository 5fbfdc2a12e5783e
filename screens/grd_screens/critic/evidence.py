"""What proves a finding: its numbers in full, and the code around its places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.critic.numbers import measurement_table, number_table
from grd_screens.critic.rows import STATUS_STANDING, WAIVED, place_parts
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.checks.contract import CheckResult, Finding, Measurement
    from grd_core.critic.evidence_source import Excerpt, SourceLine
    from grd_screens.critic.state import Card

_LABEL = 11
_ROLE = 9


def finding_lines(
    finding: Finding,
    measured: Measurement | None,
    code: tuple[Excerpt, ...] | None,
    glyphs: Glyphs,
    width: int,
) -> list[Content]:
    """A finding with its source; `code` is None while it is read."""
    standing = "blocked" if finding.severity == "blocking" else "attention"
    sign = WAIVED if finding.waived else glyphs.standing[standing]
    label = text(f"{sign} {finding.check}", STYLES[standing])
    said = text(printable(finding.title), "bold")
    lines = hanging(label, said, 7, width)
    what = f"{finding.severity} {finding.kind} finding, {finding.group}, {finding.family}"
    lines += text(what + (", waived" if finding.waived else ""), MUTED).wrap(max(width, 1))
    lines += [Content(""), *text(printable(finding.why)).wrap(max(width, 1)), Content("")]
    if finding.places:
        path = Parts(place_parts(finding), f" {glyphs.arrow} ")
        lines += [*hanging(text("path", MUTED), path, _LABEL, width), Content("")]
    if finding.places or finding.line:
        lines += _source(code, glyphs, width)
    elif finding.path:
        lines += hanging(text("in", MUTED), text(printable(finding.path)), _LABEL, width)
    for name, value in number_table(finding, measured):
        lines += hanging(text(name, MUTED), text(value), _LABEL, width)
    if finding.method:
        lines += hanging(text("method", MUTED), text(printable(finding.method)), _LABEL, width)
    lines += hanging(text("do", ACCENT), text(printable(finding.fix)), _LABEL, width)
    return lines


def check_lines(
    card: Card, result: CheckResult | None, glyphs: Glyphs, width: int
) -> list[Content]:
    """What a check measured, whatever came of it."""
    standing = "not yet" if result is None else STATUS_STANDING.get(result.status, "attention")
    word = "waiting" if result is None else result.status.value.replace("_", " ")
    label = text(f"{glyphs.standing[standing]} {printable(card.code)}", STYLES[standing])
    lines = hanging(label, text(printable(card.title), "bold"), 7, width)
    lines += [text(f"{word}, {card.group}", MUTED), Content("")]
    if result is None:
        return lines
    if result.measurement is not None:
        for name, value in measurement_table(result.measurement):
            lines += hanging(text(name, MUTED), text(value), _LABEL, width)
    elif result.reason:
        lines += hanging(text("reason", MUTED), text(printable(result.reason)), _LABEL, width)
    lines += hanging(text("took", MUTED), text(f"{result.seconds:.2f} s"), _LABEL, width)
    for finding in result.findings:
        lines += [Content(""), text(glyphs.rule * width, "$rule")]
        lines += finding_lines(finding, result.measurement, (), glyphs, width)
    return lines


def _source(code: tuple[Excerpt, ...] | None, glyphs: Glyphs, width: int) -> list[Content]:
    if code is None:
        return [text("reading the source", MUTED), Content("")]
    lines: list[Content] = []
    for excerpt in code:
        cell = f" cell {excerpt.cell}" if excerpt.cell else ""
        lines += text(f"{printable(excerpt.path)}{cell}", MUTED).wrap(max(width, 1))
        if excerpt.trouble:
            label = text(f"{glyphs.standing['stale']}", STYLES["stale"])
            lines += hanging(label, text(printable(excerpt.trouble)), 2, width)
        last = max((block[-1].number for block in excerpt.blocks), default=0)
        digits = len(str(last))
        for at, block in enumerate(excerpt.blocks):
            if at:
                lines.append(text(" " * _ROLE + glyphs.gap, MUTED))
            for line in block:
                lines += _source_line(line, digits, glyphs, width)
        lines.append(Content(""))
    return lines


def _source_line(line: SourceLine, digits: int, glyphs: Glyphs, width: int) -> list[Content]:
    """`cause    41 │ code`, the path of the value marked; a long line goes on below."""
    role = " ".join(line.roles)
    gutter = text(role.ljust(_ROLE), "bold $accent" if role else MUTED)
    gutter += text(f"{line.number:>{digits}} ", "bold" if role else MUTED)
    gutter += text(f"{glyphs.bar} ", "$rule")
    code = Content("")
    at = 0
    for span in line.spans:
        code += _code(line.text[at : span.start], role)
        code += text(_shown(line.text[span.start : span.end]), "bold underline $accent")
        at = span.end
    code += _code(line.text[at:], role)
    room = max(width - gutter.cell_length, 8)
    pieces = code.fold(room) if code.cell_length > room else [code]
    margin = " " * (_ROLE + digits + 1)
    under = text(margin, MUTED) + text(f"{glyphs.bar} ", "$rule")
    return [gutter + pieces[0], *(under + piece for piece in pieces[1:])]


def _code(piece: str, role: str) -> Content:
    return text(_shown(piece), "" if role else MUTED)


def _shown(piece: str) -> str:
    """A piece of code with its spaces as they are; a tab is four of them."""
    return printable(piece.replace("\t", "    "))
