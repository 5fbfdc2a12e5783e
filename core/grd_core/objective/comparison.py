"""Any two versions of the objective held against each other: the drift view's whole content."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grd_core.errors import ConfigError, RefusedError, UsageError
from grd_core.objective.diff_lines import DiffRow, line_rows, marked
from grd_core.objective.reading import read_bytes
from grd_core.objective.snapshot import AmendmentLine, ChangeLine, amendment_line

if TYPE_CHECKING:
    from grd_core.objective.drift import Drift
    from grd_core.objective.versions import LockedVersion
    from grd_core.study import Study

FILE = "file"
"""How OBJECTIVE.md on disk is called among the versions."""


@dataclass(frozen=True, slots=True)
class Comparable:
    """One side of a comparison: `v1` … `vn`, or `file` (version 0, no time, no author)."""

    name: str
    version: int
    at: str
    author: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class ComparedChange:
    """A field that differs, and the last amendment between the two sides that recorded it;
    None where none did."""

    line: ChangeLine
    amendment: AmendmentLine | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions: fields first, what misleads most on top, then every line as a row.

    `amendments` are those between the two sides, oldest first.
    """

    left: Comparable
    right: Comparable
    drift: Drift
    changes: tuple[ComparedChange, ...]
    rows: tuple[DiffRow, ...]
    amendments: tuple[AmendmentLine, ...]


def versions(study: Study) -> tuple[Comparable, ...]:
    """What can be compared: every locked version, oldest first, then the file on disk where
    there is one that can be read."""
    from grd_core.objective.versions import locked_versions

    with study.read() as ledger:
        locked = locked_versions(ledger)
    return _comparable(study, locked)


def compare(study: Study, left: str, right: str) -> Comparison:
    """Hold two versions against each other, by names that `versions` gives.

    Raises:
        UsageError: there is no version of that name.
        RefusedError: nothing is locked, so there is nothing to compare with.
    """
    from grd_core.objective.document import parse
    from grd_core.objective.drift import Drift, drift
    from grd_core.objective.drift import compare as compare_documents
    from grd_core.objective.frontmatter import Malformed
    from grd_core.objective.lock import drift_on_disk
    from grd_core.objective.own_metrics import recorded_sources, sources_on_disk, with_sources
    from grd_core.objective.versions import locked_versions, results_so_far

    with study.read() as ledger:
        locked = locked_versions(ledger)
        results = results_so_far(ledger).count
    if not locked:
        raise RefusedError(
            "the objective is not locked",
            where=study.objective_path.name,
            fix="`grd objective check`, then `grd objective lock`",
        )
    known = _comparable(study, locked)
    first, second = _named(known, left), _named(known, right)
    rows = line_rows(first.raw, second.raw)
    before, after = parse(first.raw), parse(second.raw)
    if isinstance(before, Malformed) or isinstance(after, Malformed):
        moved = drift(first.raw, second.raw)
    else:
        same = first.raw == second.raw
        moved = Drift(True, True) if same else compare_documents(before, after)
        rows = marked(rows, before, after, None if same else moved)
    sources = [
        recorded_sources(locked[side.version - 1].rule)
        if side.version
        else sources_on_disk(locked[-1].rule, study.root)
        for side in (first, second)
    ]
    moved = with_sources(moved, *sources)
    between = _between(locked, first, second)
    amended = {change.field: version for version in between for change in version.changes}
    if between and FILE in (first.name, second.name):
        # What moved on since the newest lock is not what an amendment recorded.
        for change in drift_on_disk(study, locked[-1]).changes:
            amended.pop(change.field, None)
    return Comparison(
        left=first,
        right=second,
        drift=moved,
        changes=tuple(_changes(moved, between, amended, results)),
        rows=tuple(_recorded(rows, amended)),
        amendments=tuple(amendment_line(version) for version in between),
    )


def _comparable(study: Study, locked: Sequence[LockedVersion]) -> tuple[Comparable, ...]:
    found = [
        Comparable(f"v{one.version}", one.version, one.at, one.author, one.raw) for one in locked
    ]
    # A file that is not there cannot be compared; the snapshot says that it is missing.
    with contextlib.suppress(ConfigError):
        found.append(Comparable(FILE, 0, "", "", read_bytes(study.objective_path)))
    return tuple(found)


def _named(known: Sequence[Comparable], name: str) -> Comparable:
    found = next((one for one in known if one.name == name.strip().lower()), None)
    if found is None:
        raise UsageError(
            f"there is no version {name!r} of the objective",
            where="OBJECTIVE.md",
            fix=f"one of {', '.join(one.name for one in known)}",
        )
    return found


def _between(
    locked: Sequence[LockedVersion], first: Comparable, second: Comparable
) -> tuple[LockedVersion, ...]:
    """The amendments that lie between the two sides; the file follows every version."""
    ends = sorted(side.version or len(locked) + 1 for side in (first, second))
    return tuple(one for one in locked[1:] if ends[0] < one.version <= ends[1])


def _changes(
    moved: Drift,
    between: Sequence[LockedVersion],
    amended: dict[str, LockedVersion],
    results: int,
) -> list[ComparedChange]:
    marked_post_hoc = {c.field for version in between for c in version.changes if c.post_hoc}
    found = []
    for change in moved.changes:
        recorded = amended.get(change.field)
        line = ChangeLine(
            change.field,
            change.classification.value,
            change.before,
            change.after,
            change.before_line,
            change.after_line,
            amended=recorded is not None,
            post_hoc=change.field in marked_post_hoc
            if recorded is not None
            else change.classification.value == "loosened" and results > 0,
        )
        found.append(ComparedChange(line, amendment_line(recorded) if recorded else None))
    return found


def _recorded(rows: Sequence[DiffRow], amended: dict[str, LockedVersion]) -> list[DiffRow]:
    return [
        replace(row, version=amended[row.field].version)
        if row.classification and row.field in amended
        else row
        for row in rows
    ]
