"""P404: the objective on disk is not the one that was locked."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.contract import (
    Change,
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    ProcessContext,
    Severity,
    Thresholds,
    judge_by_severity,
)


class ObjectiveDrift:
    """The objective drifted from its lock without an amendment.

    ## What it finds
    A difference between the last locked version of OBJECTIVE.md and the file on disk that no
    amendment records: a threshold, a metric, a stratum, a claim; or a file that is gone or can no
    longer be read.

    ## Why it matters
    A rule that moves while results come in is met in the end by any result. Moved openly, with a
    reason, it can be weighed; moved silently, nobody can tell luck from finding.

    ## How it is measured
    Both versions are compared by field. More than `rule_changes = 0` un-amended fields that
    loosen or change the rule block, and so does a missing or unreadable file. What only tightens
    the rule, and prose, comments or layout, is a warning.

    ## How to fix it
    `grd objective diff` shows the change. Record it with `grd objective amend --reason …`, or put
    the locked text back.

    ## When it is wrong
    Rewording a title, a meaning or a reason counts as a change, since a program cannot tell
    whether the claim stayed the same. Amending costs one sentence.

    ## Reference
    Simmons, Nelson & Simonsohn 2011, Psychological Science 22:1359-1366; Kerr 1998, Personality
    and Social Psychology Review 2:196-217.
    """

    code: ClassVar[str] = "P404"
    title: ClassVar[str] = "The objective drifted from its lock"
    group: ClassVar[Group] = Group.PROCESS
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Simmons, Nelson & Simonsohn 2011, Psychological Science 22:1359-1366",
        "Kerr 1998, Personality and Social Psychology Review 2:196-217",
    )
    family: ClassVar[str] = ""
    thresholds: ClassVar[Thresholds] = MappingProxyType({"rule_changes": 0.0})

    def measure(self, context: ProcessContext) -> Measurement:
        """Count the un-amended fields that loosen or change the rule."""
        method = "fields of the last locked version against the file on disk"
        if not context.objective_readable:
            gone = Evidence(
                title="the objective cannot be read",
                why=f"{context.objective_path} is missing or no longer an objective, so what would "
                "be judged cannot be compared with what was locked",
                fix="`grd objective check` names the line; or put the locked text back",
                severity=Severity.BLOCKING,
                path=context.objective_path,
            )
            return Measurement(None, method, evidence=(gone,))
        open_changes = [change for change in context.drift if not change.amended]
        evidence = tuple(self._evidence(open_changes, context))
        moved = sum(item.severity is Severity.BLOCKING for item in evidence)
        return Measurement(float(moved), method, n=len(open_changes), evidence=evidence)

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A loosened or changed field fails, anything else that differs warns."""
        return judge_by_severity(measurement)

    def _evidence(self, changes: list[Change], context: ProcessContext) -> Iterator[Evidence]:
        path, allowed = context.objective_path, self.thresholds["rule_changes"]
        neutral = [change for change in changes if change.classification == "neutral"]
        for change in changes:
            if change in neutral:
                continue
            stops = change.classification in ("loosened", "changed")
            yield Evidence(
                title=f"{change.field} {change.classification}",
                why=f"{change.field} is {change.after} on disk and {change.before} in the lock",
                fix="`grd objective amend --reason …`, or put the locked value back",
                severity=Severity.BLOCKING if stops else Severity.WARNING,
                path=path,
                threshold=allowed if stops else None,
            )
        if neutral or context.prose_changed:
            where = ", ".join(change.field for change in neutral) or "prose"
            yield Evidence(
                title="text beside the rule changed",
                why=f"the file differs from the lock in {where}; no field of the rule does here",
                fix="read `grd objective diff`; amend if the meaning moved",
                severity=Severity.WARNING,
                path=path,
            )
