"""How a line of the front matter goes on where the cursor stands: keys, words, metrics, columns.

The vocabulary is gathered once, beside the screen; what follows from it at every key is pure,
reads the front matter by its indentation alone, and so works on a text that is no YAML yet.
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grd_core.objective.facts import DataFacts

_KEY = re.compile(r"(?P<indent> *)(?P<dash>(?:- +)?)(?P<key>[A-Za-z_]+) *:(?: +(?P<value>.*))?$")
_BEGUN_KEY = re.compile(r"(?P<indent> *)(?P<dash>(?:- +)?)(?P<begun>[A-Za-z_]*)$")
_BEGUN_ITEM = re.compile(r"(?P<indent> *)- +(?P<begun>[^\s#].*)?$")
_CLOSING = ("---", "...")
_PLAIN = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)
_NOT_WORDS = ("true", "false", "null")


@dataclass(frozen=True, slots=True)
class MetricWord:
    """A metric of the catalogue: its name, its tasks, and which way is good."""

    name: str
    tasks: tuple[str, ...]
    direction: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What may stand where: `keys` by group («» for the top, «metrics»), `values` by key
    («metrics.role»), spelled as YAML, the likeliest first. `metrics` are the catalogue's, those
    that fit the recorded distribution first."""

    keys: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    metrics: tuple[MetricWord, ...]


def vocabulary(facts: DataFacts | None) -> Vocabulary:
    """The words of the model and the catalogue, and the columns of the data that are declared.

    This loads the model: call it beside the screen.
    """
    from grd_core.objective import model
    from grd_core.objective.rules import COMPUTED_TESTS
    from grd_core.statistics.metrics import CATALOGUE

    groups: dict[str, Any] = {
        "": model.Objective,
        "metrics": model.Metric,
        "evaluation": model.Evaluation,
        "baselines": model.Baseline,
        "falsification": model.Criterion,
        "budget": model.Budget,
    }
    values = {
        f"{group}.{name}".removeprefix("."): words
        for group, fields in groups.items()
        for name, field in fields.model_fields.items()
        if (words := _words(field.annotation))
    }
    values["evaluation.test"] = COMPUTED_TESTS
    unfit = facts.distributions if facts is not None else ()
    ordered = sorted(CATALOGUE, key=lambda metric: bool(metric.misfits(unfit)))
    return Vocabulary(
        keys={group: tuple(fields.model_fields) for group, fields in groups.items()},
        values={**values, **(_columns(facts) if facts is not None else {})},
        metrics=tuple(MetricWord(one.name, one.tasks, one.direction) for one in ordered),
    )


def suggestion(lines: Sequence[str], row: int, column: int, known: Vocabulary) -> str:
    """What would go on at the cursor; empty where nothing is known or the place is not at the
    end of what is being written.

    Args:
        lines: the text by lines; only the front matter is looked at.
        row: the cursor's line, from 0.
        column: the cursor's character in it, from 0.
        known: the vocabulary.
    """
    front = _front(lines, row)
    if not front:
        return ""
    head, tail = lines[row][:column], lines[row][column:]
    field = _KEY.match(head)
    if field is not None and field["value"] is not None:
        path = _path(_group(front, row, _column(field)), field["key"])
        return _value(front, row, path, field["value"], tail, known)
    if not _is_over(tail):
        return ""
    begun = _BEGUN_KEY.match(head)
    if begun is not None:
        group = _group(front, row, _column(begun))
        if group in known.keys:
            return _key(front, row, _column(begun), group, begun["begun"], known)
    item = _BEGUN_ITEM.match(head)
    if item is not None:
        # A list written one item a line: its name is the group the item stands in.
        path = _group(front, row, len(item["indent"]) + 1)
        others = _items(front, row, len(item["indent"]))
        return _rest(item["begun"] or "", _options(front, row, path, known), others)
    return ""


def _front(lines: Sequence[str], row: int) -> Sequence[str]:
    """The lines up to the end of the front matter; none where the cursor is not within it."""
    if row == 0 or not lines or lines[0].rstrip() != "---":
        return ()
    end = next((at for at, line in _from(lines, 1) if line.rstrip() in _CLOSING), len(lines))
    return lines[:end] if row < end else ()


def _from(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    return ((at, lines[at]) for at in range(start, len(lines)))


def _column(found: re.Match[str]) -> int:
    return len(found["indent"]) + len(found["dash"])


def _path(group: str, key: str) -> str:
    return f"{group}.{key}" if group else key


def _group(front: Sequence[str], row: int, column: int) -> str:
    """The key under which a line of this column stands; empty at the top."""
    if column == 0:
        return ""
    for at in range(row - 1, 0, -1):
        found = _KEY.match(_bare(front[at]))
        # A key beside which nothing stands holds what is indented below it.
        if found is not None and not found["dash"] and len(found["indent"]) < column:
            if len(found["indent"]) == 0:
                return found["key"]
            column = len(found["indent"])
    return ""


def _key(
    front: Sequence[str], row: int, column: int, group: str, begun: str, known: Vocabulary
) -> str:
    if not begun:
        return ""
    present = {key for key, _, _ in _siblings(front, row, column)}
    names = tuple(name for name in known.keys[group] if name not in present)
    rest = _rest(begun, names, ())
    if not rest and begun not in names:
        return ""
    return f"{rest}:" if begun + rest in known.keys else f"{rest}: "


def _siblings(front: Sequence[str], row: int, column: int) -> Iterator[tuple[str, str, int]]:
    """Key, value and line of what stands in the same group or list item as this line."""
    begins = _opens_item(front[row])
    for step in (-1, 1):
        at = row + step
        # The dash begins an item: nothing above it, nothing from the next on, belongs to it.
        while 0 < at < len(front) and not (begins and step < 0):
            line = _bare(front[at])
            found = _KEY.match(line)
            if line.strip() and len(line) - len(line.lstrip(" -")) < column:
                break
            if found is not None and _column(found) == column:
                if found["dash"] and step > 0:
                    break
                yield found["key"], found["value"] or "", at
                if found["dash"]:
                    break
            at += step


def _opens_item(line: str) -> bool:
    return line.lstrip().startswith("- ")


def _value(
    front: Sequence[str], row: int, path: str, written: str, tail: str, known: Vocabulary
) -> str:
    options = _options(front, row, path, known)
    if not written.startswith("["):
        return _rest(written, options, ()) if _is_over(tail) else ""
    if "]" in written or not _is_over(tail.strip().removeprefix("]")):
        return ""
    *others, begun = written[1:].split(",")
    return _rest(begun.lstrip(), options, {other.strip() for other in others})


def _options(front: Sequence[str], row: int, path: str, known: Vocabulary) -> tuple[str, ...]:
    if path == "metrics.name":
        return _catalogued(front, known)
    if path == "falsification.metric":
        return (*_registered(front), *_catalogued(front, known))
    if path == "metrics.direction":
        column = len(front[row]) - len(front[row].lstrip(" -"))
        beside = {key: value for key, value, _ in _siblings(front, row, column)}
        good = (
            one.direction for one in known.metrics if one.name == beside.get("name", "").strip()
        )
        return (*good, *known.values.get(path, ()))
    return known.values.get(path, ())


def _catalogued(front: Sequence[str], known: Vocabulary) -> tuple[str, ...]:
    """Every metric by name, those of the objective's task first."""
    task = next((value for path, value in _values(front) if path == "task"), "")
    ordered = sorted(known.metrics, key=lambda one: task not in one.tasks)
    return tuple(one.name for one in ordered)


def _registered(front: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for path, value in _values(front) if path == "metrics.name")


def _values(front: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Path and value of each `key: value` of the front matter, to the second level."""
    group = ""
    for line in front:
        found = _KEY.match(_bare(line))
        if found is None:
            continue
        if _column(found) == 0:
            group = found["key"]
            yield group, (found["value"] or "").strip()
        else:
            yield _path(group, found["key"]), (found["value"] or "").strip()


def _items(front: Sequence[str], row: int, indent: int) -> set[str]:
    """What else stands in a list that is written one item a line."""
    dash = " " * indent + "- "
    found: set[str] = set()
    for step in (-1, 1):
        at = row + step
        while 0 < at < len(front) and front[at].startswith(dash):
            found.add(_bare(front[at])[len(dash) :].strip())
            at += step
    return found


def _rest(begun: str, options: Sequence[str], named: typing.Collection[str]) -> str:
    """How the first option goes on that begins like this and is not named yet."""
    if begun in options:
        return ""
    fitting = (one for one in options if one.startswith(begun) and one not in named)
    return next(fitting, "")[len(begun) :]


def _is_over(tail: str) -> bool:
    """Whether nothing but a comment follows the cursor."""
    said = tail.strip()
    return not said or (tail[:1].isspace() and said.startswith("#"))


def _bare(line: str) -> str:
    """A line without its comment."""
    at = 0 if line.startswith("#") else line.find(" #")
    return line if at < 0 else line[:at].rstrip()


def _words(annotation: Any) -> tuple[str, ...]:
    """The words a field may hold; none where it may hold any."""
    if annotation is bool:
        return ("true", "false")
    if typing.get_origin(annotation) is typing.Literal:
        return tuple(_spelled(word) for word in typing.get_args(annotation))
    return tuple(word for part in typing.get_args(annotation) for word in _words(part))


def _columns(facts: DataFacts) -> dict[str, tuple[str, ...]]:
    """The usable columns where one is meant, those declared for it first."""
    free = tuple(name for name in facts.usable if name != facts.target)

    def first(*names: str) -> tuple[str, ...]:
        ordered = (*(name for name in names if name), *free)
        return tuple(_spelled(name) for name in dict.fromkeys(ordered))

    return {
        "target": first(facts.target),
        "strata": first(*(name for name in facts.groups if name in free)),
        "evaluation.time": first(facts.time),
        "evaluation.groups": first(*facts.groups),
        "evaluation.cluster": first(*facts.groups),
    }


def _spelled(word: str) -> str:
    """A word as YAML: bare where it cannot be mistaken for anything else."""
    if _PLAIN.match(word) and word.lower() not in _NOT_WORDS:
        return word
    return json.dumps(word, ensure_ascii=False)
