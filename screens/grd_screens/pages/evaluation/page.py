"""The Evaluation: how far each experiment came, and a scorecard, errors first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from grd_screens.desk import Ending, Progress, Refused, Succeeded
from grd_screens.feed import ReadingOnly
from grd_screens.glyphs import Glyphs
from grd_screens.host import Query
from grd_screens.keys import Key, bound
from grd_screens.page import ListPage
from grd_screens.pages.evaluation.card_rows import EXAMPLE, card_rows
from grd_screens.pages.evaluation.detail_lines import detail_of
from grd_screens.pages.evaluation.list_lines import (
    card_head,
    experiment_rows,
    head_lines,
    unscored_lines,
)
from grd_screens.pages.evaluation.query import EvaluationContent, read_evaluation, read_example
from grd_screens.typesetting import ACCENT, MUTED, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.evaluation.example import Example
    from grd_core.evaluation.listing import EvaluationLine
    from grd_core.evaluation.snapshot import EvaluationSnapshot
    from grd_core.study import Study

KEYS = (
    Key("go.open", "enter", "open", "the scorecard; what a number was computed from", "open"),
    Key("evaluation.evaluate", "v", "evaluate", "score on the frozen labels", "evaluate"),
    Key("evaluation.gate", "o", "gate", "to the Gate with this experiment", "to the Gate"),
)


class EvaluationPage(ListPage):
    """Screen 4. The list holds the experiments, or the rows of the scorecard that is open."""

    NUMBER: ClassVar[int] = 4
    KEYS: ClassVar[tuple[Key, ...]] = KEYS
    BINDINGS = bound(KEYS)
    DEFAULT_CSS = """
    EvaluationPage > .split > Listing { width: 2fr; }
    EvaluationPage > .split > Detail { width: 3fr; }
    EvaluationPage.-card > .split > Listing { width: 3fr; }
    EvaluationPage.-card > .split > Detail { width: 2fr; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._content: EvaluationContent | None = None
        self._number = 0
        self._in_card = False
        self._sought = 0
        self._looked: dict[tuple[int, str], Example | str] = {}

    @property
    def experiment(self) -> str:
        """The experiment under the cursor, or that is read."""
        return str(self._number or "")

    def wanted(self) -> Query:
        """Every experiment, and the evaluation of the one under the cursor."""
        return partial(read_evaluation, number=self._number)

    def show(self, content: object) -> None:
        """Paint the experiments, or the scorecard that is open."""
        if not isinstance(content, EvaluationContent):
            return
        first = self._content is None
        self._content = content
        if self._in_card and self._card is None and content.card is not None:
            self._leave_card()
        self.repaint()
        if self._sought:
            self._seek()
        elif first and self._number == 0:
            self._choose()

    def about(self, name: str) -> None:
        """A number opens the scorecard of that experiment, where it has one."""
        if name.isdigit():
            self._leave_card()
            self.repaint()
            self._sought = int(name)
            self._seek()
            self.host.ask_again()

    def back(self) -> bool:
        """From the details to the scorecard, from the scorecard to the experiments."""
        if super().back():
            return True
        if self._in_card:
            self._leave_card()
            self.repaint()
            self.listing.go_to(str(self._number))
            return True
        return False

    def moved(self) -> None:
        """In the list of experiments the evaluation under the cursor is read."""
        if not self._in_card:
            self._choose()
        super().moved()

    def open_details(self) -> None:
        """Enter: the scorecard; in it what a number was computed from, or a hard example."""
        if self._in_card:
            if self.key.startswith(EXAMPLE):
                self._look(self.key.removeprefix(EXAMPLE))
            super().open_details()
        elif self._card is not None:
            self._enter_card()
        else:
            super().open_details()

    def action_open(self) -> None:
        """Enter where the list has not the keys."""
        if not self.is_open and self.key:
            self.open_details()

    def action_evaluate(self) -> None:
        """Ask for a scoring of the experiment under the cursor."""
        if self._number:
            self.host.perform("evaluate", {"experiment": str(self._number)})

    def action_gate(self) -> None:
        """To the Gate with the experiment under the cursor."""
        if self._number:
            self.host.go(5, str(self._number))

    def head_lines(self, width: int) -> list[Content]:
        """The looks that are used; over a scorecard its outcome."""
        if self._content is None:
            return [text("reading the scorecards", MUTED)]
        card = self._card
        if self._in_card and card is not None:
            return card_head(card, self.glyphs, width)
        return head_lines(self._content.card, width)

    def rows(self) -> tuple[Row, ...]:
        """The experiments, or the rows of the open scorecard."""
        if self._content is None:
            return ()
        card = self._card
        if self._in_card and card is not None:
            return card_rows(card, self.glyphs)
        return experiment_rows(self._content.lines, self.glyphs)

    def detail_lines(self, key: str, width: int) -> list[Content]:
        """What a row was computed from; of an experiment its scorecard, or why there is none."""
        card, line = self._card, self._line
        if self._in_card and card is not None:
            looked = self._looked.get((card.scorecard_id, key.removeprefix(EXAMPLE)))
            return detail_of(card, key, looked, self.glyphs, width)
        if self._content is None or line is None or str(line.number) != key:
            return []
        if card is None:
            return unscored_lines(line, self.glyphs, width)
        return self._whole(card, width)

    @property
    def _card(self) -> EvaluationSnapshot | None:
        """The scorecard of the experiment under the cursor, once it was read."""
        card = self._content.card if self._content is not None else None
        if card is None or card.number != self._number or card.content is None:
            return None
        return card

    @property
    def _line(self) -> EvaluationLine | None:
        lines = self._content.lines if self._content is not None else ()
        return next((line for line in lines if line.number == self._number), None)

    def _whole(self, card: EvaluationSnapshot, width: int) -> list[Content]:
        """The scorecard beside the list, to be read; enter goes into it."""
        lines = card_head(card, self.glyphs, width)
        for row in card_rows(card, self.glyphs):
            lines += row.lines(width)
        told = Content.assemble((self.glyphs.enter, ACCENT), (" goes into it", MUTED))
        return [*lines, *told.wrap(max(width, 1))]

    def _choose(self) -> None:
        number = int(self.key) if self.key.isdigit() else 0
        if number and number != self._number:
            self._number = number
            self.host.ask_again()
        if number and number != self._sought:
            self._sought = 0

    def _seek(self) -> None:
        """Open the scorecard that is sought, as soon as it was read."""
        sought = self._sought
        self.listing.go_to(str(sought))
        if self._number == sought and self._card is not None:
            self._sought = 0
            self._enter_card()

    def _enter_card(self) -> None:
        self._in_card = True
        self.add_class("-card")
        self.repaint()

    def _leave_card(self) -> None:
        self._in_card = False
        self.remove_class("-card", "-open")

    def _look(self, row_id: str) -> None:
        """Read the features of a frozen row; once for each row of a scorecard."""
        card = self._card
        if card is None:
            return
        key = (card.scorecard_id, row_id)
        if isinstance(self.host.access, ReadingOnly):
            self._looked[key] = (
                "looking at a frozen row is logged, and this cockpit is read-only: open it without"
                " --readonly"
            )
            return
        if key in self._looked and not isinstance(self._looked[key], str):
            return
        self._looked[key] = "the look is logged, then the row is read"
        self.host.desk.begin(
            f"example {row_id}",
            f"row {row_id}",
            partial(_example, card.number, row_id),
            partial(self._seen, key),
        )

    def _seen(self, key: tuple[int, str], ending: Ending) -> None:
        from grd_core.evaluation.example import Example

        if isinstance(ending, Succeeded) and isinstance(ending.value, Example):
            self._looked[key] = ending.value
        elif isinstance(ending, Refused):
            self._looked[key] = ending.sentence
        else:
            self._looked.pop(key, None)
        self.repaint()


def _example(number: int, row_id: str, study: Study, progress: Progress) -> Example:
    progress(0.1, "the look is logged")
    return read_example(study, number, row_id)
