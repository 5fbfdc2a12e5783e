"""A run's config as its script will read it: TOML, YAML or JSON, with the line of every key.

What two readers could take for different things is refused: keys set twice, NaN and
infinities, YAML's anchors, tags and merges, text that is no UTF-8.
"""

from __future__ import annotations

import math
import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from grd_core.errors import ConfigError
from grd_core.identity import sha256_bytes
from grd_core.runs.config_key import Key, called

CONFIG_NAMES = ("config.toml", "config.yaml", "config.yml", "config.json")
"""What an experiment's config may be called; where several lie there, the first is given."""

MOST_BYTES = 2**18
"""A config longer than this is data, not something a person wrote."""

MOST_DEPTH = 32
"""Tables within tables beyond which nobody can tell what is set."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config: its bytes' sha256, its values as JSON values (dates as ISO 8601 text).

    `lines` maps keys to lines from 1, for YAML and JSON; of TOML they are found when asked.
    """

    path: Path
    text: str
    sha256: str
    values: dict[str, Any]
    lines: Mapping[Key, int]

    def line_of(self, key: Key) -> int:
        """The line of a key, or of the nearest table around it; 1 at worst."""
        if self.path.suffix == ".toml":
            # Brings pydantic with it, which an interface that compares configs need not load.
            from grd_core.config import key_line

            names = [str(part) for part in _until_index(key)]
            return (key_line(self.text, names) if names else 0) or 1
        while key:
            if key in self.lines:
                return self.lines[key]
            key = key[:-1]
        return 1

    def where(self, key: Key) -> str:
        """`config.toml:3`."""
        return f"{self.path.name}:{self.line_of(key)}"


def config_path(folder: Path) -> Path | None:
    """The config that a run of the experiment in this folder is given; None without one."""
    return next((path for name in CONFIG_NAMES if (path := folder / name).is_file()), None)


def read_config(path: Path) -> ConfigFile:
    """Read a config whole.

    Raises:
        ConfigError: it cannot be read, or not in one way only; the place names the line.
    """
    raw = _bytes(path)
    values, lines, text = parse_config(raw, path.name)
    return ConfigFile(path, text, sha256_bytes(raw), values, lines)


def parse_config(raw: bytes, name: str) -> tuple[dict[str, Any], Mapping[Key, int], str]:
    """Values, lines and text of a config's bytes; `name` tells the format by its suffix.

    Raises:
        ConfigError: as `read_config`.
    """
    if len(raw) > MOST_BYTES:
        raise ConfigError(
            f"{name} is larger than {MOST_BYTES // 1024} KiB",
            where=name,
            fix="keep settings in it and data beside it",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{name} is not UTF-8", where=f"{name}:{line}", fix="save it as UTF-8"
        ) from error
    lines: Mapping[Key, int] = {}
    suffix = Path(name).suffix
    try:
        if suffix == ".json":
            from grd_core.runs.config_file_json import parse_json

            values, lines = parse_json(text, name)
        elif suffix in {".yaml", ".yml"}:
            from grd_core.runs.config_file_yaml import parse_yaml

            values, lines = parse_yaml(text, name, MOST_DEPTH)
        else:
            values = _parse_toml(text, name)
        if not isinstance(values, dict):
            raise ConfigError(
                f"{name} is no table of keys", where=f"{name}:1", fix="write `key` and value pairs"
            )
        plain = _plain(values)
        found = ConfigFile(Path(name), text, "", plain, lines)
        for key, fault, fix in _faults((), plain):
            raise ConfigError(f"`{called(key)}` {fault}", where=found.where(key), fix=fix)
    except RecursionError as error:
        raise _too_deep(name) from error
    return plain, lines, text


def _bytes(path: Path) -> bytes:
    try:
        # A pipe in the file's place would be waited for.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ConfigError(
                    f"{path.name} is no file", where=str(path), fix="put a plain file there"
                )
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{path.name} cannot be read: {error.strerror}",
            where=str(path),
            fix="check that it is there and its permissions",
        ) from error


def _parse_toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        place = re.search(r"at line (\d+)", str(error))
        lines = text.splitlines()
        line = int(place.group(1)) if place else len(lines)
        written = re.match(r"\s*([\w.-]+)\s*=", lines[line - 1]) if line <= len(lines) else None
        if written and "overwrite" in str(error):
            raise ConfigError(
                f"`{written.group(1)}` is set twice", where=f"{name}:{line}", fix="keep one"
            ) from error
        raise ConfigError(
            f"{name} is not valid TOML: {error}",
            where=f"{name}:{line}" if place else name,
            fix="correct that line",
        ) from error


def _plain(value: Any, depth: int = 0) -> Any:
    """TOML's dates and times as text; everything else as it is."""
    if depth > MOST_DEPTH:
        raise RecursionError
    if isinstance(value, dict):
        return {key: _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, depth + 1) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _faults(key: Key, value: Any) -> Iterator[tuple[Key, str, str]]:
    """Values that are well written and that JSON cannot carry."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if not _is_text(name):
                yield key, "holds a key that is no text", "write it in letters"
                return
            yield from _faults((*key, name), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _faults((*key, index), inner)
    elif isinstance(value, float) and not math.isfinite(value):
        yield key, "is not a finite number", "write a number, or leave the key out"
    elif isinstance(value, str) and not _is_text(value):
        yield key, "holds half a character (a lone surrogate)", "write the character itself"


def _is_text(value: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


def _until_index(key: Key) -> Iterator[str]:
    for part in key:
        if isinstance(part, int):
            return
        yield part


def _too_deep(name: str) -> ConfigError:
    return ConfigError(
        f"{name} nests deeper than {MOST_DEPTH} levels", where=name, fix="write it flatter"
    )
