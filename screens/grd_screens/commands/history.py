"""Commands of the History: verify, search, the narrative and its export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome, at_once
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.study import Study

PAGE = 7

EXPORTED = "NARRATIVE.md"
"""The file name that is offered."""


def _verify(study: Study, values: Values, progress: Progress) -> Outcome:
    # The page does it, since it shows what was found for as long as it is looked at.
    return Outcome("verifying the record", page=PAGE, about="verify")


def _search_form(study: Study, given: Given) -> Form:
    return Form(
        "Search everything ever believed",
        intro=(
            "Titles, hypotheses, notes on runs, every locked objective, and the reasons of"
            " amendments, verdicts, waivers and decisions; lessons too. All words, in any order"
            " and case.",
            '"a phrase"  begin*  this OR that  NOT this  kind:lesson  outcome:refuted'
            "  verdict:revise  state:archived  experiment:4",
        ),
        fields=(Field("words", "words", value=given.get("words", "")),),
        problems=lambda values: required(values, "words"),
        confirm="Search",
    )


def _search(study: Study, values: Values, progress: Progress) -> Outcome:
    words = " ".join(values["words"].split())
    return Outcome(f"searched for {words}", page=PAGE, about=f"search:{words}")


def _narrative(study: Study, values: Values, progress: Progress) -> Outcome:
    return Outcome("the story as the ledger tells it", page=PAGE, about="narrative")


def _export_form(study: Study, given: Given) -> Form:
    root = study.root
    file = Field("file", "file", value=_free_name(root), hint="a file that is not there yet")
    return Form(
        "Export the narrative",
        intro=(
            "Written as Markdown, into the study unless the path says otherwise. Nothing is"
            " overwritten.",
        ),
        fields=(file,),
        problems=lambda values: _export_problems(root, values),
        consequence=lambda values: f"writes {root / values['file'].strip()}",
        confirm="Export",
    )


def _free_name(root: Path) -> str:
    path, number = root / EXPORTED, 1
    while path.exists():
        number += 1
        path = root / f"{Path(EXPORTED).stem}-{number}.md"
    return path.name


def _export_problems(root: Path, values: Values) -> dict[str, str]:
    found = required(values, "file")
    if found:
        return found
    path = root / Path(values["file"].strip()).expanduser()
    if path.exists() or path.is_symlink():
        return {"file": "there is such a file; nothing is overwritten"}
    if not path.parent.is_dir():
        return {"file": f"there is no folder {path.parent}"}
    return {}


def _export(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.errors import RefusedError
    from grd_core.history.snapshot import history_snapshot
    from grd_core.history.story import narrative

    path = study.root / Path(values["file"].strip()).expanduser()
    story = narrative(history_snapshot(study))
    try:
        # Opened to create only: what came there since the form was checked stays.
        with path.open("x", encoding="utf-8") as stream:
            stream.write(story)
    except OSError as error:
        raise RefusedError(
            f"the narrative cannot be written ({error.strerror})",
            where=str(path),
            fix="choose another file",
        ) from error
    return Outcome(f"wrote the narrative to {path}", page=PAGE)


HISTORY_COMMANDS: tuple[Command, ...] = (
    Command(
        "verify",
        "replay the ledger, hash what is locked and frozen again",
        PAGE,
        "reads",
        at_once("Verify"),
        _verify,
    ),
    Command("search", "search everything ever believed", PAGE, "reads", _search_form, _search),
    Command("history", "read the story of the study", PAGE, "reads", at_once("Read"), _narrative),
    Command(
        "history export",
        "write the story to a file of its own",
        PAGE,
        "writes",
        _export_form,
        _export,
    ),
)
