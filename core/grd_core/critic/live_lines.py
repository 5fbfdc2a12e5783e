"""The live look in sentences: what wants eyes, where, and which check says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # To put it in words needs nothing that looks: an interface's first snapshot waits for this.
    from grd_core.checks.contract import Finding
    from grd_core.critic.live import LiveFindings, LiveState

_INPUT_NAMES = {
    "hypothesis": "HYPOTHESIS.md",
    "objective_file": "OBJECTIVE.md",
    "objective_lock": "the locked objective",
    "own_metrics": "the source of a metric of one's own",
    "freeze": "the frozen data",
    "run": "the run that is judged",
    "baseline": "the baseline",
    "baseline_predictions": "the baseline's predictions",
}
"""What a person calls an input of a verdict, where its own name is not a word for it."""


@dataclass(frozen=True, slots=True)
class LiveLine:
    """One thing that wants eyes; `at` is when the file was read (UTC), or empty; `about` is the
    number of the experiment it concerns, or empty."""

    at: str
    text: str
    about: str = ""


def live_lines(live: LiveState) -> Iterator[LiveLine]:
    """Blocking findings in code as it was saved, verdicts gone stale, what was not looked at."""
    for file in live.blocking:
        for finding in file.findings:
            yield LiveLine(file.at, _finding_text(file, finding), f"{file.experiment}")
    for stale in live.stale:
        changed = ", ".join(_INPUT_NAMES.get(name, name) for name in stale.changed)
        text = f"{stale.name}: its verdict {stale.verdict} is stale, changed since: {changed}"
        yield LiveLine("", text, f"{stale.experiment}")
    for note in live.notes:
        yield LiveLine("", note)


def _finding_text(file: LiveFindings, finding: Finding) -> str:
    """Where, which check, what; of a notebook the cell too."""
    cell = finding.path.removeprefix(file.path)
    return f"{file.path}{cell}:{finding.line} {finding.check} {finding.title}"
