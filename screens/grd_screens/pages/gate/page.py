"""The Gate: what waits for a decision, its evidence in reading order, and the three answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content

from grd_screens.desk import Ending, Progress, Refused, Succeeded
from grd_screens.glyphs import Glyphs
from grd_screens.host import Query
from grd_screens.keys import Key, bound
from grd_screens.page import ListPage
from grd_screens.pages.gate.evidence_lines import blocked_sentence, unread_sentence
from grd_screens.pages.gate.list_lines import (
    DECIDED,
    decided_detail,
    doubts_of,
    gate_rows,
    ruling_key,
    waiting_detail,
)
from grd_screens.pages.gate.query import GateContent, Gathered, gather, read_gate
from grd_screens.pages.gate.reader import READ_BEFORE, READ_ON, Reader, SectionText
from grd_screens.pages.gate.reading import Marks, Reading, identity
from grd_screens.typesetting import MUTED, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.alarms import Alarm
    from grd_core.overview import OverviewSnapshot
    from grd_core.study import Study

_OPEN = Key("go.open", "enter", "open", "gather the evidence and read it", "read")
_ANSWERS = (
    Key("gate.seal", "S", "decide('seal')", "seal: the claim stands", "seal"),
    Key("gate.iterate", "I", "decide('iterate')", "iterate: it stays open", "iterate"),
    Key("gate.archive", "A", "decide('archive')", "archive: kept as what was found", "archive"),
)
_AGAIN = Key("gate.again", "r", "again", "gather the evidence again", "again")
_LIST = Key("go.back", "escape", "", "", "list")

KEYS = (_OPEN, *_ANSWERS, _AGAIN)


class GatePage(ListPage):
    """Screen 5. Evidence is gathered at the desk, since every frozen byte is hashed for it."""

    NUMBER: ClassVar[int] = 5
    KEYS: ClassVar[tuple[Key, ...]] = KEYS
    BINDINGS = bound(KEYS)
    DEFAULT_CSS = """
    GatePage.-reading > .head, GatePage.-reading > .split { display: none; }
    GatePage.-reading > Reader { display: block; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.reader = Reader(glyphs)
        self._marks = Marks()
        self._content: GateContent | None = None
        self._number = 0
        self._mark = ""
        self._reading: Reading | None = None
        self._sought = ""
        self._alarms: tuple[Alarm, ...] = ()

    def compose(self) -> ComposeResult:
        """The list with its details, and in their place the evidence that is read."""
        yield from super().compose()
        yield self.reader

    @property
    def keys(self) -> tuple[Key, ...]:
        """In the list what opens the evidence, in the evidence what reads it on, at the question
        the answers."""
        if not self._number:
            return (_OPEN,)
        if self._reading is None:
            return (_AGAIN, _LIST)
        answers = _ANSWERS if self._reading.section is None else (READ_ON,)
        before = (READ_BEFORE,) if self._reading.at else ()
        return (*answers, *before, _AGAIN, _LIST)

    @property
    def experiment(self) -> str:
        """The experiment that is read, or under the cursor."""
        return str(self._number or (self.key if self.key.isdigit() else ""))

    def wanted(self) -> Query:
        """The lists, and whether what is being read may have changed."""
        return partial(read_gate, reading=self._number)

    def show(self, content: object) -> None:
        """Paint the lists; gather again what may have changed while it is read."""
        if not isinstance(content, GateContent):
            return
        self._content = content
        self.repaint()
        self._seek()
        stale = content.reading == self._number and content.mark != self._mark
        if self._reading is not None and stale:
            self._gather(self._number)

    def show_overview(self, overview: OverviewSnapshot) -> None:
        """What the files say by now is held against what the ledger allows."""
        if overview.alarms != self._alarms:
            self._alarms = overview.alarms
            self.repaint()

    def about(self, name: str) -> None:
        """A number opens the evidence on that experiment; `decided:` and one opens the decision."""
        if name.isdigit():
            self._open(int(name))
        else:
            self._close()
            self._sought = name
            self._seek()

    def opened(self) -> None:
        """The evidence takes the keys where it is read, else the list."""
        if self._number:
            self.reader.take_keys()
        else:
            super().opened()

    @property
    def can_filter(self) -> bool:
        """The list can be narrowed, the evidence cannot."""
        return not self._number

    def back(self) -> bool:
        """From the evidence to the list."""
        if self._number:
            self._close()
            self.listing.focus(scroll_visible=False)
            return True
        return super().back()

    def open_details(self) -> None:
        """Enter: read the evidence of what waits; the details of what was decided."""
        if self.key.isdigit():
            self._open(int(self.key))
        else:
            super().open_details()

    def action_open(self) -> None:
        """Enter where the list has not the keys."""
        if not self._number and not self.is_open and self.key:
            self.open_details()

    def action_decide(self, decision: str) -> None:
        """Ask for a decision, or say in place why it cannot be made yet."""
        reading = self._reading
        if reading is None:
            self.host.tell("read the evidence first: enter opens it")
            return
        unread = unread_sentence(reading, self.glyphs)
        if unread:
            self.reader.refuse(unread)
            return
        from grd_core.gate.answers import obstacles

        blocking = obstacles(decision, reading.evidence)
        if blocking:
            self.reader.refuse(blocked_sentence(decision, blocking), "blocked")
            return
        self.host.perform(
            "decide",
            {
                "experiment": str(reading.evidence.number),
                "decision": decision,
                "evidence": reading.identity,
            },
        )

    def action_again(self) -> None:
        """Take up what stands now, read from the beginning where it says something else."""
        reading = self._reading
        if reading is not None and reading.newer is not None:
            self._show(self._marks.opened(reading.newer))
        elif self._number:
            self._gather(self._number)

    def on_section_text_read_on(self, event: SectionText.ReadOn) -> None:
        """A section was read to its end."""
        event.stop()
        if self._reading is not None:
            self._show(self._reading.on())

    def on_section_text_read_before(self, event: SectionText.ReadBefore) -> None:
        """A section is to be read again."""
        event.stop()
        if self._reading is not None:
            self._show(self._reading.before())

    def head_lines(self, width: int) -> list[Content]:
        """What the page is for."""
        if self._content is None:
            return [text("reading what waits for a decision", MUTED)]
        return []

    def rows(self) -> tuple[Row, ...]:
        """What waits, then what was decided."""
        if self._content is None:
            return ()
        return gate_rows(self._content, self._alarms, self.glyphs)

    def detail_lines(self, key: str, width: int) -> list[Content]:
        """What waits in short, or a decision in full."""
        if self._content is None:
            return []
        if key.startswith(DECIDED):
            ruling = next((r for r in self._content.rulings if ruling_key(r) == key), None)
            return decided_detail(ruling, self.glyphs, width) if ruling is not None else []
        line = next((one for one in self._content.lines if str(one.number) == key), None)
        if line is None:
            return []
        return waiting_detail(line, doubts_of(self._alarms, line), self.glyphs, width)

    def _seek(self) -> None:
        """Open the newest decision on the experiment sought, once it is in the list."""
        keys = [ruling_key(ruling) for ruling in self._content.rulings] if self._content else []
        found = next((key for key in keys if key.startswith(f"{self._sought}:")), None)
        if self._sought and found is not None:
            self._sought = ""
            self.listing.go_to(found)
            super().open_details()

    def _open(self, number: int) -> None:
        if number != self._number:
            self._number, self._reading, self._mark = number, None, ""
            self.reader.show_gathering(
                f"gathering the evidence on experiment {number}: the ledger is replayed, what is"
                " locked and frozen is hashed again"
            )
        self.add_class("-reading")
        self.host.keys_changed()
        self._gather(number)
        self.reader.take_keys()
        self.host.ask_again()

    def _close(self) -> None:
        self._number, self._reading, self._mark = 0, None, ""
        self.remove_class("-reading")
        self.host.keys_changed()

    def _gather(self, number: int) -> None:
        self.host.desk.begin(
            f"gate {number}",
            "gathering evidence",
            partial(_gathered, number),
            partial(self._take_up, number),
        )

    def _take_up(self, number: int, ending: Ending) -> None:
        if number != self._number:
            return
        if isinstance(ending, Succeeded) and isinstance(ending.value, Gathered):
            self._mark = ending.value.mark
            self._compare(ending.value)
        elif isinstance(ending, Refused):
            # What cannot be gathered now must not be decided on.
            self._reading = None
            self.reader.show_gathering(ending.sentence)
            self.host.keys_changed()
        elif self._reading is None:
            self.reader.show_gathering("stopped: r gathers it again")

    def _compare(self, gathered: Gathered) -> None:
        reading = self._reading
        if reading is None:
            self._show(self._marks.opened(gathered.evidence))
        elif identity(gathered.evidence) == reading.identity:
            self._show(reading.still())
        else:
            self._show(reading.changed_to(gathered.evidence))

    def _show(self, reading: Reading) -> None:
        self._reading = reading
        self._marks.keep(reading)
        self.reader.show_reading(reading)
        self.host.keys_changed()


def _gathered(number: int, study: Study, progress: Progress) -> Gathered:
    progress(0.1, "hashing what is locked and frozen")
    return gather(study, number)
