"""A metric of one's own: a function `module:function` in the study or in an installed package.

Its file is read as text and never imported here, so that a face can validate an objective.
What identifies it are the bytes of its file and of every module of the study that it imports.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from grd_core.statistics.own_metric_source import (
    Function,
    Unusable,
    function_in,
    imported_by,
    is_module,
    module_of,
)

OWN_RESAMPLES = 1_000
"""Resamples at most where such a function is among the metrics: each one calls it anew."""

SEPARATOR = ":"
SHOWN_DIGITS = 12
"""How much of a sha256 is shown to a reader."""


@dataclass(frozen=True, slots=True)
class OwnSource:
    """The source of a metric of one's own, as it stood when it was read.

    `files` are pairs of path and sha256, that of the function first; paths are relative to the
    study's root, or to the folder that an installed package lies in. `weighted` says whether
    the function takes `sample_weight`.
    """

    name: str
    files: tuple[tuple[str, str], ...]
    installed: bool
    weighted: bool

    @property
    def sha256(self) -> str:
        """The sha256 of the one file; of the list of them where there are several."""
        if len(self.files) == 1:
            return self.files[0][1]
        listed = json.dumps([list(pair) for pair in self.files], separators=(",", ":"))
        return hashlib.sha256(listed.encode()).hexdigest()

    def described(self) -> str:
        """«mymetrics.py, sha256 1a2b3c4d5e6f»."""
        path, others = self.files[0][0], len(self.files) - 1
        more = f" and {others} it imports" if others else ""
        return f"{path}{more}, sha256 {self.sha256[:SHOWN_DIGITS]}"


def is_own(name: str) -> bool:
    """Whether a metric's name is a path to a function rather than one of the catalogue."""
    return SEPARATOR in name


def read_own(name: str, root: Path) -> OwnSource | Unusable:
    """Where a function stands and what its source is now.

    Args:
        name: `module:function`, the module dotted from the study's root or installed.
        root: the study's root.
    """
    module, _, function = name.partition(SEPARATOR)
    parts = module.split(".")
    if not all(is_module(part) for part in (*parts, function)):
        return Unusable(
            f"{name!r} names no function",
            "write `name: module:function`, such as `mymetrics:pinball`",
        )
    local = _file_of(root, parts)
    if local is not None:
        return _of_study(name, root, local, parts, function)
    found = _installed(parts, root)
    if found is None:
        return Unusable(
            f"there is no {'/'.join(parts)}.py in the study, and no installed module {module}",
            f"write the function in {'/'.join(parts)}.py beside OBJECTIVE.md",
        )
    folder, path = found
    raw = _bytes(path)
    relative = path.relative_to(folder).as_posix()
    read = function_in(raw, function, relative)
    if isinstance(read, Unusable):
        return read
    files = ((relative, hashlib.sha256(raw).hexdigest()),)
    return OwnSource(name, files, installed=True, weighted=read.weighted)


def pinned_bytes(source: OwnSource, root: Path) -> dict[str, bytes] | None:
    """The bytes of the recorded files by path; None where one is gone or another one now."""
    folder = root
    if source.installed:
        found = _installed(source.name.partition(SEPARATOR)[0].split("."), root)
        if found is None:
            return None
        folder = found[0]
    read = {path: _bytes(folder / path) for path, _ in source.files}
    same = all(hashlib.sha256(read[path]).hexdigest() == digest for path, digest in source.files)
    return read if same else None


def _of_study(
    name: str, root: Path, path: Path, parts: list[str], function: str
) -> OwnSource | Unusable:
    files: dict[str, bytes] = {}
    waiting = [path, *_packages(root, parts)]
    while waiting:
        one = waiting.pop(0)
        relative = one.relative_to(root).as_posix()
        if relative in files:
            continue
        files[relative] = _bytes(one)
        for module in imported_by(files[relative], relative):
            found = _file_of(root, module)
            waiting += [*_packages(root, module), *([found] if found else [])]
    main = path.relative_to(root).as_posix()
    read: Function | Unusable = function_in(files[main], function, main)
    if isinstance(read, Unusable):
        return read
    tops = sorted({module_of(one)[0] for one in files})
    hidden = next((top for top in tops if _hides(top, root)), "")
    if hidden:
        return Unusable(
            f"{hidden} in the study hides the installed module of that name",
            "give the file another name",
        )
    others = sorted(relative for relative in files if relative != main)
    hashes = tuple((one, hashlib.sha256(files[one]).hexdigest()) for one in (main, *others))
    return OwnSource(name, hashes, installed=False, weighted=read.weighted)


def _file_of(root: Path, parts: list[str]) -> Path | None:
    """The file of a module of the study, or of a package's own."""
    base = root.joinpath(*parts)
    candidates = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _packages(root: Path, parts: list[str]) -> Iterator[Path]:
    """What importing a module runs before it: the `__init__.py` of each package above."""
    for end in range(1, len(parts)):
        path = root.joinpath(*parts[:end]) / "__init__.py"
        if path.is_file():
            yield path


def _hides(top: str, root: Path) -> bool:
    return top in sys.stdlib_module_names or _installed([top], root) is not None


def _installed(parts: list[str], root: Path) -> tuple[Path, Path] | None:
    """The folder that an installed module's package lies in, and the module's file.

    Found as an import would find it, without one: nothing of a package is run.
    """
    places = [place for place in sys.path if place and Path(place).resolve() != root.resolve()]
    search: list[str] | None = places
    spec = None
    for end in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:end]), search)
        if spec is None:
            return None
        search = list(spec.submodule_search_locations or ())
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin)
    depth = len(parts) + (path.name == "__init__.py")
    return path.parents[depth - 1], path


def _bytes(path: Path) -> bytes:
    """What stands in a file; nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
