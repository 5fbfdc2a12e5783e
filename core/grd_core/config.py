"""grd.toml: what a study sets for itself, checked when it is read."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from grd_core import prices
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
    share_gpus: bool = False
    """Whether a run may get a GPU that a process of somebody else computes on, where no other
    is free; by default it waits."""


class BudgetSection(_Section):
    """[budget]: what compute costs. Advice beside the hours: no price ever stops a run."""

    price_per_kwh: Annotated[float, BeforeValidator(prices.price)] | None = None
    """Of electricity, for the energy that the GPUs of the study's runs took."""
    price_per_gpu_hour: Annotated[float, BeforeValidator(prices.price)] | None = None
    """Of one GPU for an hour of wall time, as a cloud's list or one's own reckoning has it."""
    currency: Annotated[str, BeforeValidator(prices.currency)] | None = None
    """What both prices are in: EUR, USD, €."""

    @model_validator(mode="after")
    def _names_its_currency(self) -> Self:
        priced = self.price_per_kwh is not None or self.price_per_gpu_hour is not None
        if priced and self.currency is None:
            raise ValueError(prices.NEEDS_CURRENCY)
        return self


class CriticSection(_Section):
    """[critic]: how long one check may take; how often the loop may turn is not a setting."""

    check_limit_s: Annotated[float, Field(ge=10)] = 300.0
    """Seconds before a check is killed and counts as not judged."""


class ConfigSection(_Section):
    """[config]: what the experiments' configs are checked with before a run."""

    schema_: str = Field(default="", alias="schema")
    """A JSON Schema file, or `module:Model` for a pydantic model of the study; empty: none."""


FunctionEffect = Literal[
    "read",
    "split",
    "concat",
    "statistic",
    "statistic_in_rows",
    "count",
    "train",
    "cross_validate",
    "itself",
]
MethodEffect = Literal[
    "fit",
    "fit_transform",
    "fit_predict",
    "transform",
    "predict",
    "resample",
    "folds",
    "split",
    "statistic",
    "statistic_in_rows",
    "part",
    "concat",
    "count",
]
_NAME = re.compile(r"\.?[^\W\d]\w*")


class CallSection(_Section):
    """[[dataflow.calls]]: what a call of the study's own library does to rows."""

    name: str
    """A function's last name, or with a dot before it a method's: `load_wards`, `.refit`."""
    effect: FunctionEffect | MethodEffect
    packages: list[str] = []
    """The top packages that the function is imported from; any if empty."""
    data: Annotated[int, Field(ge=0, le=20)] = 0
    target: Annotated[int, Field(ge=0, le=20)] | None = None
    """Positions, from 0, of the arguments with the rows and with the target."""

    @model_validator(mode="after")
    def _is_a_call(self) -> Self:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name: write `load_wards`, or `.refit` a method")
        method = self.name.startswith(".")
        known = get_args(MethodEffect if method else FunctionEffect)
        if self.effect not in known:
            what = "method" if method else "function"
            raise ValueError(f"a {what} cannot {self.effect}: its effects are {', '.join(known)}")
        if method and self.packages:
            raise ValueError(f"a method is known by its name alone, so {self.name} has no packages")
        if self.target is not None and self.target == self.data:
            raise ValueError(f"{self.name} cannot have rows and target in one argument")
        return self


class DataflowSection(_Section):
    """[dataflow]: what the checks of code should know of libraries besides what they do."""

    calls: list[CallSection] = []


class Config(_Section):
    """The whole of grd.toml."""

    study: StudySection = StudySection()
    run: RunSection = RunSection()
    budget: BudgetSection = BudgetSection()
    critic: CriticSection = CriticSection()
    config: ConfigSection = ConfigSection()
    dataflow: DataflowSection = DataflowSection()


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
    # What our own rules say is a sentence already.
    own = fault["type"] == "value_error"
    said = str(fault["ctx"]["error"]) if own else fault["msg"].lower()
    return ConfigError(f"`{name}` is not acceptable: {said}", where=where, fix="correct that value")


def _valid_keys(parents: list[str]) -> list[str]:
    model: type[BaseModel] = Config
    for parent in parents:
        if parent.isdecimal():  # one of a list
            continue
        annotation: Any = model.model_fields[parent].annotation
        model = next(iter(get_args(annotation)), annotation)
    return [field.alias or name for name, field in model.model_fields.items()]


def key_line(text: str, keys: list[str]) -> int:
    """The line (from 1) where a dotted key of a TOML text is set; 0 if it cannot be told."""
    section: list[str] = []
    found = 0
    tables: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[+)\s*([^\]]+?)\s*\]+", line)
        if header:
            section = [part.strip().strip("\"'") for part in header.group(2).split(".")]
            if header.group(1) == "[[":  # one more of a list
                name = ".".join(section)
                section.append(str(tables[name]))
                tables[name] += 1
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
