"""Files of other tools in words: what is taken from each, or why it is not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grd_core.runs.readers.sources import PRINTED
from grd_core.runs.readers.taking_up import MetricFile

_OWN, _SHARED = "./", "../../"
_MOST_NAMES = 12


def told_files(files: Iterable[MetricFile]) -> tuple[MetricFile, ...]:
    """The files worth telling of: those with metrics first, then those that gave none, and what
    the script prints only where metrics come from it."""
    shown = [file for file in files if file.names or file.kind != PRINTED]
    return tuple(sorted(shown, key=lambda file: not file.names))


def file_text(file: MetricFile) -> str:
    """The sentence about one file; raw text that a face must sanitise."""
    what = f"{place_text(file.path)} ({file.kind}, {file.status})"
    why = f"; {file.word}" if file.word else ""
    if file.names:
        return f"from {what}: {_names(file.names)}{why}"
    if file.status == "reading":
        return f"from {what}: no metric that nothing else says{why}"
    return f"not read: {what}{why}"


def place_text(path: str) -> str:
    """Where a file lies: in the run's folder, or in the experiment's, which its runs share."""
    if path.startswith(_SHARED):
        return f"{path.removeprefix(_SHARED)} in the experiment's folder"
    return path.removeprefix(_OWN)


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
