"""The files an experiment consists of, told by folders that are listed again only when changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grd_core.watch.folders import Folders

_RUNS = "runs"


class Files:
    """Lists what lies in experiments' folders, runs left out; an unchanged folder costs a stat.

    A superset of `experiment_files.input_files`: a mark too many costs a hash, one too few
    would miss a change.
    """

    def __init__(self) -> None:
        self._folders = Folders()

    def of(self, folder: Path) -> Iterator[str]:
        """The paths of all files of the experiment in `folder`."""
        top = str(folder)

        def enters(here: str, name: str) -> bool:
            return not (here == top and name == _RUNS)

        for here, listing in self._folders.walk(top, enters):
            for name in listing.files:
                yield f"{here}/{name}"
