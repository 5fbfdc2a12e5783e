"""`grd budget`: what was spent, on what, and when the rest will be gone."""

from __future__ import annotations

import click

from grd_tui.cli.output import current_study, json_option, print_json, say


@click.command()
@json_option
def budget(as_json: bool) -> int:
    """Burn-down of the locked budget: hours by unit, by experiment, and gone at.

    Below the hours stand the energy that GPUs took and what it costs, an estimate that
    limits nothing: grd.toml's [budget] price_per_kwh, price_per_gpu_hour and currency.
    Exits 1 when a warning stands: half of a limit or more is spent.
    """
    from grd_core.runs.burn_down import burn_down
    from grd_core.runs.ingest import ingest
    from grd_screens.burn_down_text import burn_down_lines

    study = current_study()
    ingest(study)
    found = burn_down(study)
    if as_json:
        print_json(found)
    else:
        for line in burn_down_lines(found):
            say(line)
    return 1 if any(unit.warning for unit in found.units) else 0
