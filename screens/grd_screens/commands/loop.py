"""Commands of the Loop: new experiment, run, stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values

if TYPE_CHECKING:
    from grd_core.study import Study

PAGE = 3


def _run_form(study: Study, given: Given) -> Form:
    experiment = Field("experiment", "experiment", value=given.get("experiment", ""))
    return Form(
        "Run an experiment",
        intro=("It is started supervised and detached: it goes on when this cockpit is left.",),
        fields=(experiment, Field("seed", "seed", value="0", hint="passed as GRD_SEED")),
        problems=_run_problems,
        confirm="Run",
    )


def _run_problems(values: Values) -> dict[str, str]:
    found = {} if values["experiment"].strip() else {"experiment": "which one?"}
    if not values["seed"].strip().isdigit():
        found["seed"] = "a whole number, 0 or more"
    return found


def _run(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.start import start_run

    started = start_run(
        study, find_experiment(study, values["experiment"]), seed=int(values["seed"])
    )
    return Outcome(
        f"run {started.id} has begun",
        notes=(started.warning,) if started.warning else (),
        page=PAGE,
        about=values["experiment"],
    )


LOOP_COMMANDS: tuple[Command, ...] = (
    Command("run", "start an experiment, supervised", PAGE, "writes", _run_form, _run),
)
