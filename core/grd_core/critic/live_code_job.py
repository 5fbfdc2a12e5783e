"""The job that applies the code checks to saved files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from grd_core.checks.code_checks import apply_code_checks
from grd_core.checks.contract import CodeContext, SourceFile
from grd_core.checks.known_calls import known_calls_at
from grd_core.checks.runner import result_to_json
from grd_core.clock import utc_now
from grd_core.errors import ConfigError
from grd_core.jobs import Progress
from grd_core.runs.experiment_files import files_of

_UNREAD = re.compile(r"(?P<path>.+?)(?:#cell-(?P<cell>\d+))?: not read, (?P<why>.*)", re.DOTALL)


def check_code_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Every code check on the files of each of `experiments` (`number`, `folder`) of the study
    at `root` that have one of `suffixes`; `groups` are the columns declared to name a group.

    Returns:
        `experiments`: for each its `number` and either `at`, `paths`, `results` and `notes` by
        path, or `failed` with the reason.
    """
    root = Path(arguments["root"])
    suffixes = frozenset(arguments["suffixes"])
    groups = tuple(arguments["groups"])
    found: list[dict[str, Any]] = []
    for asked in arguments["experiments"]:
        progress(len(found) / len(arguments["experiments"]), asked["folder"])
        try:
            content = _look(root, Path(asked["folder"]), suffixes, groups)
        except OSError as error:
            content = {"failed": f"{error.filename}: {error.strerror}"}
        except ConfigError as error:
            content = {"failed": error.sentence()}
        found.append({"number": asked["number"], **content})
    return {"experiments": found}


def _look(
    root: Path, folder: Path, suffixes: frozenset[str], groups: tuple[str, ...]
) -> dict[str, Any]:
    at = utc_now()
    context = CodeContext(
        tuple(
            SourceFile(
                str(path.relative_to(root)), path.read_text(encoding="utf-8", errors="replace")
            )
            for path in files_of(root / folder, suffixes)
        ),
        calls=known_calls_at(root),
        groups=groups,
    )
    return {
        "at": at,
        "paths": [file.path for file in context.files],
        "results": [result_to_json(result) for result in apply_code_checks(context)],
        "notes": _notes(context),
    }


def _notes(context: CodeContext) -> dict[str, str]:
    """Why a file could not be read as Python, by its path."""
    from grd_core.checks.dataflow.programs import analyse_all

    notes: dict[str, str] = {}
    for note in analyse_all(context).notes:
        if found := _UNREAD.fullmatch(note):
            cell = f"cell {found['cell']} " if found["cell"] else ""
            why = found["why"].removeprefix("syntax error in ")
            notes.setdefault(found["path"], f"{cell}does not parse: {why}")
    return notes
