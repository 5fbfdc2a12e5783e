"""Commands of the Loop: new experiment, run, watch, stop, check code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from grd_screens.commands.budget import BUDGET_COMMAND
from grd_screens.commands.command import Command, Given, Outcome
from grd_screens.commands.configs import CONFIG_COMMANDS
from grd_screens.commands.differences import DIFF_COMMAND
from grd_screens.commands.notes import NOTE_COMMANDS
from grd_screens.commands.queue import QUEUE_COMMANDS
from grd_screens.commands.reading import EXPERIMENT_READING
from grd_screens.commands.runs import PAGE, names_of, run, run_form, stop, stop_form
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.study import Study
    from grd_screens.told import Told

_KINDS_AFTER_A_BASELINE = ("refinement", "pivot", "validation", "replication", "baseline")


def _new_form(study: Study, given: Given) -> Form:
    from grd_core.errors import RefusedError
    from grd_core.objective.snapshot import objective_snapshot
    from grd_core.runs.snapshot import loop_snapshot

    if not objective_snapshot(study).version:
        raise RefusedError(
            "the objective is not locked: an experiment would test a question that can still move",
            where="OBJECTIVE.md",
            fix="2 opens it; lock it there",
        )
    lines = loop_snapshot(study).experiments
    first = not any(line.kind == "baseline" for line in lines)
    start = given.get("from", "")
    names = names_of(lines)
    newest = tuple(f"{line.number}" for line in reversed(lines))
    drafts = tuple(
        study.relative(path) for path in sorted(study.root.glob("drafts/*")) if path.is_dir()
    )
    return Form(
        "New experiment",
        intro=(
            (
                "The first experiment is the baseline: the plainest rule that could do. What"
                " follows is measured against it."
            )
            if first
            else f"It gets the next number after {len(lines)} and a folder with a HYPOTHESIS.md.",
        ),
        fields=(
            Field("title", "title", hint="a few words; they name its folder"),
            Field(
                "kind",
                "kind",
                "choice",
                value="baseline" if first else "refinement",
                choices=("baseline",) if first else _KINDS_AFTER_A_BASELINE,
            ),
            Field(
                "parent",
                "follows",
                value=start or (newest[0] if newest and not first else ""),
                hint="the experiment it follows; empty: the last baseline",
                completions=newest,
                shown=lambda values: values["kind"] != "baseline",
            ),
            Field(
                "from",
                "starts from",
                value=start,
                hint="an experiment or a folder whose files are copied; may be empty",
                completions=(*newest, *drafts),
            ),
            Field(
                "belief",
                "believes",
                "text",
                hint="one claim that could be false; goes into its HYPOTHESIS.md; may be empty",
                # What is copied has a hypothesis already.
                shown=lambda values: not values["from"].strip(),
            ),
        ),
        problems=lambda values: _new_problems(values, names),
        consequence=lambda values: _new_consequence(values, names),
        confirm="Make it",
        beside=_alike,
    )


def _alike(study: Study, values: Values) -> tuple[Told, ...]:
    """Earlier hypotheses like the one that is being written; nothing while it is empty."""
    from grd_core.history.similar import similar
    from grd_screens.told import Told, told_of

    belief = "" if values["from"].strip() else values["belief"].strip()
    if not (values["title"].strip() or belief):
        return ()
    parent = values["parent"].strip() if values["kind"] != "baseline" else ""
    known = int(parent) if parent.isdecimal() else 0
    found = similar(study, values["title"], belief, parent=known)
    return told_of(found) or (Told("not yet", "no earlier hypothesis is alike so far"),)


def _new_problems(values: Values, names: dict[str, str]) -> dict[str, str]:
    found = required(values, "title", "kind")
    if "title" not in found and not re.search("[A-Za-z0-9]", values["title"]):
        found["title"] = "use a letter or a digit of ASCII: it names the folder"
    parent, start = values["parent"].strip(), values["from"].strip()
    if values["kind"] != "baseline" and parent and parent not in names:
        found["parent"] = "no experiment is called so"
    if start and start not in names and "/" not in start:
        found["from"] = "no experiment is called so; a folder is written with a /"
    return found


def _new_consequence(values: Values, names: dict[str, str]) -> str:
    said = []
    if values["kind"] == "baseline":
        said.append("A baseline has no parent.")
    elif parent := names.get(values["parent"].strip()):
        said.append(f"It is compared with {parent}.")
    if start := names.get(values["from"].strip()):
        said.append(f"The files of {start} are copied, without its runs and verdicts.")
    return " ".join(said)


def _new(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.experiments import find_experiment, new_experiment

    start = values["from"].strip()
    folder = study.root / Path(start).expanduser()
    template = None
    if start:
        is_folder = "/" in start and folder.is_dir()
        template = folder if is_folder else find_experiment(study, start).folder
    made = new_experiment(
        study,
        values["title"].strip(),
        kind=values["kind"],
        parent="" if values["kind"] == "baseline" else values["parent"].strip(),
        template=template,
        belief="" if start else values.get("belief", "").strip(),
    )
    return Outcome(
        f"{made.name} is made: e writes its hypothesis, r runs it",
        page=PAGE,
        about=str(made.number),
    )


def _watch_form(study: Study, given: Given) -> Form:
    from grd_core.runs.watching import runs_of_interest

    if "run" in given:
        return Form("Watch")
    runs = [one.run for one in runs_of_interest(study)]
    known = tuple(str(run.id) for run in runs)
    return Form(
        "Watch a run",
        intro=tuple(
            f"{run.id}: {run.name} seed {run.seed}, {run.state.replace('_', ' ')}" for run in runs
        ),
        fields=(
            Field(
                "run",
                "run",
                value=known[0] if known else "",
                hint="its number, or experiment/run as in 3/1",
                completions=known,
            ),
        ),
        problems=lambda values: required(values, "run"),
        confirm="Watch",
    )


def _watch(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.records import find_run

    found = find_run(study, values["run"])
    return Outcome(f"watching {found.name}", page=PAGE, about=f"run:{found.id}")


def _check_form(study: Study, given: Given) -> Form:
    if "path" in given:
        return Form("Check code")
    return Form(
        "Check code",
        intro=("Every code check is applied to what is there now; nothing in it is executed.",),
        fields=(
            Field(
                "path",
                "file or folder",
                value="experiments",
                hint="within the study, or absolute",
                completions=("experiments", "experiments/exploration"),
            ),
        ),
        problems=lambda values: required(values, "path"),
        confirm="Check",
    )


def _check(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.errors import UsageError

    path = study.root / Path(values["path"].strip()).expanduser()
    if not path.exists():
        raise UsageError("no such file or folder", where=str(path), fix="check the path")
    return Outcome(f"checking {values['path'].strip()}", page=PAGE, about=f"code:{path}")


LOOP_COMMANDS: tuple[Command, ...] = (
    Command(
        "experiment new",
        "number an experiment and lay out its folder",
        PAGE,
        "writes",
        _new_form,
        _new,
    ),
    *EXPERIMENT_READING,
    *CONFIG_COMMANDS,
    Command("run", "start an experiment, supervised", PAGE, "writes", run_form, run),
    Command("watch", "follow a run: metrics and output", PAGE, "reads", _watch_form, _watch),
    DIFF_COMMAND,
    Command("stop", "stop a run; it may save first", PAGE, "writes", stop_form, stop),
    *QUEUE_COMMANDS,
    *NOTE_COMMANDS,
    BUDGET_COMMAND,
    Command(
        "check code",
        "read code for leakage and missing seeds",
        PAGE,
        "reads",
        _check_form,
        _check,
    ),
)
