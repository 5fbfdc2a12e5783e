"""What the code and config of a run said, kept by their hashes in `.grd/files`.

Files of an experiment are a person's and change; the ledger holds only their hashes. One copy
of every content that a run started from makes two runs comparable afterwards. The name of a
copy is its sha256: what does not fit its name is not used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from grd_core.identity import sha256_bytes
from grd_core.rendering import write_atomically
from grd_core.runs.differences import CODE_SUFFIXES
from grd_core.runs.experiment_files import CONFIG_SUFFIXES
from grd_core.study import Study

FOLDER = "files"
"""Below `.grd`."""

MOST_BYTES = 2**18
"""A longer file is not kept: hardly somebody wrote it."""

MOST_FILES = 500
"""Files of one run that are kept; the ones beyond stay hashes."""


def is_kept_kind(name: str) -> bool:
    """Whether a file by this name is code or config."""
    return Path(name).suffix.lower() in CODE_SUFFIXES | CONFIG_SUFFIXES


def keep_files(study: Study, folder: Path, hashes: Mapping[str, str]) -> None:
    """Keep code and config below `folder` that are not kept yet.

    Args:
        study: the study.
        folder: the experiment's folder.
        hashes: sha256 by relative path. A file that no longer fits is passed over, and so is
            what the disk does not take: the hashes stand, and the run matters more.
    """
    names = [name for name in sorted(hashes) if is_kept_kind(name)][:MOST_FILES]
    for name in names:
        with contextlib.suppress(OSError):
            _keep(folder / name, _place(study, hashes[name]), hashes[name])


def kept_file(study: Study, folder: Path, name: str, sha256: str) -> bytes | None:
    """The content of a file as a run had it: the file as it is now where that fits the hash,
    else the kept copy; None where neither does."""
    for place in (folder / name, _place(study, sha256)):
        with contextlib.suppress(OSError):
            if place.is_file() and place.stat().st_size <= MOST_BYTES:
                content = place.read_bytes()
                if sha256_bytes(content) == sha256:
                    return content
    return None


def _keep(path: Path, place: Path, sha256: str) -> None:
    if place.exists() or path.stat().st_size > MOST_BYTES:
        return
    content = path.read_bytes()
    if sha256_bytes(content) == sha256:
        write_atomically(place, content)


def _place(study: Study, sha256: str) -> Path:
    return study.ledger_path.parent / FOLDER / sha256[:2] / sha256
