"""The one screen of the cockpit: the frame, and in its body the Overview or a phase."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen

from grd_screens.frame import (
    OVERVIEW,
    KeyHint,
    key_lines,
    phase_rail,
    phase_tabs,
    title_lines,
)
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.overview import INDENT, overview_lines
from grd_screens.phase import GUIDES, phase_lines
from grd_screens.printable import printable
from grd_screens.strip import MeterStrip, load_percent
from grd_screens.typesetting import MUTED, Lines, hanging, text

if TYPE_CHECKING:
    from grd_core.budget.meter import HostSample
    from grd_core.overview import OverviewSnapshot

WIDE = 110
"""Columns from which the phases stand in a rail at the left."""

_LAST = len(GUIDES)


class CockpitScreen(Screen[None]):
    """Shows a snapshot; holds which page is open and nothing of the study's logic."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as in Textual

    def __init__(self, study: str, glyphs: Glyphs, hints: tuple[KeyHint, ...]) -> None:
        super().__init__()
        self._study = study
        self._glyphs = glyphs
        self._hints = hints
        self._snapshot: OverviewSnapshot | None = None
        self._shown = OVERVIEW
        self._trouble: tuple[str, str] | None = None
        self._notice = ""
        # Made now and kept: a message or a key may come before they are mounted.
        self._strip = MeterStrip(glyphs)
        self._key_line = Lines(self._keys, id="keys")
        self._banner_lines = Lines(self._banner, id="banner")
        self._parts = {
            Lines(self._title, id="title"): self._title,
            Lines(self._tabs, id="tabs"): self._tabs,
            Lines(self._rail, id="rail"): self._rail,
            self._banner_lines: self._banner,
            Lines(self._page, id="page"): self._page,
        }
        self._body = VerticalScroll(id="body", can_focus=False)

    @property
    def snapshot(self) -> OverviewSnapshot | None:
        """What is shown; None before the first was read."""
        return self._snapshot

    @property
    def shown(self) -> int:
        """The open page: 0 for the Overview, else the phase's number."""
        return self._shown

    def compose(self) -> ComposeResult:
        """Title, phases, body, meter, keys."""
        title, tabs, rail, banner, page = self._parts
        yield title
        yield tabs
        yield Lines(self._rule, classes="rule")
        with Horizontal(id="middle"):
            yield rail
            with self._body:
                yield banner
                yield page
        yield Lines(self._rule, classes="rule")
        yield self._strip
        yield self._key_line

    def show_snapshot(self, snapshot: OverviewSnapshot, notice: str) -> None:
        """Show a newer state; `notice` is what went wrong beside it, or empty."""
        strip = self._strip
        strip.show(replace(strip.state, live=snapshot.live, budget=snapshot.budget, read_age_s=0.0))
        self._snapshot = snapshot
        self._trouble = ("attention", notice) if notice else None
        self._repaint()

    def show_unreadable(self, sentence: str) -> None:
        """Say in place why there is nothing newer; what was read before stays, called old."""
        self._trouble = ("blocked", sentence)
        self._repaint()

    def show_meter(self, sample: HostSample) -> None:
        """Show a sample of the meter."""
        strip = self._strip
        strip.show(strip.state.sampled(sample, load_percent(sample)))

    def show_ages(self, meter_age_s: float, read_age_s: float) -> None:
        """Let old data say how old it is."""
        strip = self._strip
        strip.show(replace(strip.state, meter_age_s=meter_age_s, read_age_s=read_age_s))

    def show_notice(self, notice: str) -> None:
        """Put a short word before the keys; empty takes it away."""
        self._notice = notice
        self._key_line.set(self._keys)

    def show_page(self, number: int) -> None:
        """Open the Overview (0) or a phase."""
        if not OVERVIEW <= number <= _LAST or number == self._shown:
            return
        self._shown = number
        self._repaint()
        if self._body.is_attached:
            self._body.scroll_home(animate=False)

    def turn(self, step: int) -> None:
        """Open the next or the previous page, round and round."""
        self.show_page((self._shown + step) % (_LAST + 1))

    def scroll(self, lines: int) -> None:
        """Scroll the body by lines."""
        if self._body.is_attached:
            self._body.scroll_relative(y=lines, animate=False)

    def scroll_pages(self, pages: int) -> None:
        """Scroll the body by as much as is seen."""
        self.scroll(pages * max(1, self._body.size.height - 1))

    def _repaint(self) -> None:
        self._banner_lines.set_class(self._trouble is not None, "-shown")
        for lines, typeset in self._parts.items():
            lines.set(typeset)

    def _rule(self, width: int) -> list[Content]:
        return [text(self._glyphs.rule * width, "$rule")]

    def _title(self, width: int) -> list[Content]:
        return title_lines(self._study, self._snapshot, self._glyphs, width)

    def _tabs(self, width: int) -> list[Content]:
        return phase_tabs(self._snapshot, self._shown, self._glyphs, width)

    def _rail(self, width: int) -> list[Content]:
        return phase_rail(self._snapshot, self._shown, self._glyphs, width)

    def _keys(self, width: int) -> list[Content]:
        return key_lines(self._hints, self._notice, width)

    def _banner(self, width: int) -> list[Content]:
        if self._trouble is None:
            return [Content("")]
        standing, sentence = self._trouble
        label = text(f"{self._glyphs.standing[standing]} {standing}", STYLES[standing])
        lines = hanging(label, Content(printable(sentence)), INDENT, width)
        if standing == "blocked" and self._snapshot is not None:
            old = text("below is what was read before; it is read again by itself", MUTED)
            lines += hanging(Content(""), old, INDENT, width)
        return [*lines, text(self._glyphs.rule * width, "$rule")]

    def _page(self, width: int) -> list[Content]:
        if self._snapshot is None:
            if self._trouble is None:
                return [text("reading the study", MUTED)]
            return text("it is read again by itself; q quits", MUTED).wrap(max(width, 1))
        if self._shown == OVERVIEW:
            return overview_lines(self._snapshot, self._glyphs, width)
        return phase_lines(self._snapshot, self._shown, self._glyphs, width)
