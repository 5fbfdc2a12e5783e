"""Verbs that only read what a page shows all the time: they open it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome, at_once
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.study import Study

Run = Callable[["Study", Values, Progress], Outcome]


def _opens(page: int) -> Run:
    return lambda study, values, progress: Outcome("", page=page)


def _which(study: Study, given: Given) -> Form:
    from grd_core.runs.snapshot import loop_snapshot

    if given.get("experiment"):
        return Form("Show an experiment")
    newest = tuple(str(line.number) for line in reversed(loop_snapshot(study).experiments))
    return Form(
        "Show an experiment",
        fields=(
            Field(
                "experiment",
                "experiment",
                value=newest[0] if newest else "",
                hint="its number or name",
                completions=newest,
            ),
        ),
        problems=lambda values: required(values, "experiment"),
        confirm="Show",
    )


def _show(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.experiments import find_experiment

    found = find_experiment(study, values["experiment"])
    return Outcome("", page=3, about=str(found.number))


STATUS_COMMAND = Command(
    "status", "what state it is in, what is next", 0, "reads", at_once("Status"), _opens(0)
)
EXPERIMENT_READING: tuple[Command, ...] = (
    Command("experiment list", "every experiment", 3, "reads", at_once("Experiments"), _opens(3)),
    Command("experiment show", "an experiment and its runs", 3, "reads", _which, _show),
)
GRADUATE_COMMAND = Command(
    "graduate", "the checklist to production", 6, "reads", at_once("Graduation"), _opens(6)
)
