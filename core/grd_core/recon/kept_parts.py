"""Where frozen files lie once their freeze was taken back, and whether they still stand."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.identity import sha256_file
from grd_core.ledger.in_force import Unfrozen, freeze_in_force
from grd_core.ledger.read import Reader
from grd_core.recon.records import FreezeRecord, read_freeze

if TYPE_CHECKING:
    from grd_core.study import Study


def settle_interrupted(study: Study) -> None:
    """Put the frozen files back where an unfreeze was killed between its move and its record.

    What was not recorded did not happen, so the freeze is still in force and its files belong
    in data/frozen. Waits for whoever is unfreezing now.
    """
    with study.read() as ledger:
        record = read_freeze(ledger)
    if record is None or study.frozen_dir.exists() or not archive_of(study, record).is_dir():
        return
    with study.write_derived() as connection:
        connection.row_factory = sqlite3.Row
        still = freeze_in_force(Reader(connection)) == record.id
        if still and not study.frozen_dir.exists():
            archive_of(study, record).rename(study.frozen_dir)
            flush_folder(study.data_dir)


def archive_of(study: Study, record: FreezeRecord) -> Path:
    """Where the files of a freeze go when it is taken back."""
    return study.data_dir / f"{study.frozen_dir.name}-{record.id:02d}"


def archive_faults(study: Study, taken_back: Unfrozen, record: FreezeRecord) -> tuple[str, ...]:
    """What is wrong with the kept files of a freeze that was taken back; hashes each one.

    A file that had changed before it was moved is told again: its hash is the freeze's.
    """
    if not taken_back.kept_in:
        return ()
    folder = study.root / taken_back.kept_in
    found = []
    for part in record.files:
        path = folder / Path(part.path).name
        where = f"{taken_back.kept_in}/{path.name}"
        if not path.is_file():
            found.append(f"{where} gone")
        elif sha256_file(path) != part.sha256:
            found.append(f"{where} changed")
    return tuple(found)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk before going on."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
