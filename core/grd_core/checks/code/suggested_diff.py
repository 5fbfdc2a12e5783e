"""A finding's correction as a diff, offered only after the checks have read its result."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from grd_core.checks.code.column_fixes import (
    backward_corrections,
    metric_corrections,
    target_corrections,
)
from grd_core.checks.code.leak_fixes import leak_corrections
from grd_core.checks.code.overlap_fixes import refit_corrections, resampling_corrections
from grd_core.checks.code.seed_fixes import seed_corrections
from grd_core.checks.code.text_edits import Edit, Source, apply, lines_of
from grd_core.checks.code.watched_fix import watched_corrections
from grd_core.checks.contract import CodeContext, Finding, Group, SourceFile
from grd_core.checks.dataflow.folds import outside_folds
from grd_core.checks.dataflow.leaks import Leak, whole_set_statistics
from grd_core.checks.dataflow.machine import Facts
from grd_core.checks.dataflow.overlaps import copied_rows, refits
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
        check_code: the check; those in `_CORRECTIONS` know what could be changed.
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
    if not path.endswith(".py") or "\r" in text or "get_ipython()" in text:
        return ""  # what a magic quotes does not stand where its tree says
    programs = analyse_all(CodeContext((SourceFile(path, text),)))
    if len(programs.units) != 1:
        return ""
    source = Source(text, programs.units[0].tree)
    before = _findings(path, text)
    target = next((f for f in before if f.check == check_code and f.line == line), None)
    corrections = _CORRECTIONS.get(check_code)
    if target is None or corrections is None:
        return ""
    (facts,) = programs.facts
    for edits in corrections(source, programs, facts, line):
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


def _leaks(found: Iterable[Leak], source: Source, facts: Facts, line: int) -> Iterator[list[Edit]]:
    for leak in found:
        if leak.statistic.site.line == line:
            yield from leak_corrections(source, facts, leak)


def _copies(source: Source, programs: Programs, facts: Facts, line: int) -> Iterator[list[Edit]]:
    for copies in copied_rows(facts):
        if facts.rows[copies.whole].site.line == line:
            yield from resampling_corrections(source, facts, copies)


def _refits(source: Source, programs: Programs, facts: Facts, line: int) -> Iterator[list[Edit]]:
    for refit in refits(facts):
        if refit.statistic.site.line == line:
            yield from refit_corrections(source, refit)


_CORRECTIONS: dict[str, Callable[[Source, Programs, Facts, int], Iterator[list[Edit]]]] = {
    "C101": lambda source, _, facts, line: _leaks(whole_set_statistics(facts), source, facts, line),
    "C102": _copies,
    "C104": _refits,
    "C106": lambda source, _, facts, line: watched_corrections(source, facts, line),
    "C107": lambda source, _, facts, line: _leaks(outside_folds(facts), source, facts, line),
    "C108": lambda source, _, facts, line: backward_corrections(source, facts, line),
    "C110": lambda source, programs, facts, line: target_corrections(
        source, programs.units, facts, line
    ),
    "C111": lambda source, _, facts, line: seed_corrections(source, facts, line),
    "C112": lambda source, _, facts, line: metric_corrections(source, facts, line),
}
"""What could be changed about a finding of a check at a line, the smallest change first."""


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
