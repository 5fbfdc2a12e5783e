"""`grd run`, `grd stop`: start an experiment, end it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, say
from grd_tui.cli.queue import seeds_text
from grd_tui.cli.watch import follow

if TYPE_CHECKING:
    from grd_core.runs.queue import Asked
    from grd_core.study import Study

_POLL_S = 1.0
_TURN_S = 10.0
_NOTHING_BEGAN = 6
"""The exit code where the request was dropped before its first run."""


@click.command()
@click.argument("experiment", default="")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--seed", type=int, default=None, help="Passed as GRD_SEED; by default 0.")
@click.option("--seeds", default="", help="A run each: 1,2,3 or 0-4; one number is how many.")
@click.option("--gpus", type=int, default=None, help="Devices for each run; by default one.")
@click.option("--again", default="", metavar="RUN", help="Repeat RUN: same seed and command.")
@click.option("--wait", is_flag=True, help="Follow it to its end and exit as it did.")
@json_option
def run(
    experiment: str,
    command: tuple[str, ...],
    seed: int | None,
    seeds: str,
    gpus: int | None,
    again: str,
    wait: bool,
    as_json: bool,
) -> int:
    """Start EXPERIMENT, supervised and detached; print the run's id.

    A command after `--` replaces grd.toml's. The run goes on when this shell ends. What does
    not fit beside the runs that go on waits in `grd queue` and begins by itself.
    """
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.queue import ask
    from grd_tui.cli.queue import asked_as_json, print_asked

    study = current_study()
    if again:
        if experiment or seeds or seed is not None or gpus is not None:
            raise click.UsageError("--again repeats a run as it was: name the run alone")
        asked = _ask_again(study, again)
    elif not experiment:
        raise click.UsageError("which experiment? `grd experiment list` names them")
    elif seeds and seed is not None:
        raise click.UsageError("--seed is one, --seeds are several: give one of them")
    else:
        asked = ask(
            study,
            find_experiment(study, experiment),
            _seeds(seeds) if seeds else (seed or 0,),
            command=command or None,
            gpus=gpus,
        )
    if wait:
        return _follow_all(study, asked, as_json)
    if as_json:
        for one in asked.notes:
            note(one)
        print_json(asked_as_json(study, asked))
    else:
        print_asked(study, asked)
    return 0


@click.command()
@click.argument("run_reference", metavar="RUN", default="")
@click.option("--all", "everything", is_flag=True, help="Every run; the queue is emptied first.")
@click.option("--give-up", is_flag=True, help="RUN's folder is gone for good: record its end.")
@json_option
def stop(run_reference: str, everything: bool, give_up: bool, as_json: bool) -> None:
    """Stop RUN: ask it to save, then end every process it started."""
    from grd_core.runs.stop import stop_run

    study = current_study()
    if everything == bool(run_reference) or (everything and give_up):
        raise click.UsageError("name one run, or --all")
    if give_up:
        _give_up(study, run_reference, as_json)
        return
    if everything:
        _stop_all(study, as_json)
        return
    asked = stop_run(study, run_reference)
    if as_json:
        print_json(asked)
    else:
        say(f"run {asked.run_id} was asked to save; after {asked.grace_s:.0f} s it is killed")


def _give_up(study: Study, reference: str, as_json: bool) -> None:
    from grd_core.runs.stop import give_up

    done = give_up(study, reference)
    if as_json:
        print_json(done)
    else:
        say(f"run {done.run_id} is given up: what was taken up of it stays")


def _stop_all(study: Study, as_json: bool) -> None:
    """Say what will be stopped and dropped, then do it."""
    from grd_core.runs.ingest import ingest
    from grd_core.runs.queue import waiting_of
    from grd_core.runs.records import runs_going_on
    from grd_core.runs.stop import stop_all

    ingest(study)
    with study.read() as ledger:
        for run in runs_going_on(study, ledger):
            note(f"run {run.id} {run.name} seed {run.seed} is to be stopped")
    for one in waiting_of(study):
        note(f"request {one.request} is to be dropped: {one.experiment} {seeds_text(one.seeds)}")
    done = stop_all(study)
    if as_json:
        print_json(done)
        return
    for asked in done.asked:
        say(f"run {asked.run_id} was asked to save; after {asked.grace_s:.0f} s it is killed")
    for one in done.dropped:
        say(f"request {one.request} was dropped")
    for run_id in done.out_of_reach:
        say(f"run {run_id} is out of reach and cannot be asked")
    if not (done.asked or done.dropped or done.out_of_reach):
        say("no run goes on and nothing waits")


def _seeds(said: str) -> tuple[int, ...]:
    """`5` is how many, from 0 on; `1,2,3` and `0-4` are the seeds themselves."""
    from grd_screens.commands.runs import MOST_SEEDS, seeds_of

    if said.isdigit() and 0 < int(said) <= MOST_SEEDS:
        return tuple(range(int(said)))
    seeds = seeds_of(said)
    if isinstance(seeds, str):
        raise click.UsageError(f"--seeds {said}: {seeds}")
    return seeds


def _ask_again(study: Study, again: str) -> Asked:
    from grd_core.runs.queue import ask_again, repeat_of

    repeat = repeat_of(study, again)
    if repeat.changed:
        note(f"differs from what run {repeat.run} began with: {', '.join(repeat.changed)}")
    return ask_again(study, repeat)


def _follow_all(study: Study, asked: Asked, as_json: bool) -> int:
    """Follow every run of a request, the later ones as they begin; the first bad exit counts."""
    from grd_core.runs.queue import runs_of, waiting_of, work_off

    for one in asked.notes:
        note(one)
    code, followed, said = 0, 0, ""
    next_turn = time.monotonic() + _TURN_S
    while True:
        for run_id in (known := runs_of(study, asked.request))[followed:]:
            ended = follow(study, run_id, as_json)
            code = code or ended
        followed = len(known)
        left = [one for one in waiting_of(study) if one.request == asked.request]
        if not left:
            if len(runs_of(study, asked.request)) == followed:
                return code if followed else _NOTHING_BEGAN
            continue
        if left[0].why != said:
            said = left[0].why
            note(f"{seeds_text(left[0].seeds)} of request {asked.request}: {said}")
        # The end of a run begins the next; this is for when that was killed too.
        if time.monotonic() >= next_turn:
            work_off(study)
            next_turn = time.monotonic() + _TURN_S
        time.sleep(_POLL_S)
