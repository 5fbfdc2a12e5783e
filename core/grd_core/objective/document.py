"""OBJECTIVE.md as a whole: the typed front matter, the prose by section, every line known."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from grd_core.checks.process.sections import Section, sections_of
from grd_core.errors import ConfigError
from grd_core.objective.frontmatter import (
    FrontMatter,
    Malformed,
    read_front_matter,
    visible,
)
from grd_core.objective.model import Objective
from grd_core.objective.problem import Problem, Severity

FILE_NAME = "OBJECTIVE.md"
_MOST_TOLD = 200
"""Faults of types that are told at once; who has more has to look at the first ones anyway."""


@dataclass(frozen=True, slots=True)
class Document:
    """A readable objective: what it says, and on which line it says it."""

    objective: Objective
    sections: tuple[Section, ...]
    front: FrontMatter

    def line_of(self, path: str) -> int:
        """The line of a field such as `metrics[0].threshold`, or of its nearest parent."""
        return self.front.line_of(path)

    def refusal(self, field: str, message: str, fix: str) -> Problem:
        """A problem of this field that keeps the objective from being locked."""
        return Problem(self.line_of(field), field, message, fix)

    def warning(self, field: str, message: str, fix: str) -> Problem:
        """A problem of this field that is only shown."""
        return Problem(self.line_of(field), field, message, fix, Severity.WARN)


def parse(raw: bytes) -> Document | Malformed:
    """Read the raw bytes of an objective; every fault has its line, field and remedy."""
    front = read_front_matter(raw)
    if isinstance(front, Malformed):
        return front
    try:
        objective = Objective.model_validate(front.values)
    except ValidationError as error:
        return Malformed(_problems(error, front))
    return Document(objective, sections_of(front.prose, front.prose_line), front)


def malformed_error(malformed: Malformed, path: Path) -> ConfigError:
    """The first problem as an error, with a count of the others."""
    first, *others = malformed.problems
    more = f" (and {len(others)} more: `grd objective check`)" if others else ""
    where = f"{path.name}:{first.line}" if first.line else path.name
    return ConfigError(first.message, where=where, fix=f"{first.fix}{more}")


def _problems(error: ValidationError, front: FrontMatter) -> tuple[Problem, ...]:
    """One problem a field, by line; a misspelt key before the one it leaves missing."""
    found: dict[str, tuple[bool, Problem]] = {}
    for fault in error.errors(include_url=False)[:_MOST_TOLD]:
        problem = _problem(fault, front)
        found.setdefault(problem.field, (fault["type"] != "extra_forbidden", problem))
    ordered = sorted(found.values(), key=lambda item: (item[0], item[1].line))
    return tuple(replace(problem, field=visible(problem.field)) for _, problem in ordered)


def _problem(fault: ErrorDetails, front: FrontMatter) -> Problem:
    parts = _without_branches(fault["loc"], front.values)
    field = _path(parts)
    line = front.line_of(field)
    name = parts[-1] if parts else field
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing" or (fault["input"] is None and kind != "extra_forbidden"):
        return Problem(line, field, f"`{name}` is missing", f"write `{name}: …` here")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(name), valid_keys(field), n=1, cutoff=0.0)
        hint = f"did you mean `{near[0]}`?" if near else "remove it"
        return Problem(line, field, f"unknown key `{visible(str(name))}`", hint)
    if kind == "literal_error":
        return _wrong_word(line, field, fault, str(context.get("expected", "")))
    message, fix = _PLAIN.get(kind, ("is not acceptable", fault["msg"].lower()))
    return Problem(line, field, f"`{name}` {message}", fix.format(**context))


_PLAIN: Mapping[str, tuple[str, str]] = {
    "string_type": ("is not text", 'put it in quotes: "…"'),
    "float_type": ("is not a number", "write a plain number, without unit or quotes"),
    "int_type": ("is not a whole number", "write a whole number, without quotes"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "greater_than": ("is too small", "it must be more than {gt}"),
    "greater_than_equal": ("is too small", "it must be at least {ge}"),
    "less_than": ("is too large", "it must be less than {lt}"),
    "finite_number": ("is not a finite number", "write a plain number"),
    "tuple_type": ("is not a list", "write one item a line, each behind `- `"),
    "model_type": ("is not a group of fields", "write `key: value` lines below it, indented"),
}


def _wrong_word(line: int, field: str, fault: ErrorDetails, expected: str) -> Problem:
    name, given = field.rpartition(".")[2], fault["input"]
    if name == "comparison" and not str(given).strip():
        return Problem(
            line, field, "`comparison` is empty: an unquoted > begins a text in YAML",
            'write comparison: ">"',
        )  # fmt: skip
    options = re.findall(r"'([^']*)'", expected)
    near = difflib.get_close_matches(str(given), options, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(options)}"
    return Problem(line, field, f"`{name}` cannot be {visible(repr(given))}", hint)


def _without_branches(location: tuple[int | str, ...], values: Any) -> list[int | str]:
    """The location without the union branches pydantic appends, such as `str` or `float`."""
    parts: list[int | str] = []
    for part in location:
        if isinstance(values, list if isinstance(part, int) else dict):
            parts.append(part)
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            values = None
    return parts


def _path(parts: list[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def valid_keys(field: str) -> tuple[str, ...]:
    """The keys that may stand beside the last one of a path such as `metrics[0].nam`."""
    model: type[BaseModel] = Objective
    for part in re.sub(r"\[\d+\]", "", field).split(".")[:-1]:
        inner = (
            _model_in(model.model_fields[part].annotation) if part in model.model_fields else None
        )
        if inner is None:
            return ()
        model = inner
    return tuple(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in typing.get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
