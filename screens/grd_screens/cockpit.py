"""The one screen of the cockpit: the frame, and in its body the page of a phase."""

from __future__ import annotations

import importlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen

from grd_screens.feed import PageRead, PageUnreadable
from grd_screens.frame import (
    OVERVIEW,
    KeyHint,
    key_lines,
    phase_rail,
    phase_tabs,
    title_lines,
)
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.keys import first_key
from grd_screens.overview import INDENT
from grd_screens.performing import told
from grd_screens.printable import printable
from grd_screens.strip import MeterStrip, load_percent
from grd_screens.typesetting import MUTED, Lines, hanging, text
from grd_screens.widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from grd_core.budget.meter import HostSample
    from grd_core.overview import OverviewSnapshot
    from grd_screens.desk import Refused, Running
    from grd_screens.host import Query
    from grd_screens.page import Page

WIDE = 110
"""Columns from which the phases stand in a rail at the left."""

FIRST_READ_S = 5.0
"""How long a page's own keys wait for what it is about to be read for the first time."""

_MOUNTED_S = 0.01
"""How soon a page that is still being made is looked at again."""

PAGES = (
    "grd_screens.overview:OverviewPage",
    "grd_screens.pages.recon:ReconPage",
    "grd_screens.pages.objective:ObjectivePage",
    "grd_screens.pages.loop:LoopPage",
    "grd_screens.pages.evaluation:EvaluationPage",
    "grd_screens.pages.gate:GatePage",
    "grd_screens.pages.graduation:GraduationPage",
    "grd_screens.pages.history:HistoryPage",
)
"""The pages by their number. One is imported when it is first opened: the first frame shows
the Overview and waits for no other."""


class CockpitScreen(Screen[None]):
    """Shows snapshots; holds which page is open and nothing of the study's logic."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as in Textual

    def __init__(self, study: str, glyphs: Glyphs, hints: tuple[KeyHint, ...]) -> None:
        super().__init__()
        self._study = study
        self._glyphs = glyphs
        self._hints = hints
        self._snapshot: OverviewSnapshot | None = None
        self._shown = OVERVIEW
        self._trouble: tuple[str, str] | None = None
        self._refusal: Refused | None = None
        self._notice = ""
        self._doing = ""
        self._opening = 1
        self._answered: set[int] = set()
        self._made_at = time.monotonic()
        # Made now and kept: a message or a key may come before they are mounted.
        self._strip = MeterStrip(glyphs)
        self._key_line = Lines(self._keys, id="keys")
        self._banner_lines = Lines(self._banner, id="banner")
        self._filter = FilterLine()
        self._parts = {
            Lines(self._title, id="title"): self._title,
            Lines(self._tabs, id="tabs"): self._tabs,
            Lines(self._rail, id="rail"): self._rail,
        }
        self._pages: dict[int, Page] = {OVERVIEW: _made(OVERVIEW, glyphs)}
        self._body = Vertical(id="body")

    @property
    def snapshot(self) -> OverviewSnapshot | None:
        """What is shown; None before the first was read."""
        return self._snapshot

    @property
    def shown(self) -> int:
        """The open page: 0 for the Overview, else the phase's number."""
        return self._shown

    @property
    def page(self) -> Page:
        """The open page."""
        return self._pages[self._shown]

    @property
    def is_settled(self) -> bool:
        """Whether the open page has the keys: not while it is being made or uncovered."""
        return not self._opening

    def is_too_early(self, key: str) -> bool:
        """Whether a key is one of the page's own and the page was only just opened for the first
        time: it would not know yet what the key is about."""
        if self._shown in self._answered or time.monotonic() - self._made_at > FIRST_READ_S:
            return False
        return any(key in own.keys.split(",") for own in self.page.keys)

    @property
    def wanted(self) -> Query | None:
        """What the open page wants read."""
        return self.page.wanted()

    def compose(self) -> ComposeResult:
        """Title, phases, body, meter, keys."""
        title, tabs, rail = self._parts
        yield title
        yield tabs
        yield Lines(self._rule, classes="rule")
        with Horizontal(id="middle"):
            yield rail
            with self._body:
                yield self._banner_lines
                yield self._pages[OVERVIEW]
                yield self._filter
        yield Lines(self._rule, classes="rule")
        yield self._strip
        yield self._key_line

    def on_mount(self) -> None:
        """The open page takes the keys."""
        self._open()

    def show_snapshot(self, snapshot: OverviewSnapshot, notice: str) -> None:
        """Show a newer state; `notice` is what went wrong beside it, or empty."""
        strip = self._strip
        strip.show(
            replace(
                strip.state,
                live=snapshot.live,
                budget=snapshot.budget,
                read_age_s=0.0,
                alarms=tuple(str(alarm.standing) for alarm in snapshot.alarms),
            )
        )
        self._snapshot = snapshot
        self._trouble = ("attention", notice) if notice else None
        for page in self._pages.values():
            if page.is_attached:
                page.show_overview(snapshot)
        self._repaint()

    def show_unreadable(self, sentence: str) -> None:
        """Say in place why there is nothing newer; what was read before stays, called old."""
        self._trouble = ("blocked", sentence)
        self._repaint()

    def show_answer(self, answer: PageRead | PageUnreadable) -> None:
        """Give a page what it wanted read."""
        page = self._pages.get(answer.page)
        if page is None or not page.is_attached:
            return  # the last answer may come when the cockpit is being left
        self._answered.add(answer.page)
        if isinstance(answer, PageRead):
            page.show(answer.content)
            if self._trouble is not None and self._trouble[0] == "stale":
                self._trouble = None
                self._repaint()
        elif answer.page == self._shown and not self._is_blocked:
            self._trouble = ("stale", answer.sentence)
            self._repaint()

    @property
    def _is_blocked(self) -> bool:
        """Whether the whole study cannot be read, which says more than that a page cannot."""
        return self._trouble is not None and self._trouble[0] == "blocked"

    def show_refusal(self, refusal: Refused | None) -> None:
        """Say why a command was not done, until it is answered or escaped."""
        self._refusal = refusal
        self._repaint()

    def show_meter(self, sample: HostSample) -> None:
        """Show a sample of the meter."""
        strip = self._strip
        strip.show(strip.state.sampled(sample, load_percent(sample)))

    def show_ages(self, meter_age_s: float, read_age_s: float) -> None:
        """Let old data say how old it is."""
        strip = self._strip
        strip.show(replace(strip.state, meter_age_s=meter_age_s, read_age_s=read_age_s))

    def show_tasks(self, tasks: tuple[Running, ...]) -> None:
        """Say on the key line what is being done, how far it is, and for how long."""
        longest = [told(task, task.title) for task in tasks if not task.key.startswith("ask ")][:1]
        self._doing = "".join(longest)
        self._key_line.set(self._keys)

    def repaint_keys(self) -> None:
        """The page's keys have changed."""
        self._key_line.set(self._keys)

    def show_notice(self, notice: str) -> None:
        """Put a short word before the keys; empty takes it away."""
        self._notice = notice
        self._key_line.set(self._keys)

    def show_page(self, number: int, about: str = "") -> None:
        """Open the Overview (0) or a phase; on an object the page knows, where one is named."""
        if not OVERVIEW <= number < len(PAGES):
            return
        if number != self._shown:
            self._filter.clear()
            self.page.narrow("")
            self.page.display = False
            self._shown = number
            if number not in self._pages:
                page = self._pages[number] = _made(number, self._glyphs)
                self._made_at = time.monotonic()
                if self._body.is_attached:
                    self._body.mount(page, before=self._filter)
            self.page.display = True
            self._repaint()
        if about:
            self.call_after_refresh(self.page.about, about)
        if self.page.is_attached:
            self._opening += 1
            if not self.call_after_refresh(self._open):
                self._opening -= 1

    def _open(self) -> None:
        if not self.page.is_attached:
            return  # the cockpit is being left
        if not self.page.is_mounted:
            # What is not there yet cannot take the focus, and would not say so.
            self.set_timer(_MOUNTED_S, self._open)
            return
        self.page.opened()
        # The focus is given by a message to the application: after that one.
        self.app.call_later(self._opened)

    def _opened(self) -> None:
        self._opening = max(0, self._opening - 1)

    def turn(self, step: int) -> None:
        """Open the next or the previous page, round and round."""
        self.show_page((self._shown + step) % len(PAGES))

    def back(self) -> None:
        """One step back: the refusal, then the page's own, then the Overview."""
        if self._refusal is not None:
            self.show_refusal(None)
        elif self._filter.has_class("-shown"):
            self._filter.action_leave()
        elif not self.page.back():
            self.show_page(OVERVIEW)

    def open_filter(self) -> None:
        """Narrow the page's list by words, as they are typed."""
        if self.page.can_filter and self._filter.is_attached:
            self._filter.open()

    def on_filter_line_typed(self, event: FilterLine.Typed) -> None:
        """Apply the words at once."""
        event.stop()
        self.page.narrow(event.words)

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Back to the list."""
        event.stop()
        self.page.opened()

    def _repaint(self) -> None:
        shown = self._trouble is not None or self._refusal is not None
        self._banner_lines.set_class(shown, "-shown")
        self._banner_lines.set(self._banner)
        self._key_line.set(self._keys)
        for lines, typeset in self._parts.items():
            lines.set(typeset)

    def _rule(self, width: int) -> list[Content]:
        return [text(self._glyphs.rule * width, "$rule")]

    def _title(self, width: int) -> list[Content]:
        return title_lines(self._study, self._snapshot, self._shown, self._glyphs, width)

    def _tabs(self, width: int) -> list[Content]:
        return phase_tabs(self._snapshot, self._shown, self._glyphs, width)

    def _rail(self, width: int) -> list[Content]:
        return phase_rail(self._snapshot, self._shown, self._glyphs, width)

    def _keys(self, width: int) -> list[Content]:
        own = tuple(
            KeyHint(
                first_key(key, self._glyphs.enter),
                key.hint,
                f"simulate_key('{key.keys.split(',')[0]}')",
            )
            for key in self.page.keys
            if key.hint
        )
        common = [h for h in self._hints if h.action != "filter" or self.page.can_filter]
        notice = "  ".join(part for part in (self._notice, self._doing) if part)
        return key_lines((*own, *common), notice, width)

    def _banner(self, width: int) -> list[Content]:
        lines: list[Content] = []
        if self._trouble is not None:
            lines += self._trouble_lines(*self._trouble, width)
        if self._refusal is not None:
            label = text(f"{self._glyphs.standing['blocked']} refused", STYLES["blocked"])
            sentence = Content(printable(self._refusal.sentence))
            lines += hanging(label, sentence, INDENT, width)
            lines += hanging(Content(""), text("esc puts this away", MUTED), INDENT, width)
        if not lines:
            return [Content("")]
        return [*lines, text(self._glyphs.rule * width, "$rule")]

    def _trouble_lines(self, standing: str, sentence: str, width: int) -> list[Content]:
        label = text(f"{self._glyphs.standing[standing]} {standing}", STYLES[standing])
        lines = hanging(label, Content(printable(sentence)), INDENT, width)
        if standing == "blocked":
            said = (
                "below is what was read before; it is read again by itself"
                if self._snapshot is not None
                else "it is read again by itself; q quits"
            )
            lines += hanging(Content(""), text(said, MUTED), INDENT, width)
        return lines


def _made(number: int, glyphs: Glyphs) -> Page:
    module, _, name = PAGES[number].partition(":")
    page: Page = getattr(importlib.import_module(module), name)(glyphs)
    return page
