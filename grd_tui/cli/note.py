"""`grd note`: what a researcher saw in a run, written once; and reading it again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from grd_tui.cli.output import current_study, json_option, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.runs.notes import Note

_STDIN = ("-",)
_MOST_BYTES = 65_536
"""What is read of standard input: more than the longest note has, and never all of a stream."""


@click.command()
@click.argument("run_reference", metavar="RUN")
@click.argument("words", metavar="[TEXT]", nargs=-1)
@json_option
def note(run_reference: str, words: tuple[str, ...], as_json: bool) -> None:
    """Write a note on RUN, kept for ever with your name and the time; without TEXT, list them.

    TEXT is 1 to 4,000 characters; `-` takes it from standard input.
    """
    from grd_core.runs.notes import notes_of_run, write_note
    from grd_core.runs.records import find_run

    study = current_study()
    if words:
        text = _from_stdin() if words == _STDIN else " ".join(words)
        written = write_note(study, run_reference, text)
        if as_json:
            print_json(written)
        else:
            say(f"note {written.id} on run {written.run_id} {written.run}")
        return
    run = find_run(study, run_reference)
    with study.read() as ledger:
        notes = notes_of_run(ledger, run.id)
    if as_json:
        print_json({"run_id": run.id, "run": run.name, "notes": notes})
        return
    if not notes:
        say(f'no note on {run.name} yet: `grd note {run.id} "what you saw"` writes one')
    print_notes(notes)


def print_notes(notes: Sequence[Note], *, indent: str = "") -> None:
    """Each note under who wrote it and when, line by line."""
    for one in notes:
        say(f"{indent}{one.at[:16].replace('T', ' ')}  {one.author}")
        for line in one.text.split("\n"):
            say(f"{indent}    {line}".rstrip())


def _from_stdin() -> str:
    # What is no UTF-8 is refused as such by whoever takes the note.
    return sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", errors="surrogateescape")
