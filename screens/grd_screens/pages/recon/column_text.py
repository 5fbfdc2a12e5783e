"""A column looked at closely, in type: values, what is missing, time, the target, sample rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.recon.details import INDENT, heading, row
from grd_screens.pages.recon.plots import bar, columns, levels_line
from grd_screens.pages.recon.standing import SEVERITY_STANDINGS
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.recon.column_detail import (
        ColumnDetail,
        Histogram,
        Relation,
        RelationBin,
        SampleRows,
        TimeBucket,
    )

_HEIGHT = 4
_BAR = 20
_LABEL = 22


def column_lines(column: ColumnDetail, glyphs: Glyphs, width: int) -> list[Content]:
    """All that is known of a column, or why nothing is told."""
    lines = _named(column, width)
    for risk in column.risks:
        standing = SEVERITY_STANDINGS[risk.severity]
        label = text(f"{glyphs.standing[standing]} risk", STYLES[standing])
        said = f"{printable(risk.title)}: {printable(risk.evidence)}"
        lines += hanging(label, text(said), INDENT, width)
    if column.withheld:
        return [*lines, Content(""), *text(printable(column.withheld)).wrap(max(width, 1))]
    return [
        *lines,
        *_facts(column, width),
        *_values(column, glyphs, width),
        *_over_time(column, glyphs, width),
        *_relation(column, glyphs, width),
        *(_sample(column.sample, width) if column.sample is not None else ()),
    ]


def _named(column: ColumnDetail, width: int) -> list[Content]:
    name = Content.assemble(
        (printable(column.name), "bold"),
        f"  {printable(column.type)}",
        (f"  {column.role}", MUTED),
        (f"  read: {printable(column.read)}", MUTED),
    )
    return name.wrap(max(width, 1))


def _facts(column: ColumnDetail, width: int) -> list[Content]:
    missing = f"{column.missing:,} of {column.rows:,} rows, {column.missing_share:.2%}"
    lines = row("missing", missing if column.missing else "no row", width)
    if column.distinct is not None:
        lines += row("distinct", f"{column.distinct:,} values", width)
    if column.mean is not None and column.std is not None:
        lines += row("mean", f"{column.mean:.6g}, standard deviation {column.std:.6g}", width)
    if column.quantiles:
        parts = tuple(
            Content.assemble((f"{name} ", MUTED), printable(value))
            for name, value in column.quantiles
        )
        lines += hanging(text("quantiles", MUTED), Parts(parts, "  "), INDENT, width)
    return lines


def _values(column: ColumnDetail, glyphs: Glyphs, width: int) -> list[Content]:
    if column.histogram is not None:
        return _histogram(column.histogram, glyphs, width)
    if not column.categories:
        return []
    lines = heading("VALUES", "the commonest", width)
    top = max(category.share for category in column.categories)
    for category in column.categories:
        said = f"{category.share:>6.1%} {category.rows:>9,}"
        drawn = bar(category.share / top if top else 0, _BAR, glyphs)
        body = Parts((text(said), text(drawn, MUTED)), "  ")
        value = printable(category.value) or "(empty text)"
        lines += hanging(text(value), body, _LABEL, width)
    if column.other_rows:
        lines += hanging(
            text("all others", MUTED), text(f"{'':>6} {column.other_rows:>9,}"), _LABEL, width
        )
    return lines


def _histogram(found: Histogram, glyphs: Glyphs, width: int) -> list[Content]:
    wide = max(1, min(3, (width - 2) // max(1, len(found.counts))))
    counts = [count for count in found.counts for _ in range(wide)]
    note = "1st to 99th percentile; the ends hold what lies beyond"
    lines = heading("VALUES", note, width)
    lines += [text(line) for line in columns(counts, _HEIGHT, glyphs)]
    first, last = printable(found.first), printable(found.last)
    gap = max(1, len(counts) - len(first) - len(last))
    return [*lines, text(f"{first}{' ' * gap}{last}", MUTED)]


def _over_time(column: ColumnDetail, glyphs: Glyphs, width: int) -> list[Content]:
    buckets = column.over_time
    if not buckets:
        return []
    first, last = printable(buckets[0].start[:10]), printable(buckets[-1].start[:10])
    lines = heading("OVER TIME", f"{column.time_column}, {first} to {last}", width)
    means = [bucket.mean for bucket in buckets]
    known = [mean for mean in means if mean is not None]
    if known:
        scale = f"{min(known):.4g} to {max(known):.4g}"
        lines += _curve("mean", levels_line(means, glyphs), scale, width)
    lines += _missing_over_time(buckets, glyphs, width)
    rows = [float(bucket.rows) for bucket in buckets]
    counted = f"{min(rows):,.0f} to {max(rows):,.0f}"
    return lines + _curve("rows", levels_line(rows, glyphs), counted, width)


def _missing_over_time(
    buckets: tuple[TimeBucket, ...], glyphs: Glyphs, width: int
) -> list[Content]:
    shares = [bucket.missing_share for bucket in buckets]
    if not any(shares):
        return []
    scale = f"{min(shares):.1%} to {max(shares):.1%}"
    return _curve("missing", levels_line(shares, glyphs), scale, width)


def _curve(label: str, drawn: str, scale: str, width: int) -> list[Content]:
    body = Parts((text(drawn), text(scale, MUTED)), "  ")
    return hanging(text(label, MUTED), body, INDENT, width)


def _relation(column: ColumnDetail, glyphs: Glyphs, width: int) -> list[Content]:
    relation = column.relation
    if relation is None:
        said = column.relation_withheld
        return [*heading("TARGET", "", width), *_told(said, width)] if said else []
    note = f"{relation.measure} {relation.strength:+.3f}"
    return [*heading("TARGET", note, width), *_bins(relation, glyphs, width)]


def _bins(relation: Relation, glyphs: Glyphs, width: int) -> list[Content]:
    lines = hanging(
        text("value", MUTED), text(f"{'rows':>9}  {printable(relation.of)}", MUTED), _LABEL, width
    )
    targets = [one.target for one in relation.bins]
    low, high = min(targets), max(targets)

    def place(one: RelationBin) -> str:
        at = round((one.target - low) / (high - low) * (_BAR - 1)) if high > low else 0
        return f"{' ' * at}{glyphs.point}"

    for one in relation.bins:
        said = f"{one.rows:>9,}  {one.target:>8.4g}"
        body = Parts((text(said), text(place(one))), "  ")
        lines += hanging(text(printable(one.label)), body, _LABEL, width)
    return lines


def _sample(sample: SampleRows, width: int) -> list[Content]:
    """A few whole rows, one under the other: a column is then read across them."""
    lines = heading("SAMPLE ROWS", f"{len(sample.rows)} drawn at random, always the same", width)
    for number, values in enumerate(sample.rows, start=1):
        parts = tuple(
            Content.assemble((f"{printable(name)} ", MUTED), printable(value) or "(missing)")
            for name, value in zip(sample.columns, values, strict=True)
        )
        lines += hanging(text(f"{number}", MUTED), Parts(parts, "  "), 3, width)
    return lines


def _told(sentence: str, width: int) -> list[Content]:
    return text(printable(sentence), MUTED).wrap(max(width, 1))
