"""Do the locked versions still agree with themselves and with what the chain says of their time?

The chain and its anchors tell that something was rewritten. What is asked here tells what: it
holds for every honest ledger, so that one forged anew with all its hashes has to be consistent
in this, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grd_core.errors import LedgerError
from grd_core.identity import sha256_bytes
from grd_core.ledger.read import Reader
from grd_core.ledger.verify import Fault
from grd_core.objective.classification import Classification
from grd_core.objective.drift import drift
from grd_core.objective.versions import LockedVersion, ResultsSeen, locked_versions

_RESULTS = {"run_state": "run_id", "review": "id", "scorecard": "id"}
"""The tables that hold results, and the column that names one."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """What the chain says of the event that recorded a version."""

    at: str
    before: str
    seen: ResultsSeen


def lock_faults(ledger: Reader) -> Iterator[Fault]:
    """What no honest ledger holds: a version out of its place, other bytes than were hashed, a
    rule of other bytes, a time or results that the chain contradicts, a mark taken away."""
    moments = _moments(ledger)
    for place, version in enumerate(_readable(ledger), start=1):
        where = f"objective v{version.version}"
        if version.version != place:
            yield Fault(where, f"stands in the place of version {place}")
        if sha256_bytes(version.raw) != version.sha256:
            yield Fault(where, "its locked bytes do not match their hash")
        if (version.rule["version"], version.rule["sha256"]) != (version.version, version.sha256):
            yield Fault(where, "its rule was read from other bytes")
        moment = moments.get(place)
        if moment is not None and version.at != moment.at:
            yield Fault(where, f"is dated {version.at[:16]}, its event {moment.at[:16]}")
        if moment is not None and version.results_seen != moment.seen:
            yield Fault(
                where,
                f"says that {version.results_seen.count} results were seen by then; the chain holds"
                f" {moment.seen.count} before it",
            )
        for change in version.changes:
            late = change.classification == "loosened" and version.results_seen.count > 0
            if change.post_hoc != late:
                said = "is not marked post hoc" if late else "is marked post hoc without cause"
                yield Fault(where, f"{change.field} {change.classification}: {said}")


def lock_notes(ledger: Reader) -> Iterator[Fault]:
    """What wants eyes: an amendment that says less of its changes than its bytes do by the
    rules of now, or one dated before what the chain has before it (a clock may be set back)."""
    moments = _moments(ledger)
    versions = _readable(ledger)
    for place, version in enumerate(versions, start=1):
        where = f"objective v{version.version}"
        moment = moments.get(place)
        if moment is not None and moment.at < moment.before:
            yield Fault(
                where,
                f"is dated {moment.at[:16]}, before the event before it, {moment.before[:16]}",
            )
        for field in _untold(versions, place):
            yield Fault(where, f"{field} is loosened by its bytes; the amendment does not say so")


def _untold(versions: Sequence[LockedVersion], place: int) -> Iterator[str]:
    if place == 1:
        return
    before, after = versions[place - 2], versions[place - 1]
    told = {change.field for change in after.changes if change.classification == "loosened"}
    for change in drift(before.raw, after.raw).changes:
        if change.classification is Classification.LOOSENED and change.field not in told:
            yield change.field


def _readable(ledger: Reader) -> tuple[LockedVersion, ...]:
    """The locked versions; none where a row cannot be read, which the replay tells."""
    try:
        return locked_versions(ledger)
    except LedgerError:
        return ()


def _moments(ledger: Reader) -> dict[int, _Moment]:
    """By the id of each lock: when it was recorded, and the results recorded before it."""
    found: dict[int, _Moment] = {}
    seen: dict[str, set[int]] = {table: set() for table in _RESULTS}
    before = ""
    for at, payload in ledger.driver.execute("SELECT at, payload FROM event ORDER BY id"):
        for table, row in _rows(payload):
            if table == "objective_lock":
                found[row["id"]] = _Moment(at, before, _as_seen(seen))
            elif table in seen:
                seen[table].add(row[_RESULTS[table]])
        before = at
    return found


def _rows(payload: str) -> list[tuple[str, dict[str, Any]]]:
    if not any(f'"{table}"' in payload for table in ("objective_lock", *_RESULTS)):
        return []
    try:
        return [(table, row) for table, row in json.loads(payload)["rows"] if "id" in row]
    except (ValueError, KeyError, TypeError):
        return []  # the replay of the chain tells what cannot be read


def _as_seen(seen: dict[str, set[int]]) -> ResultsSeen:
    runs, reviews, scorecards = (tuple(sorted(seen[table])) for table in _RESULTS)
    return ResultsSeen(runs, reviews, scorecards)
