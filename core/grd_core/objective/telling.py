"""A locked version in words, as every record tells it: what had been seen, and what changed."""

from __future__ import annotations

from grd_core.identity import one_line
from grd_core.objective.versions import LockedVersion, RecordedChange


def seen_text(version: LockedVersion) -> str:
    """Which results had been seen when a version was locked: `after 3 runs had been seen`."""
    seen = version.results_seen
    counts = (("run", seen.runs), ("review", seen.reviews), ("scorecard", seen.scorecards))
    said = [f"{len(ids)} {word}{'s' * (len(ids) != 1)}" for word, ids in counts if ids]
    return f"after {', '.join(said)} had been seen" if said else "before any result was seen"


def change_text(change: RecordedChange) -> str:
    """A changed field with how it counts, whether that was post hoc, and both values."""
    mark = ", post hoc" if change.post_hoc else ""
    before, after = one_line(change.before) or "–", one_line(change.after) or "–"
    return f"{one_line(change.field)} {change.classification}{mark}: {before} → {after}"
