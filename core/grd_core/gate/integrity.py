"""Does the study still say what was recorded? What `grd verify` and the gate compare.

The ledger is replayed; its head is compared with the heads remembered in DECISION_LOG.md
and in run folders; locked, frozen, sealed and predicted bytes are hashed again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grd_core.gate.on_disk import DECISION_LOG, RUN_ANCHOR, file_faults
from grd_core.identity import sha256_bytes
from grd_core.ledger.in_force import all_unfrozen
from grd_core.ledger.read import Reader
from grd_core.ledger.verify import Anchor, Fault, head, verify_ledger
from grd_core.objective.audit import lock_faults, lock_notes
from grd_core.recon.freeze import frozen_faults
from grd_core.recon.kept_parts import archive_faults
from grd_core.recon.records import read_freeze, read_freeze_of
from grd_core.rendering import is_untouched
from grd_core.runs.experiments import list_experiments
from grd_core.study import Study

_HEAD_LINE = re.compile(r"^ledger head: event (\d+) sha256 ([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Integrity:
    """What was found: faults break trust, notes want eyes; and how much was compared."""

    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    events: int
    anchors: int
    head: str

    @property
    def sound(self) -> bool:
        """Whether everything is as it was written."""
        return not self.faults


def head_line(reader: Reader) -> str:
    """The line that anchors the ledger's head in a file outside it."""
    event_id, digest = head(reader)
    return f"ledger head: event {event_id} sha256 {digest}"


def check_integrity(study: Study) -> Integrity:
    """Compare everything that was recorded with what is there now; reads only."""
    with study.read() as ledger:
        found = list(_anchors(study))
        anchors = tuple(item for item in found if isinstance(item, Anchor))
        faults = [
            *verify_ledger(ledger, anchors),
            *(item for item in found if isinstance(item, Fault)),
            *lock_faults(ledger),
            *_frozen(study, ledger),
            *_scorecards(ledger),
            *file_faults(study, ledger),
        ]
        notes = [*_notes(study, ledger), *lock_notes(ledger), *_kept(study, ledger)]
        event_id, digest = head(ledger)
    return Integrity(tuple(faults), tuple(notes), event_id, len(anchors), digest)


def _anchors(study: Study) -> Iterator[Anchor | Fault]:
    logs = sorted(study.root.glob("DECISION_LOG*.md"))
    remembered = [anchor for path in logs if (anchor := _log_anchor(path))]
    yield from remembered
    if logs and not remembered:
        yield Fault(DECISION_LOG, "no line of it anchors the ledger's head any more")
    for path in sorted(study.experiments_dir.glob(f"*/*/runs/*/{RUN_ANCHOR}")):
        yield _run_anchor(study, path)


def _log_anchor(path: Path) -> Anchor | None:
    """The last line that is an anchor and nothing else: text inside an entry is none.

    A person may have written below it; the program folds every text it renders to one line
    that begins with a date, so no recorded reason can stand there as an anchor.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    found = _HEAD_LINE.findall(text)
    return Anchor(path.name, int(found[-1][0]), found[-1][1]) if found else None


def _run_anchor(study: Study, path: Path) -> Anchor | Fault:
    where = study.relative(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Anchor(where, int(content["event_id"]), str(content["hash"]))
    except (ValueError, KeyError, TypeError, OSError):
        # An anchor nobody can read anchors nothing, and that must show.
        return Fault(where, "the anchor of the ledger's head cannot be read")


def _frozen(study: Study, ledger: Reader) -> Iterator[Fault]:
    record = read_freeze(ledger)
    for fault in frozen_faults(study, record) if record else ():
        yield Fault(fault.path, f"frozen bytes {fault.what}")


def _kept(study: Study, ledger: Reader) -> Iterator[Fault]:
    """Files of freezes that were taken back: no result of now rests on them, earlier ones do."""
    for taken_back in all_unfrozen(ledger):
        record = read_freeze_of(ledger, taken_back.freeze_id)
        for said in archive_faults(study, taken_back, record) if record else ():
            where, _, what = said.rpartition(" ")
            yield Fault(where, f"frozen bytes, unfrozen on {taken_back.at[:10]}, {what}")


def _scorecards(ledger: Reader) -> Iterator[Fault]:
    for row in ledger.rows("SELECT id, sha256, content_json FROM scorecard"):
        if sha256_bytes(row["content_json"].encode()) != row["sha256"]:
            yield Fault(f"scorecard {row['id']}", "its content does not match its hash")


def _notes(study: Study, ledger: Reader) -> list[Fault]:
    notes = []
    log = study.root / DECISION_LOG
    if log.exists() and not is_untouched(study.ledger_path, study.root, log):
        notes.append(
            Fault(
                DECISION_LOG,
                "was edited by hand; it stays as it is, new renderings go to"
                " DECISION_LOG.rendered.md",
            )
        )
    notes.extend(
        Fault(
            study.relative(record.folder),
            f"files gone: {record.name} has its records but no folder; restore it",
        )
        for record in list_experiments(study, ledger)
        if record.files_gone
    )
    return notes
