"""The files of an experiment that decide what a run does: its code and its config."""

from __future__ import annotations

from pathlib import Path

from grd_core.identity import sha256_file

CODE_SUFFIXES = frozenset({".py", ".ipynb", ".sh"})
CONFIG_SUFFIXES = frozenset({".toml", ".yaml", ".yml", ".json"})

_NOT_INPUTS = {"runs", "__pycache__"}
_RENDERED = "SCORECARD"
"""How rendered JSON files begin; what the program writes is no input of a run."""


def files_of(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """Files of these kinds below `folder`, sorted; runs, caches and hidden folders left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in suffixes and path.is_file() and _is_input(path.relative_to(folder))
    )


def hashes_of(folder: Path, suffixes: frozenset[str]) -> dict[str, str]:
    """sha256 of each such file by its path relative to `folder`."""
    return {str(path.relative_to(folder)): sha256_file(path) for path in files_of(folder, suffixes)}


def _is_input(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not (_NOT_INPUTS & set(path.parts) or hidden or path.name.startswith(_RENDERED))
