"""`grd evaluate`: score an experiment on the frozen labels, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, progress_line, say

if TYPE_CHECKING:
    from grd_core.evaluation.snapshot import EvaluationSnapshot


@click.command()
@click.argument("experiment")
@click.option(
    "--accept",
    default="",
    metavar="REASON",
    help="Go on with low confidence or fewer seeds than declared, and why.",
)
@json_option
def evaluate(experiment: str, accept: str, as_json: bool) -> None:
    """Score EXPERIMENT on the frozen test part, by the locked rule alone.

    Only after PROCEED. The look at the frozen labels is recorded, for ever, before they are
    opened; the same predictions evaluated again spend no second one.
    """
    from grd_core.critic.inputs import input_hashes
    from grd_core.critic.last_review import review_scorecard
    from grd_core.evaluation.evaluate import evaluate as score
    from grd_core.gate.decision_log import write_decision_log

    study = current_study()
    snapshot = score(
        study, experiment, input_hashes, acceptance=accept, on_progress=progress_line()
    )
    review_scorecard(study, experiment)
    rendered = write_decision_log(study)
    if rendered.note():
        note(rendered.note())
    if as_json:
        print_json(snapshot)
    else:
        _print(snapshot)


def _print(snapshot: EvaluationSnapshot) -> None:
    from grd_core.evaluation.summary import numbers, where_wrong

    if snapshot.content is None:
        say(f"{snapshot.experiment} is {snapshot.state.replace('_', ' ')}")
        return
    if snapshot.mark:
        say(f"! {snapshot.mark}")
    say("WHERE IT IS WRONG")
    for line in where_wrong(snapshot.content):
        say(f"   {line}")
    say("THE NUMBERS")
    for line in numbers(snapshot.content):
        say(f"   {line}")
    say(f"OUTCOME  {snapshot.outcome}")
    say(f"next: `grd gate {snapshot.number}`")
