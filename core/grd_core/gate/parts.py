"""How the data was cut, and what was taken back: a claim is judged with both in sight."""

from __future__ import annotations

from collections.abc import Iterator

from grd_core.ledger.in_force import all_unfrozen, freeze_in_force
from grd_core.ledger.read import Ledger


def parts_lines(ledger: Ledger) -> Iterator[str]:
    """The split in force where it had to be justified, then every freeze taken back."""
    split = ledger.one(
        "SELECT s.strategy, s.reason FROM freeze f JOIN split s ON s.id = f.split_id"
        " WHERE f.id = ?",
        freeze_in_force(ledger),
    )
    if split is not None and split["reason"]:
        yield f"the parts come from a {split['strategy']} split, because {split['reason']}"
    for one in all_unfrozen(ledger):
        looks = int(ledger.value("SELECT count(*) FROM peek WHERE freeze_id = ?", one.freeze_id))
        times = "once" if looks == 1 else f"{looks} times"
        yield (
            f"the test part was unfrozen on {one.at[:10]} by {one.author}, after its labels were"
            f" scored {times}, because {one.reason}"
        )
