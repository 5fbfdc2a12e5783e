"""The editor over the page: types, checks beside the screen, saves when it is told to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import TextArea

from grd_screens.desk import Refused
from grd_screens.forms.form import Values
from grd_screens.forms.screen import FormScreen
from grd_screens.frame import KeyHint, key_lines
from grd_screens.glyphs import Glyphs
from grd_screens.host import Host, host_of
from grd_screens.keys import Key, bound, first_key
from grd_screens.local_time import local_minute
from grd_screens.pages.objective.editor.below import Below, below_lines, problems_by_line
from grd_screens.pages.objective.editor.conflict import MINE, THEIRS, conflict_form
from grd_screens.pages.objective.editor.session import EditSession, Look, Opening, Resolved
from grd_screens.pages.objective.editor.text_area import LONGEST_LINE, ObjectiveText
from grd_screens.printable import printable
from grd_screens.typesetting import Lines, text

if TYPE_CHECKING:
    from textual.timer import Timer

    from grd_core.objective.saving import ChangedMeanwhile, OnDisk, Saved

KEYS = (
    Key("edit.save", "f2", "save", "save OBJECTIVE.md", "save"),
    Key("edit.next", "f3", "problem(1)", "the next line with a problem", "next problem"),
    Key("edit.previous", "f4", "problem(-1)", "the line with a problem before", "previous"),
    Key("edit.disk", "f5", "reread", "the file as it stands on disk; ctrl+z goes back", "as saved"),
    Key("edit.leave", "escape", "leave", "leave; what is not saved is kept", "leave"),
    Key("edit.help", "f1", "app.help", "these keys"),
)

WIDE = 110
"""Columns from which the rule in plain words stands beside the text."""
PAUSE_S = 0.15
"""After this long without a key the text is checked and kept."""
LONGEST_S = 1.0
"""After this long it is even if the keys go on."""


class EditorScreen(ModalScreen[None]):
    """Edits what `opening` holds; `line`, counted from 1, is where the cursor begins. `left` is
    called with a word for the page when the screen goes."""

    BINDINGS: ClassVar[list[BindingType]] = bound(KEYS)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as in Textual
    # The width is known to the screen alone, which lies outside of what is scoped.
    SCOPED_CSS = False
    DEFAULT_CSS = """
    EditorScreen { background: $background; }
    #editor {
        width: 100%;
        height: 100%;
        padding: 0 1;
        background: $surface;
        border: round $accent;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
    }
    #editor-rule { display: none; width: 44; padding: 0 0 0 1; border-left: solid $rule; }
    .-wide #editor-rule { display: block; }
    #editor-below { min-height: 3; border-top: solid $rule; }
    #editor-keys { height: 1; }
    App.-ascii #editor { border: ascii $accent; }
    App.-ascii #editor-below { border-top: ascii $rule; }
    App.-ascii #editor-rule { border-left: ascii $rule; }
    """

    def __init__(
        self, opening: Opening, session: EditSession, glyphs: Glyphs, line: int,
        left: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self._session = session
        self._glyphs = glyphs
        self._line = line
        self._left = left
        self._version, self._written = 0, -1
        self._looked: tuple[int, Look] | None = None
        self._wait: Timer | None = None
        self._since = 0.0
        self._is_due = False
        self._is_ours = False
        self._below = Below(notice=_begun(opening))
        self.text = ObjectiveText(opening.text, opening.vocabulary, glyphs)
        self._under = Lines(self._below_lines, id="editor-below")
        self._rule = Lines(self._rule_lines)
        self._key_line = Lines(self._key_lines, id="editor-keys")
        self._box = Vertical(id="editor")

    @property
    def host(self) -> Host:
        """The application."""
        return host_of(self)

    @property
    def look(self) -> Look | None:
        """What is known of the text as it stands; None while it is being checked."""
        return self._looked[1] if self._looked and self._looked[0] == self._version else None

    def compose(self) -> ComposeResult:
        """The text and the rule beside it, what is wrong, the keys."""
        # Known before it is laid out: a long text is broken into lines but once.
        self.set_class(self.app.size.width >= WIDE, "-wide")
        with self._box:
            with Horizontal():
                yield self.text
                yield VerticalScroll(self._rule, id="editor-rule", can_focus=False)
            yield self._under
            yield self._key_line

    def on_mount(self) -> None:
        """The text takes the keys; what it is worth is looked at."""
        self.text.focus(scroll_visible=False)
        self._show_title()
        if self._line:
            self.call_after_refresh(self.text.go_to, self._line - 1)
        self._look()

    def on_unmount(self) -> None:
        """However it is left: nothing that was typed goes."""
        from grd_core.errors import RefusedError

        try:
            self._session.keep(self.text.written)
        except RefusedError as error:
            self._left(error.sentence())
        self._session.close()

    def study_read(self) -> None:
        """Something in the study has changed: perhaps the file."""
        self._look_soon()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Another text: checked as soon as the keys rest."""
        event.stop()
        self._version += 1
        if not self._is_ours:
            self._tell("", "")
        self._is_ours = False
        self._show_title()
        self._look_soon()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        """Below stands what is wrong with the cursor's line."""
        event.stop()
        self._show_below()

    def on_objective_text_refused(self, event: ObjectiveText.Refused) -> None:
        """What was pasted did not come in."""
        event.stop()
        said = f"not taken: a line here holds {LONGEST_LINE:,} characters at most"
        self._tell("blocked", said)

    def action_save(self) -> None:
        """Write the file, if it still is the one that was opened."""
        look = self.look
        if look is not None and look.state == "saved" and not self._is_overtaken(look):
            self._tell("done", "saved already")
            return
        version = self._version
        if self._session.save(self.text.written, lambda ending: self._saved(ending, version)):
            self._tell("now", "saving")

    def action_problem(self, by: int) -> None:
        """Go to the next or the previous line with a problem, round and round."""
        lines = list(problems_by_line(self._below.prospect))
        here = self.text.cursor_location[0] + 1
        if not lines and self.look is None:
            self._tell("now", "one moment: the text is being checked")
        elif not lines:
            self._tell("done", "no line has a problem")
        elif by > 0:
            self.text.go_to(next((one for one in lines if one > here), lines[0]) - 1)
        else:
            self.text.go_to(next((o for o in reversed(lines) if o < here), lines[-1]) - 1)

    def action_reread(self) -> None:
        """Let the text be the file's."""
        look = self.look
        if look is None:
            self._tell("now", "one moment: the text is being checked")
        elif not look.disk.sha256:
            self._tell("attention", "there is no OBJECTIVE.md yet: f2 saves this one")
        else:
            self._take(look.disk, "OBJECTIVE.md as it stands; ctrl+z goes back to what you typed")

    def action_leave(self) -> None:
        """Close the editor."""
        look = self.look
        is_saved = look.state != "not saved" if look is not None else False
        if not is_saved and self._written != self._version:
            self._left("not saved and kept: e goes on with it")
        self.dismiss()

    def _is_written(self, version: int) -> None:
        """The file is another now: what was seen of it before holds no more."""
        self._written, self._looked = version, None
        self._look_soon()

    def _look_soon(self) -> None:
        now = time.monotonic()
        if self._wait is None:
            self._since = now
        elif now - self._since > LONGEST_S:
            return
        else:
            self._wait.stop()
        self._wait = self.set_timer(PAUSE_S, self._look)

    def _look(self) -> None:
        self._wait = None
        version = self._version

        def looked(ending: Look | Refused) -> None:
            if not self.is_attached:
                return
            if isinstance(ending, Refused):
                self._tell("blocked", ending.sentence)
            else:
                self._show(version, ending)
            if self._is_due:
                self._look()

        self._is_due = not self._session.look(self.text.written, looked)

    def _show(self, version: int, look: Look) -> None:
        self._looked = (version, look)
        self._below = replace(self._below, prospect=look.prospect)
        if look.unkept:
            self._tell("attention", look.unkept)
        elif self._is_overtaken(look):
            self._overtaken(look)
        by_line = problems_by_line(look.prospect)
        self.text.set_marks({line - 1: found[0].severity for line, found in by_line.items()})
        self._rule.set(self._rule_lines)
        self._show_below()
        self._show_title()

    def _is_overtaken(self, look: Look) -> bool:
        """Whether the file is another than the one that may be replaced."""
        return look.disk.sha256 not in ("", self._session.opened)

    def _overtaken(self, look: Look) -> None:
        """Someone else wrote the file: nothing typed means that it is shown as it stands."""
        if look.state != "not saved" and self.look is look:
            self._take(look.disk, "OBJECTIVE.md was changed on disk: this is how it stands now")
        else:
            self._tell(
                "attention", "OBJECTIVE.md was changed on disk meanwhile: f2 asks what to do"
            )

    def _take(self, disk: OnDisk, sentence: str) -> None:
        from grd_core.errors import RefusedError

        try:
            theirs = self._session.rebase(disk)
        except RefusedError as error:
            self._tell("blocked", error.sentence())
            return
        # The change comes back as one, and takes away no word about itself.
        self._is_ours = True
        self.text.set_text(theirs)
        self._tell("done", sentence)

    def _saved(self, ending: Saved | ChangedMeanwhile | Refused, version: int) -> None:
        from grd_core.objective.saving import Saved

        if not self.is_attached:
            return
        if isinstance(ending, Refused):
            self._tell("blocked", ending.sentence)
        elif isinstance(ending, Saved):
            self._tell("done", "saved")
            self._is_written(version)
        else:
            self._ask(ending)

    def _ask(self, meanwhile: ChangedMeanwhile) -> None:
        """Two wrote the file: both are kept, whatever is chosen."""
        theirs, version = meanwhile.theirs, self._version
        self._tell("attention", "not saved: OBJECTIVE.md was changed on disk meanwhile")

        def resolved(ending: Resolved | Refused) -> None:
            if form.is_attached:
                form.dismiss()
            if isinstance(ending, Refused):
                self._tell("blocked", ending.sentence)
            else:
                self._resolved(ending, version)

        def submit(values: Values) -> None:
            ways = {MINE: self._session.put_mine, THEIRS: self._session.take_theirs}
            ways[values["keep"]](self.text.written, theirs, resolved)

        form = FormScreen(conflict_form(), self._glyphs, submit, lambda values: None)
        self.app.push_screen(form)

    def _resolved(self, way: Resolved, version: int) -> None:
        from grd_core.objective.saving import ChangedMeanwhile

        if isinstance(way.saved, ChangedMeanwhile):
            self._ask(way.saved)
        elif way.saved is None:
            self._take(way.theirs, f"this is theirs; yours is {way.kept.name}")
        else:
            self._tell("done", f"saved; what stood there is {way.kept.name}")
            self._is_written(version)

    def _tell(self, standing: str, sentence: str) -> None:
        self._below = replace(self._below, notice=(standing, sentence))
        self._show_below()

    def _show_below(self) -> None:
        self._below = replace(self._below, line=self.text.cursor_location[0] + 1)
        self._under.set(self._below_lines)

    def _show_title(self) -> None:
        look = self.look
        state = "saved" if look is not None and look.state == "saved" else "not saved"
        self._box.border_title = Content(f"OBJECTIVE.md {self._glyphs.separator} {state}")

    def _below_lines(self, width: int) -> list[Content]:
        return below_lines(self._below, self._glyphs, width)

    def _rule_lines(self, width: int) -> list[Content]:
        lines = [text("THE RULE IN PLAIN WORDS", "bold")]
        prospect = self._below.prospect
        if prospect is not None and not prospect.rule:
            return [*lines, *text("it cannot be read yet", "$text-muted").wrap(max(width, 1))]
        for sentence in prospect.rule if prospect is not None else ():
            lines += text(printable(sentence)).wrap(max(width, 1)) or [Content("")]
        return lines

    def _key_lines(self, width: int) -> list[Content]:
        hints = tuple(KeyHint(first_key(key), key.hint, "") for key in KEYS if key.hint)
        return key_lines((*hints, KeyHint("f1", "help", "")), "", width)


def _begun(opening: Opening) -> tuple[str, str]:
    """What has to be known when the editor opens."""
    if opening.unkept:
        return ("attention", opening.unkept)
    if opening.kept_at:
        at = local_minute(opening.kept_at)
        return ("attention", f"typed {at} and not saved: f2 saves it, f5 shows the file instead")
    if not opening.disk.sha256:
        return ("now", "a draft from the declared data: nothing is written before f2 saves it")
    return ("", "")
