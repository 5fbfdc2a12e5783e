"""The numbers of a finding or a measurement, as they are written on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, text

if TYPE_CHECKING:
    from grd_core.checks.contract import Finding, Measurement


def number(value: float) -> str:
    """Four significant digits."""
    return f"{value:.4g}"


def interval(ci: tuple[float, float]) -> str:
    """`[0.58, 0.64]`."""
    return f"[{number(ci[0])}, {number(ci[1])}]"


def number_parts(finding: Finding) -> tuple[Content, ...]:
    """Value with its interval, threshold and n: what there is of them, each a part of a line."""
    parts = []
    if finding.value is not None:
        said = number(finding.value)
        if finding.ci is not None:
            said += f" {interval(finding.ci)}"
        parts.append(_named("value", said))
    if finding.threshold is not None:
        parts.append(_named("threshold", number(finding.threshold)))
    if finding.n is not None:
        parts.append(_named("n", f"{finding.n:,}"))
    return tuple(parts)


def number_table(measured: Finding | Measurement) -> tuple[tuple[str, str], ...]:
    """Every number by its name, in full, with the method that gave it."""
    rows = []
    if measured.value is not None:
        rows.append(("value", number(measured.value)))
    if measured.ci is not None:
        rows.append(("interval", interval(measured.ci)))
    threshold = getattr(measured, "threshold", None)
    if threshold is not None:
        rows.append(("threshold", number(threshold)))
    if measured.n is not None:
        rows.append(("n", f"{measured.n:,}"))
    if measured.method:
        rows.append(("method", printable(measured.method)))
    return tuple(rows)


def _named(name: str, value: str) -> Content:
    return text(f"{name} ", MUTED) + text(value, "bold")
