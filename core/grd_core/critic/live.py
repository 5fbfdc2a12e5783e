"""What is true of the files right now, between reviews: nothing here is a verdict.

A review is recorded with its reason and stands; this is what a save changes at once. Code is
checked as it is saved, a verdict whose inputs changed is told as stale, and frozen data and the
declared source are hashed again when they may have been touched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grd_core.checks.contract import Severity
from grd_core.critic.live_code import LiveCode, LiveFindings
from grd_core.critic.live_frozen import (
    Access,
    LiveFrozen,
    ReadingOnly,
    Writing,
    guarded_in,
)
from grd_core.critic.live_hands import Hands, Here, InWorkers
from grd_core.critic.live_marks import Files
from grd_core.critic.live_source import PRESENT, LiveSource, SourceLook
from grd_core.critic.live_verdicts import LiveVerdicts, StaleVerdict, judged_in
from grd_core.critic.waivers import waivers_in_force
from grd_core.recon.records import read_source
from grd_core.runs.experiments import list_experiments
from grd_core.study import Study

__all__ = [
    "Access",
    "Hands",
    "Here",
    "InWorkers",
    "Live",
    "LiveFindings",
    "LiveState",
    "ReadingOnly",
    "SourceLook",
    "StaleVerdict",
    "Writing",
]


@dataclass(frozen=True, slots=True)
class LiveState:
    """What is known now.

    `code` has one entry for each code file of the open experiments; `frozen` says what is
    wrong with frozen parts, each in a sentence; `verifying` is whether frozen bytes are being
    hashed; `source` is how the declared source stands; `notes` tell what could not be looked
    at, and why.
    """

    code: tuple[LiveFindings, ...] = ()
    stale: tuple[StaleVerdict, ...] = ()
    frozen: tuple[str, ...] = ()
    verifying: bool = False
    notes: tuple[str, ...] = ()
    source: SourceLook = PRESENT

    @property
    def blocking(self) -> tuple[LiveFindings, ...]:
        """The code files with blocking findings that nobody waived, with those alone."""
        found = (
            replace(
                file,
                findings=tuple(
                    finding
                    for finding in file.findings
                    if finding.severity is Severity.BLOCKING and not finding.waived
                ),
            )
            for file in self.code
        )
        return tuple(file for file in found if file.findings)


class Live:
    """Looks at one study again and again; what did not change is not read again.

    Args:
        hands: `Here()` works at once, in this process; `InWorkers(news)` beside it, and calls
            `news` from a thread when a refresh would tell more.
        access: `Writing()` logs every reading of frozen bytes; `ReadingOnly()` writes nothing.
    """

    def __init__(self, hands: Hands, access: Access) -> None:
        self._hands = hands
        files = Files()
        self._code = LiveCode(hands, files)
        self._verdicts = LiveVerdicts(hands, files)
        self._frozen = LiveFrozen(hands, access)
        self._source = LiveSource(hands)

    def refresh(self, study: Study) -> LiveState:
        """What is known now; what is found out later comes with a later refresh.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        with study.read() as ledger:
            known = list_experiments(study, ledger)
            guarded, declared = guarded_in(ledger), read_source(ledger, study.root)
            there = [e for e in known if e.state == "open" and not e.files_gone]
            judged = judged_in(study, ledger, there)
            waivers = {e.number: waivers_in_force(ledger, e) for e in there}
        baselines = [
            study.relative(e.folder)
            for e in known
            if e.kind == "baseline" and e.state != "archived"
        ]
        # The frozen data first: where work waits for its turn, that alarm is the gravest.
        frozen = self._frozen.refresh(study, guarded)
        source = self._source.refresh(study, declared)
        self._code.refresh(study, there, declared.roles.groups if declared is not None else ())
        self._verdicts.refresh(study, judged, baselines)
        return LiveState(
            code=tuple(found for e in there for found in self._code.findings(e, waivers[e.number])),
            stale=self._verdicts.stale(judged),
            frozen=frozen,
            verifying=self._frozen.verifying,
            notes=(*self._frozen.notes, *self._source.notes, *self._verdicts.notes(judged)),
            source=source,
        )

    def close(self) -> None:
        """End the workers that still run."""
        self._hands.close()
