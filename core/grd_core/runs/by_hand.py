"""Training that was started by hand, as the faces tell it: which files, how old, what it is not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.readers.unsupervised import Unsupervised, unsupervised, unsupervised_among
from grd_core.runs.recorded import recorded_of
from grd_core.study import Study

COUNTS_FOR_NOTHING = "it costs no budget and is judged by nothing"

_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ByHand:
    """Training in one experiment's folder that no run accounts for, as it was when looked at.

    `number` and `name` are the experiment's; `files` are paths from its folder, raw text that
    a face must sanitise, the last written first, at `last_written` (UTC, ISO 8601). While it
    `goes_on`, `age_s` is how many seconds ago that was, else 0: what has ended is told alike
    each time.
    """

    number: int
    name: str
    files: tuple[str, ...]
    last_written: str
    goes_on: bool
    age_s: float = 0.0


def by_hand_of(study: Study) -> tuple[ByHand, ...]:
    """Open experiments that were trained by hand, by number; reads only.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    found, now = unsupervised(study), time.time()
    return tuple(_told(one, now) for one in found)


def by_hand_in(study: Study, experiment: ExperimentRecord) -> ByHand | None:
    """The same for one experiment; None where all its training was supervised.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    with study.read() as ledger:
        recorded = recorded_of(study, ledger)
    found = unsupervised_among(recorded, (experiment,))
    return _told(found[0], time.time()) if found else None


def by_hand_text(one: ByHand) -> str:
    """The sentence about it: whether it goes on, its newest file, how many others."""
    others = len(one.files) - 1
    files = one.files[0] + (f" and {others:,} more" if others else "")
    if one.goes_on:
        return f"training by hand goes on, unsupervised: {files}, written {one.age_s:.0f} s ago"
    return f"training by hand, unsupervised, has ended: {files}"


def supervised_text(one: ByHand) -> str:
    """What makes a run of it: the command, and the key where experiments are listed."""
    return f"`grd run {one.number}` (r in the Loop) runs it supervised"


def _told(found: Unsupervised, now: float) -> ByHand:
    goes_on = found.is_live(now)
    return ByHand(
        number=found.number,
        name=found.experiment,
        files=found.files,
        last_written=_written(found.last_written),
        goes_on=goes_on,
        age_s=max(0.0, now - found.last_written) if goes_on else 0.0,
    )


def _written(unix: float) -> str:
    """An instant a file system tells, which may lie beyond what a calendar holds."""
    at = datetime.fromtimestamp(unix, UTC) if unix < _LATEST.timestamp() else _LATEST
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
