"""The rows of the list: risks worst first, baseline, split, freeze, then every column."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.recon.content import is_code
from grd_screens.pages.recon.plots import shape_line
from grd_screens.pages.recon.standing import SEVERITY_STANDINGS, answer
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.ledger.in_force import Unfrozen
    from grd_core.recon.risks import Risk
    from grd_core.recon.snapshot import (
        ColumnLine,
        FreezeView,
        ReconSnapshot,
        SourceView,
        SplitView,
    )

INDENT = 9
_NAME, _ROLE, _MISSING, _DISTINCT, _SHAPE, _TYPE = 20, 9, 8, 10, 18, 12


def rows_of(snapshot: ReconSnapshot, glyphs: Glyphs) -> tuple[Row, ...]:
    """All rows, in the order in which they matter."""
    if snapshot.source is None:
        return empty_rows()
    return (
        *_risks(snapshot, glyphs),
        *_results(snapshot, glyphs),
        *_columns(snapshot, glyphs),
    )


def empty_rows() -> tuple[Row, ...]:
    """What an empty page teaches."""
    sentences = (
        "No data is declared.",
        "a declares a file: where it comes from and what its columns mean. Nothing can be"
        " split, frozen or judged before.",
        "Then p looks at it and ranks what could mislead, s plans the parts, f freezes them:"
        " of the target nothing is looked at before that.",
    )
    return tuple(_said(sentence) for sentence in sentences)


def risk_key(risk: Risk) -> str:
    """The name of a risk's row: it stays the same when risks come or go."""
    return f"risk:{risk.origin}:{risk.title}"


def _risks(snapshot: ReconSnapshot, glyphs: Glyphs) -> list[Row]:
    unseen = not snapshot.profiled_at and not snapshot.trained_at
    if unseen and not snapshot.risks:
        return [_heading("RISKS", "none known: p looks at the data and ranks them")]
    scope = "" if snapshot.trained_at else "of structure alone; those of the target come with f"
    if not snapshot.profiled_at:
        scope = "of the training part alone; p looks at all columns"
    if unseen:
        scope = "of code alone; p looks at the data"
    if not snapshot.risks:
        return [_heading("RISKS", f"none found {scope}".rstrip())]
    return [
        _heading("RISKS", scope),
        *(
            Row(
                risk_key(risk),
                _risk(risk, snapshot, glyphs),
                f"{risk.severity} {risk.title} {risk.evidence} {risk.do} {risk.origin}",
            )
            for risk in snapshot.risks
        ),
    ]


def _risk(risk: Risk, snapshot: ReconSnapshot, glyphs: Glyphs) -> Callable[[int], list[Content]]:
    standing = SEVERITY_STANDINGS[risk.severity]
    key, word = answer(risk, snapshot)
    sign = glyphs.enter if key == "enter" else key
    code = f"{printable(risk.origin)}  " if is_code(risk.origin) else ""
    does = Content.assemble((code, MUTED), (f"{word} ", MUTED), (sign, ACCENT))

    def lines(width: int) -> list[Content]:
        label = Content.assemble(
            (f"{glyphs.standing[standing]} ", STYLES[standing]), (printable(risk.title), "bold")
        )
        gap = width - label.cell_length - does.cell_length
        if gap >= 1:
            found = [label + text(" " * gap) + does]
        else:
            found = [*label.wrap(max(width, 1)), text("  ") + does]
        evidence = text(printable(risk.evidence), MUTED)
        return found + hanging(Content(""), evidence, 2, width)

    return lines


def _results(snapshot: ReconSnapshot, glyphs: Glyphs) -> list[Row]:
    rows = []
    if snapshot.baseline is not None:
        rows.append(_labelled("baseline", "BASELINE", baseline_parts(snapshot.baseline)))
    if snapshot.split is not None:
        rows.append(_labelled("split", "SPLIT", _split(snapshot.split)))
    if snapshot.freeze is not None:
        rows.append(_labelled("freeze", "FROZEN", _freeze(snapshot.freeze, glyphs)))
    if snapshot.unfrozen:
        rows.append(_labelled("unfrozen", "UNFROZEN", _unfrozen(snapshot.unfrozen)))
    if snapshot.source is not None:
        rows.append(_labelled("source", "SOURCE", _source(snapshot.source)))
    return rows


def baseline_parts(baseline: dict[str, Any]) -> Parts:
    """What trivial models reach inside the training part, by the first metric."""
    if "reason" in baseline:
        return Parts((text(f"none: {printable(baseline['reason'])}", MUTED),))
    metric = baseline["metrics"][0]
    parts = [text(printable(metric), MUTED)]
    for name, scored in baseline["models"].items():
        parts.append(
            Content.assemble((f"{printable(name)} ", MUTED), _with_interval(scored[metric]))
        )
    return Parts(tuple(parts))


def _with_interval(scored: dict[str, Any]) -> Content:
    bounds = f" [{scored['low']:.4g}, {scored['high']:.4g}]" if "low" in scored else ""
    return Content.assemble((f"{scored['estimate']:.4g}", "bold"), bounds)


def _split(split: SplitView) -> Parts:
    parts = [text(split.strategy, "bold")]
    for label, size in (
        ("train", split.train),
        ("validation", split.validation),
        ("test", split.test),
    ):
        parts.append(Content.assemble((f"{label} ", MUTED), f"{size:,}"))
    cuts = " and ".join(sorted(_day(cut) for cut in split.cuts.values()))
    if cuts:
        parts.append(Content.assemble(("cut ", MUTED), printable(cuts)))
    if split.embargo:
        parts.append(Content.assemble(("embargo ", MUTED), printable(split.embargo)))
    return Parts(tuple(parts))


def _day(cut: str) -> str:
    """The day of a cut in time; a cut that is no moment as it is."""
    return cut[:10] if cut[10:11] in ("T", " ") else cut


def _freeze(freeze: FreezeView, glyphs: Glyphs) -> Parts:
    sound = freeze.integrity == "intact"
    standing = "done" if sound else "blocked"
    return Parts(
        (
            text(f"{glyphs.standing[standing]} {freeze.integrity}", STYLES[standing]),
            text(f"{freeze.test_rows:,} test rows"),
            Content.assemble(("peeks ", MUTED), str(freeze.peeks + freeze.peeks_earlier)),
            Content.assemble(("verified ", MUTED), freeze.verified_at[:10]),
        )
    )


def _unfrozen(taken_back: tuple[Unfrozen, ...]) -> Parts:
    last = taken_back[-1]
    times = f"{len(taken_back)} times, last " if len(taken_back) > 1 else ""
    return Parts((text(f"{times}{last.at[:10]}"), text(printable(last.reason), MUTED)))


def _source(source: SourceView) -> Parts:
    problems = len(source.provenance.get("known_problems") or ())
    parts = [text(printable(source.name))]
    if problems:
        parts.append(text(f"{problems} known problem" + ("" if problems == 1 else "s"), MUTED))
    return Parts(tuple(parts))


def _columns(snapshot: ReconSnapshot, glyphs: Glyphs) -> list[Row]:
    columns = snapshot.column_lines
    if not columns:
        return []
    return [
        Row("", _column_heading),
        *(
            Row(
                f"column:{column.name}",
                _column(column, glyphs),
                f"{column.name} {column.role} {column.type} {column.worst}",
            )
            for column in columns
        ),
    ]


def _column_heading(width: int) -> list[Content]:
    room = width - _NAME - 2
    title = text("COLUMNS".ljust(_NAME + 2), "bold")
    cells = _cells("role", "missing", "distinct", "shape", "type", room)
    return [title + text(cells, MUTED)] if room > 0 else [title]


def _column(column: ColumnLine, glyphs: Glyphs) -> Callable[[int], list[Content]]:
    standing = SEVERITY_STANDINGS.get(column.worst, "")
    mark = text(f"{glyphs.standing[standing]} ", STYLES[standing]) if standing else text("  ")
    missing = "" if column.missing_share is None else _percent(column.missing_share)
    distinct = "" if column.distinct is None else f"{column.distinct:,}"
    shape = shape_line(column.shape, glyphs)

    name = printable(column.name)

    def lines(width: int) -> list[Content]:
        room = width - _NAME - 2
        cells = text(_cells(column.role, missing, distinct, shape, printable(column.type), room))
        label = mark + text(name)
        gap = _NAME + 2 - label.cell_length
        if gap > 0 and cells.cell_length <= room:
            return [label + text(" " * gap) + cells.stylize(MUTED)]
        # A long name is read whole, and what is told of it below.
        below = cells.stylize(MUTED).wrap(max(1, width - 2))
        named = text(name).wrap(max(1, width - 2))
        marked = [mark + named[0], *(text("  ") + line for line in named[1:])]
        return [*marked, *(text("  ") + line for line in below)]

    return lines


def _cells(role: str, missing: str, distinct: str, shape: str, type_: str, room: int) -> str:
    """The cells of a column's row, as many as there is room for: the rest is in its details."""
    found = f"{role:<{_ROLE}}{missing:>{_MISSING}}"
    if room < len(found) + _DISTINCT:
        return found
    found += f"{distinct:>{_DISTINCT}}  "
    if room >= len(found) + _SHAPE + _TYPE:
        found += f"{shape:<{_SHAPE}}"
    return found + type_ if room >= len(found) + _TYPE else found.rstrip()


def _percent(share: float) -> str:
    if not share:
        return "0"
    return f"{share:.1%}" if share >= 0.001 else "<0.1%"


def _labelled(key: str, label: str, body: Parts) -> Row:
    words = " ".join((label, *(part.plain for part in body.parts)))
    return Row(key, lambda width: hanging(text(label, "bold"), body, INDENT, width), words)


def _heading(title: str, note: str) -> Row:
    line = Content.assemble((title, "bold"), (f"  {note}", MUTED))
    return Row("", lambda width: line.wrap(max(width, 1)))


def _said(sentence: str) -> Row:
    return Row("", lambda width: text(sentence, MUTED).wrap(max(width, 1)))
