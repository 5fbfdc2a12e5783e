"""The form over whatever is shown: asks, checks at every key, and stays until it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Input, TextArea

from grd_screens.forms.completion import Completion, NamesText
from grd_screens.forms.external_editor import edit_text
from grd_screens.forms.form import Field, Form, Values
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.keys import Key, bound
from grd_screens.printable import printable
from grd_screens.told import Told, told_lines
from grd_screens.typesetting import MUTED, Lines, hanging, text
from grd_screens.widgets.choice import Choice

KEYS = (
    Key("form.leave", "escape", "leave", "leave; what was typed is kept", "leave"),
    Key("form.do", "f2", "submit", "do it", "do it"),
    Key("form.editor", "ctrl+o", "editor", "write the long text in your editor", "$EDITOR"),
    Key("form.next", "down", "app.focus_next", "next field"),
    Key("form.previous", "up", "app.focus_previous", "previous field"),
    Key("form.page.down", "pagedown", "scroll_pages(1)", "a page down"),
    Key("form.page.up", "pageup", "scroll_pages(-1)", "a page up"),
)

_FRAME = 4
"""Lines around the scrolling part and the message: borders and buttons."""
_WIDTH = 78

_PAUSE_S = 0.3
"""After this long without a key, what is known of what was typed is looked up."""
_MOST_BELOW = 7
"""Lines of that where it stands inside the form."""

Submit = Callable[[Values], None]
Leave = Callable[[Values], None]
Look = Callable[[Values, Callable[[tuple[Told, ...]], None]], bool]
"""Looks up what is known of values and hands it over later; False while it is looking still."""


class FormScreen(ModalScreen[None]):
    """Shows a form. `submit` is called with values that have no problem; the caller then says
    `show_doing`, `show_refusal`, or dismisses it. `leave` gets what was typed so far. Where it has
    a `look`, what that finds stands beside the form, or in it where there is no room."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as in Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        *bound(KEYS),
        # With priority: of keys that come in one piece, those after a tab are for the next field.
        Binding("tab", "app.focus_next", "next field", id="form.tab", priority=True),
        Binding("shift+tab", "app.focus_previous", "previous field", id="form.back", priority=True),
    ]

    def __init__(
        self,
        form: Form,
        glyphs: Glyphs,
        submit: Submit,
        leave: Leave,
        typed: Mapping[str, str] | None = None,
        look: Look | None = None,
    ) -> None:
        super().__init__()
        self.form = form
        self._glyphs = glyphs
        self._submit = submit
        self._leave = leave
        self._typed = typed or {}
        self._fields: dict[str, Widget] = {}
        self._boxes: dict[str, Widget] = {}
        self._problem_lines: dict[str, Lines] = {}
        self._body = VerticalScroll(id="form-body", can_focus=not form.fields)
        self._message = Lines(self._message_lines, id="form-message")
        self._state: tuple[str, str] = ("", "")
        self._tried = False
        self._look = look
        self._told: tuple[Told, ...] = ()
        self._looked_at: Mapping[str, str] = {}
        self._pause: Timer | None = None
        self._below = Lines(self._told_lines, id="form-below")
        self._beside = Lines(self._told_lines, id="form-beside")

    def compose(self) -> ComposeResult:
        """A box with what will happen, the fields, and the two ways on."""
        if self._look is None:
            yield from self._compose_box()
            return
        with Horizontal(id="form-whole"):
            yield from self._compose_box()
            yield self._beside

    def _compose_box(self) -> ComposeResult:
        box = Vertical(id="form")
        box.border_title = Content(printable(self.form.title))
        box.border_subtitle = Content(self._keys())
        with box:
            with self._body:
                if self.form.intro:
                    yield Lines(self._intro_lines, classes="form-intro")
                for field in self.form.fields:
                    yield from self._compose_field(field)
            if self._look is not None:
                yield self._below
            yield self._message
            with Horizontal(id="form-buttons"):
                word = printable(self.form.confirm or "Do it")
                yield Button(Content(word), id="do", compact=True)
                yield Button("Leave", id="leave", compact=True)

    def on_resize(self, event: Resize) -> None:
        """Where it is long, what will happen scrolls; the ways on are always seen."""
        self._fit()

    def _fit(self) -> None:
        width = min(self.size.width, _WIDTH) - 4
        around = _FRAME + len(self._message_lines(width))
        if self.has_class("-narrow"):
            around += min(len(self._told_lines(width)), _MOST_BELOW)
        self._body.styles.max_height = max(3, self.size.height - around)

    def _keys(self) -> str:
        long = any(field.kind == "text" for field in self.form.fields)
        return "tab next  f2 do it  " + ("ctrl+o editor  " if long else "") + "esc leave"

    def _compose_field(self, field: Field) -> ComposeResult:
        typed = self._typed if field.kept == "as draft" else {}
        value = typed.get(field.name, field.value)
        widget: Widget
        if field.kind == "text":
            widget = NamesText(
                value,
                field,
                lambda: self.values,
                id=f"field-{field.name}",
                compact=True,
                tab_behavior="focus",
            )
            widget.placeholder = field.hint
        elif field.kind == "choice":
            widget = Choice(field.choices, value, self._glyphs, id=f"field-{field.name}")
        else:
            widget = Input(
                value,
                placeholder=field.hint,
                suggester=Completion(field, lambda: self.values) if field.completions else None,
                id=f"field-{field.name}",
                compact=True,
            )
        problem = Lines(lambda _: [], classes="form-problem")
        self._fields[field.name], self._problem_lines[field.name] = widget, problem
        label = Lines(_label(field.label), classes="form-label")
        with Vertical(classes="form-field") as box:
            self._boxes[field.name] = box
            yield Horizontal(label, widget, classes="form-row")
            yield problem

    def on_mount(self) -> None:
        """The first empty field takes the keys."""
        self._check()
        empty = (f for f in self.form.fields if not self.values[f.name] and f.shown(self.values))
        first = next(empty, self.form.fields[0] if self.form.fields else None)
        target = self._fields[first.name] if first else self.query_one("#do", Button)
        target.focus(scroll_visible=False)

    @property
    def values(self) -> dict[str, str]:
        """What is filled in now."""
        return {name: _value(widget) for name, widget in self._fields.items()}

    def show_doing(self, sentence: str) -> None:
        """It is being done; how far it is."""
        self._say("now", sentence)

    def show_refusal(self, sentence: str) -> None:
        """It was not done, and why; what was typed stays."""
        self._say("blocked", sentence)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check at every key."""
        event.stop()
        self._check()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Check at every key."""
        event.stop()
        self._check()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Check at every choice."""
        event.stop()
        self._check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field."""
        event.stop()
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the two ways on."""
        event.stop()
        if event.button.id == "do":
            self.action_submit()
        else:
            self.action_leave()

    def action_submit(self) -> None:
        """Hand the values over, or go to the first that is not right."""
        self._tried = True
        problems = self._check()
        if problems:
            first = next(iter(problems))
            if first in self._fields:
                self._fields[first].focus()
            return
        self._submit(self.values)

    def action_leave(self) -> None:
        """Close the form; the caller keeps what was typed."""
        self._leave(self.values)
        self.dismiss()

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll what will happen and the fields."""
        self._body.scroll_relative(y=pages * max(1, self._body.size.height - 1), animate=False)

    def action_editor(self) -> None:
        """Write the focused long text, or the first, in the researcher's own editor."""
        areas = [w for w in self._fields.values() if isinstance(w, TextArea)]
        area = self.focused if self.focused in areas else next(iter(areas), None)
        if isinstance(area, TextArea):
            written = edit_text(self.app, area.text)
            if written.fault:
                self._say("attention", written.fault)
            else:
                area.text = written.text.rstrip("\n")

    def _check(self) -> dict[str, str]:
        values = self.values
        found = dict(self.form.problems(values))
        for field in self.form.fields:
            is_asked = field.shown(values)
            self._boxes[field.name].display = is_asked
            if not is_asked:
                found.pop(field.name, None)
            # An empty field is not blamed before it was tried to do it without.
            loud = self._tried or bool(values[field.name].strip())
            sentence = found.get(field.name, "")
            self._problem_lines[field.name].set(
                _problem(sentence, "attention" if loud else "", self._glyphs)
            )
        self._message.set(self._message_lines)
        self._fit()
        self._show_problem(found)
        self._look_later()
        return found

    def _look_later(self) -> None:
        """Look up what is known of what was typed, once nobody types."""
        if self._look is None or self.values == self._looked_at:
            return
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE_S, self._look_now)

    def _look_now(self) -> None:
        values = self.values
        if self._look is not None and self._look(values, self._tell):
            self._looked_at = values
        else:
            self._look_later()

    def _tell(self, told: tuple[Told, ...]) -> None:
        if not self.is_attached:
            return
        self._told = told
        self._below.set(self._told_lines)
        self._beside.set(self._told_lines)
        self._fit()

    def _told_lines(self, width: int) -> list[Content]:
        return told_lines(self._told, self._glyphs, width)

    def _show_problem(self, found: Mapping[str, str]) -> None:
        """What is wrong with the text that is being written stands below it: scroll there."""
        for name, widget in self._fields.items():
            if widget is self.focused and found.get(name):
                box = self._boxes[name]
                self.call_after_refresh(self._body.scroll_to_widget, box, animate=False)

    def _say(self, standing: str, sentence: str) -> None:
        self._state = (standing, sentence)
        self._message.set(self._message_lines)
        self._fit()

    def _intro_lines(self, width: int) -> list[Content]:
        return [
            line
            for sentence in self.form.intro
            for line in text(printable(sentence)).wrap(max(width, 1))
        ]

    def _message_lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        consequence = self.form.consequence(self.values) if self._fields else ""
        if consequence:
            lines += text(printable(consequence), MUTED).wrap(max(width, 1))
        standing, sentence = self._state
        if sentence:
            label = text(self._glyphs.standing[standing], STYLES[standing])
            lines += hanging(label, text(printable(sentence)), 2, width)
        return lines


def _label(label: str) -> Callable[[int], list[Content]]:
    return lambda width: text(label, MUTED).wrap(max(width, 1))


def _problem(sentence: str, standing: str, glyphs: Glyphs) -> Callable[[int], list[Content]]:
    def lines(width: int) -> list[Content]:
        if not sentence:
            return []
        mark = f"{glyphs.standing[standing]} " if standing else ""
        style = STYLES[standing] if standing else MUTED
        return text(mark + printable(sentence), style).wrap(max(width, 1))

    return lines


def _value(widget: Widget) -> str:
    if isinstance(widget, TextArea):
        return widget.text
    return cast("Input | Choice", widget).value
