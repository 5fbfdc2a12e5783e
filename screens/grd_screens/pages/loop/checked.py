"""What the code checks found in a file or folder that was asked about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.content import Content

from grd_screens.desk import Ending, Progress, Refused, Succeeded
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.loop.experiments import is_blocking
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, hanging, text

if TYPE_CHECKING:
    from grd_core.checks.code_checks import CodeLook
    from grd_core.checks.contract import Finding
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class Checked:
    """What was asked about, and how it ended; None while it goes on."""

    path: Path
    ending: Ending | None


def check_path(path: Path, study: Study, progress: Progress) -> CodeLook:
    """Apply every code check to a file or folder."""
    from grd_core.checks.bare_files import look_at_code

    return look_at_code([path])


def checked_lines(checked: Checked, glyphs: Glyphs, width: int) -> list[Content]:
    """The findings with their reasons and remedies, what blocks first."""
    lines = text(f"check code {printable(str(checked.path))}", "bold").wrap(max(1, width))
    match checked.ending:
        case Succeeded(value):
            return lines + _results(cast("CodeLook", value), glyphs, width)
        case Refused(sentence):
            label = text(glyphs.standing["blocked"], STYLES["blocked"])
            return lines + hanging(label, text(printable(sentence)), 2, width)
        case None:
            return [*lines, text("reading the code", MUTED)]
        case _:
            return [*lines, text("stopped", MUTED)]


def finding_lines(finding: Finding, name: str, glyphs: Glyphs, width: int) -> list[Content]:
    """A finding: its check and place, why, what to do."""
    standing = "blocked" if is_blocking(finding) else "attention"
    place = f"{glyphs.standing[standing]} {finding.check} {printable(name)}:{finding.line}"
    waived = "  waived" if finding.waived else ""
    lines = Content.assemble((place, STYLES[standing]), (waived, MUTED)).wrap(max(1, width))
    lines += hanging(Content(" "), text(printable(finding.why)), 2, width)
    lines += hanging(Content(" "), text(printable(finding.fix), MUTED), 2, width)
    return lines


def _results(look: CodeLook, glyphs: Glyphs, width: int) -> list[Content]:
    results = look.results
    found = [finding for result in results for finding in result.findings]
    found.sort(key=lambda finding: (-finding.severity.rank, finding.path, finding.line))
    errored = [result.check for result in results if result.status.value == "errored"]
    passed = sum(not result.findings for result in results) - len(errored)
    said = f"{len(found)} findings; {passed} of {len(results)} checks found nothing"
    lines = [*text(said, MUTED).wrap(max(1, width))]
    if errored:
        label = text(glyphs.standing["stale"], STYLES["stale"])
        lines += hanging(label, text(f"errored, not judged: {', '.join(errored)}"), 2, width)
    for note in look.notes:
        lines += hanging(Content("·"), text(printable(note), MUTED), 2, width)
    for finding in found:
        name = finding.path.rsplit("/", 1)[-1]
        lines += [Content(""), *finding_lines(finding, name, glyphs, width)]
    return lines
