"""What the Objective's page shows, read at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.objective.comparison import Comparison
    from grd_core.objective.snapshot import ObjectiveSnapshot
    from grd_core.objective.versions import LockedVersion
    from grd_core.study import Study

FIRST = "v1"
FILE = "file"


@dataclass(frozen=True, slots=True)
class Version:
    """A locked version: `results` is how many its author could have seen."""

    number: int
    at: str
    author: str
    sha256: str
    reason: str
    results: int
    loosened: int
    post_hoc: int


@dataclass(frozen=True, slots=True)
class ObjectiveContent:
    """The state, the rule in plain words (of the newest lock, else of the draft), the versions
    and the comparison asked for; None where nothing can be compared. `results` counts what has
    been seen by now; `frozen` says whether the data is, without which nothing can be locked."""

    state: ObjectiveSnapshot
    rule: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    comparison: Comparison | None = None
    results: int = 0
    frozen: bool = True

    @property
    def shows_document(self) -> bool:
        """Whether there are two documents that differ."""
        return self.comparison is not None and not self.comparison.drift.identical

    @property
    def amends_shown(self) -> bool:
        """Whether an amendment records one of the changes that are shown."""
        changes = self.comparison.changes if self.comparison is not None else ()
        return any(change.amendment is not None for change in changes)


@dataclass(slots=True)
class Reading:
    """Reads the page's content, with the two versions to hold against each other.

    A comparison is kept as long as neither side, nor what was recorded, has changed: matching
    a long prose line by line takes longer than a page may at every change of the study.
    """

    left: str = FIRST
    right: str = FILE
    _known: dict[tuple[object, ...], Comparison] = field(default_factory=dict)

    def __call__(self, study: Study) -> ObjectiveContent:
        """The page's content."""
        from grd_core.objective.snapshot import objective_snapshot
        from grd_core.objective.versions import locked_versions, results_so_far
        from grd_core.recon.records import read_freeze

        state = objective_snapshot(study)
        with study.read() as ledger:
            locked = locked_versions(ledger)
            results = results_so_far(ledger).count
            frozen = read_freeze(ledger) is not None
        return ObjectiveContent(
            state=state,
            rule=_rule(study, locked),
            versions=tuple(_version(one) for one in locked),
            comparison=self._comparison(study, state, locked, results) if locked else None,
            results=results,
            frozen=frozen,
        )

    def _comparison(
        self,
        study: Study,
        state: ObjectiveSnapshot,
        locked: tuple[LockedVersion, ...],
        results: int,
    ) -> Comparison | None:
        from grd_core.errors import UsageError
        from grd_core.identity import sha256_bytes
        from grd_core.objective.comparison import compare

        on_disk = _bytes(study)
        digest = sha256_bytes(on_disk) if on_disk is not None else ""
        key = (study.root, self.left, self.right, len(locked), results, digest, state.changes)
        if key not in self._known:
            try:
                found = compare(study, self.left, self.right)
            except UsageError:
                # The file is gone, or the version was never there: the state says which.
                return None
            self._known = {key: found}
        return self._known[key]


def _rule(study: Study, locked: tuple[LockedVersion, ...]) -> tuple[str, ...]:
    """The decision rule in sentences; empty where it cannot be read."""
    from grd_core.objective.decision_rule import plain_words
    from grd_core.objective.document import parse
    from grd_core.objective.frontmatter import Malformed
    from grd_core.objective.own_metrics import own_sources, recorded_sources

    raw = locked[-1].raw if locked else _bytes(study)
    if raw is None:
        return ()
    document = parse(raw)
    if isinstance(document, Malformed):
        return ()
    sources = (
        recorded_sources(locked[-1].rule) if locked else own_sources(document.objective, study.root)
    )
    return tuple(plain_words(document.objective, sources).splitlines())


def _bytes(study: Study) -> bytes | None:
    try:
        return study.objective_path.read_bytes()
    except OSError:
        return None


def _version(locked: LockedVersion) -> Version:
    return Version(
        number=locked.version,
        at=locked.at,
        author=locked.author,
        sha256=locked.sha256,
        reason=locked.reason,
        results=locked.results_seen.count,
        loosened=sum(change.classification == "loosened" for change in locked.changes),
        post_hoc=sum(change.post_hoc for change in locked.changes),
    )
