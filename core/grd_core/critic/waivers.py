"""Waivers: a reasoned, attributed, expiring override of what a check found.

A waiver is given for findings that are there, and holds for those alone: what a check finds
later was not weighed by whoever waived.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from grd_core.checks.contract import Check, CheckResult, Finding, Status
from grd_core.checks.registry import find_check
from grd_core.checks.runner import result_from_json
from grd_core.clock import utc_now
from grd_core.critic.standing import require_open
from grd_core.errors import RefusedError, UsageError
from grd_core.identity import canonical_json
from grd_core.jobs import run_job, value_of
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

DEFAULT_DAYS = 30
"""How long a waiver holds unless another date is given."""

MOST_DAYS = 90
"""How long a waiver may hold at most; what is accepted for ever belongs in the objective."""

NOT_WAIVABLE: Mapping[str, str] = {
    "D215": "frozen bytes that changed are another test; restore them",
    "P404": "a question that moved is amended with its reason, not waived",
    "R312": "predictions that do not cover their rows cannot be scored at all",
    "R314": "a refutation is a result; a human decides on it at the gate",
}
"""Checks no reason outweighs, and what to do instead."""

LEAST_REASON = 15
"""Characters a reason must have; a shrug is not a reason."""


@dataclass(frozen=True, slots=True)
class WaiverRecord:
    """A waiver in force; `seen` holds title and path of every finding it was given for."""

    id: int
    code: str
    path: str
    reason: str
    author: str
    expires: str
    seen: tuple[tuple[str, str], ...]


def waive(
    study: Study,
    experiment: ExperimentRecord,
    code: str,
    *,
    reason: str,
    path: str = "",
    expires: str = "",
) -> WaiverRecord:
    """Record that what a check finds now is accepted, why, by whom and until when.

    Args:
        study: the study.
        experiment: the experiment whose findings are accepted.
        code: the check; it is applied afresh, and the waiver holds for what it finds.
        reason: at least LEAST_REASON characters.
        path: only the findings in this file; empty: all of the check's.
        expires: a date (UTC), at most MOST_DAYS ahead; DEFAULT_DAYS when empty.

    Raises:
        UsageError: no such check, no such date, or one too far away.
        RefusedError: no reason worth the name, a check that cannot be waived, a closed
            experiment, or nothing there to accept.
        JobError: the check crashed or hung.
    """
    check = find_check(code)
    if check.code in NOT_WAIVABLE:
        raise RefusedError(f"{check.code} cannot be waived", fix=NOT_WAIVABLE[check.code])
    if len(reason.strip()) < LEAST_REASON:
        raise RefusedError(
            "a waiver needs a reason others can weigh",
            fix=f"say why {check.code} does not hurt here (--reason, {LEAST_REASON} characters)",
        )
    until = _expiry(expires)
    seen = _seen(study, experiment, check, path)
    from grd_core.ledger.tables import Waiver

    with study.write(f"waiver: {check.code} for {experiment.name}", durable=True) as tx:
        require_open(tx, experiment)
        id_ = tx.insert(
            Waiver(
                experiment_id=experiment.id,
                code=check.code,
                path=path,
                reason=reason.strip(),
                expires=until,
                findings_json=canonical_json(seen),
            )
        )
        return WaiverRecord(id_, check.code, path, reason.strip(), tx.author, until, seen)


def waivers_in_force(ledger: Reader, experiment: ExperimentRecord) -> tuple[WaiverRecord, ...]:
    """The experiment's waivers that have not expired."""
    now = utc_now()
    return tuple(
        WaiverRecord(
            row["id"],
            row["code"],
            row["path"],
            row["reason"],
            row["author"],
            row["expires"],
            tuple((title, file) for title, file in json.loads(row["findings_json"])),
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

    A waiver covers as many findings of a title and path as it was given for. What the code
    itself accepts, by a comment, is marked already and uses up none.

    Returns:
        The results, and the waivers that matched nothing: a stale waiver is reported.
    """
    left = {waiver.id: Counter((waiver.code, *seen) for seen in waiver.seen) for waiver in waivers}
    used: set[int] = set()
    marked = []
    for result in results:
        findings = []
        for finding in result.findings:
            if finding.waived:
                findings.append(finding)
                continue
            key = (finding.check, finding.title, finding.path)
            match = next((waiver for waiver in waivers if left[waiver.id][key] > 0), None)
            if match is not None:
                left[match.id][key] -= 1
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


def _seen(
    study: Study, experiment: ExperimentRecord, check: Check, path: str
) -> tuple[tuple[str, str], ...]:
    """Title and path of what the check finds in the experiment as it stands."""
    arguments: dict[str, Any] = {
        "root": str(study.root),
        "code": check.code,
        "number": experiment.number,
    }
    limit_s = study.config.critic.check_limit_s
    result = result_from_json(
        value_of(run_job("grd_core.critic.worker:check_job", arguments, limit_s=limit_s))
    )
    found: list[Finding] = [f for f in result.findings if path in ("", f.path) and not f.waived]
    if not found:
        said = result.reason if result.status is Status.ERRORED else "it finds nothing"
        raise RefusedError(
            f"there is nothing to waive: {check.code} on {path or experiment.name}: {said}",
            fix=f"`grd critic {experiment.number}` shows what is found, and in which files",
        )
    return tuple((finding.title, finding.path) for finding in found)


def _expiry(expires: str) -> str:
    now = datetime.now(UTC)
    if not expires:
        moment = now + timedelta(days=DEFAULT_DAYS)
    else:
        try:
            moment = datetime.fromisoformat(expires).replace(tzinfo=UTC)
        except ValueError as error:
            raise UsageError(f"{expires!r} is not a date", fix="write it as 2026-12-31") from error
        if moment <= now:
            raise UsageError(f"{expires} is over", fix="choose a date to come")
        if moment > now + timedelta(days=MOST_DAYS):
            raise UsageError(
                f"{expires} is too far away for a waiver",
                fix=f"choose a date within {MOST_DAYS} days; it can be weighed again then",
            )
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
