"""Screen 3: experiments with their verdicts and costs, and over them the watch of a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.content import Content
from textual.timer import Timer

from grd_screens.desk import Ending
from grd_screens.glyphs import Glyphs
from grd_screens.host import Query
from grd_screens.keys import Key, bound
from grd_screens.page import ListPage
from grd_screens.pages.loop.aside import Aside
from grd_screens.pages.loop.checked import check_path
from grd_screens.pages.loop.code_place import code_place
from grd_screens.pages.loop.experiments import Beside, ExperimentList, beside
from grd_screens.pages.loop.keys import KEYS, NEW, offered, watching
from grd_screens.pages.loop.reading import LoopContent, LoopRequest, read_loop
from grd_screens.pages.loop.watch import PAINT_REMOTE_S, WatchView
from grd_screens.typesetting import MUTED, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.critic.live import LiveState
    from grd_core.overview import OverviewSnapshot
    from grd_core.runs.by_hand import ByHand
    from grd_core.runs.snapshot import ExperimentLine, RunLine

_OF_THE_LIST = frozenset({"watch", "new", "diff", "mark", "tree", "evaluation"})
"""Actions on the row under the cursor, which is not seen while a run is watched."""


class LoopPage(ListPage):
    """Paints what `read_loop` returned; the watch is opened over the list."""

    NUMBER: ClassVar[int] = 3
    BINDINGS = bound(KEYS)
    # The width is known to the screen alone, which lies outside of what is scoped.
    SCOPED_CSS = False
    DEFAULT_CSS = """
    LoopPage > WatchView { display: none; }
    LoopPage.-watching > WatchView { display: block; }
    .-wide LoopPage > .split > Listing { display: block; }
    .-wide LoopPage > .split > Detail { display: block; border-left: solid $rule; }
    .-ascii LoopPage > .split > Detail { border-left: ascii $rule; }
    .-wide LoopPage.-comparing > .split > Listing { width: 2fr; }
    .-wide LoopPage.-comparing > .split > Detail { width: 3fr; }
    LoopPage.-watching > .head, LoopPage.-watching > .split { display: none; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._content: LoopContent | None = None
        self._list = ExperimentList(glyphs)
        self._seen: tuple[LiveState | None, tuple[ByHand, ...]] = (None, ())
        self._beside = Beside()
        self._aside = Aside()
        self._is_tree = False
        self._asked_for = 0
        self._answered: tuple[int, tuple[int, int] | None, int] = (-1, None, 0)
        self._later: Timer | None = None
        self._about = 0
        self.watching = WatchView(glyphs)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of the experiment under the cursor, or of the watch; where nothing is
        listed, the first."""
        if self.is_watching:
            return watching(self.watching.live, self.watching.pair is not None)
        if self._content is not None and not self._lines:
            return (NEW,)
        line = self._line
        return KEYS if line is None else offered(line, self._aside.marked)

    @property
    def is_watching(self) -> bool:
        """Whether a run is watched."""
        return self.has_class("-watching")

    def compose(self) -> ComposeResult:
        """The list with its details, and the watch."""
        yield from super().compose()
        yield self.watching

    @property
    def experiment(self) -> str:
        """The experiment under the cursor, or that is read."""
        return str(self._number or "")

    def wanted(self) -> Query:
        """The list, and what is shown beside or over it."""
        request = LoopRequest(
            experiment=self._number,
            compared=self._aside.compared,
            watch=self.watching.request if self.is_watching else None,
        )
        return partial(read_loop, request)

    def show(self, content: object) -> None:
        """Paint a snapshot; the list at most once a second where the terminal is far away."""
        self._content = cast("LoopContent", content)
        if self.is_watching:
            if self._content.watched is not None:
                self.watching.show(self._content.watched)
                self.host.keys_changed()
            return
        if self.app.animation_level != "none" or self._is_asked():
            self.repaint()
        elif self._later is None:
            self._later = self.set_timer(PAINT_REMOTE_S, self.repaint)

    def repaint(self) -> None:
        """Paint what is known now."""
        if self._later is not None:
            self._later.stop()
            self._later = None
        super().repaint()
        self._land()
        self.host.keys_changed()

    def _is_asked(self) -> bool:
        """Whether somebody waits for this snapshot: the first, or one of another experiment."""
        shown = self._content.experiment if self._content else None
        asked = (shown.number if shown else 0, self._aside.compared, len(self._lines))
        is_new, self._answered = asked != self._answered, asked
        return is_new

    def show_overview(self, overview: OverviewSnapshot) -> None:
        """Say on each experiment what is found in its files right now."""
        seen = (self.host.live, overview.by_hand)
        if seen != self._seen:
            self._seen, self._beside = seen, beside(*seen)
            self.repaint()

    def about(self, name: str) -> None:
        """Put the cursor on an experiment (`3`), watch a run (`run:12`), check code
        (`code:/path`)."""
        kind, _, rest = name.partition(":")
        if kind == "run" and rest.isdigit():
            self._open_watch(int(rest))
        elif kind == "code" and rest:
            self._check_code(Path(rest))
        elif name.isdigit():
            self._close_watch()
            self._about = int(name)
            self._land()

    def opened(self) -> None:
        """The watch or the list takes the keys."""
        if self.is_watching:
            self.watching.focus(scroll_visible=False)
        else:
            super().opened()

    def back(self) -> bool:
        """From the watch, the comparison or the details to the list."""
        if self.is_watching:
            self._close_watch()
            return True
        if not self._aside.is_experiment:
            self._read_aside(self._aside.left(self._number))
            super().back()
            self.host.ask_again()
            return True
        return super().back()

    def narrow(self, words: str) -> None:
        """Narrow the list, or the metrics of the watched run."""
        if self.is_watching:
            self.watching.narrow(words)
        if not (self.is_watching and words):
            super().narrow(words)

    def moved(self) -> None:
        """Another experiment: its runs and verdicts are wanted now."""
        if self.is_watching:
            return
        number = self._number
        if number != self._aside.row:
            self._read_aside(self._aside.left(number))
        super().moved()
        self.host.keys_changed()
        # Asked once: the list also says it moved whenever it is read again.
        if number != self._asked_for:
            self._asked_for = number
            self.host.ask_again()

    def open_details(self) -> None:
        """Read about the experiment under the cursor."""
        self._read_aside(self._aside.left(self._number))
        super().open_details()
        self.host.ask_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts on the row under the cursor rests while a run is watched."""
        return not (self.is_watching and action in _OF_THE_LIST)

    def head_lines(self, width: int) -> list[Content]:
        """Where nothing is listed: what comes first."""
        if self._content is None:
            return [text("reading the experiments", MUTED)]
        if self._content.loop.experiments:
            return []
        said = (
            "No experiment yet. The first is a baseline, the plainest rule that could do; what"
            " follows is measured against it. n makes it. The objective must be locked before: 2."
        )
        return text(said, MUTED).wrap(max(1, width))

    def rows(self) -> tuple[Row, ...]:
        """The experiments."""
        return self._list.rows(
            self._lines, self._beside, marked=self._aside.marked, is_tree=self._is_tree
        )

    def detail_lines(self, key: str, width: int) -> list[Content]:
        """What is asked for beside the list, else the experiment."""
        return self._aside.lines(self._content, self._beside, key, self.glyphs, width)

    def action_watch(self) -> None:
        """Watch the newest run of the experiment under the cursor."""
        line = self._line
        if line is None or not line.last_run:
            self.host.tell("no run to watch yet: r starts one")
            return
        self._open_watch(line.last_run)

    def action_new(self) -> None:
        """Make an experiment, by default from the one under the cursor."""
        line = self._line
        given = {} if line is None or line.files_gone else {"from": str(line.number)}
        self.host.perform("experiment new", given)

    def action_run(self) -> None:
        """Run the experiment under the cursor, or the watched one again."""
        number = self._number
        self.host.perform("run", {"experiment": str(number)} if number else {})

    def action_again(self) -> None:
        """Repeat the watched run, or the newest of the experiment under the cursor."""
        line = self._line
        run_id = self.watching.run_id if self.is_watching else line.last_run if line else 0
        if not run_id:
            self.host.tell("no run to repeat yet: r starts one")
            return
        self.host.perform("run --again", {"run": str(run_id)})

    def action_stop(self) -> None:
        """Stop the watched run, or one that goes on of the experiment under the cursor."""
        if self.is_watching:
            self.host.perform("stop", {"run": str(self.watching.run_id)})
            return
        going = [run.id for run in self._runs if run.state == "started"]
        self.host.perform("stop", {"run": str(going[-1])} if len(going) == 1 else {})

    def action_critic(self) -> None:
        """Have the experiment reviewed."""
        if self._number:
            self.host.perform("critic", {"experiment": str(self._number)})

    def action_mark(self) -> None:
        """Mark the experiment under the cursor for a comparison, or take the mark away."""
        number = self._number
        self._aside = self._aside.with_mark(number)
        is_marked = self._aside.marked
        self.host.tell(f"{number:03d} is marked: d on another compares" if is_marked else "")
        self.repaint()

    def action_diff(self) -> None:
        """Compare with the marked experiment, else with the parent."""
        line = self._line
        other = self._aside.other_than(line)
        if line is None or not other:
            self.host.tell("nothing to compare with: m marks one, then d on another")
            return
        self._read_aside(self._aside.comparing(other, line.number))
        self._show_details()
        super().open_details()
        self.host.ask_again()

    def action_tree(self) -> None:
        """Each experiment below its parent, or the newest first."""
        self._is_tree = not self._is_tree
        self.repaint()

    def action_hypothesis(self) -> None:
        """Write what is believed and what would disprove it."""
        if (folder := self._folder) is not None:
            self.host.edit(folder / "HYPOTHESIS.md")

    def action_code(self) -> None:
        """Open the code, at its first finding where there is one."""
        folder = self._folder
        if folder is None:
            return
        findings = self._beside.findings.get(self._number, ())
        place = code_place(self.host.study_root, folder, findings)
        if place is None:
            self.host.tell(f"no code in {folder.name} yet: train.py is what grd.toml runs")
            return
        self.host.edit(*place)

    def action_evaluation(self) -> None:
        """See the experiment's scorecard."""
        if self._number:
            self.host.go(4, str(self._number))

    @property
    def _lines(self) -> Sequence[ExperimentLine]:
        return self._content.loop.experiments if self._content else ()

    @property
    def _number(self) -> int:
        """The experiment under the cursor, or that of the watched run; 0 for none."""
        if not self.is_watching:
            return int(self.key or 0)
        watched = self.watching.watched
        return int(watched.snapshot.run.name.partition("-")[0]) if watched is not None else 0

    @property
    def _line(self) -> ExperimentLine | None:
        return next((line for line in self._lines if line.number == self._number), None)

    @property
    def _runs(self) -> tuple[RunLine, ...]:
        shown = self._content.experiment if self._content else None
        return shown.runs if shown is not None and shown.number == self._number else ()

    @property
    def _folder(self) -> Path | None:
        """The folder of the experiment, None where it is not known or gone."""
        shown = self._content.experiment if self._content else None
        if shown is None or shown.number != self._number or shown.files_gone:
            return None
        return self.host.study_root / shown.folder

    def _land(self) -> None:
        """Go to the experiment that was asked for, once it is listed: a new one is not yet."""
        if self._about and any(line.number == self._about for line in self._lines):
            self.listing.go_to(str(self._about))
            self._about = 0

    def _check_code(self, path: Path) -> None:
        self._close_watch()
        self._read_aside(self._aside.checking(path, self._number))
        super().open_details()

        def checked(ending: Ending) -> None:
            aside = self._aside.ended(path, ending)
            if aside is not self._aside:
                self._aside = aside
                self._show_details()

        self.host.desk.begin("check code", "check code", partial(check_path, path), checked)

    def _read_aside(self, aside: Aside) -> None:
        self._aside = aside
        self.set_class(aside.compared is not None, "-comparing")

    def _open_watch(self, run_id: int) -> None:
        self.watching.follow(run_id)
        self.add_class("-watching")
        self.watching.focus(scroll_visible=False)
        self.refresh_bindings()
        self.host.tell("esc goes back to the list")
        # Only what is shown has a size, and how much is read depends on it.
        self.call_after_refresh(self.host.ask_again)

    def _close_watch(self) -> None:
        if not self.is_watching:
            return
        number = self._number
        self.watching.narrow("")
        self.remove_class("-watching")
        self.listing.go_to(str(number))
        self.listing.focus(scroll_visible=False)
        self.refresh_bindings()
        self.host.tell("")
        self.host.ask_again()
