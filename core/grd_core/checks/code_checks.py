"""Every check of code on one context, with what its comments accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grd_core.checks.contract import Check, CheckResult, CodeContext, Group, SourceFile, Status
from grd_core.checks.dataflow.imports import reachable
from grd_core.checks.dataflow.programs import analyse_all
from grd_core.checks.ignores import apply_ignores
from grd_core.checks.registry import all_checks
from grd_core.checks.runner import apply_check

_WORST_FIRST = (
    Status.ERRORED,
    Status.FAILED,
    Status.WARNED,
    Status.WAIVED,
    Status.PASSED,
    Status.SKIPPED,
    Status.NOT_APPLICABLE,
)


@dataclass(frozen=True, slots=True)
class CodeLook:
    """What the checks say, one result each in the order of the codes, and what is to be known of
    the files besides, such as which of them is no Python: a sentence each, in no result."""

    results: tuple[CheckResult, ...]
    notes: tuple[str, ...]


def apply_code_checks(context: CodeContext) -> tuple[CheckResult, ...]:
    """One result a check, in the order of the codes; the files count as one program."""
    checks = [check for check in all_checks().values() if check.group is Group.CODE]
    return apply_ignores([apply_check(check, context) for check in checks], context)


def apply_code_check(check: Check, context: CodeContext) -> CheckResult:
    """The result of one of them, as `apply_code_checks` has it."""
    return apply_ignores([apply_check(check, context)], context)[0]


def look_at_programs(context: CodeContext) -> CodeLook:
    """`apply_code_checks` to each program among the files: those that import one another.

    What one script seeds or scores says nothing on another that happens to lie beside it.
    """
    looks = [
        _without_notes(replace(context, files=program)) for program in _programs(context.files)
    ]
    return CodeLook(
        tuple(_joined(same) for same in zip(*(look.results for look in looks), strict=True)),
        tuple(dict.fromkeys(note for look in looks for note in look.notes)),
    )


def _without_notes(context: CodeContext) -> CodeLook:
    results, notes = apply_code_checks(context), analyse_all(context).notes
    said = "; ".join(notes)
    return CodeLook(
        tuple(replace(r, reason=r.reason.removeprefix(said).removeprefix("; ")) for r in results),
        notes,
    )


def _programs(files: Sequence[SourceFile]) -> list[tuple[SourceFile, ...]]:
    """The files in groups that import nothing of each other, each in the order of `files`."""
    groups: dict[SourceFile, list[SourceFile]] = {}
    for file in files:
        together = list(
            dict.fromkeys(m for f in (file, *reachable(file, files)) for m in groups.get(f, [f]))
        )
        groups.update(dict.fromkeys(together, together))
    members = {id(group): group for group in groups.values()}
    return [tuple(file for file in files if file in group) for group in members.values()]


def _joined(results: tuple[CheckResult, ...]) -> CheckResult:
    """The results of one check on several programs as one."""
    if len(results) == 1:
        return results[0]
    status = min((result.status for result in results), key=_WORST_FIRST.index)
    nowhere = status is Status.NOT_APPLICABLE
    return replace(
        results[0],
        status=status,
        seconds=sum(result.seconds for result in results),
        reason="; ".join(
            dict.fromkeys(
                result.reason
                for result in results
                if result.reason and (result.status is not Status.NOT_APPLICABLE or nowhere)
            )
        ),
        measurement=None,
        findings=tuple(finding for result in results for finding in result.findings),
    )
