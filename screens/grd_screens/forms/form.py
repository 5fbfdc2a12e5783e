"""A form as data: what a command asks for before it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from grd_core.study import Study
    from grd_screens.told import Told

Values = Mapping[str, str]
"""What was filled in, by field. A choice that may be several holds them separated by commas."""

FieldKind = Literal["line", "names", "text", "choice"]

Completions = tuple[str, ...] | Callable[[Values], tuple[str, ...]]
"""Names that may be meant; or how they follow from the other values, which must be cheap."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked.

    `line` is one line, `names` one of several names separated by commas, `text` several lines
    (the editor opens for it too), `choice` one of `choices`. `hint` says what is expected;
    `shown` decides from the other values whether it is asked at all. What was typed is kept when
    the form is left, unless `kept` says otherwise: a name typed out to confirm is typed each
    time.
    """

    name: str
    label: str
    kind: FieldKind = "line"
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    completions: Completions = ()
    shown: Callable[[Values], bool] = lambda _: True
    kept: Literal["as draft", "each time anew"] = "as draft"


def _no_problems(values: Values) -> Mapping[str, str]:
    return {}


def _no_word(values: Values) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked, what will happen, and what is wrong with what is filled in so far.

    `intro` says what the command does here, with numbers; `problems` names a sentence for each
    field that is not right yet, and is called at every key: it must be cheap and pure;
    `consequence` says what these values will do. `confirm` is the word on the button. A form
    that asks nothing and has no `confirm` is done at once. `draft` names what a draft is for,
    where that is not all the command was given: the draft outlives what is not named.
    `beside` tells what the study knows already of what is being written: it may read, and is
    called on a thread when nobody has typed for a moment.
    """

    title: str
    intro: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    problems: Callable[[Values], Mapping[str, str]] = _no_problems
    consequence: Callable[[Values], str] = _no_word
    confirm: str = ""
    draft: tuple[str, ...] = ()
    beside: Callable[[Study, Values], tuple[Told, ...]] | None = None

    @property
    def asks(self) -> bool:
        """Whether a person has to say something before it is done."""
        return bool(self.fields or self.confirm)


def required(values: Values, *names: str) -> dict[str, str]:
    """A sentence for each of these fields that is empty."""
    return {name: "needed" for name in names if not values.get(name, "").strip()}
