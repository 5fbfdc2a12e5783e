"""provenance.toml: where data comes from and what its columns mean, as a person writes it."""

from __future__ import annotations

import difflib
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from grd_core.checks.data.reading.options import ReadOptions
from grd_core.config import key_line
from grd_core.errors import ConfigError
from grd_core.recon.partition import Strategy
from grd_core.recon.roles import Roles, Task


def _as_text(value: Any) -> Any:
    """TOML has dates of its own; a cut or a collection time may be written as one."""
    return value.isoformat() if isinstance(value, date | datetime) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Stated = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, pattern=r"\S")]
Verbatim = Annotated[str, StringConstraints(strip_whitespace=False)]
"""A tab is white space and says something."""
Fraction = Annotated[float, Field(gt=0, lt=1)]
Cut = Annotated[float | str, BeforeValidator(_as_text)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Provenance(_Section):
    """[source] without its file: what must be known of data before it is split."""

    origin: Stated
    """Where the data comes from: an address, a package, an instrument."""
    collected_how: Stated
    licence: Stated
    unit_of_observation: Stated
    """What one row is."""
    collected_when: Text = ""
    known_problems: Annotated[
        list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
    ] = []


class SourceSection(Provenance):
    """[source]: the file or folder, how it is called and read, and its provenance."""

    file: Stated
    name: Text = ""
    encoding: str = ""
    separator: Verbatim = ""
    """One character, or a word for it: tab, comma, semicolon, pipe, space."""
    query: str = ""
    """One SELECT with an ORDER BY, where the file is a SQLite database."""
    table: str = ""
    """The table of a SQLite database, where it is not its only one."""

    def options(self) -> ReadOptions:
        """What a read of the file needs besides its path."""
        return ReadOptions(self.encoding, self.separator, self.query, self.table)


class RolesSection(_Section):
    """[roles]: what the columns mean."""

    target: Stated
    task: Task
    time: str = ""
    groups: list[str] = []
    id: str = ""
    excluded: dict[str, Stated] = {}

    def roles(self) -> Roles:
        """The roles as the rest of the program knows them."""
        return Roles(
            task=self.task,
            target=self.target,
            time=self.time,
            groups=tuple(self.groups),
            id=self.id,
            excluded=tuple(self.excluded.items()),
        )


class SplitSection(_Section):
    """[split]: what `grd data split` does unless it is told otherwise."""

    strategy: Strategy = "temporal"
    validation: Cut = 0.15
    test: Cut = 0.15
    embargo: str = ""
    block: str = ""
    seed: int = 0
    reason: str = ""
    missing_target: str = ""


class ProvenanceFile(_Section):
    """The whole of provenance.toml."""

    source: SourceSection
    roles: RolesSection
    split: SplitSection | None = None


def load_provenance(path: Path) -> ProvenanceFile:
    """Read and check a provenance file.

    Raises:
        ConfigError: it is missing, not TOML, lacks a required key, or says something
            unknown; the message names the line, the key and the nearest valid one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(
            "the provenance file is missing", where=str(path), fix="check the path"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "the provenance file cannot be read", where=str(path), fix="save it as UTF-8 text"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"the provenance file is not valid TOML: {error}",
            where=str(path),
            fix="correct that line",
        ) from error
    try:
        return ProvenanceFile.model_validate(content)
    except ValidationError as error:
        raise _first_fault(path, text, error, ProvenanceFile) from error


def checked_provenance(content: dict[str, Any]) -> Provenance:
    """Provenance given as a mapping, from a form or from options on a shell.

    Raises:
        ConfigError: something required is missing or empty, or a key is unknown.
    """
    try:
        return Provenance.model_validate(content)
    except ValidationError as error:
        raise _first_fault(Path("provenance"), "", error, Provenance) from error


_QUESTIONS = {
    "origin": "say where the data comes from",
    "collected_how": "say how it was collected",
    "licence": "say under which licence it may be used",
    "unit_of_observation": "say what one row is",
    "target": "name the column to predict",
    "task": "say regression, binary or multiclass",
    "file": "name the data file, relative to this one",
    "source": "say where the data comes from and how it was collected",
    "roles": "name the target, the time column, the groups and the id",
}


def _first_fault(
    path: Path, text: str, error: ValidationError, model: type[BaseModel]
) -> ConfigError:
    # A key that is misspelt is also a key that is missing: the misspelling says more.
    fault = min(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    keys = [str(part) for part in fault["loc"]]
    line = key_line(text, keys)
    where = f"{path.name}:{line}" if line else path.name
    name = ".".join(keys)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(keys[-1], _valid_keys(model, keys[:-1]), n=1, cutoff=0.0)
        return ConfigError(
            f"unknown key `{name}`",
            where=where,
            fix=f"did you mean `{near[0]}`?" if near else "remove it",
        )
    question = _QUESTIONS.get(keys[-1], "correct that value")
    if fault["type"] in {"missing", "too_short", "string_too_short", "string_pattern_mismatch"}:
        return ConfigError(f"`{name}` is not declared", where=where, fix=question)
    return ConfigError(
        f"`{name}` is not acceptable: {fault['msg'].lower()}", where=where, fix=question
    )


def _valid_keys(model: type[BaseModel], parents: list[str]) -> list[str]:
    sections: dict[str, type[BaseModel]] = {
        "source": SourceSection,
        "roles": RolesSection,
        "split": SplitSection,
    }
    if parents:
        model = sections[parents[0]]
    return list(model.model_fields)
