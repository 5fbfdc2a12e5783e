"""What stays around every screen: title, phases, and the keys of the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs, worst
from grd_screens.phase import PHASES
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, clickable, sides, text

if TYPE_CHECKING:
    from grd_core.overview import OverviewSnapshot

OVERVIEW = 0
"""The number of the Overview among the screens; the phases count from 1."""


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key of the key line: how it is written, what it does, the action a click on it runs."""

    key: str
    label: str
    action: str


def title_lines(
    study: str, snapshot: OverviewSnapshot | None, shown: int, glyphs: Glyphs, width: int
) -> list[Content]:
    """The study and the open page, left; objective, drift and the whole study's state, right."""
    name = next((phase.name for phase in PHASES if phase.number == shown), "Overview")
    left = Content.assemble(
        (printable(study if snapshot is None else snapshot.study), "bold"),
        (f" {glyphs.path} ", MUTED),
        f"{shown} {name}",
    )
    if snapshot is None:
        return sides(left, (text("reading the study", MUTED),), width)
    right = [Content(printable(snapshot.objective))]
    if snapshot.drift and snapshot.drift_standing != "not yet":
        standing = str(snapshot.drift_standing)
        # The glyph says how the drift stands; its word is the description itself.
        alarmed = standing in {"attention", "blocked", "stale"}
        mark = f" {glyphs.standing[standing]}" if alarmed else ""
        right.append(
            Content.assemble(
                ("drift: ", MUTED),
                (printable(snapshot.drift) + mark, STYLES[standing] if alarmed else ""),
            )
        )
    standing = worst([str(snapshot.drift_standing), *(str(p.standing) for p in snapshot.phases)])
    about = Content.styled(f" {glyphs.separator} ", MUTED).join(right)
    glyph, style = glyphs.standing[standing], STYLES[standing]
    overall = (text(f"   {glyph} {standing}", style), text(f"   {glyph}", style))
    return sides(left, tuple(about + mark for mark in overall), width)


def phase_tabs(
    snapshot: OverviewSnapshot | None, shown: int, glyphs: Glyphs, width: int
) -> list[Content]:
    """The phases on one line, the shown one marked; with names as far as the width allows."""
    phases = _phases(snapshot)
    for gap, keep in (("  ", 0), (" ", 0), ("  ", 1), ("  ", 2)):
        parts = []
        for number, name, standing in phases:
            badge = f"{number}{glyphs.standing[standing]}"
            named = f" {name}" if keep == 0 or (keep == 1 and number == shown) else ""
            parts.append(_tab(badge, named, standing, number == shown, number))
        line = Content(gap).join(parts)
        if line.cell_length <= width:
            return [line]
    return [Content("")]


def phase_rail(
    snapshot: OverviewSnapshot | None, shown: int, glyphs: Glyphs, width: int
) -> list[Content]:
    """The phases under one another, each with glyph and word."""
    overview = "0  Overview".ljust(width)
    lines = [_tab(overview, "", "", shown == OVERVIEW, OVERVIEW), Content("")]
    for number, name, standing in _phases(snapshot):
        label = f"{number}  {name}"
        state = f"{glyphs.standing[standing]} {standing}"
        gap = " " * max(1, width - len(label) - len(state) - 1)
        if number == shown:
            lines.append(_tab(f"{label}{gap}{state} ", "", standing, True, number))
            continue
        quiet = MUTED if standing == "not yet" else ""
        line = Content.assemble((label, quiet), gap, (state, STYLES[standing]))
        lines.append(_clickable(line, number))
    return lines


def key_lines(hints: tuple[KeyHint, ...], notice: str, width: int) -> list[Content]:
    """The keys of the moment on one line, as many as fit; a notice takes the first place."""
    parts = [text(printable(notice), "bold $accent")] if notice else []
    for hint in hints:
        part = Content.assemble((hint.key, "bold"), (f" {hint.label}", MUTED))
        if hint.action:
            part = clickable(part, f"app.{hint.action}")
        line = Content("  ").join([*parts, part])
        if line.cell_length > width:
            break
        parts.append(part)
    return [Content("  ").join(parts)] if parts else [Content("")]


def _phases(snapshot: OverviewSnapshot | None) -> list[tuple[int, str, str]]:
    if snapshot is None:
        return [(phase.number, phase.name, "not yet") for phase in PHASES]
    return [(p.number, printable(p.name), str(p.standing)) for p in snapshot.phases]


def _tab(badge: str, name: str, standing: str, is_shown: bool, number: int) -> Content:
    if is_shown:
        return _clickable(text(badge + name, "bold reverse $accent"), number)
    loud = {"now": "bold", "not yet": MUTED}.get(standing, "")
    return _clickable(Content.assemble((badge, STYLES.get(standing, "")), (name, loud)), number)


def _clickable(content: Content, number: int) -> Content:
    return clickable(content, f"app.show({number})")
