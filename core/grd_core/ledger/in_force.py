"""Which freeze is in force, and which were taken back: one rule for every room that asks."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.ledger.read import Ledger

# A study made before a freeze could be taken back has no table for it until somebody writes.
_IS_KEPT = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'unfreeze'"


@dataclass(frozen=True, slots=True)
class Unfrozen:
    """A freeze that was taken back: when (UTC), by whom, why, and where its files are kept.

    `kept_in` is relative to the study; empty where no file was left to keep.
    """

    freeze_id: int
    at: str
    author: str
    reason: str
    kept_in: str

    @property
    def mark(self) -> str:
        """What is said, for ever, beside every score that was measured on that freeze."""
        return f"scored on a test part that was unfrozen on {self.at[:10]} because {self.reason}"


def freeze_in_force(ledger: Ledger) -> int:
    """The id of the newest freeze that was not taken back; 0 where there is none."""
    newest = int(ledger.value("SELECT coalesce(max(id), 0) FROM freeze"))
    return 0 if newest and unfrozen(ledger, newest) is not None else newest


def unfrozen(ledger: Ledger, freeze_id: int) -> Unfrozen | None:
    """How a freeze was taken back, or None while it stands."""
    return next((one for one in all_unfrozen(ledger) if one.freeze_id == freeze_id), None)


def all_unfrozen(ledger: Ledger) -> tuple[Unfrozen, ...]:
    """Every freeze that was taken back, the oldest first."""
    if not ledger.value(_IS_KEPT):
        return ()
    return tuple(
        Unfrozen(row["freeze_id"], row["at"], row["author"], row["reason"], row["kept_in"])
        for row in ledger.rows("SELECT * FROM unfreeze ORDER BY id")
    )


def last_unfrozen_at(ledger: Ledger) -> str:
    """When a freeze was taken back last (UTC); empty where none was.

    What was learned of the target before that moment was learned from other parts.
    """
    found = all_unfrozen(ledger)
    return found[-1].at if found else ""


def unfrozen_under(ledger: Ledger, scorecard_id: int) -> Unfrozen | None:
    """How the freeze that a scorecard was measured on was taken back; None while it stands."""
    freeze_id = ledger.value(
        "SELECT p.freeze_id FROM scorecard s JOIN peek p ON p.id = s.peek_id WHERE s.id = ?",
        scorecard_id,
    )
    return unfrozen(ledger, int(freeze_id)) if freeze_id else None


def mark_of(ledger: Ledger, scorecard_id: int) -> str:
    """What must be said beside a scorecard; empty while the freeze it rests on stands."""
    taken_back = unfrozen_under(ledger, scorecard_id)
    return taken_back.mark if taken_back is not None else ""


def mark_of_experiment(ledger: Ledger, experiment_id: int) -> str:
    """`mark_of` the newest scorecard of an experiment; empty where it was never scored."""
    newest = ledger.value("SELECT max(id) FROM scorecard WHERE experiment_id = ?", experiment_id)
    return mark_of(ledger, int(newest)) if newest else ""
