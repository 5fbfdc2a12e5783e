"""What the code of open experiments does with the data, as risks beside those of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_core.checks.contract import Severity
from grd_core.recon.risks import Risk

if TYPE_CHECKING:
    from grd_core.checks.contract import Finding
    from grd_core.critic.live_code import LiveFindings

FAMILIES = frozenset(
    {"preprocessing", "overlap", "test-fit", "multi-test", "temporal", "group", "target"}
)
"""Families of checks whose findings are about rows and columns. Seeds, metrics and the state of
a notebook mislead, too, but nothing that is declared or split of the data answers them."""


def code_risks(code: tuple[LiveFindings, ...]) -> tuple[Risk, ...]:
    """One risk for each check and kind of finding that nobody waived, however many places.

    What is information alone is left out: a list of risks is read to act on it.
    """
    found: dict[tuple[str, str], list[Finding]] = {}
    for file in code:
        for finding in file.findings:
            counts = finding.severity.rank > 0 and not finding.waived
            if counts and finding.family in FAMILIES:
                found.setdefault((finding.check, finding.title), []).append(finding)
    return tuple(_risk(findings) for findings in found.values())


def _risk(findings: list[Finding]) -> Risk:
    worst = max(findings, key=lambda finding: finding.severity.rank)
    more = len(findings) - 1
    beside = f" Also in {more} other place{'s' if more > 1 else ''}." if more else ""
    return Risk(
        severity="blocking" if worst.severity is Severity.BLOCKING else "warning",
        title=worst.title,
        evidence=f"{worst.path}:{worst.line}: {worst.why}.{beside}",
        do=worst.fix,
        origin=worst.check,
        weight=min(1.0, len(findings) / 10),
    )
