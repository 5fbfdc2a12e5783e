"""Every check of code on one context, with what its comments accept."""

from __future__ import annotations

from grd_core.checks.contract import Check, CheckResult, CodeContext, Group
from grd_core.checks.ignores import apply_ignores
from grd_core.checks.registry import all_checks
from grd_core.checks.runner import apply_check


def apply_code_checks(context: CodeContext) -> tuple[CheckResult, ...]:
    """One result a check, in the order of the codes."""
    checks = [check for check in all_checks().values() if check.group is Group.CODE]
    return apply_ignores([apply_check(check, context) for check in checks], context)


def apply_code_check(check: Check, context: CodeContext) -> CheckResult:
    """The result of one of them, as `apply_code_checks` has it."""
    return apply_ignores([apply_check(check, context)], context)[0]
