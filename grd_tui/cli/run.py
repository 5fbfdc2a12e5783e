"""`grd run`, `grd watch`, `grd stop`: start an experiment, follow it, end it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from grd_tui.cli.output import current_study, duration, json_option, note, print_json, say

if TYPE_CHECKING:
    from grd_core.runs.snapshot import WatchSnapshot
    from grd_core.study import Study

_POLL_S = 1.0


@click.command()
@click.argument("experiment")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--seed", default=0, show_default=True, help="Passed as GRD_SEED.")
@click.option("--wait", is_flag=True, help="Follow it to its end and exit as it did.")
@json_option
def run(experiment: str, command: tuple[str, ...], seed: int, wait: bool, as_json: bool) -> int:
    """Start EXPERIMENT, supervised and detached; print the run's id.

    A command after `--` replaces grd.toml's. The run goes on when this shell ends.
    """
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.start import start_run

    study = current_study()
    started = start_run(
        study, find_experiment(study, experiment), command=command or None, seed=seed
    )
    if started.warning:
        note(started.warning)
    if wait:
        return _follow(study, started.id, as_json)
    if as_json:
        print_json({"run": started.id, "folder": study.relative(started.folder)})
    else:
        say(str(started.id))
        note(f"{study.relative(started.folder)}: `grd watch {started.id}` follows it")
    return 0


@click.command()
@click.argument("run_reference", metavar="RUN")
@click.option("--once", is_flag=True, help="Print its state now and return.")
@json_option
def watch(run_reference: str, once: bool, as_json: bool) -> int:
    """Follow RUN: its state, last metrics, budget and output."""
    from grd_core.runs.ingest import ingest
    from grd_core.runs.records import find_run
    from grd_core.runs.snapshot import watch_snapshot

    study = current_study()
    found = find_run(study, run_reference)
    if not once:
        return _follow(study, found.id, as_json)
    ingest(study)
    snapshot = watch_snapshot(study, run_reference)
    if as_json:
        print_json(snapshot)
    else:
        _print(snapshot)
    return 0


@click.command()
@click.argument("run_reference", metavar="RUN")
@json_option
def stop(run_reference: str, as_json: bool) -> None:
    """Stop RUN: ask it to save, then end every process it started."""
    from grd_core.runs.stop import stop_run

    study = current_study()
    asked = stop_run(study, run_reference)
    if as_json:
        print_json(asked)
    else:
        say(f"run {asked.run_id} was asked to save; after {asked.grace_s:.0f} s it is killed")


def _follow(study: Study, run_id: int, as_json: bool) -> int:
    """Ingest and report until the run has ended; lines of its output go to stderr."""
    from grd_core.runs.ingest import ingest
    from grd_core.runs.snapshot import watch_snapshot

    last = ""
    while True:
        ingest(study)
        snapshot = watch_snapshot(study, str(run_id))
        line = _line(snapshot)
        if line != last:
            note(line)
            last = line
        if snapshot.run.state != "started":
            break
        time.sleep(_POLL_S)
    if as_json:
        print_json(snapshot)
    else:
        _print(snapshot)
    if snapshot.run.state == "done":
        return 0
    code = snapshot.run.exit_code or 0
    return code if 0 < code < 256 else 6


def _line(snapshot: WatchSnapshot) -> str:
    """What changes while a run goes on, on one line."""
    metrics = "  ".join(f"{m.name} {m.last_text}" for m in snapshot.metrics)
    return f"run {snapshot.run.id} {snapshot.run.state} {_progress(snapshot)}  {metrics}".rstrip()


def _progress(snapshot: WatchSnapshot) -> str:
    """How far it is and when it will be through, as far as that is known."""
    eta = "" if snapshot.eta_s is None else f"  eta {duration(snapshot.eta_s)}"
    return f"{snapshot.progress_text}{eta}"


def _print(snapshot: WatchSnapshot) -> None:
    run = snapshot.run
    age = f"  heard of {run.age_s:.0f} s ago" if run.age_s is not None else ""
    say(f"run {run.id} {run.name}  {run.state.replace('_', ' ')} ({snapshot.liveness}){age}")
    if run.detail:
        say(f"  {run.detail}")
    say(f"  command  {' '.join(snapshot.command)}   seed {run.seed}")
    for alarm in snapshot.alarms:
        say(f"  {'✖' if alarm.standing == 'blocked' else '!'} {alarm.text}")
    if snapshot.progress_text:
        source = f"  ({snapshot.of_source})" if snapshot.of_source else ""
        say(f"  progress  {_progress(snapshot)}{source}")
    for metric in snapshot.metrics:
        span = "" if metric.low is None else f"  from {metric.low:.4g} to {metric.high:.4g}"
        say(f"  {metric.name}  {metric.last_text} at step {metric.last_step}{span}")
    for lease in snapshot.leases:
        limit = "" if lease.lease is None else f" of {lease.lease:.4g}"
        say(f"  {lease.unit.replace('_', ' ')}  {lease.spent:.4g}{limit}")
    peak = snapshot.peak_rss_bytes / 2**20
    gpus = "no GPU measured" if snapshot.gpus == "unmeasured" else f"{len(snapshot.gpus)} GPU"
    say(f"  peak memory  {peak:,.0f} MiB   {gpus}")
    if snapshot.lost or snapshot.malformed or snapshot.journals_rewritten:
        say(
            f"  ! journal: {snapshot.lost} lines lost, {snapshot.malformed} unreadable,"
            f" {snapshot.journals_rewritten} files rewritten"
        )
    for line in snapshot.stdout[-12:]:
        say(f"  | {line}")
