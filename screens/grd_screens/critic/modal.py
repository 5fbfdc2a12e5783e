"""The Critic over whatever is shown: one review as it runs, and what a person does with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from grd_screens.critic.documents import document_lines, fix_lines
from grd_screens.critic.evidence import check_lines, finding_lines
from grd_screens.critic.header import header
from grd_screens.critic.keys import CRITIC_KEYS, EVERYWHERE, hints_for
from grd_screens.critic.reading import begin_diff, begin_document, begin_source
from grd_screens.critic.rows import GROUP, GROUPS, code_of, finding_of, review_rows
from grd_screens.critic.session import ReviewSession
from grd_screens.critic.state import Stage
from grd_screens.critic.verdict import overtaken_lines, verdict_lines
from grd_screens.feed import ReadingOnly
from grd_screens.frame import key_lines
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.host import Host, host_of
from grd_screens.keys import bound
from grd_screens.printable import printable
from grd_screens.typesetting import Lines, Typeset, hanging, text
from grd_screens.widgets.detail import Detail
from grd_screens.widgets.filter_line import FilterLine
from grd_screens.widgets.listing import Listing

if TYPE_CHECKING:
    from grd_core.checks.contract import Finding
    from grd_core.critic.evidence_source import Excerpt
    from grd_screens.desk import Refused

TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class _View:
    """Something read over the list: its name on the border, and how it is set."""

    title: str
    typeset: Typeset


class CriticScreen(ModalScreen[None]):
    """Shows a session; leaving it touches nothing. `decide` opens the form of the verdict."""

    BINDINGS: ClassVar[list[BindingType]] = bound(CRITIC_KEYS, EVERYWHERE)
    CSS_PATH = Path(__file__).parent.parent / "styles" / "critic.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as in Textual

    def __init__(
        self, session: ReviewSession, glyphs: Glyphs, decide: Callable[[CriticScreen], None]
    ) -> None:
        super().__init__()
        self.session = session
        self._glyphs = glyphs
        self._decide = decide
        self._opened: frozenset[str] = frozenset()
        self._views: list[_View] = []
        self._refusal = ""
        self._notice = ""
        self._words = ""
        self._placed = ""
        self._is_led = True
        self._list = Listing(glyphs, id="critic-list")
        self._detail = Detail(id="critic-detail")
        self._verdict = Lines(self._verdict_lines, id="critic-verdict")
        self._filter = FilterLine()
        self._key_line = Lines(self._keys, id="critic-keys")
        self._box = Vertical(id="critic")

    @property
    def host(self) -> Host:
        """The application."""
        return host_of(self)

    def compose(self) -> ComposeResult:
        """The list or what is read over it, the verdict, the keys."""
        with self._box:
            yield self._list
            yield self._detail
            yield self._filter
            yield self._verdict
            yield self._key_line

    def on_mount(self) -> None:
        """The list takes the keys; the clock of a running review ticks."""
        self._list.focus(scroll_visible=False)
        self.repaint()
        self.set_interval(TICK_S, self._tick)

    def on_resize(self) -> None:
        """The header is set for the new width, once the box has it."""
        self.call_after_refresh(self._show_header)

    def repaint(self) -> None:
        """The session has moved."""
        state = self.session.state
        if self._list.key != self._placed:
            self._is_led = False
        opened = frozenset(GROUPS) if self._words else self._opened
        self._list.set_rows(review_rows(state, opened, self._glyphs))
        if self._is_led:
            # Until the cursor is moved it stands on what most wants eyes.
            self._list.action_move(-100000)
        self._placed = self._list.key
        self._show_verdict()
        self._key_line.set(self._keys)
        if self._views:
            self._detail.set(self._views[-1].typeset)
        self._show_header()

    def show_refusal(self, refusal: Refused | None) -> None:
        """Say in place why something was not done."""
        self._refusal = refusal.sentence if refusal is not None else ""
        self._show_verdict()

    def show_notice(self, notice: str) -> None:
        """A short word before the keys."""
        self._notice = notice
        self._key_line.set(self._keys)

    def action_leave(self) -> None:
        """One step back: the refusal, what is read, the filter; then the modal."""
        if self._refusal:
            self.show_refusal(None)
        elif self._views:
            self._views.pop()
            self._show_view()
        elif self._filter.has_class("-shown"):
            self._filter.action_leave()
        else:
            self.dismiss()

    def action_evidence(self) -> None:
        """Open what the cursor is on."""
        self._list.action_open()

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Fold or unfold a group; read a finding or a check."""
        event.stop()
        if event.key.startswith(GROUP):
            self._opened ^= {event.key.removeprefix(GROUP)}
            self.repaint()
        elif (finding := self._finding) is not None:
            self._read_finding(finding)
        else:
            self._read_check(code_of(event.key))

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """The keys that apply are those of the row."""
        event.stop()
        self._key_line.set(self._keys)

    def action_fix(self) -> None:
        """Show the suggested fix as a diff."""
        finding = self._finding
        if finding is None:
            self.show_notice("f is for a finding")
            return

        def read(diff: str) -> None:
            self._open(f"fix {finding.check}", lambda width: fix_lines(finding, diff, width))

        if finding.group == "code":
            begin_diff(self.host.desk, self.session.number, finding, read, self.show_refusal)
        else:
            read("")

    def action_waive(self) -> None:
        """Ask for the reason of a waiver."""
        if not self._code:
            self.show_notice("w is for a finding or a check")
            return
        given = {"experiment": str(self.session.number), "check": self._code}
        finding = self._finding
        if finding is not None and finding.path:
            given["path"] = finding.path
        self.show_refusal(None)
        self.host.perform("waive", given)

    def action_explain(self) -> None:
        """Read the page of the check."""
        if not self._code:
            self.show_notice("x is for a check")
            return
        begin_document(
            self.host.desk,
            self._code,
            lambda page: self._open("explain", lambda width: document_lines(page, width)),
            self.show_refusal,
        )

    def action_again(self) -> None:
        """Run one check again."""
        if not self._code:
            self.show_notice("r is for one check, R for all")
        elif self.session.state.stage is not Stage.RULED:
            self.show_notice("one check can be run again once all have ended")
        else:
            code = self._code
            self._to_the_list()
            self.session.again(code)

    def action_all_again(self) -> None:
        """Run every check again."""
        if self.session.state.is_running:
            self.show_notice("the checks are running: K cancels them")
            return
        self._to_the_list()
        self._is_led = True
        reads = isinstance(self.host.access, ReadingOnly)
        self.session.begin("reads" if reads else "writes")

    def action_cancel(self) -> None:
        """Kill the workers of this review."""
        if self.session.state.is_running:
            self.session.cancel()
        else:
            self.show_notice("nothing is running")

    def action_decide(self) -> None:
        """Ask the justification and record."""
        self._decide(self)

    def action_edit(self) -> None:
        """Open the file of the finding at its line in the editor."""
        finding = self._finding
        if finding is None or not finding.path:
            self.show_notice("e is for a finding in a file")
            return
        path = finding.path.partition("#cell-")[0]
        self.host.edit(self.host.study_root / path, finding.line)

    def action_filter(self) -> None:
        """Narrow the list by words."""
        if not self._views:
            self._filter.open()

    def on_filter_line_typed(self, event: FilterLine.Typed) -> None:
        """Apply the words at once; every group is open while there are any."""
        event.stop()
        self._words = event.words.strip()
        self._list.set_filter(self._words)
        self.repaint()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Back to the list."""
        event.stop()
        self._list.focus(scroll_visible=False)

    @property
    def _finding(self) -> Finding | None:
        return finding_of(self.session.state, self._list.key)

    @property
    def _code(self) -> str:
        return code_of(self._list.key)

    def _read_finding(self, finding: Finding) -> None:
        glyphs, measured = self._glyphs, self.session.state.results[finding.check].measurement
        self._open(
            finding.check, lambda width: finding_lines(finding, measured, None, glyphs, width)
        )
        place = len(self._views) - 1

        def read(found: tuple[Excerpt, ...]) -> None:
            if len(self._views) > place and self._views[place].title == finding.check:
                self._views[place] = _View(
                    finding.check,
                    lambda width: finding_lines(finding, measured, found, glyphs, width),
                )
                self._show_view()

        begin_source(self.host.desk, self.session.number, finding, read, self.show_refusal)

    def _read_check(self, code: str) -> None:
        card = next((card for card in self.session.state.cards if card.code == code), None)
        if card is None:
            return

        def lines(width: int) -> list[Content]:
            return check_lines(card, self.session.state.results.get(code), self._glyphs, width)

        self._open(code, lines)

    def _to_the_list(self) -> None:
        self.show_refusal(None)
        self._views.clear()
        self._show_view()

    def _open(self, title: str, typeset: Typeset) -> None:
        if self._views and self._views[-1].title == title:
            self._views.pop()
        self._views.append(_View(title, typeset))
        self._show_view()
        self._detail.scroll_home(animate=False)

    def _show_view(self) -> None:
        reading = bool(self._views)
        self._box.set_class(reading, "-reading")
        self._show_verdict()
        if reading:
            self._detail.set(self._views[-1].typeset)
        (self._detail if reading else self._list).focus(scroll_visible=False)
        self._key_line.set(self._keys)
        self._show_header()

    def _show_verdict(self) -> None:
        alarmed = bool(self._refusal or self.session.state.overtaken)
        self._box.set_class(alarmed, "-alarmed")
        self._verdict.set(self._verdict_lines)

    def _tick(self) -> None:
        if self.session.state.is_running:
            self._show_header()

    def _show_header(self) -> None:
        width = max(self._box.outer_size.width - 6, 1)
        title = self._views[-1].title if self._views else ""
        self._box.border_title = header(self.session, title, self._glyphs, width)

    def _keys(self, width: int) -> list[Content]:
        reading = bool(self._views)
        hints = hints_for(self.session.state, self._list.key, reading, self._glyphs.enter)
        return key_lines(hints, self._notice, width)

    def _verdict_lines(self, width: int) -> list[Content]:
        state, glyphs = self.session.state, self._glyphs
        lines: list[Content] = []
        if self._refusal:
            label = text(f"{glyphs.standing['blocked']} refused", STYLES["blocked"])
            lines += hanging(label, text(printable(self._refusal)), 11, width)
        # Over what is read stands only what cannot wait.
        typeset = overtaken_lines if self._views else verdict_lines
        return [*lines, *typeset(state, glyphs, width)]
