"""The part of JSON Schema that a study's config is checked with.

Read are `type`, `enum`, `const`, `minimum`, `maximum`, `exclusiveMinimum`,
`exclusiveMaximum`, `required`, `properties`, `additionalProperties`, `items`, `default` and
annotations. A schema that says anything else is refused by that word: a rule that is not
understood must not look kept. Stricter than the standard in one point: where `properties`
are named and `additionalProperties` is not, other keys are refused.

Reference: JSON Schema Validation, draft 2020-12, sections 6 and 9.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from grd_core.errors import ConfigError
from grd_core.runs.config_key import Key, called, dotted

_ANNOTATIONS = {"$schema", "$id", "$comment", "title", "description", "examples", "deprecated"}
_WORDS = {
    "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "required", "properties", "additionalProperties", "items", "default",
}  # fmt: skip
_BOUNDS: tuple[tuple[str, str, Callable[[float, float], bool]], ...] = (
    ("minimum", "below", lambda value, bound: value >= bound),
    ("maximum", "above", lambda value, bound: value <= bound),
    ("exclusiveMinimum", "not above", lambda value, bound: value > bound),
    ("exclusiveMaximum", "not below", lambda value, bound: value < bound),
)
_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
    ),
}
MOST_FAULTS = 50
"""Faults that are told of one config; beyond, it is another study's."""

_SHOWN = 60
"""Characters of a value that a sentence repeats."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one key of a config, and what to do about it."""

    key: Key
    what: str
    fix: str


def check_schema(schema: Any, where: Callable[[Key], str]) -> None:
    """Refuse a schema that is malformed or uses words that are not read.

    Args:
        schema: the schema's values.
        where: the place of a key of the schema, such as `config.schema.json:4`.

    Raises:
        ConfigError: naming the word and its line.
    """
    for key, what, fix in _schema_faults((), schema):
        raise ConfigError(f"the config schema {what}", where=where(key), fix=fix)


def _schema_faults(key: Key, schema: Any) -> Iterator[tuple[Key, str, str]]:
    if not isinstance(schema, dict):
        yield key, "has no table of rules here", 'write an object such as {"type": "number"}'
        return
    for word in schema.keys() - _WORDS - _ANNOTATIONS:
        yield (
            (*key, word),
            f"uses `{word}`, which is not read",
            f'use {", ".join(sorted(_WORDS))}, or a pydantic model: schema = "module:Model"',
        )
    yield from _malformed(key, schema)
    for name, inner in _table(schema.get("properties")).items():
        yield from _schema_faults((*key, "properties", name), inner)
    for word in ("items", "additionalProperties"):
        if word not in schema or (word != "items" and isinstance(schema[word], bool)):
            continue
        yield from _schema_faults((*key, word), schema[word])
    if "default" in schema:
        for fault in faults(schema, schema["default"]):
            yield (
                (*key, "default"),
                f"has a default that it refuses: {fault.what}",
                "correct the default or the rule",
            )


def _malformed(key: Key, schema: dict[str, Any]) -> Iterator[tuple[Key, str, str]]:
    for name in _names(schema.get("type", [])):
        if not isinstance(name, str) or name not in _TYPES:
            yield (*key, "type"), f"names the type {name!r}", f"use one of {', '.join(_TYPES)}"
    for word, _, _ in _BOUNDS:
        if word in schema and not _TYPES["number"](schema[word]):
            yield (*key, word), f"has a `{word}` that is no number", "write a number"
    if not isinstance(schema.get("enum", []), list):
        yield (*key, "enum"), "has an `enum` that is no list", "list the values"
    if not isinstance(schema.get("properties", {}), dict):
        yield (*key, "properties"), "has `properties` that are no table", "name keys with rules"
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        yield (*key, "required"), "has a `required` that is no list of keys", "list names of keys"


def faults(schema: dict[str, Any], values: Any) -> tuple[Fault, ...]:
    """What a checked schema refuses in values, in their order: the first `MOST_FAULTS`."""
    elsewhere = known_keys(schema)
    return tuple(islice(_faults((), schema, values, elsewhere), MOST_FAULTS))


def _faults(
    key: Key, schema: dict[str, Any], value: Any, elsewhere: tuple[str, ...]
) -> Iterator[Fault]:
    types = _names(schema.get("type", []))
    if types and not any(_TYPES[name](value) for name in types):
        yield Fault(
            key,
            f"`{called(key)}` is {_shown(value)}, not {' or '.join(types)}",
            _type_fix(types, value),
        )
        return
    if "enum" in schema and not any(same(value, one) for one in schema["enum"]):
        allowed = ", ".join(map(_shown, schema["enum"]))
        yield Fault(key, f"`{called(key)}` is {_shown(value)}", f"choose one of {allowed}")
    if "const" in schema and not same(value, schema["const"]):
        yield Fault(
            key, f"`{called(key)}` is {_shown(value)}", f"it must be {_shown(schema['const'])}"
        )
    if _TYPES["number"](value):
        for word, how, holds in _BOUNDS:
            if word in schema and not holds(value, schema[word]):
                bound = _shown(schema[word])
                yield Fault(
                    key,
                    f"`{called(key)}` is {_shown(value)}, {how} {bound}",
                    f"the schema's {word} is {bound}",
                )
    if isinstance(value, dict):
        yield from _table_faults(key, schema, value, elsewhere)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield from _faults((*key, index), schema["items"], item, elsewhere)


def _table_faults(
    key: Key, schema: dict[str, Any], value: dict[str, Any], elsewhere: tuple[str, ...]
) -> Iterator[Fault]:
    known = _table(schema.get("properties"))
    others = schema.get("additionalProperties", not known)
    for name, inner in value.items():
        rule = known.get(name, others)
        if isinstance(rule, dict):
            yield from _faults((*key, name), rule, inner, elsewhere)
        elif rule is False:
            missing = [word for word in known if word not in value]
            yield unknown((*key, name), missing or list(known), elsewhere)
    for name in schema.get("required", []):
        if name not in value:
            yield missing_key((*key, name), [one for one in value if one not in known])


def unknown(key: Key, siblings: Iterable[str], elsewhere: Iterable[str]) -> Fault:
    """A key the schema does not know.

    Args:
        key: where it is set.
        siblings: keys that may stand in its place.
        elsewhere: all dotted keys of the schema: the same word at another place comes first.
    """
    name = str(key[-1])
    moved = [other for other in elsewhere if other.rpartition(".")[2] == name]
    near = [dotted((*key[:-1], one)) for one in _nearest(name, siblings)]
    hint = (moved or near or [""])[0]
    return Fault(
        key, f"unknown key `{called(key)}`", f"did you mean `{hint}`?" if hint else "remove it"
    )


def missing_key(key: Key, strangers: Iterable[str]) -> Fault:
    """A required key that is not set; `strangers` are unknown keys that may be meant for it."""
    near = _nearest(str(key[-1]), strangers)
    meant = [f"rename `{called((*key[:-1], one))}` if it is meant, else set it" for one in near]
    return Fault(key, f"missing key `{called(key)}`", (meant or ["set it"])[0])


def known_keys(schema: dict[str, Any]) -> tuple[str, ...]:
    """Every dotted key the schema names, lists left out."""
    return tuple(dotted(key) for key, _ in _named((), schema))


def defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema's defaults by dotted key; a table's default counts where its keys have none."""
    from grd_core.runs.config_key import flat

    found: dict[str, Any] = {}
    for key, rule in _named((), schema):
        if "default" in rule:
            default = rule["default"]
            inner = flat(default) if isinstance(default, dict) else {}
            prefix = dotted(key)
            found |= (
                {f"{prefix}.{name}": value for name, value in inner.items()}
                if inner
                else {prefix: default}
            )
    return found


def same(left: Any, right: Any) -> bool:
    """Equality as JSON has it: 1 and 1.0 are equal, true and 1 are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _named(key: Key, schema: dict[str, Any]) -> Iterator[tuple[Key, dict[str, Any]]]:
    for name, rule in _table(schema.get("properties")).items():
        if isinstance(rule, dict):
            yield (*key, name), rule
            yield from _named((*key, name), rule)


def _nearest(name: str, words: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name[:_SHOWN], sorted(words), n=1, cutoff=0.0)


def _names(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _type_fix(types: list[str], value: Any) -> str:
    """YAML 1.1 takes `1e-3` for text: the one trap that is worth a sentence of its own."""
    if isinstance(value, str) and {"number", "integer"} & set(types):
        try:
            number = float(value)
        except ValueError:
            return "correct that value"
        if math.isfinite(number):
            return f"write {number!r} without quotes (YAML takes 1e-3 for text, and 1.0e-3 not)"
    return "correct that value"


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float | str):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = "a table" if isinstance(value, dict) else "a list"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
