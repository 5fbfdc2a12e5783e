"""Taking a freeze back: said why, recorded for ever, and nothing of it deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from grd_core.errors import GrdError, RefusedError
from grd_core.identity import canonical_json
from grd_core.ledger.in_force import Unfrozen, freeze_in_force, unfrozen
from grd_core.recon.freeze import frozen_faults
from grd_core.recon.kept_parts import archive_of, flush_folder, settle_interrupted
from grd_core.recon.records import FreezeRecord, read_freeze
from grd_core.recon.report import render_report
from grd_core.recon.splits import LEAST_REASON

if TYPE_CHECKING:
    from pathlib import Path

    from grd_core.ledger.write import Transaction
    from grd_core.study import Study


def unfreeze(study: Study, reason: str) -> Unfrozen:
    """Take the freeze in force back, so that data can be declared, split and frozen anew.

    The frozen files are moved to `data/frozen-NN`, NN being the number of the freeze; they stay
    read-only and their hashes stand in the ledger. Every score measured on them is marked from
    now on, every verdict that rests on them is stale, and looks at their labels keep counting.

    Args:
        study: where it is recorded.
        reason: why, in `LEAST_REASON` characters or more.

    Raises:
        RefusedError: nothing is frozen, the reason says nothing, a run is going on, a folder of
            that name is there already, or the study cannot be written.
    """
    from grd_core.ledger.tables import Unfreeze

    written = reason.strip()
    settle_interrupted(study)
    with study.read() as ledger:
        record = read_freeze(ledger)
    if record is None:
        raise _nothing_frozen()
    if len(written) < LEAST_REASON:
        raise RefusedError(
            "a freeze is taken back for a reason, and none is given",
            where="data/frozen",
            fix=f"say why in {LEAST_REASON} characters or more: it stands beside every earlier"
            " score for ever",
        )
    faults = [f"{fault.path} {fault.what}" for fault in frozen_faults(study, record)]
    archive = archive_of(study, record)
    with (
        _MovedBackOnFailure(study, archive),
        study.write("data unfrozen", durable=True) as tx,
    ):
        _refuse_meanwhile(tx, record)
        is_there = study.frozen_dir.is_dir()
        tx.insert(
            Unfreeze(
                freeze_id=record.id,
                reason=written,
                kept_in=study.relative(archive) if is_there else "",
                faults_json=canonical_json(faults),
            )
        )
        # Inside the transaction: where the move fails, nothing is recorded.
        if is_there:
            _move(study, archive)
    render_report(study)
    with study.read() as ledger:
        taken_back = unfrozen(ledger, record.id)
    if taken_back is None:
        raise _nothing_frozen()
    return taken_back


class _MovedBackOnFailure:
    """Where the unfreeze is not recorded after all, the files are where they were.

    The record may fail at its last step, the commit: a full disk, an interrupt. An interrupt
    may also come right after it, and then the ledger, which is asked, says where they belong.
    """

    def __init__(self, study: Study, archive: Path) -> None:
        self._study = study
        self._was_there = study.frozen_dir.is_dir() and not archive.exists()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._was_there:
            # Where the ledger cannot even be asked, the next verification settles it.
            with suppress(GrdError):
                settle_interrupted(self._study)


def _refuse_meanwhile(tx: Transaction, record: FreezeRecord) -> None:
    if freeze_in_force(tx) != record.id:
        raise _nothing_frozen()
    run = tx.value(
        "SELECT r.id FROM run r WHERE 'started' ="
        " (SELECT state FROM run_state WHERE run_id = r.id ORDER BY id DESC LIMIT 1)"
        " ORDER BY r.id LIMIT 1"
    )
    if run:
        raise RefusedError(
            f"run {run} is going on and reads the frozen parts",
            where="data/frozen",
            fix=f"wait for its end, or `grd stop {run}`; then unfreeze",
        )


def _move(study: Study, archive: Path) -> None:
    if archive.exists():
        raise RefusedError(
            f"{study.relative(archive)} is there already, where the frozen parts would be kept",
            where=study.relative(archive),
            fix="move it elsewhere and unfreeze again",
        )
    try:
        study.frozen_dir.rename(archive)
        flush_folder(study.data_dir)
    except OSError as error:
        raise RefusedError(
            f"the frozen parts cannot be moved: {error.strerror or error}",
            where=study.relative(archive),
            fix="check the folder's permissions; nothing was recorded",
        ) from error


def _nothing_frozen() -> RefusedError:
    return RefusedError(
        "nothing is frozen, so nothing can be taken back",
        where="data/frozen",
        fix="`grd data freeze` freezes what `grd data split` planned",
    )
