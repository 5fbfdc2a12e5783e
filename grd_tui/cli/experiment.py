"""`grd experiment`: new from a hypothesis, list, show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grd_tui.cli.note import print_notes
from grd_tui.cli.output import current_study, json_option, print_json, say, table

if TYPE_CHECKING:
    from grd_core.runs.snapshot import ExperimentLine


@click.group()
def experiment() -> None:
    """New experiments from a hypothesis; list and show them."""


@experiment.command("new")
@click.argument("title")
@click.option(
    "--kind",
    default="refinement",
    show_default=True,
    metavar="KIND",
    help="baseline, refinement, pivot, validation or replication.",
)
@click.option("--parent", default="", help="The experiment it follows; by default the baseline.")
@click.option(
    "--from",
    "template",
    default="",
    help="A folder, or an experiment, whose files it starts with.",
)
@json_option
def new(title: str, kind: str, parent: str, template: str, as_json: bool) -> None:
    """Number a new experiment and lay out its folder.

    The first must be a baseline. Fill in its HYPOTHESIS.md before the run.
    """
    from grd_core.runs.experiments import new_experiment

    study = current_study()
    made = new_experiment(
        study, title, kind=kind, parent=parent, template=_template(template) if template else None
    )
    if as_json:
        print_json(made)
        return
    say(f"{made.name} ({made.kind}) in {study.relative(made.folder)}")
    say(f"next: write {study.relative(made.hypothesis_path)}, then `grd run {made.number}`")


def _template(name: str) -> Path:
    from grd_core.runs.experiments import find_experiment

    return Path(name) if Path(name).is_dir() else find_experiment(current_study(), name).folder


@experiment.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All experiments, failed and archived ones too; with --json every run of each."""
    from grd_core.runs.run_lines import all_runs
    from grd_core.runs.snapshot import loop_snapshot

    study = current_study()
    snapshot = loop_snapshot(study)
    if as_json:
        print_json(replace(snapshot, runs=all_runs(study)))
        return
    if not snapshot.experiments:
        say("no experiments yet: `grd experiment new TITLE --kind baseline`")
        return
    metric = next((e.metric_name for e in snapshot.experiments if e.metric_name), "metric")
    table(
        ("#", "kind", "state", "verdict", metric, "cost", "runs", "hypothesis"),
        [
            (
                f"{e.number:03d}",
                e.kind,
                e.note or e.state,
                f"{e.verdict} {e.confidence}" if e.verdict else "–",
                _measured(e),
                _cost(e),
                str(e.runs),
                e.hypothesis,
            )
            for e in snapshot.experiments
        ],
    )


def _measured(e: ExperimentLine) -> str:
    return f"{e.metric_text} {e.metric_source}" if e.metric_text else "–"


def _cost(e: ExperimentLine) -> str:
    return f"{e.cost_h:.3g} {e.cost_unit}" if e.runs else "–"


@experiment.command("show")
@click.argument("reference", metavar="EXPERIMENT")
@json_option
def show(reference: str, as_json: bool) -> None:
    """One experiment: its hypothesis, its runs, its verdicts."""
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.snapshot import experiment_snapshot

    study = current_study()
    snapshot = experiment_snapshot(study, find_experiment(study, reference))
    if as_json:
        print_json(snapshot)
        return
    say(f"{snapshot.name}  {snapshot.kind}  {snapshot.state}")
    say(f"folder      {snapshot.folder}{'  (files gone)' if snapshot.files_gone else ''}")
    say(f"hypothesis  {snapshot.belief or 'not written'}")
    line = snapshot.line
    if line.what_changed:
        say(f"changed     {line.what_changed}   (from {line.parent:03d})")
    if line.metric_text:
        say(f"{line.metric_name:<11} {_measured(line)}")
    if line.runs:
        say(f"cost        {_cost(line)}")
    if line.note:
        say(f"now         {line.note}")
    for run in snapshot.runs:
        say(f"run {run.id:<5}   {run.state}  seed {run.seed}  {run.started}")
        noted = [one for one in snapshot.notes if one.run_id == run.id]
        print_notes(noted, indent=" " * 12)
    for verdict in snapshot.verdicts:
        say(f"verdict     {verdict}")
