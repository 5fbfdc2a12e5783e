"""The page: its list, its keys, and the closer looks it asks for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.content import Content

from grd_screens.desk import Ending, Progress, Refused, Succeeded
from grd_screens.glyphs import Glyphs
from grd_screens.host import Query
from grd_screens.keys import Key, bound
from grd_screens.page import ListPage
from grd_screens.pages.recon.column_text import column_lines
from grd_screens.pages.recon.content import ReconContent, read_recon
from grd_screens.pages.recon.details import detail_of
from grd_screens.pages.recon.head import head_lines
from grd_screens.pages.recon.rows import risk_key, rows_of
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.critic.live_code import LiveFindings
    from grd_core.overview import OverviewSnapshot
    from grd_core.recon.column_detail import ColumnDetail
    from grd_core.study import Study

_OPEN = Key(
    "recon.open", "enter", "look_at_column", "a row; in a risk, the column it names", "open"
)
_ADD = Key("recon.add", "a", "perform('data add')", "declare the data", "add")
_PROFILE = Key("recon.profile", "p", "perform('data profile')", "look at the data", "profile")
_SPLIT = Key("recon.split", "s", "perform('data split')", "plan the parts", "split")
_FREEZE = Key("recon.freeze", "f", "perform('data freeze')", "freeze the parts", "freeze")
_EDIT = Key("recon.edit", "e", "edit", "provenance.toml in your editor", "edit")
_VERIFY = Key("recon.verify", "V", "perform('data verify')", "hash the frozen parts", "verify")
_FILES = Key("recon.files", "C", "perform('check data')", "check two bare files", "check files")
_UNFREEZE = Key(
    "recon.unfreeze",
    "U",
    "perform('data unfreeze')",
    "take the freeze back",
    "unfreeze",
)

KEYS = (_OPEN, _ADD, _PROFILE, _SPLIT, _FREEZE, _EDIT, _VERIFY, _FILES, _UNFREEZE)
PROVENANCE = "provenance.toml"


class ReconPage(ListPage):
    """Screen 1."""

    NUMBER: ClassVar[int] = 1
    BINDINGS = bound(KEYS)
    # The width is known to the screen alone, which lies outside of what is scoped.
    SCOPED_CSS = False
    DEFAULT_CSS = """
    ReconPage > .head { padding: 0 1 0 2; }
    .-wide ReconPage > .split > Detail {
        display: block; width: 3fr; border-left: solid $rule;
    }
    .-wide ReconPage > .split > Listing { display: block; width: 4fr; }
    .-wide ReconPage.-open > .split > Detail { width: 1fr; }
    .-wide ReconPage.-open > .split > Listing { width: 1fr; }
    .-wide ReconPage > .head { display: block; }
    .-ascii ReconPage > .split > Detail { border-left: ascii $rule; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._content: ReconContent | None = None
        self._looks: dict[str, ColumnDetail | Refused] = {}
        self._basis: tuple[str, ...] = ()
        self._looking = ""
        self._about = ""
        self._code: tuple[LiveFindings, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that do something with the data as they stand."""
        if self._content is None:
            return KEYS
        snapshot = self._content.snapshot
        if snapshot.source is None:
            return (_ADD, _EDIT, _FILES)
        if snapshot.freeze is None:
            return (_OPEN, _PROFILE, _SPLIT, _FREEZE, _EDIT, _ADD, _FILES)
        return (_OPEN, _VERIFY, _PROFILE, _FILES, _UNFREEZE)

    def wanted(self) -> Query:
        """The state of Recon, with what the code of open experiments does right now."""
        return partial(read_recon, code=self._code)

    def show_overview(self, overview: OverviewSnapshot) -> None:
        """Have it read again where something else is found in code."""
        live = self.host.live
        code = live.code if live is not None else ()
        if code != self._code:
            self._code = code
            self.host.ask_again()

    def show(self, content: object) -> None:
        """Paint it; what was looked at closely holds as long as the data is the same."""
        if not isinstance(content, ReconContent):
            return
        if content.basis != self._basis:
            self._basis, self._looks, self._looking = content.basis, {}, ""
        self._content = content
        self.repaint()
        self.host.keys_changed()
        if self._about:
            self.about(self._about)
            self._about = ""

    def about(self, name: str) -> None:
        """`column:name` opens a column; else the cursor goes to a row."""
        if self._content is None:
            # The page has just been made: it goes there when it knows its rows.
            self._about = name
            return
        super().about(name)
        # Again when the rows have their place: only then can the list scroll to it.
        self.call_after_refresh(self._arrive, name)

    def head_lines(self, width: int) -> list[Content]:
        """Source, roles, and what comes next."""
        if self._content is None:
            return [text("reading the data's state", MUTED)]
        live = self.host.live
        look = live.source if live is not None else None
        return head_lines(self._content.snapshot, self.glyphs, width, look)

    def rows(self) -> tuple[Row, ...]:
        """Risks, results, columns."""
        return rows_of(self._content.snapshot, self.glyphs) if self._content is not None else ()

    def detail_lines(self, key: str, width: int) -> list[Content]:
        """What is behind the row."""
        if self._content is None:
            return []
        column = self._column_of(key)
        if column:
            return self._column_lines(column, width)
        return detail_of(self._content, key, self.glyphs, width)

    def open_details(self) -> None:
        """Enter on a row; a column is looked at closely for it."""
        column = self._column_of(self.key)
        if column:
            self._look(column)
        super().open_details()

    def action_perform(self, verb: str) -> None:
        """Do a command of the catalogue."""
        self.host.perform(verb)

    def action_edit(self) -> None:
        """Open provenance.toml."""
        path = self.host.study_root / PROVENANCE
        if path.is_file():
            self.host.edit(path)
        else:
            self.host.tell("there is no provenance.toml: a declares data by a form")

    def _arrive(self, name: str) -> None:
        super().about(name)
        if self._column_of(name) and self.key == name:
            self.open_details()

    def _column_of(self, key: str) -> str:
        kind, _, name = key.partition(":")
        return name if kind == "column" else ""

    def action_look_at_column(self) -> None:
        """Enter in the details of a risk: the column it names."""
        content = self._content
        if content is None or not self.is_open:
            return
        risks = (risk for risk in content.snapshot.risks if risk_key(risk) == self.key)
        column = next((risk.column for risk in risks), "")
        if column:
            self.about(f"column:{column}")

    def _column_lines(self, column: str, width: int) -> list[Content]:
        """What a closer look showed, or what the profile knows without one."""
        found = self._looks.get(column)
        if isinstance(found, Refused):
            return text(printable(found.sentence)).wrap(max(width, 1))
        if found is not None:
            return column_lines(found, self.glyphs, width)
        content = self._content
        known = content.snapshot.column_lines if content is not None else ()
        line = next((one for one in known if one.name == column), None)
        if line is None:
            return []
        title = Content.assemble(
            (printable(column), "bold"), f"  {line.type}", ("  " + line.role, MUTED)
        )
        said = (
            "reading its values; ctrl+k stops it"
            if self._looking == column
            else f"{self.glyphs.enter} looks at its values, over time and against the target"
        )
        return [*title.wrap(max(width, 1)), Content(""), *text(said, MUTED).wrap(max(width, 1))]

    def _look(self, column: str) -> None:
        """Have a column read beside the screen; a look that goes on elsewhere is stopped."""
        if column in self._looks or column == self._looking:
            return
        desk = self.host.desk
        if self._looking:
            desk.stop(f"column {self._looking}")
        basis = self._basis

        def work(study: Study, progress: Progress) -> object:
            from grd_core.recon.column_detail import column_detail

            return column_detail(study, column, on_progress=progress)

        def then(ending: Ending) -> None:
            if self._looking == column:
                self._looking = ""
            if basis != self._basis:
                return
            if isinstance(ending, Succeeded):
                self._looks[column] = cast("ColumnDetail", ending.value)
            elif isinstance(ending, Refused):
                self._looks[column] = ending
            self._show_details()

        self._looking = column
        if not desk.begin(f"column {column}", f"reading {printable(column)}", work, then):
            self._looking = ""
