"""`grd gate` and `grd decide`: the evidence in its order, then a human's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, say

if TYPE_CHECKING:
    from grd_core.study import Study


@click.command()
@click.argument("experiment", required=False)
@json_option
def gate(experiment: str | None, as_json: bool) -> None:
    """Print the evidence for a decision on EXPERIMENT, in the order it should be read.

    Without one, list the experiments that wait for a decision.
    """
    from grd_core.gate.evidence import gate_snapshot
    from grd_core.runs.experiments import find_experiment

    study = current_study()
    if experiment is None:
        _print_lines(study, as_json)
        return
    snapshot = gate_snapshot(study, find_experiment(study, experiment))
    if as_json:
        print_json(snapshot)
        return
    for section in snapshot.sections():
        say(section.title)
        for line in section.lines:
            say(f"   {line}")
        say()
    say(f"OUTCOME  {snapshot.outcome} (by the registered rule alone)")
    say("Did we answer the original question, or a changed one?")
    for blocker in snapshot.blockers:
        say(f"✖ seal is blocked: {blocker.reason}: {blocker.fix}")
    number = snapshot.number
    say(f"next: `grd decide {number} seal|iterate|archive --answer original|changed --reason …`")


def _print_lines(study: Study, as_json: bool) -> None:
    from grd_core.gate.lines import gate_lines

    lines = gate_lines(study)
    if as_json:
        print_json({"experiments": lines})
        return
    for line in lines:
        missing = f": {line.missing}" if line.missing else ""
        say(f"{line.experiment}  {line.outcome}  {line.readiness}{missing}")
    if not lines:
        say("nothing waits for a decision: an open experiment needs a verdict first")


@click.command()
@click.argument("experiment")
@click.argument("decision", metavar="[seal|iterate|archive]")
@click.option("--reason", default="", help="Why; others will weigh it.")
@click.option(
    "--answer",
    default="",
    metavar="original|changed",
    help="Did we answer the original question, or a changed one?",
)
@click.option("--change", default="", help="How the question changed.")
@click.option("--confirm", default="", metavar="STUDY", help="Seal: the study's name, typed out.")
@click.option("--lesson", default="", help="Archive: what was learned.")
@click.option("--would-change", default="", help="Archive: what would have to change.")
@click.option("--different", default="", help="Iterate: what will be different.")
@click.option("--limitations", default="", help="Where the result should not be expected to hold.")
@click.option("--despite", default="", help="Seal a claim that is not confirmed: why.")
@json_option
def decide(experiment: str, decision: str, as_json: bool, **statement: str) -> None:
    """Seal, iterate or archive EXPERIMENT.

    Seal is refused on drift, stale evidence, or a ledger that does not verify. Archive
    moves the experiment to negative_results with everything it has.
    """
    from grd_core.gate.decide import Statement
    from grd_core.gate.decide import decide as record_decision

    study = current_study()
    decided = record_decision(study, experiment, decision, Statement(**statement))
    for text in decided.notes:
        note(text)
    if as_json:
        print_json(decided)
    else:
        say(f"{decision}: {decided.experiment} ({decided.outcome})")
        say(f"its files are in {study.relative(decided.folder)}")
