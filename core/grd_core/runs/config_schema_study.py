"""The study's one schema of configs, and what it says of an experiment's config."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.errors import ConfigError
from grd_core.identity import sha256_file
from grd_core.runs.config_file import CONFIG_NAMES, ConfigFile, config_path, read_config
from grd_core.runs.config_schema import Fault, check_schema, defaults, faults
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class SchemaSource:
    """Where the schema stands: as grd.toml names it, its file, and the file's sha256."""

    reference: str
    path: Path
    sha256: str

    @property
    def is_model(self) -> bool:
        """Whether it is a pydantic model, which only a worker may import."""
        return ":" in self.reference


@dataclass(frozen=True, slots=True)
class ConfigVerdict:
    """What the schema says of a config.

    `config` is None where the experiment has none; `schema` is None where the study names
    none, and then nothing is refused. `defaults` are the schema's, by dotted key.
    """

    config: ConfigFile | None
    schema: SchemaSource | None
    faults: tuple[Fault, ...]
    defaults: dict[str, Any]

    def where(self, fault: Fault, prefix: str = "") -> str:
        """The file and line of a fault, below `prefix`."""
        place = CONFIG_NAMES[0] if self.config is None else self.config.where(fault.key)
        return f"{prefix}{place}"


def schema_source(study: Study) -> SchemaSource | None:
    """The schema that grd.toml names under [config]; None where it names none.

    Raises:
        ConfigError: it is not there, or lies outside the study.
    """
    reference = study.config.config.schema_
    if not reference:
        return None
    if ":" in reference:
        from grd_core.runs.config_schema_model import model_file

        path = model_file(study.root, reference)
    else:
        path = study.root / reference
        inside = not Path(reference).is_absolute() and not os.path.normpath(reference).startswith(
            ".."
        )
        if not inside or not path.is_file():
            raise ConfigError(
                f"the config schema {reference!r} is not there",
                where="grd.toml",
                fix="put it into the study, or correct [config] schema",
            )
    return SchemaSource(reference, path, sha256_file(path))


def config_verdict(study: Study, folder: Path) -> ConfigVerdict:
    """Judge the config in an experiment's folder by the study's schema.

    Raises:
        ConfigError: the schema or the config cannot be read, or two configs lie there.
        JobError: the study's model did not answer.
    """
    schema = schema_source(study)
    path = config_path(folder)
    if schema is not None:
        _refuse_two(study, folder)
    config = None if path is None else _read(study, path)
    if schema is None:
        return ConfigVerdict(config, None, (), {})
    values = {} if config is None else config.values
    if schema.is_model:
        from grd_core.runs.config_schema_model import judged_by_model

        found, given = judged_by_model(study.root, schema.reference, values)
    else:
        rule = read_schema(study, schema)
        found, given = faults(rule, values), defaults(rule)
    return ConfigVerdict(config, schema, found, given)


def read_schema(study: Study, schema: SchemaSource) -> dict[str, Any]:
    """A JSON Schema's rules, checked themselves.

    Raises:
        ConfigError: it cannot be read, or says what is not understood; with the line.
    """
    read = _read(study, schema.path)
    place = study.relative(schema.path.parent / "_")[:-1]
    check_schema(read.values, lambda key: f"{place}{read.where(key)}")
    return read.values


def refuse_bad_config(study: Study, folder: Path) -> None:
    """Refuse to go on with a config that the study's schema does not accept.

    Raises:
        ConfigError: the first fault by its key, with the line and the nearest known key.
    """
    if not study.config.config.schema_:
        return
    verdict = config_verdict(study, folder)
    if not verdict.faults:
        return
    first, *others = verdict.faults
    more = f" ({len(others)} more: `grd config check`)" if others else ""
    raise ConfigError(
        first.what, where=verdict.where(first, f"{study.relative(folder)}/"), fix=first.fix + more
    )


def set_against(values: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What is set otherwise than known, by dotted key: the value and, where known, the other.

    Args:
        values: a config's values by dotted key.
        known: defaults or another config's values by dotted key.
    """
    from grd_core.runs.config_schema import same

    return {
        key: {"value": value, "instead_of": known[key]} if key in known else {"value": value}
        for key, value in values.items()
        if key not in known or not same(value, known[key])
    }


def _refuse_two(study: Study, folder: Path) -> None:
    there = [name for name in CONFIG_NAMES if (folder / name).is_file()]
    if len(there) > 1:
        raise ConfigError(
            f"{' and '.join(there)} are both there: a run is given {there[0]} alone",
            where=study.relative(folder),
            fix="keep one",
        )


def _read(study: Study, path: Path) -> ConfigFile:
    try:
        return read_config(path)
    except ConfigError as error:
        place = error.where if error.where.startswith(path.name) else path.name
        raise ConfigError(
            error.what, where=f"{study.relative(path.parent)}/{place}", fix=error.fix
        ) from error
