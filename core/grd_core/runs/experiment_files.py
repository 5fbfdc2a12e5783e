"""The files of an experiment that decide what a run does: everything in its folder.

A script can import, load or read whatever lies beside it, so a file counts by lying there and
not by its name. Left out are only the runs, what the program itself renders at the top, the
hypothesis (which is hashed by itself) and the interpreter's caches.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from grd_core.identity import sha256_file

CONFIG_SUFFIXES = frozenset({".toml", ".yaml", ".yml", ".json"})
"""What is called config where code and config are told apart."""

_RUNS = "runs"
_NOT_INPUTS = re.compile(
    r"HYPOTHESIS\.md|SCORECARD(\.rendered(-\d+)?)?\.json|CRITIC_LOG(\.rendered(-\d+)?)?\.md"
)
"""Names at the top of the folder: written for people to read, before a run or after it."""
_CACHES = {
    "__pycache__": re.compile(r".*\.(pyc|pyo|nbi|nbc)(\.\d+)?"),
    ".ipynb_checkpoints": re.compile(r".*\.ipynb"),
}
"""Folders that interpreters fill by themselves, and the names they give; others there count."""


def files_of(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """The input files of these kinds, sorted."""
    return [path for path in input_files(folder) if path.suffix in suffixes]


def input_files(folder: Path) -> list[Path]:
    """Every file below `folder` that a run may depend on, sorted; links are followed."""
    return sorted(_walk(folder))


def hashes_of(folder: Path) -> dict[str, str]:
    """sha256 of every input file by its path relative to `folder`.

    Raises:
        OSError: a file cannot be read.
    """
    return {str(path.relative_to(folder)): sha256_file(path) for path in input_files(folder)}


def _walk(top: Path) -> Iterator[Path]:
    seen = set()
    for here, folders, names in os.walk(top, followlinks=True):
        folder = Path(here)
        at_top = folder == top
        real = folder.resolve()
        if real in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not (at_top and name == _RUNS))
        for name in names:
            path = folder / name
            if _is_input(path.relative_to(top)) and path.is_file():
                yield path


def _is_input(path: PurePath) -> bool:
    if len(path.parts) == 1:
        return _NOT_INPUTS.fullmatch(path.name) is None
    cache = _CACHES.get(path.parts[-2])
    return cache is None or cache.fullmatch(path.name) is None
