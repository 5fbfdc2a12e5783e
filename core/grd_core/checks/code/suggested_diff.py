"""A finding's correction as a diff, offered only after the checks have read its result."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grd_core.checks.code.column_fixes import (
    backward_corrections,
    metric_corrections,
    target_corrections,
)
from grd_core.checks.code.leak_fixes import leak_corrections
from grd_core.checks.code.seed_fixes import seed_corrections
from grd_core.checks.code.text_edits import Edit, Source, apply, lines_of
from grd_core.checks.contract import CodeContext, Finding, Group, SourceFile
from grd_core.checks.dataflow.leaks import whole_set_statistics
from grd_core.checks.dataflow.programs import Programs, analyse_all
from grd_core.checks.registry import all_checks
from grd_core.checks.runner import apply_check
from grd_core.errors import DataError
from grd_core.jobs import Progress

CONTEXT_LINES = 3
"""Unchanged lines around each change of a diff."""


def suggested_diff(check_code: str, path: str, text: str, line: int) -> str:
    """A unified diff of the file that removes the finding of a check at a line; pure.

    The corrected text was read by every code check: the finding is gone and none was added.
    Lines that it does not change stay as they were written.

    Args:
        check_code: the check; C101, C108, C110, C111 and C112 know corrections.
        path: the file's name, as the diff will call it; notebooks are not edited.
        text: the file's whole text.
        line: the finding's line, from 1.

    Returns:
        The diff, or nothing where no correction is sure enough to be proposed.
    """
    corrected = corrected_text(check_code, path, text, line)
    if not corrected:
        return ""
    return "".join(
        one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n"
        for one in difflib.unified_diff(
            lines_of(text),
            lines_of(corrected),
            f"a/{path}",
            f"b/{path}",
            n=CONTEXT_LINES,
        )
    )


def corrected_text(check_code: str, path: str, text: str, line: int) -> str:
    """The file's text without the finding, or nothing; `suggested_diff` says what is sure."""
    if not path.endswith(".py") or "\r" in text:
        return ""
    programs = analyse_all(CodeContext((SourceFile(path, text),)))
    if len(programs.units) != 1:
        return ""
    source = Source(text, programs.units[0].tree)
    before = _findings(path, text)
    target = next((f for f in before if f.check == check_code and f.line == line), None)
    if target is None:
        return ""
    for edits in _corrections(check_code, source, programs, line):
        corrected = apply(text, edits)
        if edits and _parses(corrected) and _removes(target, before, _findings(path, corrected)):
            return corrected
    return ""


def diff_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The diff for the finding of `check` at `line` of the file `path`, named `shown`.

    Raises:
        DataError: the file cannot be read.
    """
    path = Path(arguments["path"])
    progress(0.0, "reading the file")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "the file cannot be read", where=str(path), fix="check that it is there, in UTF-8"
        ) from error
    shown = arguments.get("shown") or path.name
    return {"diff": suggested_diff(arguments["check"], shown, text, arguments["line"])}


def _corrections(
    check_code: str, source: Source, programs: Programs, line: int
) -> Iterator[list[Edit]]:
    (facts,) = programs.facts
    if check_code == "C101":
        for leak in whole_set_statistics(facts):
            if leak.statistic.site.line == line:
                yield from leak_corrections(source, facts, leak)
    elif check_code == "C108":
        yield from backward_corrections(source, facts, line)
    elif check_code == "C110":
        yield from target_corrections(source, programs.units, facts, line)
    elif check_code == "C111":
        yield from seed_corrections(source, facts, line)
    elif check_code == "C112":
        yield from metric_corrections(source, facts, line)


def _findings(path: str, text: str) -> tuple[Finding, ...]:
    context = CodeContext((SourceFile(path, text),))
    checks = [check for check in all_checks().values() if check.group is Group.CODE]
    return tuple(finding for check in checks for finding in apply_check(check, context).findings)


def _removes(target: Finding, before: tuple[Finding, ...], after: tuple[Finding, ...]) -> bool:
    """Whether what is found afterwards is what was found before, less the target."""
    left = Counter(map(_kind, before))
    left[_kind(target)] -= 1
    return Counter(map(_kind, after)) <= left


def _kind(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.title, finding.severity.value


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
