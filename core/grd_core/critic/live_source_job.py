"""The job that hashes the declared source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grd_core.jobs import Progress
from grd_core.recon.sources import version_fault
from grd_core.study import Study


def compare_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Hash the declared source of the study at `root`; writes nothing.

    Returns:
        `fault`: in what way it is not the declared version, in a sentence; empty when it is.

    Raises:
        RefusedError: nothing is declared.
        DataError: what lies there cannot be read.
    """
    progress(0.0, "hashing the declared source")
    return {"fault": version_fault(Study(Path(arguments["root"])))}
