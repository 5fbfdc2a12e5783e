"""`grd config`: an experiment's config against the study's schema, shown and checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, say, table

if TYPE_CHECKING:
    from grd_core.runs.experiments import ExperimentRecord
    from grd_core.study import Study

_BAD = 2
"""The exit code of a run that such a config refuses."""
_WIDTH = 60


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
    from grd_core.runs.experiments import find_experiment

    study = current_study()
    experiment = find_experiment(study, reference)
    told = config_circumstances(study, experiment.folder)
    if as_json:
        print_json(told)
        return
    if "values" not in told:
        say(f"{experiment.name}: {told.get('reason') or 'no config'}")
        return
    schema, baseline = told["schema"], told["against_baseline"]
    say(f"{experiment.name}/{told['file']}")
    say(f"schema    {schema['reference'] if isinstance(schema, dict) else 'none'}")
    say(f"baseline  {baseline['baseline'] if isinstance(baseline, dict) else 'none validated'}")
    by_default = told["against_defaults"]
    by_baseline = baseline.get("set", "none") if isinstance(baseline, dict) else "none"
    table(
        ("key", "value", "default", "baseline"),
        [
            (key, _text(value), _instead(by_default, key), _instead(by_baseline, key))
            for key, value in told["values"].items()
        ],
    )
    for key in baseline.get("not_set", []) if isinstance(baseline, dict) else []:
        say(f"- {key}  (the baseline sets it)")


@config.command("check")
@click.argument("reference", metavar="[EXPERIMENT]", default="")
@json_option
def check(reference: str, as_json: bool) -> int:
    """Check the config of EXPERIMENT, or of every open one; exit 2 if one is refused."""
    from grd_core.runs.config_schema_study import schema_source
    from grd_core.runs.experiments import find_experiment, list_experiments

    study = current_study()
    if reference:
        chosen = [find_experiment(study, reference)]
    else:
        with study.read() as ledger:
            known = list_experiments(study, ledger)
        chosen = [one for one in known if one.state == "open" and not one.files_gone]
    schema = schema_source(study)
    lines = [line for experiment in chosen for line in _faults(study, experiment)]
    if as_json:
        print_json({
            "schema": schema.reference if schema else "none",
            "checked": [experiment.name for experiment in chosen],
            "faults": lines,
        })  # fmt: skip
    else:
        for line in lines:
            say(f"✖ {line['where']}  {line['what']}: {line['fix']}")
        if schema is None:
            note('no schema: grd.toml says it by [config] schema = "config.schema.json"')
        elif not lines:
            say(f"{len(chosen)} checked by {schema.reference}: nothing to object to")
    return _BAD if lines else 0


@config.command("draft")
@click.argument("reference", metavar="EXPERIMENT")
def draft(reference: str) -> None:
    """Print a JSON Schema drafted from EXPERIMENT's config; add bounds and defaults to it."""
    from grd_core.errors import UsageError
    from grd_core.runs.config_file import config_path, read_config
    from grd_core.runs.config_schema_draft import drafted_schema
    from grd_core.runs.experiments import find_experiment

    experiment = find_experiment(current_study(), reference)
    path = config_path(experiment.folder)
    if path is None:
        raise UsageError(f"{experiment.name} has no config", fix="write its config.toml first")
    print(json.dumps(drafted_schema(read_config(path).values), indent=2))
    note('save it as config.schema.json; in grd.toml: [config] schema = "config.schema.json"')


def _faults(study: Study, experiment: ExperimentRecord) -> list[dict[str, str]]:
    from grd_core.errors import ConfigError
    from grd_core.runs.config_key import dotted
    from grd_core.runs.config_schema_study import config_verdict

    try:
        verdict = config_verdict(study, experiment.folder)
    except ConfigError as error:
        return [{"key": "", "where": error.where, "what": error.what, "fix": error.fix}]
    prefix = f"{study.relative(experiment.folder)}/"
    return [
        {
            "key": dotted(fault.key),
            "where": verdict.where(fault, prefix),
            "what": fault.what,
            "fix": fault.fix,
        }
        for fault in verdict.faults
    ]


def _instead(against: Any, key: str) -> str:
    """What stands there instead: `–` where there is nothing to compare with."""
    if not isinstance(against, dict):
        return "–"
    if key not in against:
        return "the same"
    return _text(against[key]["instead_of"]) if "instead_of" in against[key] else "none"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
