"""A scorecard as rows: where it is wrong first, then the numbers, then what was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.pages.evaluation.interval_bar import LEAST, interval_bar
from grd_screens.pages.evaluation.numbers import figure, interval, judged, outcome_mark
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, sides, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.evaluation.lines import (
        CalibrationLine,
        CriterionLine,
        ErrorLine,
        GainLine,
        MetricLine,
        Number,
        StratumLine,
    )
    from grd_core.evaluation.snapshot import EvaluationSnapshot

Values = tuple[float | None, float | None, float | None]
"""The lower end of an interval, its estimate, its upper end."""

BAR_MOST = 40
"""Cells of the widest bar."""

WORST = 3
"""Strata that stand at the top; all of them stand in the details."""

INDENT = 4

EXAMPLE, STRATUM, METRIC, GAIN, CRITERION = "row:", "stratum:", "metric:", "gain:", "criterion:"
OUTCOME, CALIBRATION, TRIED = "outcome", "calibration", "tried"
"""What keys of rows begin with, or are."""


def card_rows(card: EvaluationSnapshot, glyphs: Glyphs) -> tuple[Row, ...]:
    """The rows of a recorded scorecard, in the order they should be read."""
    return tuple(_rows(card, glyphs))


def _rows(card: EvaluationSnapshot, glyphs: Glyphs) -> Iterator[Row]:
    yield _heading("WHERE IT IS WRONG", "worst strata, hardest examples")
    worst = worst_strata(card)
    ends = [end for one in worst for end in (one.number.low, one.number.high)]
    scale = tuple(end for end in ends if end is not None)
    for at, stratum in enumerate(worst):
        yield _row(f"{STRATUM}{at}", partial(_stratum, stratum, scale, glyphs), stratum.column)
    if not worst:
        yield _row(f"{STRATUM}none", partial(_no_stratum, card), "strata")
    columns = _columns(card.hardest)
    for example in card.hardest:
        said = partial(_example, example, columns)
        yield _row(f"{EXAMPLE}{example.id}", said, example.id)
    yield _heading("METRICS", "intervals around thresholds")
    for metric in card.metrics:
        yield _row(f"{METRIC}{metric.name}", partial(_metric, metric, glyphs), metric.name)
    yield _heading("GAINS", "over baselines, on the same rows")
    for at, gain in enumerate(card.gains):
        yield _row(f"{GAIN}{at}", partial(_gain, gain, glyphs), f"{gain.metric} {gain.baseline}")
    yield _heading("FALSIFICATION", "what would disprove the claim")
    found = (card.content or {}).get("falsification", ())
    for at, (line, fields) in enumerate(zip(card.criteria, found, strict=True)):
        yield _row(f"{CRITERION}{at}", partial(_criterion, line, fields, glyphs), line.metric)
    yield _row(OUTCOME, partial(_outcome, card, glyphs), f"outcome {card.outcome}")
    if card.calibration is not None:
        yield _heading("CALIBRATION", "not registered")
        yield _row(CALIBRATION, partial(_calibration, card.calibration, glyphs), "calibration")
    yield _heading("TRIED", "everything, and what chance gains")
    yield _row(TRIED, partial(_tried, card), "tried peeks optimism")


def worst_strata(card: EvaluationSnapshot) -> tuple[StratumLine, ...]:
    """The worst strata of the first metric, the worst first."""
    first = card.strata[0].metric if card.strata else ""
    return tuple(line for line in card.strata if line.metric == first)[:WORST]


def _stratum(
    stratum: StratumLine, scale: tuple[float, ...], glyphs: Glyphs, width: int
) -> list[Content]:
    number = stratum.number
    name = Content.assemble(
        (f"{printable(stratum.column)}={printable(stratum.value)}", "bold"),
        (f"  n {number.n:,}", MUTED),
    )
    said = Content(f"{printable(stratum.metric)} {interval(number)}")
    lines = sides(name, (said,), width)
    overall = text(f"overall {figure(stratum.overall)}, worst of {stratum.among}", MUTED)
    return [
        *lines,
        *_barred(_values(number), stratum.overall, overall, glyphs, width, beside=scale),
    ]


def _no_stratum(card: EvaluationSnapshot, width: int) -> list[Content]:
    few = f"; {card.strata_too_small} hold too few rows" if card.strata_too_small else ""
    return text(f"no stratum could be scored{few}", MUTED).wrap(max(width, 1))


def _columns(examples: tuple[ErrorLine, ...]) -> tuple[int, int, int]:
    """Cells of what was said, what was, and the error, so that they stand under one another."""
    cells = [(one.said, one.was, figure(one.error)) for one in examples]
    said, was, error = (max((len(one[at]) for one in cells), default=0) for at in range(3))
    return said, was, error


def _example(example: ErrorLine, columns: tuple[int, int, int], width: int) -> list[Content]:
    name = Content.assemble(("row ", MUTED), (printable(example.id), "bold"))
    said, was, error = columns
    told = Content.assemble(
        ("said ", MUTED),
        printable(example.said).rjust(said),
        ("  was ", MUTED),
        printable(example.was).rjust(was),
        (f"  error {figure(example.error).rjust(error)}", MUTED),
    )
    return sides(name, (told,), width)


def _metric(metric: MetricLine, glyphs: Glyphs, width: int) -> list[Content]:
    name = Content.assemble(
        (printable(metric.name), "bold"),
        (f"  {printable(metric.role)}, {printable(metric.direction)} is better", MUTED),
    )
    aside = (
        Content.assemble(("threshold ", MUTED), figure(metric.threshold))
        if metric.threshold is not None
        else text("no threshold", MUTED)
    )
    return [
        *sides(name, (judged(metric.result, glyphs),), width),
        *_barred(
            _values(metric.number), metric.threshold, aside, glyphs, width, interval(metric.number)
        ),
    ]


def _gain(gain: GainLine, glyphs: Glyphs, width: int) -> list[Content]:
    name = Content.assemble(
        (printable(gain.metric), "bold"), (" over ", MUTED), printable(gain.baseline)
    )
    p = f"p {gain.p_adjusted:.4g} adjusted" if gain.p_adjusted is not None else "no p"
    least = f", least {figure(gain.minimum_effect)}" if gain.minimum_effect is not None else ""
    aside = text(f"{p}{least}", MUTED)
    return [
        *sides(name, (judged(gain.result, glyphs),), width),
        *_barred(
            _values(gain.number), gain.minimum_effect, aside, glyphs, width, interval(gain.number)
        ),
    ]


def _criterion(
    line: CriterionLine, fields: dict[str, Any], glyphs: Glyphs, width: int
) -> list[Content]:
    name = Content.assemble(
        ("if ", MUTED),
        (f"{printable(line.of)} of {printable(line.metric)}", "bold"),
        f" {printable(line.comparison)} {figure(line.threshold)}",
    )
    lines = sides(name, (judged(line.status, glyphs),), width)
    values = (fields["low"], fields["estimate"], fields["high"])
    lines += _barred(values, line.threshold, Content(""), glyphs, width, interval(fields))
    return [*lines, *hanging(Content(""), text(printable(line.meaning), MUTED), INDENT, width)]


def _outcome(card: EvaluationSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    label = text("by the registered rule", MUTED)
    lines = sides(label, (outcome_mark(card.outcome, glyphs),), width)
    for reason in card.reasons:
        lines += hanging(Content(""), Content(printable(reason)), INDENT, width)
    for late in card.late_changes:
        lines += hanging(Content(""), Content(printable(late)), INDENT, width)
    return lines


def _calibration(line: CalibrationLine, glyphs: Glyphs, width: int) -> list[Content]:
    name = Content.assemble(("expected calibration error of ", MUTED), printable(line.of))
    lines = sides(name, (text(interval(line.number), "bold"),), width)
    return [
        *lines,
        *_barred(_values(line.number), 0.0, text("0 is calibrated", MUTED), glyphs, width),
    ]


def _tried(card: EvaluationSnapshot, width: int) -> list[Content]:
    declared = "no declared limit" if card.peeks_declared is None else str(card.peeks_declared)
    looks = f"{card.peeks_used} of {declared}"
    lines = sides(text("looks at the frozen labels", MUTED), (text(looks, "bold"),), width)
    if card.tried is not None:
        name = text(f"{card.tried.candidates} scored on this test part", MUTED)
        gained = f"{figure(card.tried.optimism)} {printable(card.tried.metric)}"
        optimism = Content.assemble(("optimism of the best ", MUTED), (gained, "bold"))
        lines += sides(name, (optimism,), width)
    return lines


def _values(number: Number) -> Values:
    return number.low, number.estimate, number.high


def _barred(
    values: Values,
    mark: float | None,
    aside: Content,
    glyphs: Glyphs,
    width: int,
    figures: str = "",
    beside: tuple[float, ...] = (),
) -> list[Content]:
    """The interval in figures, as a bar, and what it is held against; the bar on a line of its
    own where one line is too short."""
    room = width - INDENT - len(figures) - aside.cell_length - 4
    own_line = room < 2 * LEAST
    cells = min(BAR_MOST, width - INDENT if own_line else room)
    bar = interval_bar(*values, mark, cells, glyphs, beside=beside)
    parts = (Content(figures), aside) if own_line else (Content(figures), bar, aside)
    told = Parts(tuple(part for part in parts if part.plain), "  ")
    lines = hanging(Content(""), told, INDENT, width)
    return [*lines, *(hanging(Content(""), bar, INDENT, width) if own_line and bar.plain else ())]


def _heading(title: str, about: str) -> Row:
    said = Content.assemble((title, "bold"), (f"  {about}", MUTED))
    return Row("", lambda width: said.wrap(max(width, 1)))


def _row(key: str, lines: Callable[[int], list[Content]], words: str) -> Row:
    return Row(key, lines, printable(words))
