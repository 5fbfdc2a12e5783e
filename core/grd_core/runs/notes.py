"""What researchers noted on runs: written once, in their own words, never changed.

A note is text as it was given: it may hold anything, and a face must sanitise it.
"""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.errors import UsageError
from grd_core.ledger.read import Ledger
from grd_core.runs.records import find_run
from grd_core.study import Study

MOST_CHARACTERS = 4_000
"""What one note may have; more is a document."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note: on which run (`run` is its name), of which experiment by number, when (UTC,
    ISO 8601), by whom. `text` may have lines and is raw."""

    id: int
    run_id: int
    run: str
    experiment: int
    at: str
    author: str
    text: str


def write_note(study: Study, reference: str, text: str) -> Note:
    """Note something on a run, live or ended, whatever was decided on its experiment.

    Args:
        study: the study.
        reference: the run as `records.find_run` takes it.
        text: 1 to MOST_CHARACTERS characters; space around it is left out.

    Raises:
        UsageError: there is no such run, or the text cannot be a note.
        RefusedError: the study is read-only.
    """
    run = find_run(study, reference)
    said = _trimmed(text)
    if fault := fault_of(said):
        raise UsageError(
            f"the note {fault}",
            fix=f"give 1 to {MOST_CHARACTERS:,} characters of text; what is longer goes into a"
            " file that the note names",
        )
    from grd_core.ledger.tables import RunNote

    with study.write(f"note on {run.name}", durable=True) as tx:
        id_ = tx.insert(RunNote(run_id=run.id, text=said))
        (note,) = _notes(tx, "n.id = ?", id_)
    return note


def fault_of(text: str) -> str:
    """What keeps a text from being a note, to be said after «the note»; empty for none."""
    said = _trimmed(text)
    if not said:
        return "is empty"
    if len(said) > MOST_CHARACTERS:
        return f"has {len(said):,} characters, and {MOST_CHARACTERS:,} is the most"
    try:
        said.encode()
    except UnicodeEncodeError:
        return "is no UTF-8 text"
    return ""


def notes_of_run(ledger: Ledger, run_id: int) -> tuple[Note, ...]:
    """The notes on a run, the oldest first."""
    return _notes(ledger, "n.run_id = ?", run_id)


def notes_of_experiment(ledger: Ledger, experiment_id: int) -> tuple[Note, ...]:
    """The notes on all runs of an experiment, the oldest first."""
    return _notes(ledger, "r.experiment_id = ?", experiment_id)


def all_notes(ledger: Ledger) -> tuple[Note, ...]:
    """Every note of the study, the oldest first."""
    return _notes(ledger, "TRUE")


# The crosses keep the notes outermost: a study may have thousands of runs and no note.
_SELECT = """
SELECT n.id, n.run_id, printf('%03d-%s/%02d', e.number, e.slug, r.ordinal), e.number,
       n.at, n.author, n.text
FROM run_note n
CROSS JOIN run r ON r.id = n.run_id
CROSS JOIN experiment e ON e.id = r.experiment_id
"""

_IS_KEPT = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'run_note'"


def _notes(ledger: Ledger, where: str, *parameters: int) -> tuple[Note, ...]:
    # A study made before there were notes has no table for them until somebody writes to it.
    if not ledger.value(_IS_KEPT):
        return ()
    return tuple(
        Note(*row) for row in ledger.rows(f"{_SELECT} WHERE {where} ORDER BY n.id", *parameters)
    )


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
