"""A quick look at any file: a second or two, no study, in plain words."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grd_core.errors import RefusedError, StudyNotFoundError
from grd_core.jobs import Progress, run_job, value_of
from grd_core.recon.records import SourceRecord, read_source
from grd_core.recon.risks import Severity
from grd_core.study import Study, find_study

QUICK_LIMIT_S = 120.0
MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class QuickLine:
    """One thing seen, in a sentence, with what to do; `columns` are those it names."""

    severity: Severity
    text: str
    do: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuickLook:
    """What a quick look saw, worst first. `read` says which rows, `target_said` what was done of
    the target and why; `time`, `groups`, `id` and `task` are guesses and may be empty. `hidden`
    counts lesser lines that are left out."""

    path: str
    rows: int
    columns: int
    read: str
    target: str
    target_said: str
    task: str
    time: str
    groups: tuple[str, ...]
    id: str
    lines: tuple[QuickLine, ...]
    hidden: int
    next: str


def quick_look(path: Path, *, target: str = "", on_progress: Progress | None = None) -> QuickLook:
    """Look at a file as it lies there.

    The target's values are looked at where it is named, and then on all rows looked at; the
    declared source and the frozen parts of a study keep their rule that before the freeze
    nothing looks at the target, and after it at nothing but the training part.

    Args:
        path: a table in any format that is read.
        target: the column to be predicted; empty for none.
        on_progress: told what is being done.

    Raises:
        UsageError, DataError: the file or the column cannot be read.
        RefusedError: the file is a frozen part other than train, or declared and a target named.
        LedgerError: the file lies in a study whose ledger cannot be read.
    """
    path = path.resolve()
    study = _study_around(path)
    source = _declared(study, path, target) if study is not None else None
    hidden = {source.roles.target, *source.roles.excluded_columns} if source is not None else set()
    found = value_of(
        run_job(
            "grd_core.recon.quick_job:quick_job",
            {"path": str(path), "target": target, "hidden": sorted(hidden)},
            limit_s=QUICK_LIMIT_S,
            on_progress=on_progress,
        )
    )
    return _look(path, found, source, in_study=study is not None)


def _study_around(path: Path) -> Study | None:
    try:
        return find_study(path.parent)
    except StudyNotFoundError:
        return None


def _declared(study: Study, path: Path, target: str) -> SourceRecord | None:
    """The study's source where this is it; refuses what would look at kept labels."""
    if path.parent == study.frozen_dir.resolve():
        if path.name == "train.parquet":
            return None
        raise RefusedError(
            f"{path.name} is a frozen part",
            where=study.relative(path),
            fix="`grd data profile` looks at the training part, which is there for that",
        )
    with study.read() as ledger:
        source = read_source(ledger, study.root)
    if source is None or source.path.resolve() != path:
        return None
    if target:
        raise RefusedError(
            f"{source.label} is declared: its target is not looked at on all rows",
            where=source.label,
            fix="`grd data profile` looks at it on the training part, after `grd data freeze`",
        )
    return source


def _look(
    path: Path, found: dict[str, Any], source: SourceRecord | None, *, in_study: bool
) -> QuickLook:
    lines = tuple(
        QuickLine(line["severity"], line["text"], line["do"], tuple(line["columns"]))
        for line in found["lines"]
    )
    said, step = found["target_said"], _next(path, found, in_study=in_study)
    if source is not None:
        said = f"`{source.roles.target}` is declared and was not looked at, nor what is excluded"
        step = "grd data profile"
    return QuickLook(
        path=path.name,
        rows=found["rows"],
        columns=found["columns"],
        read=found["read"],
        target=found["target"],
        target_said=said,
        task=found["task"],
        time=found["time"],
        groups=tuple(found["groups"]),
        id=found["id"],
        lines=lines[:MOST_LINES],
        hidden=max(0, len(lines) - MOST_LINES),
        next=step,
    )


def _next(path: Path, found: dict[str, Any], *, in_study: bool) -> str:
    """The command that declares the file with the roles that were seen; what only a person
    knows stands in capitals."""
    words = ["grd", "data", "add", str(path)]
    words += ["--target", found["target"] or found["guessed_target"] or "COL"]
    words += ["--task", found["task"] or "TASK"]
    if found["time"]:
        words += ["--time", found["time"]]
    for group in found["groups"]:
        words += ["--group", group]
    if found["id"]:
        words += ["--id", found["id"]]
    words += ["--origin", "WHERE", "--collected-how", "HOW", "--licence", "LICENCE"]
    words += ["--unit", "ONE-ROW-IS"]
    start = "" if in_study else "grd new STUDY && cd STUDY && "
    return start + " ".join(shlex.quote(word) for word in words)
