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
    from grd_core.checks.contract import Finding
    from grd_core.critic.live import LiveState
    from grd_core.critic.live_code import LiveFindings
    from grd_core.critic.live_verdicts import StaleVerdict
    from grd_core.runs.by_hand import ByHand
    from grd_core.runs.snapshot import ExperimentLine

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
_KEPT = 4
"""How many settings of each row are remembered, of which the newest is the one that counts."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of experiments beside the ledger, by their numbers."""

    findings: Mapping[int, tuple[LiveFindings, ...]] = field(default_factory=dict)
    stale: Mapping[int, StaleVerdict] = field(default_factory=dict)
    by_hand: Mapping[int, ByHand] = field(default_factory=dict)


def beside(live: LiveState | None, by_hand: Sequence[ByHand] = ()) -> Beside:
    """What is true of the files right now, by experiment; files without a finding left out."""
    trained = {one.number: one for one in by_hand}
    if live is None:
        return Beside(by_hand=trained)
    findings: dict[int, tuple[LiveFindings, ...]] = {}
    for file in live.code:
        if file.findings or file.note:
            findings[file.experiment] = (*findings.get(file.experiment, ()), file)
    return Beside(findings, {verdict.experiment: verdict for verdict in live.stale}, trained)


def standing_of(line: ExperimentLine) -> tuple[str, str]:
    """An experiment's standing (`revise` and `archived` beside the usual ones) and its word."""
    if line.going_on:
        return "now", line.note or "training"
    verdict = f"{line.verdict} {_CONFIDENCE.get(line.confidence, line.confidence)}".strip()
    if line.state != "open":
        return ("done" if line.state == "sealed" else "archived"), verdict or line.state
    if line.verdict == "PROCEED":
        return "done", verdict
    if line.verdict:
        return ("blocked" if line.verdict == "ESCALATE" else "revise"), verdict
    if line.note:
        return "attention", line.note
    return "not yet", "not reviewed" if line.runs else "draft"


def sign(standing: str, glyphs: Glyphs) -> Content:
    """A standing's glyph in its colour. What is archived blocks nothing and is not red."""
    match standing:
        case "revise":
            return text(glyphs.revise, STYLES["attention"])
        case "archived":
            return text(glyphs.standing["blocked"], MUTED)
        case _:
            return text(glyphs.standing[standing], STYLES[standing])


def is_blocking(finding: Finding) -> bool:
    """Whether a finding stops the loop."""
    return finding.severity.value == "blocking" and not finding.waived


def kind_text(line: ExperimentLine) -> str:
    """What it is to its parent: `baseline`, `refines 5`."""
    word = _KINDS.get(line.kind, line.kind)
    return f"{word} {line.parent}" if line.parent else line.kind


@dataclass(frozen=True, slots=True)
class _Shown:
    """Everything an experiment's row is made of, beside the columns and the width."""

    prefix: str
    line: ExperimentLine
    is_marked: bool
    findings: tuple[LiveFindings, ...]
    stale: StaleVerdict | None
    by_hand: ByHand | None


class ExperimentList:
    """Sets experiments in type, and the same one only once: a study has hundreds, and few of
    them change."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._set: dict[tuple[_Shown, _Columns, int], list[Content]] = {}

    def rows(
        self, lines: Sequence[ExperimentLine], around: Beside, *, marked: int, is_tree: bool
    ) -> tuple[Row, ...]:
        """The rows, the newest first, or each below its parent; columns as wide as they need.

        `marked` is the number of the marked experiment, 0 for none.
        """
        placed = [("", line) for line in reversed(lines)]
        if is_tree:
            placed = as_tree(lines, self._glyphs)
        if not placed:
            return ()
        columns = _Columns.of([line for _, line in placed], [prefix for prefix, _ in placed])
        metric = next((line.metric_name for line in lines if line.metric_name), "metric")
        if len(self._set) > _KEPT * len(placed):
            self._set.clear()
        shown = (
            _Shown(
                prefix,
                line,
                line.number == marked,
                around.findings.get(line.number, ()),
                around.stale.get(line.number),
                around.by_hand.get(line.number),
            )
            for prefix, line in placed
        )
        heading = Row("", lambda width: columns.heading(metric, width))
        return (heading, *(self._row(one, columns) for one in shown))

    def _row(self, shown: _Shown, columns: _Columns) -> Row:
        def lines(width: int) -> list[Content]:
            known = self._set.get((shown, columns, width))
            if known is None:
                known = columns.lines(shown, self._glyphs, width)
                self._set[shown, columns, width] = known
            return known

        return Row(str(shown.line.number), lines, _words(shown.line, shown.by_hand))


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
        """The names of the columns, each over its own."""
        value = self._value_width(width)
        numbers = f"{_GAP}{printable(metric)[-value:]:>{value}}{_GAP}{'cost':>{self.cost}}"
        left, verdict = f"{'#':<{self.lead}} ", f"{'verdict':<{self.verdict}}"
        if self._room(width) < _LEAST_HYPOTHESIS:
            gap = " " * max(0, width - len(left + verdict + numbers))
            return [text(left + verdict + gap + numbers, MUTED)]
        left += f"{'kind':<{self.kind}}{_GAP}"
        said = f"{'hypothesis':<{self._room(width)}}{_GAP}"
        return [text(left + said + verdict + numbers, MUTED)]

    def lines(self, shown: _Shown, glyphs: Glyphs, width: int) -> list[Content]:
        """An experiment, for a width in cells: on one line where its hypothesis has room."""
        line = shown.line
        standing, word = standing_of(line)
        value = line.metric_text if width >= ROOMY else _value(line)
        lead = self._lead(shown, sign(standing, glyphs), glyphs)
        kind = text(f"{kind_text(line):<{self.kind}}{_GAP}", MUTED)
        verdict = text(f"{printable(word):<{self.verdict}}", _verdict_style(standing))
        numbers = Content.assemble(
            _GAP,
            (f"{value:>{self._value_width(width)}}", _value_style(line)),
            _GAP,
            (f"{_cost(line):>{self.cost}}", MUTED),
        )
        said = text(printable(line.hypothesis))
        indent = self.lead + 1
        room = self._room(width)
        if room >= _LEAST_HYPOTHESIS:
            said = said.truncate(room, ellipsis=True)
            said = said.pad_right(max(0, room - said.cell_length))
            lines = [lead + kind + said + text(_GAP) + verdict + numbers]
        else:
            gap = " " * max(0, width - (lead + verdict + numbers).cell_length)
            lines = (lead + verdict + text(gap) + numbers).wrap(max(1, width))
            below = text(" " * indent) + kind + said
            lines.append(below.truncate(max(1, width), ellipsis=True))
        notes = _notes(shown, glyphs)
        if not notes:
            return lines
        return [*lines, *hanging(text(" " * (indent - 1)), Parts(notes), indent, width)]

    def _lead(self, shown: _Shown, glyph: Content, glyphs: Glyphs) -> Content:
        number = f"{shown.line.number:03d}"
        filler = " " * (self.lead - len(shown.prefix) - len(number) - 2)
        mark = (glyphs.point, "bold $accent") if shown.is_marked else " "
        return Content.assemble((shown.prefix, MUTED), (number, "bold"), mark, glyph, filler + " ")

    def _value_width(self, width: int) -> int:
        return self.metric if width >= ROOMY else self.value

    def _room(self, width: int) -> int:
        """What is left for the hypothesis on the line of its experiment."""
        taken = self.lead + 1 + self.kind + self.verdict + self._value_width(width) + self.cost
        return width - taken - 4 * len(_GAP)


def _notes(shown: _Shown, glyphs: Glyphs) -> tuple[Content, ...]:
    """What the second line says: what is old, what was found, how it ended, what nobody
    supervises."""
    line, notes = shown.line, list[Content]()

    def note(standing: str, said: str) -> None:
        notes.append(text(f"{glyphs.standing[standing]} {printable(said)}", STYLES[standing]))

    if shown.stale is not None:
        note("stale", f"verdict stale: {', '.join(shown.stale.changed)} changed since")
    elif line.verdict and line.verdict_is_old:
        note("stale", "verdict stale: a run began since, c reviews it")
    for file in shown.findings:
        where = file.path.rsplit("/", 1)[-1]
        if file.note:
            note("stale", f"{where} was not judged: see there")
        worst = [finding for finding in file.findings if not finding.waived]
        if worst:
            codes = ", ".join(f"{finding.check}:{finding.line}" for finding in worst[:4])
            more = f" and {len(worst) - 4} more" if len(worst) > 4 else ""
            blocks = any(is_blocking(finding) for finding in worst)
            note("blocked" if blocks else "attention", f"{where} {codes}{more}")
    if line.note and line.verdict and not line.going_on:
        note("attention", f"its newest run: {line.note}")
    if shown.by_hand is not None:
        from grd_core.runs.by_hand import by_hand_text

        note("attention", by_hand_text(shown.by_hand))
    if line.state != "open":
        notes.append(text(line.state, MUTED))
    if line.outcome:
        notes.append(text(f"scored: {printable(line.outcome)}", MUTED))
    if line.files_gone:
        note("stale", "its folder is gone")
    return tuple(notes)


def as_tree(lines: Sequence[ExperimentLine], glyphs: Glyphs) -> list[tuple[str, ExperimentLine]]:
    """Each below its parent, the older first, with the branches before it."""
    known = {line.number for line in lines}
    children: dict[int, list[ExperimentLine]] = {}
    for line in lines:
        children.setdefault(line.parent if line.parent in known else 0, []).append(line)
    placed: list[tuple[str, ExperimentLine]] = []
    waiting = [("", "", line) for line in reversed(children.get(0, []))]
    while waiting:
        own, below, line = waiting.pop()
        placed.append((_shortened(own, glyphs), line))
        here = children.get(line.number, [])
        for at, child in reversed(list(enumerate(here))):
            is_last = at == len(here) - 1
            branch = glyphs.corner if is_last else glyphs.branch
            trunk = " " * len(glyphs.trunk) if is_last else glyphs.trunk
            waiting.append((below + branch, below + trunk, child))
    return placed


def _shortened(prefix: str, glyphs: Glyphs) -> str:
    """The branches before an experiment; deep down a count, and the nearest of them."""
    from grd_core.history.tree import MOST_LEVELS, NEAREST_LEVELS

    level = len(glyphs.trunk)
    depth = len(prefix) // level
    if depth <= MOST_LEVELS:
        return prefix
    hidden = depth - NEAREST_LEVELS
    return f"{glyphs.gap}{hidden} {prefix[hidden * level :]}"


def _value(line: ExperimentLine) -> str:
    return "" if line.metric_value is None else f"{line.metric_value:.4g}"


def _cost(line: ExperimentLine) -> str:
    if not line.runs:
        return ""
    if line.cost_h >= 0.1:
        return f"{line.cost_h:.1f}h"
    return f"{line.cost_h * 60:.0f}m" if line.cost_h >= 1 / 60 else "<1m"


def _value_style(line: ExperimentLine) -> str:
    return "" if line.metric_source == "frozen" else MUTED


def _verdict_style(standing: str) -> str:
    others = {"revise": STYLES["attention"], "archived": MUTED}
    return others.get(standing) or STYLES[standing]


def _words(line: ExperimentLine, by_hand: ByHand | None) -> str:
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
            *(("training:by-hand", "unsupervised", by_hand.files[0]) if by_hand else ()),
            *said,
            *(f"hypothesis:{one}" for one in said),
        )
    )
