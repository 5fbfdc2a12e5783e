"""What `grd check code` says: findings with the lines that prove them, then every check.

On a terminal long sentences are broken at words; elsewhere one is one line, to be searched.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from grd_tui.cli.findings import GLYPHS, STATUS_GLYPHS
from grd_tui.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from grd_core.checks.code_checks import CodeLook
    from grd_core.checks.contract import CheckResult, Finding

FULL = 3
"""Findings of one check in one file that are told in full; of the others what and where."""


def print_look(look: CodeLook, diff_for: Callable[[Finding], str]) -> None:
    """The findings in the order of their places, then every check, then what was not read."""
    findings = [finding for result in look.results for finding in result.findings]
    told: dict[tuple[str, str], int] = {}
    for finding in sorted(findings, key=_place):
        times = told[finding.check, finding.path] = told.get((finding.check, finding.path), 0) + 1
        _print_head(finding)
        if times <= FULL:
            _print_body(finding)
        for line in diff_for(finding).splitlines():
            say(f"    {line}".rstrip())
    if any(times > FULL for times in told.values()):
        say(f"of one check in one file {FULL} findings are told in full; --json tells all")
    _print_checks(look.results)
    for note in look.notes:
        _say_wrapped(note, "· ", "  ")
    _print_total(findings)


def _place(finding: Finding) -> tuple[str, int, int, str]:
    from grd_core.checks.contract import cell_of

    return _file(finding), cell_of(finding.path), finding.line, finding.check


def _file(finding: Finding) -> str:
    from grd_core.checks.contract import CELL

    return finding.path.partition(CELL)[0]


def _print_head(finding: Finding) -> None:
    waived = "  (waived)" if finding.waived else ""
    glyph = "~" if finding.waived else GLYPHS[finding.severity.value]
    place = f"{finding.path}:{finding.line}"
    said = f"{place}  {finding.check} {finding.title}  {finding.severity}{waived}"
    _say_wrapped(said, f"{glyph} ", "  ")


def _print_body(finding: Finding) -> None:
    _say_wrapped(finding.why, "    ", "    ")
    quoted = _quoted(finding)
    places = [(item, f"{item.role:<8} {item.path}:{item.line}") for item in finding.places]
    wide = max((len(place) for _, place in places), default=0)
    for item, place in places:
        line = f"    {place:<{wide}}  {quoted.get((item.path, item.line), '')}".rstrip()
        say(line[: _width()])  # cut, not wrapped: it is quoted to be recognised
    _say_wrapped(finding.fix, "    do: ", "        ")


def _quoted(finding: Finding) -> dict[tuple[str, int], str]:
    """The lines of code at its places, by path and line."""
    from grd_core.critic.evidence_source import excerpts

    return {
        (place.path, line.number): line.text.strip()
        for place in finding.places
        for excerpt in excerpts(Path(), finding)
        if (excerpt.path, excerpt.cell) == (place.file, place.cell)
        for block in excerpt.blocks
        for line in block
        if line.roles
    }


def _print_checks(results: Sequence[CheckResult]) -> None:
    """The checks with the same to say on one line."""
    alike: dict[tuple[str, str], list[str]] = {}
    for result in results:
        alike.setdefault((result.status.value, result.reason), []).append(result.check)
    for (status, reason), codes in alike.items():
        said = f"{' '.join(codes)} {status.replace('_', ' ')}" + (f": {reason}" if reason else "")
        _say_wrapped(said, f"{STATUS_GLYPHS.get(status, '·')} ", "  ")


def _print_total(findings: Iterable[Finding]) -> None:
    listed = list(findings)
    if not listed:
        return
    counts: dict[str, int] = {}
    for finding in sorted(listed, key=lambda f: (f.waived, -f.severity.rank)):
        kind = "waived" if finding.waived else finding.severity.value
        counts[kind] = counts.get(kind, 0) + 1
    files = len({_file(finding) for finding in listed})
    said = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    say(
        f"{len(listed)} finding{'s' * (len(listed) > 1)} in {files} file{'s' * (files > 1)}: {said}"
    )


def _say_wrapped(text: str, first: str, then: str) -> None:
    wrapped = textwrap.wrap(
        text,
        _width(),
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in wrapped or [first.rstrip()]:
        say(line)


def _width() -> int:
    """Cells of a line; no end to it where nobody looks."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 1_000_000
