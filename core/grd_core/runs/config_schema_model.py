"""A pydantic model of the study as the schema of its configs.

The study's module is imported in a worker that can be killed, never where it is asked for.
It runs on grd's own Python, so it should import nothing beyond pydantic.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from grd_core.errors import ConfigError, UsageError
from grd_core.jobs import run_job, value_of
from grd_core.runs.config_key import Key, called, dotted
from grd_core.runs.config_schema import MOST_FAULTS, Fault, missing_key, unknown

LIMIT_S = 30.0
"""How long the study's module and its validators may take."""


def model_file(root: Path, reference: str) -> Path:
    """The file of `module:Model` in the study.

    Raises:
        ConfigError: there is none.
    """
    module, _, name = reference.partition(":")
    parts = module.split(".")
    if name.isidentifier() and all(part.isidentifier() for part in parts):
        place = root.joinpath(*parts)
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return path
    raise ConfigError(
        f"there is no module for the config schema {reference!r}",
        where="grd.toml",
        fix='write [config] schema = "module:Model" for a module in the study\'s folder',
    )


def judged_by_model(
    root: Path, reference: str, values: dict[str, Any]
) -> tuple[tuple[Fault, ...], dict[str, Any]]:
    """What the model refuses in values, and its defaults by dotted key.

    Raises:
        ConfigError: the module cannot be imported or holds no such model.
        JobError: it did not answer.
    """
    said = value_of(
        run_job(
            "grd_core.runs.config_schema_model:judge_job",
            {
                "root": str(root),
                "file": str(model_file(root, reference)),
                "reference": reference,
                "values": values,
            },
            limit_s=LIMIT_S,
        )
    )
    found = tuple(Fault(tuple(one["key"]), one["what"], one["fix"]) for one in said["faults"])
    return found, said["defaults"]


def judge_job(arguments: dict[str, Any], progress: Callable[[float, str], None]) -> dict[str, Any]:
    """Import the model and judge values by it; runs in a worker."""
    from pydantic import ValidationError

    model = _model(arguments["root"], arguments["file"], arguments["reference"])
    values = arguments["values"]
    elsewhere = tuple(dotted(key) for key in _known((), model))
    found = list(islice(_strangers((), model, values, elsewhere), MOST_FAULTS))
    told = {fault.key for fault in found}
    try:
        model.model_validate(values)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            # A member of a union adds its name to the place: it is no key of the config.
            key = _present(tuple(one["loc"]), values, one["type"])
            if key in told or len(found) >= MOST_FAULTS:
                continue
            told.add(key)
            if one["type"] == "missing":
                found.append(missing_key(key, _unknown_beside(key, found)))
            else:
                what = f"`{called(key)}` is not acceptable: {one['msg'].lower()}"
                found.append(Fault(key, what, "correct that value"))
    except Exception as error:
        raise _broken(arguments["reference"], error) from error
    return {
        "faults": [
            {"key": list(fault.key), "what": fault.what, "fix": fault.fix} for fault in found
        ],
        "defaults": _defaults(model),
    }


def _model(root: str, file: str, reference: str) -> Any:
    from pydantic import BaseModel

    module, _, name = reference.partition(":")
    sys.dont_write_bytecode = True
    sys.path.insert(0, root)
    try:
        loaded = importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise _broken(reference, error) from error
    model = getattr(loaded, name, None)
    if Path(loaded.__file__ or "").resolve() != Path(file).resolve():
        raise ConfigError(
            f"the module name {module!r} is taken by another module",
            where="grd.toml",
            fix="give the study's module a name of its own, such as config_schema",
        )
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ConfigError(
            f"{reference} is no pydantic model",
            where="grd.toml",
            fix="name a subclass of pydantic.BaseModel",
        )
    return model


def _broken(reference: str, error: BaseException) -> UsageError:
    return ConfigError(
        f"the config schema {reference} fails: {type(error).__name__}: {error}",
        where="grd.toml",
        fix="correct that module; it is imported by grd's own Python",
    )


def _names_of(model: Any) -> dict[str, Any]:
    """A model's fields by the keys a config may use for them."""
    names: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias if isinstance(field.validation_alias, str) else field.alias
        if alias is None or model.model_config.get("populate_by_name"):
            names[name] = field
        if alias is not None:
            names[alias] = field
    return names


def _strangers(key: Key, model: Any, value: Any, elsewhere: tuple[str, ...]) -> Iterator[Fault]:
    """Keys no field takes, at every depth: pydantic passes over them unless told otherwise."""
    if not isinstance(value, dict):
        return
    names = _names_of(model)
    for name, inner in value.items():
        field = names.get(name)
        if field is None:
            if model.model_config.get("extra") != "allow" and not _has_paths(model):
                left = [word for word in names if word not in value]
                yield unknown((*key, name), left or list(names), elsewhere)
            continue
        member = _model_in(field.annotation)
        if member is None:
            continue
        items = inner if isinstance(inner, list) else [inner]
        for index, item in enumerate(items):
            place = (*key, name, index) if isinstance(inner, list) else (*key, name)
            yield from _strangers(place, member, item, elsewhere)


def _has_paths(model: Any) -> bool:
    """Whether a field is found by several names or a path: what it takes cannot be told."""
    return any(
        field.validation_alias is not None and not isinstance(field.validation_alias, str)
        for field in model.model_fields.values()
    )


def _model_in(annotation: Any) -> Any:
    """The one model that an annotation means: itself, optional, or in a list; else None."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, types.UnionType, list, tuple}:
        found = {one for part in get_args(annotation) if (one := _model_in(part)) is not None}
        return found.pop() if len(found) == 1 else None
    return None


def _known(key: Key, model: Any) -> Iterator[Key]:
    for name, field in _names_of(model).items():
        yield (*key, name)
        inner = _model_in(field.annotation)
        if inner is not None and inner is not model and len(key) < 8:
            yield from _known((*key, name), inner)


def _present(place: Key, values: Any, kind: str) -> Key:
    """The part of pydantic's place that stands in the config; a missing key's name as well."""
    key: Key = ()
    here = values
    for index, part in enumerate(place):
        within_table = isinstance(here, dict) and part in here
        if within_table or (isinstance(here, list) and isinstance(part, int) and part < len(here)):
            here = here[part]
        elif kind == "missing" and index == len(place) - 1:
            pass
        else:
            continue
        key = (*key, part)
    return key


def _unknown_beside(key: Key, found: list[Fault]) -> list[str]:
    return [
        str(fault.key[-1])
        for fault in found
        if fault.key[:-1] == key[:-1] and fault.what.startswith("unknown")
    ]


def _defaults(model: Any) -> dict[str, Any]:
    """Defaults that are stated by value; what a factory would make is not known before."""
    from pydantic import BaseModel
    from pydantic_core import PydanticUndefined, to_jsonable_python

    from grd_core.runs.config_key import flat

    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        default = field.default
        if default is PydanticUndefined:
            continue
        plain = to_jsonable_python(
            default, inf_nan_mode="strings", serialize_unknown=True, by_alias=True
        )
        if isinstance(default, BaseModel):
            found |= {f"{key}.{inner}": value for inner, value in flat(plain).items()}
        else:
            found[key] = plain
    return found
