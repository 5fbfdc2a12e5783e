"""Noting something on a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome
from grd_screens.commands.runs import PAGE
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.study import Study


def _note_form(study: Study, given: Given) -> Form:
    """What is asked for a note: the text, and the run where none is known.

    Raises:
        UsageError: there is no such run.
    """
    from grd_core.runs.notes import fault_of, notes_of_run
    from grd_core.runs.records import find_run

    told = "Kept in the ledger with your name and the time; no note is ever changed or deleted."
    fields = [Field("text", "note", "text", hint="what you saw, tried or suspect")]
    title = "Note on a run"
    if "run" in given:
        run = find_run(study, given["run"])
        title = f"Note on {run.name}, seed {run.seed}"
        with study.read() as ledger:
            count = len(notes_of_run(ledger, run.id))
        told += f" It has {count} already." if count else ""
    else:
        fields.insert(0, Field("run", "run", hint="its number, or experiment/run as in 3/1"))

    def problems(values: Values) -> dict[str, str]:
        found = required(values, *(name for name in ("run", "text") if name in values))
        if "text" not in found and (fault := fault_of(values["text"])):
            found["text"] = fault
        return found

    return Form(title, intro=(told,), fields=tuple(fields), problems=problems, confirm="Note it")


def _note(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.notes import write_note

    written = write_note(study, values["run"], values["text"])
    # No page: whoever notes stays where they are.
    return Outcome(f"note {written.id} on {written.run} is kept")


NOTE_COMMANDS: tuple[Command, ...] = (
    Command("note", "note what you saw in a run", PAGE, "writes", _note_form, _note),
)
