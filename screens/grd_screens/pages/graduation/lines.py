"""The way to production set in type: three columns, and a checklist with its proofs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.naming import named
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, sides, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.graduation.checklist import GraduationSnapshot, Item
    from grd_core.graduation.overview import (
        GraduationColumn,
        GraduationLine,
        GraduationOverview,
    )

SHOWN = {"yes": "done", "no": "attention", "not yet": "not yet"}
"""How an item of the checklist stands."""


def way_lines(overview: GraduationOverview, glyphs: Glyphs, width: int) -> list[Content]:
    """The stages with how many stand in each."""
    stages = []
    for column in overview.columns:
        count = len(column.lines)
        stages.append(Content.assemble((column.stage, "bold"), (f" {count}", MUTED)))
    way = Parts(tuple(stages), f" {glyphs.arrow} ")
    left = text(f"{overview.archived} archived, off the way", MUTED) if overview.archived else None
    lines = way.wrap(max(width, 1))
    if left is not None and len(lines) == 1:
        return sides(lines[0], (left,), width)
    return [*lines, *(left.wrap(max(width, 1)) if left is not None else ())]


def column_rows(column: GraduationColumn, glyphs: Glyphs) -> tuple[Row, ...]:
    """A stage and the experiments in it."""
    heading = Content.assemble((column.stage.upper(), "bold"), (f"  {len(column.lines)}", MUTED))
    rows = [Row("", lambda width: heading.wrap(max(width, 1)))]
    rows += [
        Row(
            str(line.number),
            partial(experiment_lines, line, glyphs),
            f"{line.experiment} {line.title} {line.state} {column.stage}",
        )
        for line in column.lines
    ]
    if not column.lines:
        rows.append(Row("", partial(_empty, column.stage)))
    return tuple(rows)


def experiment_lines(line: GraduationLine, glyphs: Glyphs, width: int) -> list[Content]:
    """An experiment: how much of its checklist is shown, and what comes next."""
    standing = "done" if line.ready else "attention" if line.refuted else "not yet"
    count = f"{glyphs.standing[standing]} {line.shown} of {line.items}"
    lines = named(line.experiment, text(count, STYLES[standing]), 2, width)
    if line.files_gone:
        said = text(f"{glyphs.standing['attention']} its files are gone", STYLES["attention"])
    elif line.ready:
        said = text("every item is shown", MUTED)
    else:
        said = Content.assemble((f"{printable(line.state)}, next: ", MUTED), line.next_item)
    lines += hanging(Content(""), said, 2, width)
    if line.mark:
        lines += hanging(Content(""), text(printable(line.mark), STYLES["attention"]), 2, width)
    return lines


def checklist_lines(checklist: GraduationSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    """Every requirement: how it stands, what shows it, what to do where it does not hold."""
    title = Content.assemble(
        (printable(checklist.experiment), "bold"), (f"  {printable(checklist.stage)}", MUTED)
    )
    shown = sum(item.shown.value == "yes" for item in checklist.items)
    count = text(f"{shown} of {len(checklist.items)} shown", MUTED)
    lines = [*sides(title, (count,), width), text(glyphs.rule * width, "$rule")]
    if checklist.mark:
        sign = text(glyphs.standing["attention"], STYLES["attention"])
        lines += hanging(sign, Content(printable(checklist.mark)), 2, width)
    for item in checklist.items:
        lines += _item(item, glyphs, width)
    return lines


def _item(item: Item, glyphs: Glyphs, width: int) -> list[Content]:
    standing = SHOWN[item.shown.value]
    label = text(f"{glyphs.standing[standing]}", STYLES[standing])
    word = "" if item.shown.value == "yes" else f"  {_word(item.shown.value)}"
    name = Content.assemble((printable(item.name), "bold"), (word, STYLES[standing]))
    proof = text(printable(item.proof), MUTED)
    if name.cell_length + proof.cell_length + 4 <= width:
        lines = sides(label + Content(" ") + name, (proof,), width)
    else:
        lines = hanging(label, name, 2, width) + hanging(Content(""), proof, 4, width)
    if item.fix and item.shown.value != "yes":
        fix = Content.assemble(("do ", ACCENT), printable(item.fix))
        lines += hanging(Content(""), fix, 4, width)
    return lines


def _word(shown: str) -> str:
    return {"no": "does not hold", "not yet": "not shown yet"}[shown]


def _empty(stage: str, width: int) -> list[Content]:
    said = {
        "exploration": Content.assemble(
            ("none: ", MUTED),
            ("3", ACCENT),
            (" then ", MUTED),
            ("n", ACCENT),
            (" makes one", MUTED),
        ),
        "validated": Content.assemble(
            ("none: what ", MUTED), ("5", ACCENT), (" the Gate sealed can come here", MUTED)
        ),
    }.get(stage, text("none: comes from validated, every item shown", MUTED))
    return said.wrap(max(width, 1))
