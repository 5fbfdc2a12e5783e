"""What an experiment changed from its parent: config keys with both values, lines of code.

Read from the two folders as they stand now, and read again only when a file there changes.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from grd_core.checks.process.hypothesis import answers
from grd_core.errors import GrdError
from grd_core.runs.config_file import parse_config
from grd_core.runs.config_key import flat
from grd_core.runs.experiment_files import CONFIG_SUFFIXES

CODE_SUFFIXES = frozenset({
    ".py", ".ipynb", ".sh", ".r", ".jl", ".lua", ".c", ".cc", ".cpp", ".cu", ".h", ".hpp", ".pyx",
    ".rs", ".go", ".scala", ".sql",
})  # fmt: skip
"""What counts as code; models, tables and pictures beside it are not compared."""

SHOWN_KEYS = 3
"""Changed config keys that are spelled out; the others are counted."""

MOST_ENTRIES = 2000
"""Files and folders below an experiment beyond which nothing is compared."""

MOST_BYTES = 2**22
"""A file longer than this is not taken for code or config that somebody wrote."""

_SKIPPED = frozenset({"runs", "__pycache__", ".ipynb_checkpoints", "node_modules"})
_HYPOTHESIS = "HYPOTHESIS.md"
_VALUE_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """A file's relative path and what moves when its content does."""

    path: str
    size: int
    changed_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class FolderMarks:
    """An experiment's folder at a glance: its files by their marks.

    `is_there` is False for a folder that is gone; `is_whole` where all of it was looked at.
    """

    folder: str
    is_there: bool
    is_whole: bool
    files: tuple[Mark, ...]


def marks_of(folder: Path) -> FolderMarks:
    """Look at a folder without opening a file; what cannot be read counts as absent."""
    found: list[Mark] = []
    left = MOST_ENTRIES
    top = str(folder)
    waiting = [("", top)]
    try:
        os.stat(top)  # noqa: PTH116 - as below: hundreds of folders at a keypress
    except OSError:
        return FolderMarks(top, is_there=False, is_whole=True, files=())
    while waiting and left > 0:
        prefix, here = waiting.pop()
        for entry in _entries(here):
            left -= 1
            if left <= 0:
                break
            name = entry.name
            suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122
            if suffix in CODE_SUFFIXES or suffix in CONFIG_SUFFIXES or name == _HYPOTHESIS:
                try:
                    stat = entry.stat()
                except OSError:
                    continue
                found.append(Mark(prefix + name, stat.st_size, stat.st_ctime_ns, stat.st_ino))
            elif not name.startswith(".") and name not in _SKIPPED and _is_folder(entry):
                waiting.append((f"{prefix}{name}/", entry.path))
    return FolderMarks(top, is_there=True, is_whole=left > 0, files=tuple(sorted(found, key=_path)))


def belief_in(marks: FolderMarks) -> str:
    """What HYPOTHESIS.md says is believed, on one line; empty where it is not written."""
    mark = next((mark for mark in marks.files if mark.path == _HYPOTHESIS), None)
    return "" if mark is None else _belief(marks.folder, mark)


def what_changed(child: FolderMarks, parent: FolderMarks) -> str:
    """The difference in one short line, such as `config: embargo 0 → 24h; code: train.py ±3`.

    Config is TOML, YAML and JSON, flattened to dotted keys; what cannot be read as a config
    (`config_file.parse_config`) counts by lines.
    Code counts by the lines one side has and the other has not, the larger of the two numbers;
    of notebooks only the cells' code. Empty where nothing differs or a folder is gone.
    """
    if not (child.is_there and parent.is_there):
        return ""
    if not (child.is_whole and parent.is_whole):
        return f"not compared: more than {MOST_ENTRIES:,} files"
    return _difference(child, parent)


@dataclass(frozen=True, slots=True)
class _Content:
    """Files of code and of config by their paths: lines, and of config the values by dotted
    key where it can be read."""

    code: dict[str, Counter[str]]
    config: dict[str, Counter[str]]
    values: dict[str, dict[str, Any]]


@lru_cache(maxsize=2048)
def _difference(child: FolderMarks, parent: FolderMarks) -> str:
    new, old = _content(child), _content(parent)
    read = {
        path
        for path in new.config.keys() | old.config.keys()
        if all(path in side.values or path not in side.config for side in (new, old))
    }
    config = [
        _keys_part(_settings(new, read), _settings(old, read)),
        _lines_part(_without(new.config, read), _without(old.config, read)),
    ]
    said = [
        ("config", ", ".join(part for part in config if part)),
        ("code", _lines_part(new.code, old.code)),
    ]
    return "; ".join(f"{kind}: {text}" for kind, text in said if text)


def _settings(side: _Content, read: set[str]) -> dict[str, Any]:
    """All values of the files that are compared by key; `config.*` without its name."""
    return {
        key if path.startswith("config.") else f"{path}:{key}": value
        for path in sorted(read & side.values.keys())
        for key, value in side.values[path].items()
    }


def _without(files: dict[str, Counter[str]], read: set[str]) -> dict[str, Counter[str]]:
    return {path: lines for path, lines in files.items() if path not in read}


@lru_cache(maxsize=1024)
def _belief(folder: str, mark: Mark) -> str:
    text = _text(Path(folder) / mark.path)
    said = next(answer for answer in answers(text) if answer.part.key == "belief")
    return " ".join(said.text.split()) if said.words else ""


@lru_cache(maxsize=1024)
def _content(marks: FolderMarks) -> _Content:
    found = _Content({}, {}, {})
    for mark in marks.files:
        path = Path(marks.folder) / mark.path
        if mark.size > MOST_BYTES or mark.path == _HYPOTHESIS or _is_rendered(mark.path):
            continue
        if path.suffix not in CONFIG_SUFFIXES:
            found.code[mark.path] = Counter(_lines_of(path))
            continue
        found.config[mark.path] = Counter(_lines_of(path))
        if (values := _values(path)) is not None:
            found.values[mark.path] = dict(values)
    return found


def _is_rendered(name: str) -> bool:
    return name.startswith("SCORECARD.")


def _values(path: Path) -> list[tuple[str, Any]] | None:
    """A config file's values by dotted key; None where it cannot be read as a config."""
    try:
        return list(flat(parse_config(_text(path).encode(), path.name)[0]).items())
    except (GrdError, ValueError):
        return None


def _keys_part(new: dict[str, Any], old: dict[str, Any]) -> str:
    # Compared as they are written: 1, 1.0 and true are equal to Python.
    changed = [
        key
        for key in sorted(new.keys() | old.keys())
        if key not in new or key not in old or repr(new[key]) != repr(old[key])
    ]
    names = _short_names(new.keys() | old.keys())
    shown = []
    for key in changed[:SHOWN_KEYS]:
        if key not in old:
            shown.append(f"+{names[key]} {_shown(new[key])}")
        elif key not in new:
            shown.append(f"-{names[key]}")
        else:
            shown.append(f"{names[key]} {_shown(old[key])} → {_shown(new[key])}")
    more = len(changed) - SHOWN_KEYS
    return ", ".join(shown) + (f", {more} more" if more > 0 else "")


def _short_names(keys: set[str]) -> dict[str, str]:
    """Each key by its last part where no other key ends alike, else whole."""
    ends = Counter(_end(key) for key in keys)
    return {key: end if ends[end := _end(key)] == 1 else key for key in keys}


def _end(key: str) -> str:
    """`width` of `model.width` and of `extra.yaml:model.width`."""
    return key.rpartition(":")[2].rpartition(".")[2]


def _shown(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else json.dumps(value, default=str)).split())
    if not text:
        return '""'
    return text if len(text) <= _VALUE_WIDTH else f"{text[: _VALUE_WIDTH - 1]}…"


def _lines_part(new: dict[str, Counter[str]], old: dict[str, Counter[str]]) -> str:
    lines, files = 0, []
    for path in new.keys() | old.keys():
        here, there = new.get(path, Counter()), old.get(path, Counter())
        if differing := max((here - there).total(), (there - here).total()):
            lines += differing
            files.append(path)
    if not lines:
        return ""
    return f"{_shown(files[0])} ±{lines}" if len(files) == 1 else f"±{lines} in {len(files)} files"


def _lines_of(path: Path) -> list[str]:
    """The lines that say something; of a notebook, those of its code cells."""
    text = _text(path)
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(text)["cells"]
            sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
            text = "\n".join(part if isinstance(part, str) else "".join(part) for part in sources)
        except (ValueError, KeyError, TypeError, RecursionError):
            pass  # not a notebook after all: its lines as they are
    return [line for raw in text.splitlines() if (line := raw.rstrip())]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        # Links are not followed: one that leads back would never end.
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _path(mark: Mark) -> str:
    return mark.path
