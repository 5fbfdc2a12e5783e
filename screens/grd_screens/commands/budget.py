"""The command `budget`: the burn-down as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, OpenDocument, Outcome, at_once
from grd_screens.commands.runs import PAGE
from grd_screens.critic.documents import Document, Verbatim
from grd_screens.desk import Progress
from grd_screens.forms.form import Values

if TYPE_CHECKING:
    from grd_core.study import Study


def _budget(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.burn_down import burn_down
    from grd_screens.burn_down_text import burn_down_lines

    head, *lines = burn_down_lines(burn_down(study))
    return Outcome("", opens=OpenDocument(Document(head, (Verbatim(tuple(lines)),), "Budget")))


BUDGET_COMMAND = Command(
    "budget",
    "what was spent, on what, until when",
    PAGE,
    "reads",
    at_once("Budget"),
    _budget,
)
