"""Experiments' configs against the study's schema, for a person to read before a run refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grd_core.errors import ConfigError, UsageError
from grd_core.runs.circumstances import config_circumstances
from grd_core.runs.config_file import config_path, read_config
from grd_core.runs.config_key import dotted, value_text
from grd_core.runs.config_schema_draft import drafted_schema
from grd_core.runs.config_schema_study import config_verdict, schema_source
from grd_core.runs.experiments import ExperimentRecord, find_experiment, list_experiments
from grd_core.study import Study

NOTHING = "–"
"""What stands where there is nothing to compare with."""
THE_SAME = "the same"


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One fault of one config: its dotted key, its file and line, and what to do."""

    key: str
    where: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class ConfigReview:
    """The schema as grd.toml names it, or `none`; the experiments that were checked by it."""

    schema: str
    checked: tuple[str, ...]
    faults: tuple[ConfigFault, ...]


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """A value that a config sets, and what stands there instead by default and in the baseline:
    a value, `THE_SAME`, `none`, or `NOTHING` where there is nothing to compare with."""

    key: str
    value: str
    default: str
    baseline: str


@dataclass(frozen=True, slots=True)
class ConfigTold:
    """An experiment's config. `reason` says why there are no values; `not_set` are keys that
    only the baseline sets."""

    experiment: str
    file: str
    reason: str
    schema: str
    baseline: str
    values: tuple[ConfigValue, ...]
    not_set: tuple[str, ...]


def review_configs(study: Study, reference: str = "") -> ConfigReview:
    """Check one experiment's config, or those of all open experiments whose files are there.

    Raises:
        UsageError: there is no such experiment.
        ConfigError: the schema that grd.toml names is not there.
    """
    if reference:
        chosen = [find_experiment(study, reference)]
    else:
        with study.read() as ledger:
            known = list_experiments(study, ledger)
        chosen = [one for one in known if one.state == "open" and not one.files_gone]
    schema = schema_source(study)
    return ConfigReview(
        schema=schema.reference if schema else "none",
        checked=tuple(experiment.name for experiment in chosen),
        faults=tuple(fault for experiment in chosen for fault in _faults(study, experiment)),
    )


def _faults(study: Study, experiment: ExperimentRecord) -> list[ConfigFault]:
    try:
        verdict = config_verdict(study, experiment.folder)
    except ConfigError as error:
        return [ConfigFault("", error.where, error.what, error.fix)]
    prefix = f"{study.relative(experiment.folder)}/"
    return [
        ConfigFault(dotted(fault.key), verdict.where(fault, prefix), fault.what, fault.fix)
        for fault in verdict.faults
    ]


def told_config(experiment: ExperimentRecord, circumstances: dict[str, Any]) -> ConfigTold:
    """What a person reads of `config_circumstances`."""
    if "values" not in circumstances:
        reason = circumstances.get("reason") or "no config"
        return ConfigTold(experiment.name, circumstances["file"], reason, "none", "none", (), ())
    schema, baseline = circumstances["schema"], circumstances["against_baseline"]
    by_default = circumstances["against_defaults"]
    has_baseline = isinstance(baseline, dict)
    by_baseline = baseline.get("set") if has_baseline else None
    return ConfigTold(
        experiment=experiment.name,
        file=circumstances["file"],
        reason="",
        schema=schema["reference"] if isinstance(schema, dict) else "none",
        baseline=baseline["baseline"] if has_baseline else "none validated",
        values=tuple(
            ConfigValue(
                key, value_text(value), _instead(by_default, key), _instead(by_baseline, key)
            )
            for key, value in circumstances["values"].items()
        ),
        not_set=tuple(baseline.get("not_set", ())) if has_baseline else (),
    )


def config_told(study: Study, reference: str) -> ConfigTold:
    """What an experiment's config sets, and where that differs.

    Raises:
        UsageError: there is no such experiment.
    """
    experiment = find_experiment(study, reference)
    return told_config(experiment, config_circumstances(study, experiment.folder))


def draft_schema(study: Study, reference: str) -> str:
    """A JSON Schema drafted from an experiment's config, as the text of a file.

    Raises:
        UsageError: there is no such experiment, or it has no config.
        ConfigError: its config cannot be read.
    """
    experiment = find_experiment(study, reference)
    path = config_path(experiment.folder)
    if path is None:
        raise UsageError(f"{experiment.name} has no config", fix="write its config.toml first")
    return json.dumps(drafted_schema(read_config(path).values), indent=2)


def _instead(against: Any, key: str) -> str:
    if not isinstance(against, dict):
        return NOTHING
    if key not in against:
        return THE_SAME
    return value_text(against[key]["instead_of"]) if "instead_of" in against[key] else "none"
