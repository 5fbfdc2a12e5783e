"""The jobs that hash frozen parts and log that they were read."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from grd_core.jobs import Progress
from grd_core.recon.freeze import HASHED, INTACT, frozen_faults
from grd_core.recon.records import current_freeze
from grd_core.study import Study


def compare_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Hash the frozen parts at `paths` of the study at `root`; writes nothing.

    Returns:
        `faults`: what is wrong with a part, by its path.
    """
    study = Study(Path(arguments["root"]))
    record = current_freeze(study)
    if record is None:
        return {"faults": {}}
    parts = tuple(part for part in record.files if part.path in arguments["paths"])
    progress(0.0, f"hashing {len(parts)} frozen parts")
    faults = frozen_faults(study, dataclasses.replace(record, files=parts))
    return {"faults": {fault.path: fault.what for fault in faults}}


def touch_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Log that frozen parts were hashed, and what is wrong with any of them by now.

    Apart from `compare_job`: loading what writes the ledger takes longer than most parts take
    to be hashed, and the alarm must not wait for it.

    Raises:
        RefusedError: the study cannot be written.
    """
    from grd_core.ledger.tables import Touch

    study = Study(Path(arguments["root"]))
    progress(0.0, "logging the touch")
    found = "; ".join(arguments["faults"]) or INTACT
    with study.write("frozen data verified") as tx:
        what = f"{HASHED}: {found}"
        tx.insert(Touch(freeze_id=arguments["freeze"], what=what, why=arguments["why"]))
    return {}
