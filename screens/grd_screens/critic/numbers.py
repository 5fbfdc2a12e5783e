"""The numbers of a finding or a measurement, as they are written on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, text

if TYPE_CHECKING:
    from grd_core.checks.contract import Finding, Measurement


Table = tuple[tuple[str, str], ...]
"""Numbers by their names."""


def number_table(finding: Finding, measured: Measurement | None) -> Table:
    """Value, threshold and n of a finding: what there is of them.

    Where the finding's own value is another number than the measured one, such as a width, the
    measured value stands apart with its interval.
    """
    rows = []
    if finding.value is not None:
        ci = "" if finding.ci is None else f" {_interval(finding.ci)}"
        rows.append(("value", _number(finding.value) + ci))
    if finding.threshold is not None:
        rows.append(("threshold", _number(finding.threshold)))
    whole, around = (measured.value, measured.ci) if measured is not None else (None, None)
    if around is not None and whole not in (None, finding.value):
        rows.append(("measured", f"{_number(whole)} {_interval(around)}"))
    if finding.n is not None:
        rows.append(("n", f"{finding.n:,}"))
    return tuple(rows)


def measurement_table(measured: Measurement) -> Table:
    """Everything a check measured, with the method."""
    rows = []
    if measured.value is not None:
        rows.append(("value", _number(measured.value)))
    if measured.ci is not None:
        rows.append(("interval", _interval(measured.ci)))
    if measured.n is not None:
        rows.append(("n", f"{measured.n:,}"))
    rows.append(("method", printable(measured.method)))
    rows += [("note", printable(note)) for note in measured.notes]
    return tuple(rows)


def number_parts(table: Table) -> tuple[Content, ...]:
    """Numbers to stand on one line, each with its name a part of it."""
    return tuple(text(f"{name} ", MUTED) + text(value, "bold") for name, value in table)


def _number(value: float) -> str:
    return f"{value:.4g}"


def _interval(ci: tuple[float, float]) -> str:
    return f"[{_number(ci[0])}, {_number(ci[1])}]"
