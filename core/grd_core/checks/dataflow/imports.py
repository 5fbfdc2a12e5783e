"""Which file under review an import means, and which files a program may run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from grd_core.checks.contract import SourceFile
from grd_core.checks.dataflow import library
from grd_core.checks.dataflow.parse import parse


class Importable:
    """The files that a program may import, by the names it may call them."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self._by_stem: dict[str, list[SourceFile]] = {}
        for file in files:
            path = PurePosixPath(file.path)
            stem = path.parent.name if path.stem == "__init__" else path.stem
            self._by_stem.setdefault(stem, []).append(file)

    def find(self, module: str, importer: str) -> SourceFile | None:
        """The file that `import module` means in the file `importer`: one beside it first.

        A dotted name means a file only where the folders above it have the names before it.
        """
        packages, _, stem = module.rpartition(".")
        before = packages.split(".") if packages else []
        if before and before[0] in library.PACKAGES:
            return None
        found = [f for f in self._by_stem.get(stem, ()) if _below(f.path, before)]
        beside = PurePosixPath(importer.partition("#")[0]).parent
        return next(
            (f for f in found if PurePosixPath(f.path).parent == beside),
            found[0] if found else None,
        )


def reachable(file: SourceFile, files: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
    """The other files that running this one may run, in the order of `files`."""
    others = [other for other in files if other is not file]
    if not others:
        return ()
    importable = Importable(others)
    found: dict[str, SourceFile] = {}
    waiting = [file]
    while waiting:
        importer = waiting.pop()
        for module in modules(importer):
            meant = importable.find(module, importer.path)
            if meant is not None and meant.path not in found:
                found[meant.path] = meant
                waiting.append(meant)
    return tuple(other for other in others if other.path in found)


@lru_cache(maxsize=4096)
def modules(file: SourceFile) -> frozenset[str]:
    """Every module that a file may import, by the names it is called in its imports."""
    names: set[str] = set()
    for unit in parse(file).units:
        for node in ast.walk(unit.tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                names.add(module)
                names.update(f"{module}.{alias.name}".lstrip(".") for alias in node.names)
    return frozenset(name for name in names if name)


def _below(path: str, packages: list[str]) -> bool:
    """Whether the folders above a file are these packages, as far as its path tells."""
    above = PurePosixPath(path).parent.parts
    known = min(len(above), len(packages))
    return not known or list(above[-known:]) == packages[-known:]
