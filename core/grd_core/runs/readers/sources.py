"""Which files of a run and of its experiment may hold metrics, by their names alone.

Links are not followed, hidden folders and caches are not searched. Below the experiment only
the folders of runs are left out: TensorBoard's writer makes folders of its own in `runs/`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grd_core.launch.spec import JOURNAL_FOLDER, STDOUT_LOG
from grd_core.runs.readers.console import take_console
from grd_core.runs.readers.contract import Format
from grd_core.runs.readers.csv_table import take_csv
from grd_core.runs.readers.json_lines import take_json_lines
from grd_core.runs.readers.tensorboard import take_events
from grd_core.runs.readers.trainer_state import take_trainer_state
from grd_core.watch.folders import Folders

MOST_FILES = 200
MOST_FOLDERS = 200
"""How many files are read for one run, and how many folders are searched for them."""

FORMATS: dict[str, Format] = {
    "tensorboard": take_events,
    "jsonl": take_json_lines,
    "csv": take_csv,
    "trainer_state": take_trainer_state,
    "stdout": take_console,
}
"""What reads each kind of file."""

WHOLE = "trainer_state"
"""The kind that is written anew each time, and read whole."""

PRINTED = "stdout"
"""The kind that stands back: what any other file says under the same name counts before it."""

_EVENTS = ".tfevents."
_TRAINER_STATE = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_RUN = re.compile(r"\d{2,}")
_CACHES = frozenset({"__pycache__", "node_modules", "site-packages"})
_folders = Folders()


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may hold metrics.

    `key` is its path from the run's folder, as text: `./metrics.csv` in it, `../../logs/a.jsonl`
    in the experiment's. `group` is what shares its metrics: all event files of a folder, all
    checkpoints of a training. `is_shared` says that it lies where other runs may write too.
    """

    path: Path
    key: str
    group: str
    kind: str
    is_shared: bool
    size: int
    mtime_ns: int


def of_run(run_dir: Path) -> list[Source]:
    """The files in a run's own folder, in the order of their keys; what it prints comes last."""
    found = _chosen(list(_found(run_dir, ".", run_dir)))
    log = run_dir / STDOUT_LOG
    status = _regular(str(log))
    if status is None:
        return found
    key = f"./{STDOUT_LOG}"
    # What a script prints stands back, so it comes last.
    return [*found, Source(log, key, key, PRINTED, False, status.st_size, status.st_mtime_ns)]


def of_experiment(folder: Path, since_ns: int) -> list[Source]:
    """The files in an experiment's folder, outside its runs, written at `since_ns` or later."""
    return _chosen([s for s in _found(folder, "../..", None) if s.mtime_ns >= since_ns])


def kind_of(name: str) -> str:
    """What a file is by its name; empty where it is none that is read."""
    if _EVENTS in name:
        return "tensorboard"
    if name.endswith(".jsonl"):
        return "jsonl"
    if name.endswith(".csv") and not name.startswith("predictions"):
        return "csv"
    return "trainer_state" if name == _TRAINER_STATE else ""


def _found(top: Path, prefix: str, run_dir: Path | None) -> Iterator[Source]:
    base = str(top)
    runs = f"{base}/runs"

    def enters(folder: str, name: str) -> bool:
        if name.startswith(".") or name in _CACHES:
            return False
        if run_dir is not None:
            is_outside = folder == base and name == JOURNAL_FOLDER
        else:
            is_outside = folder == runs and _RUN.fullmatch(name) is not None
        return not is_outside and not os.path.islink(f"{folder}/{name}")  # noqa: PTH114

    for folder, listing in _folders.walk(base, enters, most=MOST_FOLDERS):
        here = _text(f"{prefix}{folder[len(base) :]}")
        for name in listing.files:
            kind = kind_of(name)
            if not kind:
                continue
            path = f"{folder}/{name}"
            status = _regular(path)
            if status is None:
                continue
            said = _text(name)
            yield Source(
                path=Path(path),
                key=f"{here}/{said}",
                group=_group(kind, here, said),
                kind=kind,
                is_shared=run_dir is None,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
            )


def _group(kind: str, folder: str, name: str) -> str:
    if kind == "tensorboard":
        return f"{folder}/*{_EVENTS}*"
    if kind == WHOLE:
        parent, _, last = folder.rpartition("/")
        return f"{parent if _CHECKPOINT.fullmatch(last) and parent else folder}/{name}"
    return f"{folder}/{name}"


def _chosen(found: list[Source]) -> list[Source]:
    """As many as are read; of the states of one training only the newest, under one key."""
    newest: dict[str, Source] = {}
    others = []
    for source in found:
        if source.kind != WHOLE:
            others.append(source)
            continue
        known = newest.get(source.group)
        if known is None or _age(source) > _age(known):
            newest[source.group] = source
    states = [
        Source(s.path, s.group, s.group, s.kind, s.is_shared, s.size, s.mtime_ns)
        for s in newest.values()
    ]
    return sorted([*others, *states], key=lambda s: s.key)[:MOST_FILES]


def _age(source: Source) -> tuple[int, int]:
    found = _CHECKPOINT.fullmatch(source.path.parent.name)
    return source.mtime_ns, int(found[1]) if found else 0


def _regular(path: str) -> os.stat_result | None:
    """What a file system says of a plain file; None for a link, a pipe, or nothing.

    Paths are text here: all experiments are searched at each look, and objects cost more.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _text(name: str) -> str:
    """A name as text that a database takes, whatever bytes it has."""
    if name.isascii():
        return name
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")
