"""A run's output as it is read on the screen: graded, searched, its steps folded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.runs.output import Level, OutputLine
    from grd_core.runs.output_summary import Entry, StepSummary, ValueSummary

Steps = Literal["folded", "every line"]

_TAB = 4
_LEVELS: tuple[Level, ...] = ("", "info", "warning", "error")
_SAID = {"info": "info and graver", "warning": "warnings and errors", "error": "errors alone"}
_STYLES = {"debug": MUTED, "warning": STYLES["stale"], "error": STYLES["attention"]}


@dataclass(frozen=True, slots=True)
class Reading:
    """How output is read: the least level that is shown, the words that are sought, and whether
    the steps of an epoch are one line or each its own. `back` counts entries below the last
    that is seen."""

    least: Level = ""
    words: str = ""
    steps: Steps = "folded"
    back: int = 0

    def next_level(self) -> Reading:
        """With the next graver level alone; after errors all again."""
        at = _LEVELS.index(self.least) + 1
        return replace(self, least=_LEVELS[at % len(_LEVELS)], back=0)

    def refolded(self) -> Reading:
        """Steps folded, or not."""
        other: Steps = "every line" if self.steps == "folded" else "folded"
        return replace(self, steps=other, back=0)

    def searched(self, words: str) -> Reading:
        """With other words."""
        return replace(self, words=words, back=0)

    def moved(self, by: int, entries: int) -> Reading:
        """Further back, or on, in so many entries."""
        return replace(self, back=min(max(0, self.back + by), max(0, entries - 1)))


def entries_of(output: Sequence[OutputLine], reading: Reading) -> tuple[Entry, ...]:
    """What is shown of the output; what is sought is never folded away."""
    from grd_core.runs.output import kept
    from grd_core.runs.output_summary import folded

    lines = kept(output, least=reading.least, words=reading.words)
    return folded(lines) if reading.steps == "folded" and not reading.words else lines


def output_lines(
    entries: Sequence[Entry],
    reading: Reading,
    read: int,
    glyphs: Glyphs,
    width: int,
    height: int,
) -> list[Content]:
    """The last entries that fit, or as many further back.

    `read` is how many lines of output there are, before any was left out.
    """
    head = _head(entries, reading, read, width)
    room = max(1, height - len(head))
    if not entries:
        return [*head, text("nothing printed", MUTED)] if not read else head
    lines: list[Content] = []
    for entry in reversed(entries[: len(entries) - reading.back]):
        lines = [*_entry(entry, glyphs, width), *lines]
        if len(lines) >= room:
            break
    lines = lines[-room:]
    if reading.back and lines:
        noun = "entry" if reading.back == 1 else "entries"
        lines = [*lines[1:], text(f"{glyphs.down} {reading.back} {noun} further down: G", MUTED)]
    return [*head, *lines]


def _head(entries: Sequence[Entry], reading: Reading, read: int, width: int) -> list[Content]:
    """What is left out, where something is."""
    said = [_SAID[reading.least]] if reading.least else []
    if reading.words:
        said.append(f"with {printable(reading.words)}")
    if not said:
        return []
    shown = sum(getattr(entry, "lines", 1) for entry in entries)
    counted = f"{', '.join(said)}: {shown:,} of {read:,} lines"
    keys = "  ".join(
        [*(["w level"] if reading.least else []), *(["f esc: all"] if reading.words else [])]
    )
    return text(f"{counted}  {keys}", MUTED).wrap(max(1, width))


def _entry(entry: Entry, glyphs: Glyphs, width: int) -> list[Content]:
    from grd_core.runs.output_summary import StepSummary

    if isinstance(entry, StepSummary):
        return _summary_lines(entry, glyphs, width)
    body = text(printable(entry.text.expandtabs(_TAB).rstrip()), _STYLES.get(entry.level, ""))
    sign = {"warning": "attention", "error": "blocked"}.get(entry.level)
    if sign is None:
        return body.wrap(max(1, width)) or [Content("")]
    return hanging(text(glyphs.standing[sign], STYLES["attention"]), body, 2, width)


def _summary_lines(summary: StepSummary, glyphs: Glyphs, width: int) -> list[Content]:
    where = [] if summary.epoch is None else [f"epoch {summary.epoch}"]
    if summary.first_step is not None:
        where.append(
            f"step {summary.first_step:,}"
            if summary.first_step == summary.last_step
            else f"steps {summary.first_step:,}-{summary.last_step:,}"
        )
    head = text("  ".join([*where, f"n {summary.lines:,}"]), "bold")
    parts = (head, *(_value(value) for value in summary.values))
    return hanging(text(glyphs.path, MUTED), Parts(parts, "  "), 2, width)


def _value(value: ValueSummary) -> Content:
    name = printable(value.name)
    lost = f" ({value.nonfinite:,} not finite)" if value.nonfinite else ""
    if value.mean is None:
        return text(f"{name} never finite{lost}", STYLES["attention"])
    return Content.assemble(
        (f"{name} ", "bold"),
        (f"mean {value.mean:.4g} min {value.low:.4g} max {value.high:.4g} ", MUTED),
        f"last {value.last:.4g}",
        (lost, STYLES["attention"]),
    )
