"""From findings to a verdict: deterministic, in a fixed order, each rule readable.

Pure functions over statuses and findings. An outcome finding never stops a loop: an
honest refutation is a success of method and goes to the human as what was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grd_core.checks.contract import Check, CheckResult, Finding, Group, Kind, Severity, Status

HIGH_APPLICABLE = 0.7
MEDIUM_APPLICABLE = 0.4
MEDIUM_WARNINGS = 3
"""Confidence: high with no open warning and at least HIGH_APPLICABLE of the validity checks
applied; medium with at most MEDIUM_WARNINGS and at least MEDIUM_APPLICABLE; else low. Warnings
of one family count once: several checks that see one drift do not make it several."""

REFUTED_RULE = "falsified"

LOOPS = 3
DATA_LOOPS = 3
"""At which loop a revision asks a human instead: every recorded review is a loop, and those
that asked for other data are counted apart. Constants of the method: a limit that stands in
a file of the study would be raised by whoever has reached it."""

_MUST_ANSWER = frozenset({"R314"})
"""Outcome checks whose silence is no answer: a claim nobody could try to disprove."""


class Verdict(StrEnum):
    """Where the loop goes next."""

    PROCEED = "PROCEED"
    REVISE_METHOD = "REVISE_METHOD"
    REVISE_DATA = "REVISE_DATA"
    ESCALATE = "ESCALATE"


@dataclass(frozen=True, slots=True)
class PastReview:
    """A recorded review: its verdict, the keys of its blocking findings, what it judged."""

    verdict: str
    blocking: frozenset[tuple[str, str]]
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict, the rule that gave it, its confidence, and why, in one sentence each."""

    verdict: Verdict
    rule: str
    confidence: str
    reasons: tuple[str, ...]


def rule(
    checks: Mapping[str, Check],
    results: Sequence[CheckResult],
    inputs: Mapping[str, Any],
    past: Sequence[PastReview],
) -> Ruling:
    """Apply the rules in their order: ESCALATE, REVISE_DATA, REVISE_METHOD, PROCEED.

    Args:
        checks: the registered checks by code.
        results: one per registered check, waived findings marked.
        inputs: hashes of what is judged now.
        past: the experiment's recorded loop reviews, oldest first.
    """
    confidence = _confidence(checks, results)
    blocking = blocking_findings(results)
    keys = frozenset((finding.check, finding.path) for finding in blocking)
    revision = _revision(blocking)
    escalations = [
        *_errored(checks, results),
        *_falsified(results),
        *_nothing_new(inputs, past),
        *_cycle(revision, keys, past),
        *_depth(revision, past),
    ]
    if escalations:
        name, reason = escalations[0]
        reasons = (reason, *(text for _, text in escalations[1:]))
        return Ruling(Verdict.ESCALATE, name, confidence, reasons)
    if revision is not None:
        group = "data" if revision is Verdict.REVISE_DATA else "code, results or process"
        reasons = tuple(f"{finding.check} {finding.title}: {finding.why}" for finding in blocking)
        return Ruling(
            revision, f"an unwaived blocking finding of group {group}", confidence, reasons
        )
    applied = sum(result.status not in _SILENT for result in results)
    warned = len(_open_warnings(results))
    return Ruling(
        Verdict.PROCEED,
        "no unwaived blocking finding",
        confidence,
        (f"{applied} of {len(results)} checks applied, {warned} open warnings",),
    )


def blocking_findings(results: Sequence[CheckResult]) -> tuple[Finding, ...]:
    """The findings that stop a loop: validity, blocking, of a failed check, not waived."""
    return tuple(
        finding
        for result in results
        if result.status is Status.FAILED
        for finding in result.findings
        if finding.kind is Kind.VALIDITY
        and finding.severity is Severity.BLOCKING
        and not finding.waived
    )


_SILENT = (Status.NOT_APPLICABLE, Status.ERRORED, Status.SKIPPED)


def _revision(blocking: Sequence[Finding]) -> Verdict | None:
    if any(finding.group is Group.DATA for finding in blocking):
        return Verdict.REVISE_DATA
    return Verdict.REVISE_METHOD if blocking else None


def _errored(checks: Mapping[str, Check], results: Sequence[CheckResult]) -> list[tuple[str, str]]:
    return [
        ("errored", f"{result.check} could not be judged: {result.reason}")
        for result in results
        if result.status is Status.ERRORED and _must_answer(checks[result.check])
    ]


def _must_answer(check: Check) -> bool:
    blocking = check.kind is Kind.VALIDITY and check.severity is Severity.BLOCKING
    return blocking or check.code in _MUST_ANSWER


def _falsified(results: Sequence[CheckResult]) -> list[tuple[str, str]]:
    """R314 fails only when the whole interval lies in the falsification region."""
    return [
        (REFUTED_RULE, f"on validation data the claim is disproved: {finding.why}")
        for result in results
        if result.check == "R314" and result.status is Status.FAILED
        for finding in result.findings
    ]


def _nothing_new(inputs: Mapping[str, Any], past: Sequence[PastReview]) -> list[tuple[str, str]]:
    if past and past[-1].verdict.startswith("REVISE") and dict(past[-1].inputs) == dict(inputs):
        reason = "code, config, hypothesis, data and predictions are those of the last verdict"
        return [("nothing new", reason)]
    return []


def _cycle(
    revision: Verdict | None, keys: frozenset[tuple[str, str]], past: Sequence[PastReview]
) -> list[tuple[str, str]]:
    """The same revision with overlapping findings twice in a row, or an alternation."""
    if revision is None:
        return []
    if past and past[-1].verdict == revision and keys & past[-1].blocking:
        codes = ", ".join(sorted({code for code, _ in keys & past[-1].blocking}))
        return [("cycle", f"{revision} for {codes} twice in a row")]
    if (
        len(past) > 1
        and past[-2].verdict == revision
        and past[-1].verdict != revision
        and keys & past[-2].blocking
    ):
        codes = ", ".join(sorted({code for code, _ in keys & past[-2].blocking}))
        return [("cycle", f"{codes} came back after {past[-1].verdict}: an alternation")]
    return []


def _depth(revision: Verdict | None, past: Sequence[PastReview]) -> list[tuple[str, str]]:
    if revision is None:
        return []
    over_data = revision is Verdict.REVISE_DATA
    limit = DATA_LOOPS if over_data else LOOPS
    loop = 1 + sum((review.verdict == Verdict.REVISE_DATA) is over_data for review in past)
    if loop < limit:
        return []
    return [("depth limit", f"loop {loop} of {limit} would end in {revision} again")]


def _confidence(checks: Mapping[str, Check], results: Sequence[CheckResult]) -> str:
    validity = [r for r in results if checks[r.check].kind is Kind.VALIDITY]
    applied = sum(r.status not in _SILENT for r in validity) / max(len(validity), 1)
    warnings = len({finding.family or finding.check for finding in _open_warnings(results)})
    if applied >= HIGH_APPLICABLE and warnings == 0:
        return "high"
    if applied >= MEDIUM_APPLICABLE and warnings <= MEDIUM_WARNINGS:
        return "medium"
    return "low"


def _open_warnings(results: Sequence[CheckResult]) -> list[Finding]:
    return [
        finding
        for result in results
        for finding in result.findings
        if finding.severity is Severity.WARNING and not finding.waived
    ]
