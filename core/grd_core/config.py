"""grd.toml: what a study sets for itself, checked when it is read."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grd_core.errors import ConfigError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StudySection(_Section):
    """[study]: how the study is called."""

    title: str = ""


class RunSection(_Section):
    """[run]: how an experiment is started and stopped."""

    command: list[str] = Field(default=["python", "train.py"], min_length=1)
    python: str = ""
    """Interpreter for a leading `python` in the command; empty: the one grd runs on."""
    grace_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """Seconds between the request to save and stop, and the kill."""
    wall_hours: Annotated[float, Field(gt=0)] | None = None
    cpu_hours: Annotated[float, Field(gt=0)] | None = None
    gpu_hours: Annotated[float, Field(ge=0)] | None = None
    """What one run may spend at most; the objective's budget bounds all of them."""
    at_once: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Runs that may go on at the same time; by default one a GPU, or one without GPUs."""
    gpus: list[Annotated[int, Field(ge=0)]] | None = None
    """Indices of the GPUs that runs may be given, as nvidia-smi numbers them; by default all."""


class CriticSection(_Section):
    """[critic]: how long one check may take; how often the loop may turn is not a setting."""

    check_limit_s: Annotated[float, Field(ge=10)] = 300.0
    """Seconds before a check is killed and counts as not judged."""


class ConfigSection(_Section):
    """[config]: what the experiments' configs are checked with before a run."""

    schema_: str = Field(default="", alias="schema")
    """A JSON Schema file, or `module:Model` for a pydantic model of the study; empty: none."""


class Config(_Section):
    """The whole of grd.toml."""

    study: StudySection = StudySection()
    run: RunSection = RunSection()
    critic: CriticSection = CriticSection()
    config: ConfigSection = ConfigSection()


def load_config(path: Path) -> Config:
    """Read and check grd.toml.

    Raises:
        ConfigError: it is missing, not TOML, or says something unknown or out of range;
            the message names the line, the key and the nearest valid one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(
            "grd.toml is missing", where=str(path), fix="restore it; an empty file is enough"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            "grd.toml is not UTF-8", where=str(path), fix="save it as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"grd.toml cannot be read: {error.strerror}", where=str(path), fix="check permissions"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"grd.toml is not valid TOML: {error}", where=str(path), fix="correct that line"
        ) from error
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise _first_fault(path, text, error) from error


def _first_fault(path: Path, text: str, error: ValidationError) -> ConfigError:
    fault = error.errors()[0]
    keys = [str(part) for part in fault["loc"]]
    line = key_line(text, keys)
    where = f"{path.name}:{line}" if line else path.name
    name = ".".join(keys)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(keys[-1], _valid_keys(keys[:-1]), n=1, cutoff=0.0)
        hint = f"did you mean `{near[0]}`?" if near else "remove it"
        return ConfigError(f"unknown key `{name}`", where=where, fix=hint)
    return ConfigError(
        f"`{name}` is not acceptable: {fault['msg'].lower()}", where=where, fix="correct that value"
    )


def _valid_keys(parents: list[str]) -> list[str]:
    model: type[BaseModel] = Config
    for parent in parents:
        annotation: Any = model.model_fields[parent].annotation
        model = annotation
    return [field.alias or name for name, field in model.model_fields.items()]


def key_line(text: str, keys: list[str]) -> int:
    """The line (from 1) where a dotted key of a TOML text is set; 0 if it cannot be told."""
    section: list[str] = []
    found = 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            section = [part.strip().strip("\"'") for part in header.group(1).split(".")]
            here = section
        else:
            assignment = re.match(r"\s*([\w.\"'-]+)\s*=", line)
            if not assignment:
                continue
            here = [*section, *(p.strip("\"'") for p in assignment.group(1).split("."))]
        if here == keys[: len(here)] and len(here) > 0:
            found = number
            if here == keys:
                return number
    return found
