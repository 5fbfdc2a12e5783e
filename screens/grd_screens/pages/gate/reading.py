"""Reading the evidence at the gate: six sections in an order that cannot be skipped.

What was read is remembered by what the evidence said, not by the screen it was read on: the
same evidence opened again is still read, other evidence is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.gate.evidence import GateSnapshot, Section

SECTIONS = 6
"""Sections of the reading order; the step after them is the question."""


def identity(evidence: GateSnapshot) -> str:
    """sha256 of all a decision is read from: sections, outcome, blockers, the ledger's standing."""
    from grd_core.identity import canonical_json, sha256_bytes

    standing = evidence.standing
    said = {
        "experiment": evidence.experiment_id,
        "sections": [[section.title, *section.lines] for section in evidence.sections()],
        "outcome": evidence.outcome,
        "blockers": [[blocker.reason, blocker.fix] for blocker in evidence.blockers],
        "standing": [str(getattr(standing, name)) for name in standing.__slots__],
    }
    return sha256_bytes(canonical_json(said).encode())


@dataclass(frozen=True, slots=True)
class Reading:
    """Evidence being read. `read` sections are read, the one at `at` is open, both from 0;
    `at` is `SECTIONS` at the question. `newer` is evidence that says something else by now."""

    evidence: GateSnapshot
    identity: str
    read: int = 0
    at: int = 0
    newer: GateSnapshot | None = None

    @property
    def section(self) -> Section | None:
        """The open section; None at the question."""
        sections = self.evidence.sections()
        return sections[self.at] if self.at < len(sections) else None

    @property
    def is_read(self) -> bool:
        """Whether all of it was read, and it is still what stands."""
        return self.read >= SECTIONS and self.newer is None

    @property
    def unread(self) -> tuple[int, ...]:
        """The sections that were not read, from 0."""
        return tuple(range(self.read, SECTIONS))

    @property
    def changed(self) -> tuple[int, ...]:
        """The sections in which newer evidence differs, from 0."""
        if self.newer is None:
            return ()
        pairs = zip(self.evidence.sections(), self.newer.sections(), strict=True)
        return tuple(at for at, (was, now) in enumerate(pairs) if was != now)

    def on(self) -> Reading:
        """The open section is read; the next one opens, or the question after the last."""
        if self.at >= SECTIONS:
            return self
        return replace(self, read=max(self.read, self.at + 1), at=self.at + 1)

    def before(self) -> Reading:
        """The section before, to read it again."""
        return replace(self, at=max(self.at - 1, 0))

    def still(self) -> Reading:
        """What is read is what stands."""
        return replace(self, newer=None)

    def changed_to(self, newer: GateSnapshot) -> Reading:
        """What stands says something else."""
        return replace(self, newer=newer)


@dataclass(slots=True)
class Marks:
    """How many sections of which evidence were read in this session, by its identity."""

    _read: dict[str, int] = field(default_factory=dict)

    def opened(self, evidence: GateSnapshot) -> Reading:
        """Open evidence where its reading was left."""
        known = identity(evidence)
        read = self._read.get(known, 0)
        return Reading(evidence, known, read, read)

    def keep(self, reading: Reading) -> None:
        """Remember how far it was read."""
        self._read[reading.identity] = max(self._read.get(reading.identity, 0), reading.read)
