"""Waivers: a reasoned, attributed, expiring override of what a check found."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.registry import find_check
from grd_core.clock import utc_now
from grd_core.errors import RefusedError, UsageError
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

DEFAULT_DAYS = 30
"""How long a waiver holds unless another date is given."""

LEAST_REASON = 15
"""Characters a reason must have; a shrug is not a reason."""


@dataclass(frozen=True, slots=True)
class WaiverRecord:
    """A waiver in force. An empty path covers every finding of the check."""

    id: int
    code: str
    path: str
    reason: str
    author: str
    expires: str


def waive(
    study: Study,
    experiment: ExperimentRecord,
    code: str,
    *,
    reason: str,
    path: str = "",
    expires: str = "",
) -> WaiverRecord:
    """Record that a finding is accepted, why, by whom and until when (a date, UTC).

    Raises:
        UsageError: no such check, or no such date.
        RefusedError: no reason worth the name, or the check is not one that can be waived.
    """
    check = find_check(code)
    if len(reason.strip()) < LEAST_REASON:
        raise RefusedError(
            "a waiver needs a reason others can weigh",
            fix=f"say why {check.code} does not hurt here (--reason, {LEAST_REASON} characters)",
        )
    until = _expiry(expires)
    from grd_core.ledger.tables import Waiver

    with study.write(f"waiver: {check.code} for {experiment.name}", durable=True) as tx:
        id_ = tx.insert(
            Waiver(
                experiment_id=experiment.id,
                code=check.code,
                path=path,
                reason=reason.strip(),
                expires=until,
            )
        )
        return WaiverRecord(id_, check.code, path, reason.strip(), tx.author, until)


def waivers_in_force(ledger: Reader, experiment: ExperimentRecord) -> tuple[WaiverRecord, ...]:
    """The experiment's waivers that have not expired."""
    now = utc_now()
    return tuple(
        WaiverRecord(
            row["id"], row["code"], row["path"], row["reason"], row["author"], row["expires"]
        )
        for row in ledger.rows(
            "SELECT * FROM waiver WHERE experiment_id = ? AND expires > ? ORDER BY id",
            experiment.id,
            now,
        )
    )


def apply_waivers(
    results: Sequence[CheckResult], waivers: Sequence[WaiverRecord]
) -> tuple[tuple[CheckResult, ...], tuple[WaiverRecord, ...]]:
    """Mark what is waived; a check whose every finding is waived has status waived.

    Returns:
        The results, and the waivers that matched nothing: a stale waiver is reported.
    """
    used: set[int] = set()
    marked = []
    for result in results:
        findings = []
        for finding in result.findings:
            match = next(
                (w for w in waivers if w.code == finding.check and w.path in ("", finding.path)),
                None,
            )
            if match is not None:
                used.add(match.id)
            findings.append(dataclasses.replace(finding, waived=match is not None))
        waived = bool(findings) and all(finding.waived for finding in findings)
        stopped = result.status in (Status.FAILED, Status.WARNED)
        marked.append(
            dataclasses.replace(
                result,
                findings=tuple(findings),
                status=Status.WAIVED if waived and stopped else result.status,
            )
        )
    return tuple(marked), tuple(waiver for waiver in waivers if waiver.id not in used)


def _expiry(expires: str) -> str:
    if not expires:
        moment = datetime.now(UTC) + timedelta(days=DEFAULT_DAYS)
    else:
        try:
            moment = datetime.fromisoformat(expires).replace(tzinfo=UTC)
        except ValueError as error:
            raise UsageError(f"{expires!r} is not a date", fix="write it as 2026-12-31") from error
        if moment <= datetime.now(UTC):
            raise UsageError(f"{expires} is over", fix="choose a date to come")
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
