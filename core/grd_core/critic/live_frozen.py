"""Frozen parts under guard: re-hashed when `stat` says that one may have changed.

A part is trusted without being read while its inode, size and times are those of the last
verification in this process. When it is first seen, it is trusted where the last recorded
verification (or the freeze) is younger than the time of change of its inode, which no program
can set back: opening a study reads no data that nobody touched, however large. Whatever is
not trusted is hashed: by a screen's worker whatever its size, on a shell up to
`live_hands.LARGE_BYTES`. A part that is gone or of another size is at fault unread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from grd_core.critic.live_hands import Errand, Hands, failure
from grd_core.jobs import Done, JobResult
from grd_core.ledger.read import Reader
from grd_core.recon.freeze import HASHED, INTACT
from grd_core.recon.records import FreezeRecord, FrozenPart, read_freeze
from grd_core.study import Study
from grd_core.watch.folders import guarded_mark, stat_of

LIMIT_S = 1800.0
"""Seconds a worker may hash frozen parts."""

_MARGIN_S = 2.0
_HASHED_BYTES_S = 50e6
"""A recorded verification began at most as long before its record as this speed needs."""

_COMPARE = "grd_core.critic.live_frozen_job:compare_job"
_LOG = "grd_core.critic.live_frozen_job:touch_job"


class Access(Protocol):
    """What becomes of the knowledge that frozen bytes were read."""

    def log(self, errand: Errand, arguments: dict[str, object]) -> None:
        """Have the touch logged, or not."""
        ...


@dataclass(frozen=True, slots=True)
class Writing:
    """The study may be written: every reading of frozen bytes is logged as a touch."""

    def log(self, errand: Errand, arguments: dict[str, object]) -> None:
        """Log it."""
        errand.send(_LOG, arguments, LIMIT_S)


@dataclass(frozen=True, slots=True)
class ReadingOnly:
    """The study must not be written: what is found is shown and recorded nowhere."""

    def log(self, errand: Errand, arguments: dict[str, object]) -> None:
        """Write nothing."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """The freeze in force, when it was verified last (seconds since the epoch; what was
    changed later is not trusted), and the faults that were recorded then."""

    freeze: FreezeRecord
    verified_s: float
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is wrong with a part while its mark is this; empty: nothing."""

    mark: str
    what: str


class LiveFrozen:
    """Remembers which bytes were verified, by their marks."""

    def __init__(self, hands: Hands, access: Access) -> None:
        self._hands = hands
        self._access = access
        self._comparing = Errand(hands.work)
        self._logging = Errand(hands.work)
        self._known: dict[str, _Known] = {}
        self._sent: dict[str, str] = {}
        self._to_log: deque[dict[str, object]] = deque()
        self._notes: dict[str, str] = {}

    @property
    def verifying(self) -> bool:
        """Whether frozen bytes are being hashed now."""
        return self._comparing.is_out

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be verified or logged, and why."""
        return tuple(self._notes.values())

    def refresh(self, study: Study, guarded: Guarded | None) -> tuple[str, ...]:
        """The faults known now, as «path what»; have hashed what is not trusted."""
        if guarded is None:
            return ()
        while True:
            result = self._comparing.fetch()
            if result is not None:
                self._take_up(study, guarded.freeze, result)
            if self._comparing.is_out:
                break
            doubtful = self._doubtful(study, guarded)
            if not doubtful:
                break
            self._sent = doubtful
            arguments = {"root": str(study.root), "paths": list(doubtful)}
            self._comparing.send(_COMPARE, arguments, LIMIT_S)
        self._log()
        return self._faults(guarded.freeze)

    def _doubtful(self, study: Study, guarded: Guarded) -> dict[str, str]:
        """The marks of parts that must be read, by path; settles all others."""
        doubtful = {}
        size = 0
        for part in guarded.freeze.files:
            path = f"{study.root}/{part.path}"
            found, seen = stat_of(path), guarded_mark(path)
            known = self._known.get(part.path)
            if known is not None and known.mark == seen:
                continue
            if found is None:
                self._known[part.path] = _Known(seen, "gone")
            elif found.st_size != part.size_bytes:
                self._known[part.path] = _Known(seen, "changed")
            elif known is None and found.st_ctime < guarded.verified_s:
                self._known[part.path] = _Known(seen, _recorded(part, guarded.faults))
            else:
                doubtful[part.path] = seen
                size += found.st_size
        self._notes.pop("large", None)
        if size > self._hands.most_bytes:
            names = ", ".join(doubtful)
            self._notes["large"] = (
                f"{names}: touched since the last verification, and large"
                f" ({size / 2**20:.0f} MB): `grd data verify` reads it"
            )
            return {}
        return doubtful

    def _take_up(self, study: Study, freeze: FreezeRecord, result: JobResult) -> None:
        self._notes.pop("hash", None)
        if not isinstance(result, Done):
            # Under these marks it is not tried again: a worker that died would die again.
            reason = failure(result)
            self._notes["hash"] = f"{', '.join(self._sent)}: not verified: {reason}"
            faults = {path: _what(self._known.get(path)) for path in self._sent}
        else:
            faults = result.value["faults"]
        for path, seen in self._sent.items():
            self._known[path] = _Known(seen, faults.get(path, ""))
        if isinstance(result, Done):
            self._to_log.append(
                {
                    "root": str(study.root),
                    "freeze": freeze.id,
                    "faults": list(self._faults(freeze)),
                    "why": f"touched on disk: {', '.join(self._sent)}",
                }
            )

    def _log(self) -> None:
        logged = self._logging.fetch()
        if self._to_log and not self._logging.is_out:
            self._access.log(self._logging, self._to_log.popleft())
            logged = self._logging.fetch()
        if logged is not None:
            self._notes.pop("log", None)
            if not isinstance(logged, Done):
                reason = failure(logged)
                self._notes["log"] = f"a reading of the frozen data is not logged: {reason}"

    def _faults(self, freeze: FreezeRecord) -> tuple[str, ...]:
        known = ((part.path, _what(self._known.get(part.path))) for part in freeze.files)
        return tuple(f"{path} {what}" for path, what in known if what)


def guarded_in(ledger: Reader) -> Guarded | None:
    """The freeze in force and its last recorded verification, or None before the freeze."""
    freeze = read_freeze(ledger)
    if freeze is None:
        return None
    touch = ledger.one(
        "SELECT at, what FROM touch WHERE freeze_id = ? AND what LIKE ? ORDER BY id DESC LIMIT 1",
        freeze.id,
        f"{HASHED}:%",
    )
    if touch is None:
        return Guarded(freeze, _seconds(freeze.at), ())
    took_s = sum(part.size_bytes for part in freeze.files) / _HASHED_BYTES_S
    found = touch["what"].partition(": ")[2]
    faults = tuple(found.split("; ")) if found != INTACT else ()
    return Guarded(freeze, _seconds(touch["at"]) - _MARGIN_S - took_s, faults)


def _recorded(part: FrozenPart, faults: Sequence[str]) -> str:
    """What the last verification found wrong with a part nobody touched since."""
    for fault in faults:
        path, _, what = fault.rpartition(" ")
        if path == part.path:
            return what
    return ""


def _what(known: _Known | None) -> str:
    return "" if known is None else known.what


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
