"""The locked versions of the objective as the ledger holds them: the lock and its amendments."""

from __future__ import annotations

import base64
import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from grd_core.errors import LedgerError, RefusedError

if TYPE_CHECKING:
    from grd_core.study import Study


class Rows(Protocol):
    """Whatever reads the ledger: a Reader, or an open Transaction."""

    def rows(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        ...


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A field an amendment changed against the version before it.

    `post_hoc` marks what was loosened after results had been seen; it never goes away.
    """

    field: str
    classification: str
    before: str
    after: str
    post_hoc: bool


@dataclass(frozen=True, slots=True)
class ResultsSeen:
    """Ids of what the ledger held when a version was locked: what its author could know."""

    runs: tuple[int, ...] = ()
    reviews: tuple[int, ...] = ()
    scorecards: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many results of any kind."""
        return len(self.runs) + len(self.reviews) + len(self.scorecards)

    def as_json(self) -> dict[str, list[int]]:
        """The ids as the ledger keeps them."""
        return {
            "runs": list(self.runs),
            "reviews": list(self.reviews),
            "scorecards": list(self.scorecards),
        }


@dataclass(frozen=True, slots=True)
class LockedVersion:
    """One locked version: its raw bytes and the rule compiled from them.

    Version 1 is the lock and has neither reason nor changes.
    """

    version: int
    at: str
    author: str
    sha256: str
    raw: bytes
    rule: dict[str, Any]
    reason: str
    changes: tuple[RecordedChange, ...]
    results_seen: ResultsSeen


def locked_versions(ledger: Rows) -> tuple[LockedVersion, ...]:
    """Every locked version, the first lock first; empty before the lock.

    Raises:
        LedgerError: a record was tampered with and cannot be read.
    """
    rows = ledger.rows("SELECT * FROM objective_lock ORDER BY id")
    return tuple(_version(row) for row in rows)


def _version(row: sqlite3.Row) -> LockedVersion:
    try:
        return LockedVersion(
            version=row["version"],
            at=row["at"],
            author=row["author"],
            sha256=row["sha256"],
            raw=base64.b64decode(row["content_base64"]),
            rule=json.loads(row["rule_json"]),
            reason=row["reason"],
            changes=tuple(_change(item) for item in json.loads(row["changes_json"])),
            results_seen=_seen(json.loads(row["results_seen_json"])),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"the record of objective v{row['version']} cannot be read",
            where=f"objective_lock {row['id']}",
            fix="`grd verify` names what was touched; restore the ledger from a backup",
        ) from error


def current_objective(study: Study) -> LockedVersion:
    """The version results are judged by: the newest locked one.

    Raises:
        RefusedError: nothing is locked.
    """
    return all_versions(study)[-1]


def first_lock(study: Study) -> LockedVersion:
    """The objective as it was before anything was known: version 1.

    Raises:
        RefusedError: nothing is locked.
    """
    return all_versions(study)[0]


def all_versions(study: Study) -> tuple[LockedVersion, ...]:
    """Every locked version, of which there is at least one.

    Raises:
        RefusedError: nothing is locked.
    """
    with study.read() as ledger:
        versions = locked_versions(ledger)
    if not versions:
        raise RefusedError(
            "the objective is not locked",
            where=study.objective_path.name,
            fix="`grd objective check`, then `grd objective lock`",
        )
    return versions


def results_so_far(ledger: Rows) -> ResultsSeen:
    """Everything in the ledger that could have told its author how the study goes."""

    def ids(sql: str) -> tuple[int, ...]:
        return tuple(row[0] for row in ledger.rows(sql))

    return ResultsSeen(
        runs=ids("SELECT DISTINCT run_id FROM run_state ORDER BY run_id"),
        reviews=ids("SELECT id FROM review ORDER BY id"),
        scorecards=ids("SELECT id FROM scorecard ORDER BY id"),
    )


def _change(item: dict[str, Any]) -> RecordedChange:
    return RecordedChange(
        item["field"], item["classification"], item["before"], item["after"], item["post_hoc"]
    )


def _seen(item: dict[str, list[int]]) -> ResultsSeen:
    return ResultsSeen(tuple(item["runs"]), tuple(item["reviews"]), tuple(item["scorecards"]))
