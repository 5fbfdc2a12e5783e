"""The question when the file was changed by someone else while it was edited here."""

from __future__ import annotations

from grd_screens.forms.form import Field, Form, Values

THEIRS = "theirs"
MINE = "mine"

_WORDS = {
    THEIRS: "The editor shows the file as it stands; what you typed is kept in a file beside it.",
    MINE: "What you typed is saved; the file as it stands is kept in a file beside it.",
}


def conflict_form() -> Form:
    """Asks which of the two becomes OBJECTIVE.md; neither is lost."""
    return Form(
        "OBJECTIVE.md was changed by someone else",
        intro=(
            "Since it was opened here, the file was saved from elsewhere. It was not overwritten.",
        ),
        fields=(Field("keep", "OBJECTIVE.md is", "choice", THEIRS, choices=(THEIRS, MINE)),),
        problems=lambda values: {} if values["keep"] else {"keep": "choose one"},
        consequence=_consequence,
        confirm="Do it",
    )


def _consequence(values: Values) -> str:
    return _WORDS.get(values.get("keep", ""), "")
