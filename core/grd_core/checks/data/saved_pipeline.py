"""A pipeline as skops saved it, read and never loaded: no class of it is imported or made.

A .skops file is an archive of `schema.json`, a tree of what the objects hold, and of arrays in
NumPy's own format. Reading the tree is enough to know what a fitted part remembers, and works
for classes of the researcher's own and for any version of scikit-learn; loading it would run
their code, or refuse all of a pipeline for one unknown type in it.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.errors import DataError

if TYPE_CHECKING:
    import numpy as np

NEWEST_PROTOCOL = 2
"""Of the format's versions, the last that is known here."""

LARGEST_TREE_BYTES, LARGEST_ARRAY_BYTES = 2**28, 2**28
_SEQUENCES = ("ListNode", "TupleNode", "SetNode")


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """An object that was saved: the name of its class and its attributes, read alike."""

    kind: str
    attributes: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """An attribute; None where it has none of this name, or none that can be read."""
        found = self.attributes.get(name)
        return found.values() if isinstance(found, SavedArray) else found


@dataclass(frozen=True, slots=True, eq=False)
class SavedArray:
    """An array that lies in the archive."""

    archive: Path
    name: str

    def values(self) -> np.ndarray[Any, Any] | None:
        """What it holds; None where it is larger than is read here.

        Raises:
            DataError: it is damaged.
        """
        import io

        import numpy as np

        try:
            with zipfile.ZipFile(self.archive) as archive:
                if archive.getinfo(self.name).file_size > LARGEST_ARRAY_BYTES:
                    return None
                content = io.BytesIO(archive.read(self.name))
            found: np.ndarray[Any, Any] = np.load(content, allow_pickle=False)
        except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise _damaged(self.archive, error) from error
        return found


def read_pipeline(path: Path) -> Saved:
    """The object that a .skops file holds.

    Raises:
        DataError: it is no such file, is damaged, or was written in a format that is not known.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("schema.json").file_size > LARGEST_TREE_BYTES:
                raise DataError(
                    "the saved pipeline is too large to be read",
                    where=str(path),
                    fix="save the pipeline without the data it was fitted on",
                )
            tree = json.loads(archive.read("schema.json"))
        protocol = tree.get("protocol")
        if not isinstance(protocol, int) or not 0 <= protocol <= NEWEST_PROTOCOL:
            raise DataError(
                f"the pipeline was saved in version {protocol!r} of the format of skops;"
                f" {NEWEST_PROTOCOL} is the newest that is read",
                where=str(path),
                fix="save it with a skops that writes that one, such as 0.16",
            )
        found = _Tree(path).read(tree)
    except (
        AttributeError,
        KeyError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        raise _damaged(path, error) from error
    if not isinstance(found, Saved):
        raise DataError(
            "the file holds no estimator",
            where=str(path),
            fix="save the fitted pipeline itself: `skops.io.dump(pipeline, path)`",
        )
    return found


class _Tree:
    """Reads the nodes of one schema."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._seen: dict[int, Any] = {}

    def read(self, node: dict[str, Any]) -> Any:
        """What a node stands for: plain values, lists, `Saved` and `SavedArray`; a `Saved`
        without attributes for all that nothing here asks about."""
        loader = node.get("__loader__")
        if loader == "CachedNode":
            return self._seen.get(node["__id__"])
        found = self._of(str(loader), node)
        if "__id__" in node:
            self._seen[node["__id__"]] = found
        return found

    def _of(self, loader: str, node: dict[str, Any]) -> Any:
        content = node.get("content")
        if loader == "JsonNode":
            return json.loads(node["content"])
        if loader in _SEQUENCES:
            return [self.read(item) for item in node["content"]]
        if loader == "DictNode":
            return {name: self.read(item) for name, item in node["content"].items()}
        if loader == "SliceNode":
            bounds = node["content"]
            return slice(bounds["start"], bounds["stop"], bounds["step"])
        if loader == "NdArrayNode":
            return self._array(node)
        if loader == "ObjectNode" and isinstance(content, dict):
            attributes = self.read(content)
            if isinstance(attributes, dict):
                return Saved(str(node["__class__"]), attributes)
        return Saved(str(node.get("__class__")))

    def _array(self, node: dict[str, Any]) -> Any:
        if node["type"] == "numpy":
            return SavedArray(self._archive, str(node["file"]))
        return [self.read(item) for item in node["content"]]


def _damaged(path: Path, error: Exception) -> DataError:
    said = str(error).splitlines()
    return DataError(
        f"the file is no pipeline saved with skops: {said[0] if said else type(error).__name__}",
        where=str(path),
        fix="save it again with `skops.io.dump(pipeline, path)`",
    )
