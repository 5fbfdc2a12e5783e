"""Starting and stopping runs: what is asked before, and what it will cost."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from grd_screens.commands.command import Given, Outcome
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, FieldKind, Form, Values

if TYPE_CHECKING:
    from grd_core.budget.account import Reservation, UnitAccount
    from grd_core.config import RunSection
    from grd_core.runs.experiments import ExperimentRecord
    from grd_core.runs.queue import Asked
    from grd_core.runs.snapshot import ExperimentLine, LoopSnapshot
    from grd_core.study import Study

    Share = Callable[[Sequence[UnitAccount], RunSection, int], Reservation]

PAGE = 3

MOST_SEEDS = 64
"""Runs one form asks for at most."""
GONE, MAY_COME_BACK = "is gone for good", "may come back"
"""What a person knows of a folder that is out of reach."""
EVERY_RUN = "all"
"""Chosen instead of a run: stops each and empties the queue."""
_MOST_CHOICES = 6
"""Experiments that are offered on a line; of more, one is typed."""


def run_form(study: Study, given: Given) -> Form:
    """What is asked before a run; says what is left of the budget.

    Raises:
        RefusedError: no experiment is open.
    """
    from grd_core.errors import RefusedError
    from grd_core.runs.queue_turn import share  # here, on a thread: what it loads takes a moment
    from grd_core.runs.snapshot import loop_snapshot

    loop = loop_snapshot(study)
    still_open = [line for line in loop.experiments if line.state == "open"]
    if not still_open:
        raise RefusedError("no experiment is open", fix="n on the Loop makes one")
    default = shlex.join(study.config.run.command)
    fields = [
        Field("seeds", "seeds", value="0", hint="0, or several: 0 1 2, or 0-4; each is a run"),
        Field("command", "command", value=default, hint=f"empty: {default}, as grd.toml says"),
    ]
    names = names_of(still_open)
    title = "Run an experiment"
    if "experiment" in given:
        title = f"Run {names.get(given['experiment'], given['experiment'])}"
    else:
        fields.insert(0, _experiment_field(still_open))
    return Form(
        title,
        intro=(
            "It is started supervised and detached: it goes on when this cockpit is left.",
            _left(loop.budget, study),
        ),
        fields=tuple(fields),
        problems=lambda values: _run_problems(values, names),
        consequence=lambda values: _run_consequence(values, loop, study, share),
        confirm="Run",
    )


def _run_problems(values: Values, names: dict[str, str]) -> dict[str, str]:
    found = {}
    if "experiment" in values and values["experiment"].strip() not in names:
        found["experiment"] = "which one of the open ones?"
    if isinstance(seeds := seeds_of(values["seeds"]), str):
        found["seeds"] = seeds
    try:
        shlex.split(values["command"])
    except ValueError as error:
        found["command"] = f"cannot be read: {error}".lower()
    return found


def _run_consequence(values: Values, loop: LoopSnapshot, study: Study, share: Share) -> str:
    seeds = seeds_of(values["seeds"])
    said = []
    if isinstance(seeds, tuple) and len(seeds) > 1:
        each = share(loop.budget, study.config.run, len(seeds))
        hours = [
            f"{part:.3g} {_unit(unit.unit)}"
            for unit in loop.budget
            if (part := getattr(each, unit.unit))
        ]
        most = f", which may spend {', '.join(hours)} each" if hours else ""
        said.append(f"Asks for {len(seeds)} runs{most}; what does not fit now waits.")
    if going := sum(run.state == "started" for run in loop.runs):
        said.append(f"{going} going on already.")
    return " ".join(said)


def seeds_of(said: str) -> tuple[int, ...] | str:
    """The seeds of `0 1 2`, `0,1,2` or `0-4`, each once; else what is wrong, in a sentence."""
    seeds: list[int] = []
    for word in said.replace(",", " ").split():
        if not (match := re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", word)):
            return "whole numbers, 0 or more: 0 1 2, or 0-4"
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        if last - first >= MOST_SEEDS or len(seeds) >= MOST_SEEDS:
            return f"at most {MOST_SEEDS} at once"
        seeds.extend(range(first, last + 1))
    return tuple(dict.fromkeys(seeds)) or "which seed?"


def run(study: Study, values: Values, progress: Progress) -> Outcome:
    """Ask for a run of each seed, as one request; what does not fit now waits.

    Raises:
        GrdError: not even the first can be begun, and waiting would not help.
    """
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.queue import ask

    experiment = find_experiment(study, values["experiment"])
    seeds = seeds_of(values["seeds"])
    # To the letter the study's own: then it is judged whatever the study runs.
    words = shlex.split(values["command"])
    command = None if words == list(study.config.run.command) else words or None
    progress(0.0, f"{len(seeds)} asked for")
    asked = ask(study, experiment, seeds if isinstance(seeds, tuple) else (), command=command)
    return asked_outcome(asked, experiment)


def asked_outcome(asked: Asked, experiment: ExperimentRecord) -> Outcome:
    """What became of a request, in a sentence."""
    said = []
    if asked.begun:
        word = "run" if len(asked.begun) == 1 else "runs"
        begun = ", ".join(str(one.id) for one in asked.begun)
        said.append(f"{word} {begun} of {experiment.name} begun: w watches")
    if asked.waiting:
        count = len(asked.waiting)
        verb = "waits" if count == 1 else "wait"
        said.append(f"{count} {verb} as request {asked.request}: {asked.why}")
    return Outcome(
        "; ".join(said) or f"nothing of {experiment.name} was begun",
        notes=asked.notes,
        page=PAGE,
        about=str(experiment.number),
    )


def stop_form(study: Study, given: Given) -> Form:
    """What is asked before a stop; says how far the run is and what it has spent.

    Raises:
        RefusedError: no run goes on, or not that one.
    """
    from grd_core.errors import RefusedError
    from grd_core.runs.live import going_on
    from grd_core.runs.queue_files import waiting_of, waiting_text
    from grd_core.runs.reach import OUT_OF_REACH

    going = {str(one.run.id): one for one in going_on(study)}
    wanted = given.get("run", "")
    if wanted and wanted not in going:
        raise RefusedError(f"run {wanted} has ended already", fix="w on the Loop shows how")
    if not going:
        raise RefusedError("no run goes on", fix="r on the Loop starts one")
    chosen = wanted or (next(iter(going)) if len(going) == 1 else "")
    if chosen and going[chosen].liveness == OUT_OF_REACH:
        return _give_up_form(chosen)
    shown = [going[chosen]] if chosen else list(going.values())
    told = tuple(
        f"run {one.run.id}, {one.run.name} seed {one.run.seed}:"
        f" {one.pace.text or 'no step yet'}, {_spent(one.spending.run_id, study)} spent."
        for one in shown
    )
    grace_s = study.config.run.grace_s
    waiting = () if wanted else waiting_of(study)
    if waiting:
        told = (*told, f"{EVERY_RUN} also drops what waits: {waiting_text(waiting)}.")
    names = (*going, EVERY_RUN) if waiting or len(going) > 1 else tuple(going)
    return Form(
        f"Stop run {chosen}" if chosen else "Stop a run",
        intro=(
            *told,
            f"Every process of it is asked to save and end, and killed after {grace_s:.0f} s. It"
            " is recorded as stopped and cannot be resumed; what it logged and saved stays.",
        ),
        fields=(
            ()
            if wanted
            else (Field("run", "run", _kind_for(len(names)), value=chosen, choices=names),)
        ),
        problems=lambda values: {} if values.get("run", wanted) in names else {"run": "which one?"},
        confirm="Stop it",
    )


def _give_up_form(run: str) -> Form:
    return Form(
        f"Stop run {run}",
        intro=(
            f"Its folder is out of reach, so run {run} cannot be asked. Once the folder is back its"
            " true end is recorded. A run that is given up is recorded as stopped, for ever, with"
            " what was taken up of it.",
        ),
        fields=(
            Field("run", "run", "choice", value=run, choices=(run,)),
            Field(
                "folder",
                "its folder",
                "choice",
                value=MAY_COME_BACK,
                choices=(MAY_COME_BACK, GONE),
            ),
        ),
        problems=lambda values: (
            {}
            if values["folder"] == GONE
            else {"folder": "then there is nothing to do: wait for it"}
        ),
        confirm="Give it up",
    )


def _spent(run_id: int, study: Study) -> str:
    from grd_core.runs.watching import watch_snapshot

    leases = watch_snapshot(study, str(run_id)).leases
    spent = [f"{one.spent:.2g} {_unit(one.unit)}" for one in leases if one.spent > 0]
    return ", ".join(spent) or "nothing"


def stop(study: Study, values: Values, progress: Progress) -> Outcome:
    """Ask a run to save and end; or all of them, and nothing waits any more."""
    from grd_core.runs.stop import give_up, stop_all, stop_run

    if values.get("folder") == GONE:
        given_up = give_up(study, values["run"])
        return Outcome(
            f"run {given_up.run_id} is given up: what was taken up of it stays", page=PAGE
        )
    if values["run"] == EVERY_RUN:
        done = stop_all(study)
        runs = ", ".join(str(one.run_id) for one in done.asked) or "none"
        dropped = ", ".join(str(one.request) for one in done.dropped) or "none"
        away = ", ".join(map(str, done.out_of_reach))
        return Outcome(
            f"asked to save and end: runs {runs}; dropped: requests {dropped}",
            notes=(f"out of reach and not asked: runs {away}",) if away else (),
            page=PAGE,
        )
    asked = stop_run(study, values["run"])
    return Outcome(
        f"run {asked.run_id} was asked to save; after {asked.grace_s:.0f} s it is killed", page=PAGE
    )


def names_of(lines: Sequence[ExperimentLine]) -> dict[str, str]:
    """Every way to call these experiments, and their names."""
    return {
        called: line.name
        for line in lines
        for called in (str(line.number), f"{line.number:03d}", line.name)
    }


def _experiment_field(lines: Sequence[ExperimentLine]) -> Field:
    numbers = tuple(str(line.number) for line in reversed(lines))
    told = "; ".join(f"{line.number} {line.title}" for line in list(reversed(lines))[:3])
    kind = _kind_for(len(numbers))
    return Field(
        "experiment", "experiment", kind, numbers[0], told, choices=numbers, completions=numbers
    )


def _kind_for(choices: int) -> FieldKind:
    return "choice" if choices <= _MOST_CHOICES else "line"


def _left(budget: Sequence[UnitAccount], study: Study) -> str:
    """What a run may still be promised, and what grd.toml lets one spend."""
    left = [
        f"{unit.remaining:.3g} of {unit.limit:.3g} {_unit(unit.unit)}"
        for unit in budget
        if unit.limit and unit.remaining is not None
    ]
    most = [
        f"{hours:.3g} {_unit(unit)}"
        for unit in ("gpu_hours", "cpu_hours", "wall_hours")
        if (hours := getattr(study.config.run, unit))
    ]
    said = f"Left of the budget: {', '.join(left)}." if left else "The budget is not limited."
    return f"{said} A run may spend {', '.join(most)}." if most else said


def _unit(unit: str) -> str:
    return unit.replace("gpu_hours", "GPU-h").replace("cpu_hours", "CPU-h").replace("_hours", "-h")
