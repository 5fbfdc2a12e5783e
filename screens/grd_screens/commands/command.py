"""A command: one verb of the shell, as the cockpit asks for it and does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from grd_screens.desk import Progress
from grd_screens.forms.form import Form, Values

if TYPE_CHECKING:
    from grd_core.study import Study
    from grd_screens.critic.documents import Document

Given = Mapping[str, str]
"""What the place it was called from knows already, such as the experiment's number."""


@dataclass(frozen=True, slots=True)
class OpenReview:
    """The Critic is to be opened on the experiment of this number and name."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A page is to be read over whatever is shown."""

    document: Document


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, in one sentence; notes beside it; the page to go on with, and on what.

    `opens` is what the application puts over the page; `typed` says whether what was filled in
    is wanted again, as after a preview.
    """

    sentence: str
    notes: tuple[str, ...] = ()
    page: int | None = None
    about: str = ""
    opens: OpenReview | OpenDocument | None = None
    typed: Literal["done with", "kept"] = "done with"


@dataclass(frozen=True, slots=True)
class Command:
    """`verb` is its name on the shell, without `grd`. `form` and `run` are called on a thread
    and may read or write the study; neither may import what is heavy."""

    verb: str
    effect: str
    page: int
    access: Literal["reads", "writes"]
    form: Callable[[Study, Given], Form]
    run: Callable[[Study, Values, Progress], Outcome]


def at_once(title: str) -> Callable[[Study, Given], Form]:
    """The form of a command that asks nothing."""
    return lambda study, given: Form(title)
