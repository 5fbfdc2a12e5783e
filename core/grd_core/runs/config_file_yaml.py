"""YAML as a config: the values PyYAML's safe loader gives, the line of every key.

Refused are what makes YAML surprising: anchors and aliases (which can also grow without
bound), tags, merge keys, several documents, keys set twice, and keys that are no text,
such as an unquoted `on`.
"""

from __future__ import annotations

from typing import Any

import yaml

from grd_core.errors import ConfigError
from grd_core.runs.config_key import Key, called

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_VALUE = "tag:yaml.org,2002:value"


def parse_yaml(text: str, name: str, most_depth: int) -> tuple[Any, dict[Key, int]]:
    """Values and lines (from 1) of YAML text.

    Raises:
        ConfigError: it is no YAML, or uses what is refused.
    """
    try:
        _refuse_surprises(text, name, most_depth)
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            return {}, {}
        lines: dict[Key, int] = {}
        return _value(node, (), lines, name), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ConfigError(
            f"{name} is not valid YAML: {error.problem}",
            where=f"{name}:{mark.line + 1}" if mark else name,
            fix="correct that line",
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(
            f"{name} is not valid YAML: {error}", where=name, fix="save it as plain text"
        ) from error


def _refuse_surprises(text: str, name: str, most_depth: int) -> None:
    """Look at the events before anything is built from them."""
    depth = documents = 0
    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        where = f"{name}:{event.start_mark.line + 1}"
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ConfigError(f"{name} holds several documents", where=where, fix="keep one")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ConfigError(
                f"the anchor {event.anchor!r} hides what is set",
                where=where,
                fix="write each value where it stands",
            )
        if getattr(event, "tag", None):
            raise ConfigError(
                f"the tag {event.tag!r} is not read", where=where, fix="write plain values"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > most_depth:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(node: yaml.Node, key: Key, lines: dict[Key, int], name: str) -> Any:
    lines.setdefault(key, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*key, i), lines, name) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, key, name)
    values: dict[str, Any] = {}
    for named, inner in node.value:
        word = _name(named, key, name)
        place = (*key, word)
        line = named.start_mark.line + 1
        if word in values:
            raise ConfigError(
                f"`{called(place)}` is set twice",
                where=f"{name}:{line}",
                fix=f"keep one; the other is on line {lines[place]}",
            )
        lines[place] = line
        values[word] = _value(inner, place, lines, name)
    return values


def _name(node: yaml.Node, key: Key, name: str) -> str:
    where = f"{name}:{node.start_mark.line + 1}"
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(
            f"a key within `{called(key)}` is a table or a list",
            where=where,
            fix="write the key as a word",
        )
    word: str = node.value
    if node.tag == _MERGE:
        raise ConfigError(
            "the merge key `<<` hides what is set",
            where=where,
            fix="write each value where it stands",
        )
    if node.tag != _TEXT:
        raise ConfigError(
            f"the key `{word}` is no text to YAML", where=where, fix=f'write it as "{word}"'
        )
    return word


def _scalar(node: yaml.Node, key: Key, name: str) -> Any:
    if node.tag == _VALUE:
        return node.value
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, OverflowError, IndexError) as error:
        raise ConfigError(
            f"`{called(key)}` cannot be read: {error}",
            where=f"{name}:{node.start_mark.line + 1}",
            fix="quote it if it is meant as text",
        ) from error
