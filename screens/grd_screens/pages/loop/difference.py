"""What differs between two experiments: config, metrics of their newest runs, lines of code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.objective.diff_lines import DiffRow
    from grd_core.runs.metric_lines import MetricLine
    from grd_core.runs.snapshot import ExperimentLine, LoopSnapshot
    from grd_core.study import Study

CONTEXT = 2
"""Unchanged lines shown around changed ones."""

_INDENT = 12
_MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class FileRows:
    """A file that differs, its lines as rows; `path` is relative to the experiments."""

    path: str
    rows: tuple[DiffRow, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """The older experiment on the left, the newer on the right; `said` is the difference in a
    line, empty where the files are the same."""

    left: ExperimentLine
    right: ExperimentLine
    said: str
    files: tuple[FileRows, ...]
    metrics: tuple[tuple[str, str, str], ...]


def difference(study: Study, loop: LoopSnapshot, pair: tuple[int, int]) -> Difference | None:
    """Compare two experiments by their numbers; None where one is not there."""
    from grd_core.runs.differences import marks_of, what_changed
    from grd_core.runs.experiments import find_experiment

    lines = {line.number: line for line in loop.experiments}
    left, right = (lines.get(number) for number in sorted(pair))
    if left is None or right is None:
        return None
    folders = tuple(find_experiment(study, str(line.number)).folder for line in (left, right))
    marks = tuple(marks_of(folder) for folder in folders)
    names = sorted(
        {
            mark.path
            for one in marks
            for mark in one.files
            if mark.size < _MOST_BYTES and not mark.path.startswith("SCORECARD.")
        }
    )
    files = []
    for name in names:
        rows = _rows(*(_bytes(folder / name) for folder in folders))
        if rows:
            files.append(FileRows(name, rows))
    return Difference(
        left, right, what_changed(marks[1], marks[0]), tuple(files), _metrics(study, left, right)
    )


def difference_lines(shown: Difference, glyphs: Glyphs, width: int) -> list[Content]:
    """The comparison, set for a width in cells."""
    left, right = shown.left, shown.right
    title = Content.assemble(
        (f"{left.number:03d} ", "bold"),
        (f"{glyphs.arrow} ", MUTED),
        (f"{right.number:03d}", "bold"),
        ("  what differs", MUTED),
    )
    lines = [title]
    for line in (left, right):
        label = text(f"{line.number:03d}", MUTED)
        lines += hanging(label, text(printable(line.hypothesis)), 5, width)
    said = printable(shown.said) or "config and code are the same"
    lines += [Content(""), *hanging(text("changed", MUTED), text(said, "bold"), _INDENT, width)]
    for name, before, after in (
        ("verdict", left.verdict, right.verdict),
        (left.metric_name or "metric", left.metric_text, right.metric_text),
    ):
        lines += hanging(text(printable(name), MUTED), _pair(before, after, glyphs), _INDENT, width)
    if shown.metrics:
        lines += [Content(""), text("last values of their newest runs", MUTED)]
        names = max(len(name) for name, _, _ in shown.metrics) + 2
        for name, before, after in shown.metrics:
            body = _pair(before, after, glyphs)
            lines += hanging(text(printable(name)), body, min(names, width // 2), width)
    for file in shown.files:
        lines += [Content(""), text(printable(file.path), "bold")]
        lines += _file_lines(file.rows, glyphs, width)
    return lines


def _pair(before: str, after: str, glyphs: Glyphs) -> Parts:
    arrow = f" {glyphs.arrow} "
    return Parts((text(printable(before) or "none"), text(printable(after) or "none")), arrow)


def _file_lines(rows: Sequence[DiffRow], glyphs: Glyphs, width: int) -> list[Content]:
    near = {
        at + by
        for at, row in enumerate(rows)
        if row.kind != "same"
        for by in range(-CONTEXT, CONTEXT + 1)
    }
    lines: list[Content] = []
    skipped = 0
    for at, row in enumerate(rows):
        if at not in near:
            skipped += 1
            continue
        if skipped:
            lines.append(text(f"{glyphs.gap} {skipped} lines the same", MUTED))
            skipped = 0
        lines += _row_lines(row, width)
    if skipped:
        lines.append(text(f"{glyphs.gap} {skipped} lines the same", MUTED))
    return lines


def _row_lines(row: DiffRow, width: int) -> list[Content]:
    if row.kind == "same":
        return _line(" ", row.after_no, row.after_text, MUTED, width)
    lines = []
    if row.before_no:
        lines += _line("-", row.before_no, row.before_text, STYLES["attention"], width)
    if row.after_no:
        lines += _line("+", row.after_no, row.after_text, STYLES["done"], width)
    return lines


def _line(sign: str, number: int, content: str, style: str, width: int) -> list[Content]:
    label = text(f"{sign}{number:>4} ", style if sign != " " else MUTED)
    indented = len(content) - len(content.lstrip())
    body = " " * min(indented, 16) + printable(content.strip())
    return hanging(label, text(body, style), 7, width)


def _rows(before: bytes, after: bytes) -> tuple[DiffRow, ...]:
    from grd_core.objective.diff_lines import line_rows

    return () if before == after else line_rows(before, after)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _metrics(
    study: Study, left: ExperimentLine, right: ExperimentLine
) -> tuple[tuple[str, str, str], ...]:
    before, after = (_last_values(study, line.last_run) for line in (left, right))
    return tuple(
        (name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys([*before, *after])
    )


def _last_values(study: Study, run: int) -> dict[str, str]:
    if not run:
        return {}
    from grd_core.runs.watching import watch_snapshot

    return {metric.name: _last(metric) for metric in watch_snapshot(study, str(run)).metrics}


def _last(metric: MetricLine) -> str:
    return metric.last_text if metric.last is None else f"{metric.last:.6g}"
