"""`grd experiment`: new from a hypothesis, list, show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grd_tui.cli.alike import say_alike
from grd_tui.cli.note import print_notes
from grd_tui.cli.output import current_study, json_option, print_json, say, table, to_json

if TYPE_CHECKING:
    from grd_core.runs.by_hand import ByHand
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
@click.option("--belief", default="", help="What is believed, for its HYPOTHESIS.md.")
@json_option
def new(title: str, kind: str, parent: str, template: str, belief: str, as_json: bool) -> None:
    """Number a new experiment and lay out its folder.

    The first must be a baseline. Fill in its HYPOTHESIS.md before the run. Earlier hypotheses
    that are alike are told with what became of them; `grd search --similar EXPERIMENT` tells
    them again once it is written.
    """
    from grd_core.history.similar import similar_to
    from grd_core.runs.experiments import new_experiment

    study = current_study()
    made = new_experiment(
        study,
        title,
        kind=kind,
        parent=parent,
        template=_template(template) if template else None,
        belief=belief,
    )
    alike = similar_to(study, made.number)
    if as_json:
        print_json(to_json(made) | {"similar": alike})
        return
    say(f"{made.name} ({made.kind}) in {study.relative(made.folder)}")
    say_alike(alike)
    say(f"next: write {study.relative(made.hypothesis_path)}, then `grd run {made.number}`")


def _template(name: str) -> Path:
    from grd_core.runs.experiments import find_experiment

    return Path(name) if Path(name).is_dir() else find_experiment(current_study(), name).folder


@experiment.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All experiments, failed and archived ones too; with --json every run of each."""
    from grd_core.runs.by_hand import by_hand_of
    from grd_core.runs.run_lines import all_runs
    from grd_core.runs.snapshot import loop_snapshot

    study = current_study()
    snapshot = loop_snapshot(study)
    if as_json:
        content = to_json(replace(snapshot, runs=all_runs(study)))
        print_json(content | {"by_hand": by_hand_of(study)})
        return
    if not snapshot.experiments:
        say("no experiments yet: `grd experiment new TITLE --kind baseline`")
        return
    by_hand = {one.number: one for one in by_hand_of(study)}
    metric = next((e.metric_name for e in snapshot.experiments if e.metric_name), "metric")
    table(
        ("#", "kind", "state", "verdict", metric, "cost", "runs", "hypothesis"),
        [
            (
                f"{e.number:03d}",
                e.kind,
                _state(e, by_hand.get(e.number)),
                f"{e.verdict} {e.confidence}" if e.verdict else "–",
                _measured(e),
                _cost(e),
                str(e.runs),
                e.hypothesis,
            )
            for e in snapshot.experiments
        ],
    )


def _state(e: ExperimentLine, by_hand: ByHand | None) -> str:
    """What goes on in it or where it stands, and what nobody supervises beside that."""
    own = e.note or e.state
    if by_hand is None:
        return own
    return f"{own}, {'training by hand' if by_hand.goes_on else 'trained by hand'}"


def _measured(e: ExperimentLine) -> str:
    return f"{e.metric_text} {e.metric_source}" if e.metric_text else "–"


def _cost(e: ExperimentLine) -> str:
    return f"{e.cost_h:.3g} {e.cost_unit}" if e.runs else "–"


@experiment.command("show")
@click.argument("reference", metavar="EXPERIMENT")
@json_option
def show(reference: str, as_json: bool) -> None:
    """One experiment: its hypothesis, its runs, its verdicts."""
    from grd_core.runs.by_hand import COUNTS_FOR_NOTHING, by_hand_text, supervised_text
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.readers.telling import file_text, told_files
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
    if snapshot.by_hand is not None:
        say(f"by hand     {by_hand_text(snapshot.by_hand)}; {COUNTS_FOR_NOTHING}")
        say(f"            last written {snapshot.by_hand.last_written[:19]}Z")
        say(f"            {supervised_text(snapshot.by_hand)}")
    for run in snapshot.runs:
        say(f"run {run.id:<5}   {run.state}  seed {run.seed}  {run.started}")
        noted = [one for one in snapshot.notes if one.run_id == run.id]
        print_notes(noted, indent=" " * 12)
    for file in told_files(snapshot.files):
        say(f"run {line.last_run:<5}   {file_text(file)}")
    for verdict in snapshot.verdicts:
        say(f"verdict     {verdict}")
