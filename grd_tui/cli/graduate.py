"""`grd graduate`: what stands between an experiment and production."""

from __future__ import annotations

import click

from grd_tui.cli.output import current_study, json_option, print_json, say, to_json

_GLYPHS = {"yes": "✔", "no": "✖", "not yet": "·"}


@click.command()
@click.argument("experiment")
@json_option
def graduate(experiment: str, as_json: bool) -> int:
    """Print the checklist from exploration to production for EXPERIMENT, with its proofs.

    Exits 0 when every item is shown, 1 otherwise.
    """
    from grd_core.graduation.checklist import graduation_snapshot
    from grd_core.runs.experiments import find_experiment

    study = current_study()
    snapshot = graduation_snapshot(study, find_experiment(study, experiment))
    if as_json:
        print_json({**to_json(snapshot), "ready": snapshot.ready})
    else:
        say(f"{snapshot.experiment}  {snapshot.stage} → validated → production")
        for item in snapshot.items:
            fix = f"  do: {item.fix}" if item.fix else ""
            say(f"{_GLYPHS[item.shown]} {item.name}: {item.proof}{fix}")
    return 0 if snapshot.ready else 1
