"""`grd graduate`: what stands between an experiment and production."""

from __future__ import annotations

import click

from grd_tui.cli.output import current_study, json_option, print_json, say, to_json

_GLYPHS = {"yes": "✔", "no": "✖", "not yet": "·"}


@click.command()
@click.argument("experiment", required=False)
@json_option
def graduate(experiment: str | None, as_json: bool) -> int:
    """Print the checklist from exploration to production for EXPERIMENT, with its proofs.

    Without one, print where each experiment stands. Exits 0 when every item is shown, or when
    no experiment is named, 1 otherwise.
    """
    if experiment is None:
        _print_overview(as_json)
        return 0
    from grd_core.graduation.checklist import graduation_snapshot
    from grd_core.runs.experiments import find_experiment

    study = current_study()
    snapshot = graduation_snapshot(study, find_experiment(study, experiment))
    if as_json:
        print_json({**to_json(snapshot), "ready": snapshot.ready})
    else:
        say(f"{snapshot.experiment}  {snapshot.stage} → validated → production")
        if snapshot.mark:
            say(f"! {snapshot.mark}")
        for item in snapshot.items:
            fix = f"  do: {item.fix}" if item.fix else ""
            say(f"{_GLYPHS[item.shown]} {item.name}: {item.proof}{fix}")
    return 0 if snapshot.ready else 1


def _print_overview(as_json: bool) -> None:
    from grd_core.graduation.overview import graduation_overview

    overview = graduation_overview(current_study())
    if as_json:
        print_json(overview)
        return
    for column in overview.columns:
        say(column.stage.upper())
        for line in column.lines:
            lacking = f"  next: {line.next_item}" if line.next_item else ""
            say(f"   {line.experiment}  {line.shown} of {line.items} shown{lacking}")
            if line.mark:
                say(f"      ! {line.mark}")
        if not column.lines:
            say("   –")
    if overview.archived:
        say(f"archived {overview.archived}: `grd history --tree` tells of them")
