"""Putting the locked objective back, without losing what stands in its place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.errors import ConfigError, RefusedError
from grd_core.objective.reading import read_bytes
from grd_core.objective.versions import current_objective
from grd_core.rendering import write_atomically

if TYPE_CHECKING:
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class Restored:
    """The version that stands there again, and where the edited file went, if there was one."""

    version: int
    kept: Path | None


def restore(study: Study) -> Restored:
    """Write the newest locked version of OBJECTIVE.md back by its bytes.

    What stands there and differs, be it a folder, is kept beside it under a name that is free.

    Raises:
        RefusedError: nothing is locked, or the file is the locked one already.
    """
    locked = current_objective(study)
    path = study.objective_path
    kept: Path | None = None
    if os.path.lexists(path):
        if _bytes_of(path) == locked.raw:
            raise RefusedError(
                f"OBJECTIVE.md is the locked version {locked.version} already",
                where=path.name,
                fix="there is nothing to restore",
            )
        kept = _free_name(path)
        path.rename(kept)
    write_atomically(path, locked.raw)
    return Restored(locked.version, kept)


def _bytes_of(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except ConfigError:
        return None


def _free_name(path: Path) -> Path:
    candidates = (path.with_name(f"OBJECTIVE.edited-{number}.md") for number in range(1, 10_000))
    return next(one for one in candidates if not os.path.lexists(one))
