"""How findings look on a shell: what, why, the places that prove it, one thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_tui.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.checks.contract import CheckResult, Finding

GLYPHS = {"blocking": "✖", "warning": "!", "info": "·"}
STATUS_GLYPHS = {"passed": "✔", "warned": "!", "failed": "✖", "waived": "~", "errored": "✖"}


def print_finding(finding: Finding) -> None:
    """One finding, its place first, so that editors can jump to it."""
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    waived = "  (waived)" if finding.waived else ""
    glyph = "~" if finding.waived else GLYPHS[finding.severity.value]
    say(f"{glyph} {finding.check} {finding.title}  {finding.severity}{waived}  {place}".rstrip())
    say(f"    {finding.why}")
    numbers = _numbers(finding)
    if numbers:
        say(f"    {numbers}")
    for item in finding.places:
        say(f"    {item.role:<8} {item.path}:{item.line}")
    say(f"    do: {finding.fix}")


def print_statuses(results: Sequence[CheckResult]) -> None:
    """One line a check: its status, and why it does not apply or could not be judged."""
    for result in results:
        reason = f"  {result.reason}" if result.reason else ""
        glyph = STATUS_GLYPHS.get(result.status.value, "·")
        status = result.status.value.replace("_", " ")
        say(f"{glyph} {result.check} {status}  {result.seconds:.2f} s{reason}")


def _numbers(finding: Finding) -> str:
    parts = []
    if finding.value is not None:
        parts.append(f"value {finding.value:.4g}")
    if finding.ci is not None:
        parts.append(f"[{finding.ci[0]:.4g}, {finding.ci[1]:.4g}]")
    if finding.threshold is not None:
        parts.append(f"threshold {finding.threshold:.4g}")
    if finding.n is not None:
        parts.append(f"n {finding.n:,}")
    if parts and finding.method:
        parts.append(finding.method)
    return "  ".join(parts)
