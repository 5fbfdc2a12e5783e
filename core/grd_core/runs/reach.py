"""Whether a run's folder can be read: what cannot be read tells nothing about its run."""

from __future__ import annotations

import os
from pathlib import Path

from grd_core.launch.spec import JOURNAL_FOLDER
from grd_core.runs.journal_reader import SUPERVISING

OUT_OF_REACH = "out of reach"
"""What a run without a recorded end is called while its folder cannot be read."""


def in_reach(run_dir: Path) -> bool:
    """Whether what the processes above a run have journaled can be read now.

    The folder of the journals is made before a run is recorded. Where it is missing it was
    removed, or its mount is away; nobody can tell these apart from here.
    """
    try:
        with os.scandir(run_dir / JOURNAL_FOLDER) as entries:
            for entry in entries:
                # The run itself may write here; only regular files are opened, which never wait.
                if entry.name in SUPERVISING and entry.is_file(follow_symlinks=False):
                    with Path(entry.path).open("rb") as stream:
                        stream.read(1)
    except OSError:
        return False
    return True
