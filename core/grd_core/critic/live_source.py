"""The declared source under guard: what lies in its place, against the version that was declared.

As with frozen parts, `stat` comes first and bytes are read only where it says that they may have
changed: not while inode, size and times are those of the last look, nor at first where the last
change of an inode is older than the declaration. Another size settles it unread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from grd_core.critic.live_hands import LARGE_BYTES, Errand, Hands, failure
from grd_core.jobs import Done, JobResult
from grd_core.recon.records import SourceRecord
from grd_core.study import Study
from grd_core.watch.folders import Folders
from grd_core.watch.source import SourceMark, source_mark

LIMIT_S = 3600.0
"""Seconds a worker may hash the source."""

_MARGIN_S = 2.0
_HASHED_BYTES_S = 50e6
"""A declaration began at most as long before its record as this speed needs."""

_COMPARE = "grd_core.critic.live_source_job:compare_job"

State = Literal["present", "unknown", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class SourceLook:
    """How the source stands: `unknown` while large bytes are hashed, or where none may be.
    `said` is a sentence; empty while it is what was declared."""

    state: State = "present"
    said: str = ""


PRESENT = SourceLook()


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found of a version while its mark was this."""

    version: int
    mark: str
    look: SourceLook


class LiveSource:
    """Remembers which bytes were compared, by their mark."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._errand = Errand(hands.work)
        self._folders = Folders()
        self._known: _Known | None = None
        self._sent: _Known | None = None
        self._note = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Why the source could not be compared, where it could not."""
        return (self._note,) if self._note else ()

    def refresh(self, study: Study, source: SourceRecord | None) -> SourceLook:
        """How it stands now; have hashed what may have changed. No source is as it should be."""
        if source is None:
            return PRESENT
        while True:
            result = self._errand.fetch()
            if result is not None:
                self._take_up(result)
            found = source_mark(str(source.path), self._folders)
            if self._holds(source, found):
                break
            look = self._settled(source, found)
            if look is not None:
                self._known = _Known(source.version_id, _mark(found), look)
                break
            if self._errand.is_out:
                break
            self._sent = _Known(source.version_id, _mark(found), PRESENT)
            self._errand.send(_COMPARE, {"root": str(study.root)}, LIMIT_S)
        return self._look(source, found)

    def _holds(self, source: SourceRecord, found: SourceMark | None) -> bool:
        known = self._known
        return known is not None and (known.version, known.mark) == (
            source.version_id,
            _mark(found),
        )

    def _settled(self, source: SourceRecord, found: SourceMark | None) -> SourceLook | None:
        """What can be said without reading a byte; None where they must be read."""
        if found is None:
            return SourceLook("gone", f"{source.label} is gone")
        if not found.is_folder and found.size_bytes != source.size_bytes:
            return SourceLook(
                "changed",
                f"{source.label} has {found.size_bytes:,} bytes where"
                f" {source.size_bytes:,} were declared",
            )
        took_s = source.size_bytes / _HASHED_BYTES_S
        declared_s = datetime.fromisoformat(source.declared_at).timestamp()
        if self._known is None and found.changed_s < declared_s - _MARGIN_S - took_s:
            return PRESENT
        if found.size_bytes > self._hands.most_bytes:
            return SourceLook(
                "unknown",
                f"{source.label} was touched since it was declared, and is large"
                f" ({found.size_bytes / 2**20:.0f} MB): the cockpit hashes it",
            )
        return None

    def _take_up(self, result: JobResult) -> None:
        sent, self._sent = self._sent, None
        if sent is None:
            return
        look, self._note = PRESENT, ""
        if not isinstance(result, Done):
            # Under this mark it is not tried again: a worker that died would die again.
            reason = failure(result)
            look = SourceLook("unknown")
            self._note = f"the declared source is not compared: {reason}"
        elif result.value["fault"]:
            look = SourceLook("changed", result.value["fault"])
        self._known = _Known(sent.version, sent.mark, look)

    def _look(self, source: SourceRecord, found: SourceMark | None) -> SourceLook:
        if self._holds(source, found) and self._known is not None:
            return self._known.look
        if found is not None and found.size_bytes > LARGE_BYTES:
            size = f"{found.size_bytes / 2**20:.0f} MB"
            return SourceLook("unknown", f"{source.label}: its time changed, hashing {size}")
        # A small one is compared in a moment: until then what was known stands.
        known = self._known
        return known.look if known is not None and known.version == source.version_id else PRESENT


def _mark(found: SourceMark | None) -> str:
    return "absent" if found is None else found.mark
