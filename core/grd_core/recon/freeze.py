"""Freezing the data, and telling whether what was frozen still stands."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.errors import RefusedError
from grd_core.identity import canonical_json, sha256_file
from grd_core.jobs import Progress, run_job, value_of
from grd_core.ledger.in_force import freeze_in_force
from grd_core.recon.kept_parts import flush_folder, settle_interrupted
from grd_core.recon.records import (
    PARTS,
    FreezeRecord,
    FrozenPart,
    current_freeze,
    current_split,
    read_split_id,
)
from grd_core.recon.sources import check_version
from grd_core.recon.splits import plan_of

if TYPE_CHECKING:
    from grd_core.study import Study

FREEZE_LIMIT_S = 1800.0
HASHED = "hashed the frozen files"
"""How a touch begins that recorded a verification; what it found follows a colon."""
INTACT = "intact"
_STAGING = ".freezing-"


@dataclass(frozen=True, slots=True)
class FrozenFault:
    """A frozen file that is gone or changed; `path` is relative to the study."""

    path: str
    what: str


def freeze(study: Study, *, on_progress: Progress | None = None) -> FreezeRecord:
    """Write the frozen parts of the recorded split, record them, profile the training part
    and render DATA_REPORT.md.

    Raises:
        RefusedError: nothing is declared or split, the file changed, or it is frozen already.
        DataError: an id is missing or stands twice.
    """
    from grd_core.recon.profile import profile_training

    _refuse_frozen(study)
    source = check_version(study)
    split = current_split(study)
    if split is None:
        raise RefusedError(
            "no split is declared",
            where=source.label,
            fix="`grd data split` shows one and records it; then freeze",
        )
    staging = _staging(study)
    try:
        found = value_of(
            run_job(
                "grd_core.recon.freezing:freeze_job",
                {
                    "path": str(source.path),
                    "reading": source.reading,
                    "sha256": source.sha256,
                    "roles": source.roles.as_json(),
                    "plan": asdict(plan_of(split)),
                    "sizes": split.sizes,
                    "folder": str(staging),
                },
                limit_s=FREEZE_LIMIT_S,
                on_progress=on_progress,
            )
        )
        files = [
            {
                "path": study.relative(study.frozen_dir / item["name"]),
                "sha256": item["sha256"],
                "rows": item["rows"],
                "size_bytes": item["size_bytes"],
            }
            for item in found["files"]
        ]
        _record(study, staging, split.id, files, found["test_ids_sha256"], found["test_rows"])
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    record = _require_freeze(study)
    profile_training(study, trigger="the freeze", on_progress=on_progress)
    return record


def frozen_faults(study: Study, record: FreezeRecord) -> tuple[FrozenFault, ...]:
    """Hash every frozen file and compare; pure, records nothing."""
    faults = []
    for part in record.files:
        path = study.root / part.path
        if not path.is_file():
            faults.append(FrozenFault(part.path, "gone"))
        elif sha256_file(path) != part.sha256:
            faults.append(FrozenFault(part.path, "changed"))
    return tuple(faults)


def size_faults(study: Study, files: tuple[FrozenPart, ...]) -> tuple[FrozenFault, ...]:
    """What the folder alone tells without reading a byte: files gone or of another size."""
    faults = []
    for part in files:
        path = study.root / part.path
        if not path.is_file():
            faults.append(FrozenFault(part.path, "gone"))
        elif path.stat().st_size != part.size_bytes:
            faults.append(FrozenFault(part.path, "changed"))
    return tuple(faults)


def verify_frozen(study: Study, *, why: str = "grd data verify") -> tuple[FrozenFault, ...]:
    """Hash every frozen file, compare with the ledger, and log it as a touch.

    Files that a killed unfreeze had moved, and not recorded, are put back first.

    Raises:
        RefusedError: nothing is frozen, or the study cannot be written.
    """
    from grd_core.ledger.tables import Touch

    settle_interrupted(study)
    record = _require_freeze(study)
    faults = frozen_faults(study, record)
    found = "; ".join(f"{fault.path} {fault.what}" for fault in faults) or INTACT
    with study.write("frozen data verified") as tx:
        tx.insert(Touch(freeze_id=record.id, what=f"{HASHED}: {found}", why=why))
    return faults


def _record(
    study: Study,
    staging: Path,
    split_id: int,
    files: list[dict[str, object]],
    test_ids_sha256: str,
    test_rows: int,
) -> None:
    """Put the folder into place and record it, both or neither.

    The rename stands inside the transaction: when it fails nothing is recorded. A crash
    between rename and commit leaves files without a record, which the next freeze replaces.
    """
    from grd_core.ledger.tables import Freeze

    with study.write("data frozen", durable=True) as tx:
        if freeze_in_force(tx):
            raise _already("meanwhile")
        if read_split_id(tx) != split_id:
            raise RefusedError(
                "the data was declared or split anew meanwhile",
                where="split",
                fix="`grd data split`, then freeze again",
            )
        tx.insert(
            Freeze(
                split_id=split_id,
                files_json=canonical_json(files),
                test_ids_sha256=test_ids_sha256,
                test_rows=test_rows,
            )
        )
        _clear_unrecorded(study.frozen_dir)
        try:
            staging.chmod(0o755)
            staging.rename(study.frozen_dir)
            flush_folder(study.data_dir)
        except OSError as error:
            raise _unwritable(study.frozen_dir, error) from error
    # Freezes that were killed left copies of labels; none of them can be recorded any more.
    for left in study.data_dir.glob(f"{_STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)


def _staging(study: Study) -> Path:
    """An empty folder on the same file system as the place the parts will have."""
    try:
        study.data_dir.mkdir(exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=_STAGING, dir=study.data_dir))
    except OSError as error:
        raise _unwritable(study.data_dir, error) from error


def _unwritable(folder: Path, error: OSError) -> RefusedError:
    return RefusedError(
        f"the frozen parts cannot be written: {error.strerror or error}",
        where=str(folder),
        fix="free some space, or check the folder's permissions",
    )


def _clear_unrecorded(folder: Path) -> None:
    """Remove what an interrupted freeze left; refuse where anything else lies there."""
    if not folder.exists():
        return
    ours = {f"{name}.parquet" for name in PARTS}
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if foreign:
        raise RefusedError(
            f"{foreign[0]} lies where the frozen parts belong",
            where=str(folder),
            fix="move it elsewhere and freeze again",
        )
    shutil.rmtree(folder)


def _refuse_frozen(study: Study) -> None:
    record = current_freeze(study)
    if record is not None:
        raise _already(f"on {record.at[:10]}")


def _already(when: str) -> RefusedError:
    return RefusedError(
        f"the data was frozen {when}",
        where="data/frozen",
        fix="`grd data verify` checks it; `grd data unfreeze --reason …` takes it back and marks"
        " every score so far",
    )


def _require_freeze(study: Study) -> FreezeRecord:
    record = current_freeze(study)
    if record is None:
        raise RefusedError(
            "nothing is frozen", where=str(study.root), fix="`grd data freeze` after a split"
        )
    return record
