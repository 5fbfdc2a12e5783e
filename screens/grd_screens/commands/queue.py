"""Repeating a run, and taking requests out of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome
from grd_screens.commands.runs import PAGE, asked_outcome
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.study import Study


def _again_form(study: Study, given: Given) -> Form:
    from grd_core.runs.queue import repeat_of

    title, told = "Run again", "Same experiment, seed and command; a run of its own."
    if "run" not in given:
        field = Field("run", "run", hint="its number, or experiment/run as in 3/1")
        return Form(
            title,
            intro=(told,),
            fields=(field,),
            problems=lambda values: required(values, "run"),
            confirm="Run",
        )
    repeat = repeat_of(study, given["run"])
    intro = [f"{repeat.experiment.name} with seed {repeat.seed}. {told}"]
    if repeat.changed:
        intro.append(f"Changed since: {', '.join(repeat.changed)}.")
    return Form(f"Run {repeat.run} again", intro=tuple(intro), confirm="Run")


def _again(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.queue import ask_again, repeat_of

    repeat = repeat_of(study, values["run"])
    return asked_outcome(ask_again(study, repeat), repeat.experiment)


def _drop_form(study: Study, given: Given) -> Form:
    from grd_core.errors import RefusedError
    from grd_core.runs.queue_files import waiting_of

    waiting = waiting_of(study)
    if not waiting:
        raise RefusedError("nothing waits to be run", fix="x on the Loop stops a run that goes on")
    numbers = tuple(str(one.request) for one in waiting)
    return Form(
        "Drop a request",
        intro=(
            *(
                f"{one.request}: {one.experiment}, seeds {', '.join(map(str, one.seeds))};"
                f" {one.why}."
                for one in waiting
            ),
            "What it has begun goes on.",
        ),
        fields=(
            Field("request", "request", value=numbers[0], completions=numbers, hint="its number"),
        ),
        problems=lambda values: (
            {} if values["request"].strip() in numbers else {"request": "which?"}
        ),
        confirm="Drop it",
    )


def _drop(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.queue_files import drop

    (gone,) = drop(study, (int(values["request"]),))
    seeds = ", ".join(map(str, gone.seeds))
    return Outcome(f"request {gone.request} is dropped: {gone.experiment} seeds {seeds}", page=PAGE)


QUEUE_COMMANDS: tuple[Command, ...] = (
    Command(
        "run --again", "repeat a run: same seed and command", PAGE, "writes", _again_form, _again
    ),
    Command("queue drop", "take a waiting request back", PAGE, "writes", _drop_form, _drop),
)
