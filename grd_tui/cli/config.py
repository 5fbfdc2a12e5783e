"""`grd config`: an experiment's config against the study's schema, shown and checked."""

from __future__ import annotations

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, say, table

_BAD = 2
"""The exit code of a run that such a config refuses."""


@click.group()
def config() -> None:
    """Show an experiment's config, check it, draft a schema for it.

    grd.toml names the study's one schema: `[config] schema = "config.schema.json"`, or
    `"module:Model"` for a pydantic model. A run with another config is refused.
    """


@config.command("show")
@click.argument("reference", metavar="EXPERIMENT")
@json_option
def show(reference: str, as_json: bool) -> None:
    """What EXPERIMENT sets, and where that differs from defaults and from the baseline."""
    from grd_core.runs.circumstances import config_circumstances
    from grd_core.runs.config_review import told_config
    from grd_core.runs.experiments import find_experiment

    study = current_study()
    experiment = find_experiment(study, reference)
    circumstances = config_circumstances(study, experiment.folder)
    if as_json:
        print_json(circumstances)
        return
    told = told_config(experiment, circumstances)
    if told.reason:
        say(f"{told.experiment}: {told.reason}")
        return
    say(f"{told.experiment}/{told.file}")
    say(f"schema    {told.schema}")
    say(f"baseline  {told.baseline}")
    table(
        ("key", "value", "default", "baseline"),
        [(one.key, one.value, one.default, one.baseline) for one in told.values],
    )
    for key in told.not_set:
        say(f"- {key}  (the baseline sets it)")


@config.command("check")
@click.argument("reference", metavar="[EXPERIMENT]", default="")
@json_option
def check(reference: str, as_json: bool) -> int:
    """Check the config of EXPERIMENT, or of every open one; exit 2 if one is refused."""
    from grd_core.runs.config_review import review_configs

    review = review_configs(current_study(), reference)
    if as_json:
        print_json(review)
    else:
        for fault in review.faults:
            say(f"✖ {fault.where}  {fault.what}: {fault.fix}")
        if review.schema == "none":
            note('no schema: grd.toml says it by [config] schema = "config.schema.json"')
        elif not review.faults:
            say(f"{len(review.checked)} checked by {review.schema}: nothing to object to")
    return _BAD if review.faults else 0


@config.command("draft")
@click.argument("reference", metavar="EXPERIMENT")
def draft(reference: str) -> None:
    """Print a JSON Schema drafted from EXPERIMENT's config; add bounds and defaults to it."""
    from grd_core.runs.config_review import draft_schema

    print(draft_schema(current_study(), reference))
    note('save it as config.schema.json; in grd.toml: [config] schema = "config.schema.json"')
