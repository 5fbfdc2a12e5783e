"""`# grd: ignore[C101] reason`: a finding accepted where it stands, in the code itself.

A comment holds for the findings of its own statement, or of the next one where it has a line
for itself. It needs a reason, and one that matches nothing any more is told as stale.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grd_core.checks.contract import CheckResult, CodeContext, SourceFile, Status
from grd_core.checks.dataflow.cells import cells_of, is_notebook
from grd_core.checks.dataflow.parse import parse
from grd_core.checks.registry import all_checks

_Position = tuple[int, int]

_MARK = "grd: ignore"
_COMMENT = re.compile(r"#\s*grd:\s*ignore(?:\[(?P<codes>[^\]]*)\])?(?P<reason>.*)$", re.IGNORECASE)
_TELLS = "C101"
"""The check that tells of comments which belong to none, so that they are told once."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment: `lines` are those of its unit it holds for, `line` where it stands itself.

    `codes` are the checks it names that there are; `fault` says in a sentence why it is
    not honoured; empty where it is.
    """

    path: str
    line: int
    lines: range
    codes: tuple[str, ...]
    fault: str = ""


def ignores_of(file: SourceFile) -> tuple[Ignore, ...]:
    """The comments of a file, in the order of its lines; none in text that only quotes one."""
    if _MARK not in file.text:
        return ()
    found: list[Ignore] = []
    for path, text, trees in _units(file):
        if _MARK in text:
            found.extend(_in_text(path, text, trees))
    return tuple(found)


def apply_ignores(results: Sequence[CheckResult], context: CodeContext) -> tuple[CheckResult, ...]:
    """The results with the accepted findings marked as waived.

    A check whose every finding is waived has status waived. What is wrong with a comment (no
    reason, no such check, nothing left that it matches) is told in the reason of its checks'
    results, or of C101's where it names no check there is.
    """
    ignores = [ignore for file in context.files for ignore in ignores_of(file)]
    if not ignores:
        return tuple(results)
    return tuple(_applied(result, ignores) for result in results)


def _applied(result: CheckResult, ignores: Sequence[Ignore]) -> CheckResult:
    mine = [i for i in ignores if result.check in (i.codes or (_TELLS,))]
    if not mine:
        return result
    used: set[Ignore] = set()
    findings = []
    for finding in result.findings:
        match = next(
            (
                ignore
                for ignore in mine
                if not ignore.fault and ignore.path == finding.path and finding.line in ignore.lines
            ),
            None,
        )
        if match is not None:
            used.add(match)
        findings.append(finding if match is None else replace(finding, waived=True))
    told = [result.reason] if result.reason else []
    told.extend(_told(ignore, result) for ignore in mine if ignore not in used)
    waived = bool(findings) and all(finding.waived for finding in findings)
    stopped = result.status in (Status.FAILED, Status.WARNED)
    return replace(
        result,
        findings=tuple(findings),
        status=Status.WAIVED if waived and stopped else result.status,
        reason="; ".join(dict.fromkeys(told)),
    )


def _told(ignore: Ignore, result: CheckResult) -> str:
    where = f"{ignore.path}:{ignore.line}"
    if ignore.fault:
        return f"{where}: {ignore.fault}"
    return f"{where}: ignore[{result.check}] is stale, it matches no finding; remove it"


def _units(file: SourceFile) -> Iterator[tuple[str, str, list[ast.Module]]]:
    """The texts that findings count their lines in, with their trees; none that was not read."""
    trees: dict[str, list[ast.Module]] = {}
    for unit in parse(file).units:
        trees.setdefault(unit.path, []).append(unit.tree)
    if not is_notebook(file):
        texts = {file.path: file.text}
    else:
        texts = {cell.path: cell.text for cell in cells_of(file)} if trees else {}
    for path, text in texts.items():
        if path in trees:
            yield path, text, trees[path]


def _in_text(path: str, text: str, trees: list[ast.Module]) -> Iterator[Ignore]:
    nodes = [node for tree in trees for node in ast.walk(tree)]
    spans, quoted = _statements(nodes), _quoted(nodes)
    for number, line in enumerate(text.split("\n"), start=1):
        found = _COMMENT.search(line)
        if found is None:
            continue
        position = (number, len(line[: found.start()].encode()))
        if any(start <= position < end for start, end in quoted):
            continue
        alone = not line[: found.start()].strip()
        about = _next_code(text, number) if alone else number
        named = (code.strip().upper() for code in (found["codes"] or "").split(","))
        codes = tuple(dict.fromkeys(code for code in named if code))
        known = tuple(code for code in codes if code in all_checks())
        fault = _fault(codes, known, found["reason"].strip(" \t:-–—#"))
        yield Ignore(path, number, _statement(spans, about), known, fault)


def _fault(codes: tuple[str, ...], known: tuple[str, ...], reason: str) -> str:
    if not codes:
        return "the ignore names no check and is not honoured: write ignore[C101] and the reason"
    if not known:
        return f"ignore[{', '.join(codes)}] names no check there is"
    if not any(character.isalpha() for character in reason):
        return f"ignore[{', '.join(codes)}] gives no reason and is not honoured: write one after it"
    return ""


def _next_code(text: str, number: int) -> int:
    """The first line below a comment that is neither empty nor a comment."""
    for below, line in enumerate(text.split("\n")[number:], start=number + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            return below
    return number


def _statements(nodes: list[ast.AST]) -> list[tuple[int, int]]:
    """First and last line of each statement; of one with a body, of its head."""
    spans: list[tuple[int, int]] = []
    for node in nodes:
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            inner = body[0].lineno - 1 if isinstance(body, list) and body else 0
            spans.append((node.lineno, max(node.lineno, inner or node.end_lineno or node.lineno)))
    return spans


def _statement(spans: list[tuple[int, int]], line: int) -> range:
    """The lines of the smallest statement around a line; the line alone where none is."""
    around = [span for span in spans if span[0] <= line <= span[1]]
    first, last = min(around, key=lambda span: span[1] - span[0], default=(line, line))
    return range(first, last + 1)


def _quoted(nodes: list[ast.AST]) -> list[tuple[_Position, _Position]]:
    """Where texts stand, by line and byte: what is in them is no comment."""
    return [
        (
            (node.lineno, node.col_offset),
            (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )
        for node in nodes
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
    ]
