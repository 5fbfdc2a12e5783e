"""A first JSON Schema for a study, drafted from a config that is in use."""

from __future__ import annotations

from typing import Any


def drafted_schema(values: dict[str, Any]) -> dict[str, Any]:
    """A schema that accepts these values, names every key and requires all of them.

    Types are those of the values; bounds, choices and defaults are for a person to add.
    """
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_rule(values)}


def _rule(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {
            "type": "object",
            "additionalProperties": False,
            "required": list(value),
            "properties": {name: _rule(inner) for name, inner in value.items()},
        }
    if isinstance(value, list):
        rules = [_rule(item) for item in value]
        alike = bool(rules) and all(rule == rules[0] for rule in rules)
        return {"type": "array", "items": rules[0]} if alike else {"type": "array"}
    return {"type": _type(value)}


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"
