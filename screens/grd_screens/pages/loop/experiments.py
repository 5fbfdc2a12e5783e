"""The list of experiments: one line each, a second where something wants eyes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.critic.live import LiveState
    from grd_core.critic.live_code import LiveFindings
    from grd_core.critic.live_verdicts import StaleVerdict
    from grd_core.runs.snapshot import ExperimentLine

ONE_LINE = 66
"""Cells from which the hypothesis stands on the line of its experiment."""
ROOMY = 96
"""Cells from which the metric has its interval and the runs are counted."""

_KINDS = {
    "refinement": "refines",
    "pivot": "pivot of",
    "validation": "validates",
    "replication": "repeats",
}
_CONFIDENCE = {"medium": "med"}
_GAP = "  "
_LEAST_HYPOTHESIS = 16


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of experiments beside the ledger, by their numbers."""

    findings: Mapping[int, tuple[LiveFindings, ...]] = field(default_factory=dict)
    stale: Mapping[int, StaleVerdict] = field(default_factory=dict)


def beside(live: LiveState) -> Beside:
    """What is true of the files right now, by experiment; files without a finding left out."""
    findings: dict[int, tuple[LiveFindings, ...]] = {}
    for file in live.code:
        if file.findings or file.note:
            findings[file.experiment] = (*findings.get(file.experiment, ()), file)
    return Beside(findings, {verdict.experiment: verdict for verdict in live.stale})


@dataclass(frozen=True, slots=True)
class Look:
    """How the list is shown: the signs, the marked experiment (0 for none), as a tree or not."""

    glyphs: Glyphs
    beside: Beside
    marked: int = 0
    is_tree: bool = False


def standing_of(line: ExperimentLine) -> tuple[str, str]:
    """An experiment's standing (`revise` beside the usual ones) and its word."""
    if line.going_on:
        return "now", line.note or "training"
    verdict = f"{line.verdict} {_CONFIDENCE.get(line.confidence, line.confidence)}".strip()
    if line.state != "open":
        return ("done" if line.state == "sealed" else "blocked"), verdict or line.state
    if line.verdict == "PROCEED":
        return "done", verdict
    if line.verdict:
        return ("blocked" if line.verdict == "ESCALATE" else "revise"), verdict
    if line.note:
        return "attention", line.note
    return "not yet", "not reviewed" if line.runs else "draft"


def sign(standing: str, glyphs: Glyphs) -> Content:
    """A standing's glyph in its colour."""
    if standing == "revise":
        return text(glyphs.revise, STYLES["attention"])
    return text(glyphs.standing[standing], STYLES[standing])


def kind_text(line: ExperimentLine) -> str:
    """What it is to its parent: `baseline`, `refines 5`."""
    word = _KINDS.get(line.kind, line.kind)
    return f"{word} {line.parent}" if line.parent else line.kind


def experiment_rows(lines: Sequence[ExperimentLine], look: Look) -> tuple[Row, ...]:
    """The rows, the newest first, or each below its parent; columns as wide as they need."""
    placed = _as_tree(lines, look.glyphs) if look.is_tree else [("", e) for e in reversed(lines)]
    if not placed:
        return ()
    columns = _Columns.of([line for _, line in placed], [prefix for prefix, _ in placed])
    metric = next((line.metric_name for line in lines if line.metric_name), "metric")
    heading = Row("", lambda width: columns.heading(metric, width))
    return (heading, *(_row(prefix, line, columns, look) for prefix, line in placed))


def _row(prefix: str, line: ExperimentLine, columns: _Columns, look: Look) -> Row:
    return Row(
        str(line.number), lambda width: columns.lines(prefix, line, look, width), _words(line)
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """How wide the columns are: as wide as their widest text."""

    lead: int
    kind: int
    verdict: int
    value: int
    metric: int
    cost: int

    @classmethod
    def of(cls, lines: Sequence[ExperimentLine], prefixes: Sequence[str]) -> _Columns:
        """The widths for these experiments."""

        def widest(said: Callable[[ExperimentLine], str], least: int) -> int:
            return max(least, *(len(said(line)) for line in lines))

        return cls(
            lead=max(map(len, prefixes)) + widest(lambda e: f"{e.number:03d}", 3) + 2,
            kind=widest(kind_text, 4),
            verdict=widest(lambda e: printable(standing_of(e)[1]), 7),
            value=widest(_value, 6),
            metric=widest(lambda e: e.metric_text or "", 6),
            cost=widest(_cost, 4),
        )

    def heading(self, metric: str, width: int) -> list[Content]:
        """The names of the columns."""
        name = printable(metric)
        if width < ONE_LINE:
            left = f"{'#':<{self.lead}} kind"
            return [text(left + _GAP + self._right("verdict", name, "cost", width, left), MUTED)]
        left = f"{'#':<{self.lead}} {'kind':<{self.kind}}{_GAP}"
        return [text(left + self._right("hypothesis", name, "cost", width, left), MUTED)]

    def lines(self, prefix: str, line: ExperimentLine, look: Look, width: int) -> list[Content]:
        """An experiment, for a width in cells."""
        standing, word = standing_of(line)
        number = f"{line.number:03d}"
        filler = " " * (self.lead - len(prefix) - len(number) - 2)
        lead = Content.assemble(
            (prefix, MUTED),
            (number, "bold $accent reverse" if line.number == look.marked else "bold"),
            " ",
            sign(standing, look.glyphs),
            filler + " ",
        )
        kind = text(f"{kind_text(line):<{self.kind}}{_GAP}", MUTED)
        verdict = text(f"{printable(word):<{self.verdict}}", _verdict_style(standing))
        is_roomy = width >= ROOMY
        value = line.metric_text if is_roomy else _value(line)
        numbers = Content.assemble(
            _GAP,
            (f"{value:>{self.metric if is_roomy else self.value}}", _value_style(line)),
            _GAP,
            (f"{_cost(line):>{self.cost}}", MUTED),
        )
        said = text(printable(line.hypothesis))
        room = width - lead.cell_length - kind.cell_length - verdict.cell_length
        room -= numbers.cell_length + len(_GAP)
        if width >= ONE_LINE and room >= _LEAST_HYPOTHESIS:
            cut = said.truncate(room, ellipsis=True).pad_right(0)
            cut = cut.pad_right(max(0, room - cut.cell_length))
            first = [lead + kind + cut + text(_GAP) + verdict + numbers]
        else:
            gap = " " * max(0, width - (lead + kind + verdict + numbers).cell_length)
            top = lead + kind + verdict + text(gap) + numbers
            first = [top] if top.cell_length <= width else top.wrap(max(1, width))
            below = max(1, width - self.lead - 1)
            cut = said.truncate(below, ellipsis=True)
            first.append(text(" " * (self.lead + 1)) + cut)
        notes = _notes(line, look)
        if not notes:
            return first
        indent = self.lead + 1
        return [*first, *hanging(text(" " * (indent - 1)), Parts(notes), indent, width)]

    def _right(self, first: str, metric: str, cost: str, width: int, left: str) -> str:
        value = self.metric if width >= ROOMY else self.value
        right = f"{_GAP}{metric[-value:]:>{value}}{_GAP}{cost:>{self.cost}}"
        if first == "hypothesis":
            right = f"{_GAP}{'verdict':<{self.verdict}}{right}"
            return f"{first:<{max(0, width - len(left) - len(right))}}{right}"
        return f"{first:<{max(0, width - len(left) - len(_GAP) - len(right))}}{right}"


def _notes(line: ExperimentLine, look: Look) -> tuple[Content, ...]:
    """What the second line says: what is old, what was found, how it ended."""
    glyphs, notes = look.glyphs, []

    def note(standing: str, said: str) -> None:
        notes.append(text(f"{glyphs.standing[standing]} {printable(said)}", STYLES[standing]))

    stale = look.beside.stale.get(line.number)
    if stale is not None:
        note("stale", f"verdict stale: {', '.join(stale.changed)} changed since")
    elif line.verdict and line.verdict_is_old:
        note("stale", "verdict stale: a run began since, c reviews it")
    for file in look.beside.findings.get(line.number, ()):
        where = file.path.rsplit("/", 1)[-1]
        if file.note:
            note("stale", f"{where}: {file.note}")
        worst = [finding for finding in file.findings if not finding.waived]
        if worst:
            codes = ", ".join(f"{finding.check}:{finding.line}" for finding in worst[:4])
            more = f" and {len(worst) - 4} more" if len(worst) > 4 else ""
            blocks = any(finding.severity.value == "blocking" for finding in worst)
            note("blocked" if blocks else "attention", f"{where} {codes}{more}")
    if line.note and line.verdict and not line.going_on:
        note("attention", f"its newest run: {line.note}")
    if line.state != "open":
        notes.append(text(line.state, MUTED))
    if line.outcome:
        notes.append(text(f"scored: {printable(line.outcome)}", MUTED))
    if line.files_gone:
        note("stale", "its folder is gone")
    return tuple(notes)


def _as_tree(
    lines: Sequence[ExperimentLine], glyphs: Glyphs
) -> list[tuple[str, ExperimentLine]]:
    """Each below its parent, the older first, with the branches before it."""
    known = {line.number for line in lines}
    children: dict[int, list[ExperimentLine]] = {}
    for line in lines:
        children.setdefault(line.parent if line.parent in known else 0, []).append(line)
    placed: list[tuple[str, ExperimentLine]] = []
    waiting = [("", "", line) for line in reversed(children.get(0, []))]
    while waiting:
        own, below, line = waiting.pop()
        placed.append((own, line))
        here = children.get(line.number, [])
        for at, child in reversed(list(enumerate(here))):
            is_last = at == len(here) - 1
            branch = glyphs.corner if is_last else glyphs.branch
            trunk = " " * len(glyphs.trunk) if is_last else glyphs.trunk
            waiting.append((below + branch, below + trunk, child))
    return placed


def _value(line: ExperimentLine) -> str:
    return "" if line.metric_value is None else f"{line.metric_value:.4g}"


def _cost(line: ExperimentLine) -> str:
    if not line.runs:
        return ""
    hours = line.cost_h
    spent = f"{hours * 60:.1f}m" if hours < 1 else f"{hours:.1f}h"
    return "<.1m" if spent == "0.0m" else spent


def _value_style(line: ExperimentLine) -> str:
    return "" if line.metric_source == "frozen" else MUTED


def _verdict_style(standing: str) -> str:
    return STYLES["attention"] if standing == "revise" else STYLES[standing]


def _words(line: ExperimentLine) -> str:
    _, word = standing_of(line)
    said = printable(line.hypothesis).split()
    return " ".join(
        (
            f"{line.number:03d}",
            line.name,
            line.title,
            word,
            kind_text(line),
            f"kind:{line.kind}",
            f"state:{line.state}",
            f"verdict:{line.verdict or 'none'}",
            f"confidence:{line.confidence or 'none'}",
            f"parent:{line.parent}",
            line.note,
            line.what_changed,
            *said,
            *(f"hypothesis:{one}" for one in said),
        )
    )
