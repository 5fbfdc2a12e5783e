"""The keys, read from the bindings that are in force, and what the signs mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.typesetting import ACCENT, MUTED, Lines, Parts, hanging, text

_HEADING = 9
_CLOSES = "esc closes"


@dataclass(frozen=True, slots=True)
class HelpLine:
    """The keys of one effect, and the effect."""

    keys: str
    effect: str


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """Keys that belong together, under a heading."""

    heading: str
    lines: tuple[HelpLine, ...]


def help_lines(groups: tuple[HelpGroup, ...], glyphs: Glyphs, width: int) -> list[Content]:
    """The help for a width in cells: heading, keys and effect side by side."""
    lines: list[Content] = []
    keys = max((len(line.keys) for group in groups for line in group.lines), default=0) + 2
    for group in groups:
        heading = group.heading
        for line in group.lines:
            label = text(heading.ljust(_HEADING), ACCENT) + text(line.keys, "bold")
            lines += hanging(label, text(line.effect), _HEADING + keys, width)
            heading = ""
    lines.append(text(glyphs.rule * width, "$rule"))
    signs = tuple(
        text(f"{glyph} {standing}", STYLES[standing]) for standing, glyph in glyphs.standing.items()
    )
    lines += hanging(text("Signs", ACCENT), Parts(signs, "  "), _HEADING, width)
    note = "Leaving never touches a run. The shell does all of it too: grd --help"
    return [*lines, *text(note, MUTED).wrap(max(width, 1))]


class HelpScreen(ModalScreen[None]):
    """The help over whatever is shown; its own keys scroll and close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", "close", id="help.close"),
        Binding("j,down", "scroll(1)", "down", id="help.down"),
        Binding("k,up", "scroll(-1)", "up", id="help.up"),
        Binding("space,pagedown,ctrl+f", "scroll_pages(1)", "a page down", id="help.page.down"),
        Binding("pageup,ctrl+u", "scroll_pages(-1)", "a page up", id="help.page.up"),
        Binding("pagedown,space,ctrl+f", "scroll(15)", "a page down", id="help.page.down"),
        Binding("pageup,ctrl+u", "scroll(-15)", "a page up", id="help.page.up"),
        Binding("G,end", "scroll(1000)", "to the end", id="help.end"),
        Binding("g,home", "scroll(-1000)", "to the top", id="help.top"),
    ]

    def __init__(self, groups: tuple[HelpGroup, ...], glyphs: Glyphs) -> None:
        super().__init__()
        self.groups = groups
        self._glyphs = glyphs
        self._box = VerticalScroll(
            Lines(lambda width: help_lines(self.groups, self._glyphs, width)),
            id="help",
            can_focus=False,
        )

    def compose(self) -> ComposeResult:
        """One scrolling box."""
        self._box.border_title = "Keys"
        self._box.border_subtitle = _CLOSES
        yield self._box

    def on_resize(self) -> None:
        """Where not all of it is seen, the border says what shows the rest."""
        self.call_after_refresh(self._tell)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self._box.scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by as much as is seen."""
        self.action_scroll(pages * max(1, self._box.size.height - 1))

    def _tell(self) -> None:
        more = "space more  j k scroll  " if self._box.max_scroll_y else ""
        self._box.border_subtitle = f"{more}{_CLOSES}"
