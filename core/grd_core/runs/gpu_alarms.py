"""What wants eyes in the GPUs that were given to a run: those that are lost, by name."""

from __future__ import annotations

from collections.abc import Iterator

from grd_core.ledger.read import Reader
from grd_core.runs.progress import progress_of

RULE = (
    "the driver lists a GPU that was given to the run no more, or says that it fell off the bus;"
    " it blocks where none is left. GPU-hours count on: they are allocated devices times wall time"
)


def lost_gpus(ledger: Reader, run_id: int) -> Iterator[tuple[bool, str]]:
    """For each lost device of a run: whether none of its devices is left, and a sentence."""
    known = progress_of(ledger.driver, run_id).supervisor
    lost = known.get("lost_gpus", {})
    none_left = len(lost) == len(known.get("gpus", ()))
    for index, (name, reason) in sorted(lost.items(), key=lambda item: int(item[0])):
        called = f"GPU {index}" if name == f"GPU {index}" else f"GPU {index} ({name})"
        yield none_left, f"{called} is lost: {reason}"
