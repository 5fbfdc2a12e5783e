"""Commands of configs: what one sets, what the schema says of it, a schema to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, OpenDocument, Outcome
from grd_screens.commands.runs import PAGE, names_of
from grd_screens.critic.documents import Document, Verbatim
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values
from grd_screens.printable import printable

if TYPE_CHECKING:
    from grd_core.runs.config_review import ConfigReview, ConfigTold
    from grd_core.study import Study

SCHEMA_FILE = "config.schema.json"
HEADING = "Config"


def _show_form(study: Study, given: Given) -> Form:
    return _which(study, given, "Show a config", "What it sets, and where that differs.", "Show")


def _show(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.config_review import config_told

    return Outcome(
        "", opens=OpenDocument(config_document(config_told(study, values["experiment"])))
    )


def config_document(told: ConfigTold) -> Document:
    """Each value, and what stands there instead by default and in the baseline."""
    if told.reason:
        return Document(told.experiment, (told.reason,), HEADING)
    return Document(
        f"{told.experiment}/{told.file}",
        (
            f"- schema: {told.schema}\n- baseline: {told.baseline}",
            "\n" + "\n".join(_value_lines(told)),
        ),
        HEADING,
    )


def _value_lines(told: ConfigTold) -> Iterator[str]:
    from grd_core.runs.config_review import NOTHING, THE_SAME

    for one in told.values:
        instead = [
            f"{where} {value}"
            for where, value in (("default", one.default), ("baseline", one.baseline))
            if value not in (NOTHING, THE_SAME)
        ]
        beside = f"   ({'; '.join(instead)})" if instead else ""
        yield f"- {printable(f'{one.key} = {one.value}{beside}')}"
    for key in told.not_set:
        yield f"- {printable(key)} is not set   (the baseline sets it)"


def _check_form(study: Study, given: Given) -> Form:
    if "experiment" in given:
        return Form("Check configs")
    names = _numbers(study)
    return Form(
        "Check configs",
        intro=("By the schema that grd.toml names. A run whose config has a fault is refused.",),
        fields=(
            Field(
                "experiment", "experiment", hint="empty: every open one", completions=tuple(names)
            ),
        ),
        problems=lambda values: (
            {}
            if values["experiment"].strip() in {"", *names}
            else {"experiment": "no experiment is called so"}
        ),
        confirm="Check",
    )


def _check(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.config_review import review_configs

    review = review_configs(study, values["experiment"].strip())
    if review.schema == "none":
        said = "no schema: `config draft` writes one to begin with"
    elif review.faults:
        word = "fault" if len(review.faults) == 1 else "faults"
        said = f"{len(review.faults)} {word} by {review.schema}"
    else:
        said = f"{len(review.checked)} checked by {review.schema}: nothing to object to"
    opens = OpenDocument(review_document(review, said)) if review.faults else None
    return Outcome(said, opens=opens)


def review_document(review: ConfigReview, said: str) -> Document:
    """Every fault where it stands, with what to do."""
    parts = [
        f"# {printable(fault.where)}\n{printable(fault.what)}\n- do: {printable(fault.fix)}\n"
        for fault in review.faults
    ]
    return Document(said, (*parts, f"checked: {', '.join(review.checked)}"), HEADING)


def _draft_form(study: Study, given: Given) -> Form:
    asked = _which(
        study,
        given,
        "Draft a schema",
        "A JSON Schema that accepts this config and requires every key of it. Bounds, choices and"
        " defaults are yours to add.",
        "Draft",
    )
    field = Field("file", "write to", value=SCHEMA_FILE, hint="in the study; empty: only show it")
    experiment = asked.problems

    def problems(values: Values) -> dict[str, str]:
        wrong = _file_problem(values["file"].strip())
        return {**experiment(values), **({"file": wrong} if wrong else {})}

    return Form(
        asked.title,
        intro=asked.intro,
        fields=(*asked.fields, field),
        problems=problems,
        confirm=asked.confirm or "Draft",
    )


def _file_problem(name: str) -> str:
    path = PurePath(name)
    if path.is_absolute() or ".." in path.parts:
        return "a path within the study"
    return "" if not name or path.suffix == ".json" else "its name ends with .json"


def _draft(study: Study, values: Values, progress: Progress) -> Outcome:
    """Draft, and write it where a file was named.

    Raises:
        RefusedError: the file is there already, or cannot be written.
    """
    from grd_core.errors import RefusedError
    from grd_core.runs.config_review import draft_schema

    drafted = draft_schema(study, values["experiment"])
    name = values["file"].strip()
    if name:
        try:
            with (study.root / name).open("x", encoding="utf-8") as stream:
                stream.write(f"{drafted}\n")
        except FileExistsError as error:
            raise RefusedError(
                "the file is there already", where=name, fix="name another, or remove it"
            ) from error
        except OSError as error:
            raise RefusedError(
                f"the file cannot be written: {error.strerror}", where=name, fix="name another"
            ) from error
    said = f'in grd.toml: [config] schema = "{name or SCHEMA_FILE}"'
    page = Document(name or "A schema", (said, Verbatim(tuple(drafted.splitlines()))), HEADING)
    return Outcome(f"{name} is drafted" if name else "", opens=OpenDocument(page))


def _which(study: Study, given: Given, title: str, intro: str, confirm: str) -> Form:
    """Asks for the experiment, unless it is known.

    Raises:
        RefusedError: there is no experiment.
    """
    from grd_core.errors import RefusedError

    if given.get("experiment"):
        return Form(title)
    names = _numbers(study)
    if not names:
        raise RefusedError("there is no experiment yet", fix="n on the Loop makes one")
    first = next(iter(names))
    return Form(
        title,
        intro=(intro,),
        fields=(
            Field(
                "experiment",
                "experiment",
                value=first,
                hint="its number or name",
                completions=tuple(names),
            ),
        ),
        problems=lambda values: (
            {}
            if values["experiment"].strip() in names
            else {"experiment": "no experiment is called so"}
        ),
        confirm=confirm,
    )


def _numbers(study: Study) -> dict[str, str]:
    """Every way to call an experiment, the newest first."""
    from grd_core.runs.snapshot import loop_snapshot

    return names_of(tuple(reversed(loop_snapshot(study).experiments)))


CONFIG_COMMANDS: tuple[Command, ...] = (
    Command(
        "config show", "what a config sets, and what differs", PAGE, "reads", _show_form, _show
    ),
    Command(
        "config check", "configs against the study's schema", PAGE, "reads", _check_form, _check
    ),
    Command(
        "config draft", "a JSON Schema from a config in use", PAGE, "writes", _draft_form, _draft
    ),
)
