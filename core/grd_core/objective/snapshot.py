"""Where the objective stands, as a screen shows it and --json prints it. Light to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from grd_core.errors import ConfigError
from grd_core.objective.reading import read_bytes

if TYPE_CHECKING:
    from grd_core.objective.drift import Drift
    from grd_core.objective.versions import LockedVersion
    from grd_core.study import Study

State = Literal["none", "draft", "locked"]
DriftState = Literal["none", "in sync", "drifted", "unreadable", "file missing"]


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """One problem of the file; `severity` is «refuse» or «warn»."""

    line: int
    field: str
    message: str
    fix: str
    severity: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One field of the file that differs from a lock.

    `amended` says that an amendment records it; `post_hoc` that it was loosened with
    results in view, or would be if it were amended now.
    """

    field: str
    classification: str
    before: str
    after: str
    before_line: int
    after_line: int
    amended: bool
    post_hoc: bool


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """One amendment: who, when, why, and how many results had been seen by then."""

    version: int
    at: str
    author: str
    reason: str
    results_seen: int
    loosened: int
    post_hoc: int


@dataclass(frozen=True, slots=True)
class ObjectiveSnapshot:
    """The objective's state.

    `drift` is for a line of text: «in sync», «2 loosened, 1 neutral», «unreadable»,
    «file missing»; `changes` are those that no amendment records, against the newest
    version; `since_first` are all of them, against the first lock. `problems` are those
    of the file as it stands, in a draft and after an edit.
    """

    state: State
    question: str = ""
    refuted_if: tuple[str, ...] = ()
    version: int = 0
    sha256: str = ""
    locked_at: str = ""
    locked_by: str = ""
    drift_state: DriftState = "none"
    drift: str = ""
    fault: str = ""
    changes: tuple[ChangeLine, ...] = ()
    since_first: tuple[ChangeLine, ...] = ()
    problems: tuple[ProblemLine, ...] = ()
    amendments: tuple[AmendmentLine, ...] = ()

    @property
    def refusals(self) -> int:
        """How many problems keep the file from being locked or amended."""
        return sum(problem.severity == "refuse" for problem in self.problems)


def objective_snapshot(study: Study) -> ObjectiveSnapshot:
    """The state of OBJECTIVE.md and its locks; never raises for what the file says."""
    from grd_core.objective.versions import locked_versions, results_so_far

    with study.read() as ledger:
        versions = locked_versions(ledger)
        results = results_so_far(ledger).count
    raw = _bytes_on_disk(study)
    if not versions:
        return ObjectiveSnapshot("none") if raw is None else _draft(study, raw)
    return _locked(study, versions, raw, results)


def _bytes_on_disk(study: Study) -> bytes | None:
    try:
        return read_bytes(study.objective_path)
    except ConfigError:
        return None


def _draft(study: Study, raw: bytes) -> ObjectiveSnapshot:
    from grd_core.objective.decision_rule import refutations
    from grd_core.objective.document import parse
    from grd_core.objective.frontmatter import Malformed

    document = parse(raw)
    problems = _problems(study, raw)
    if isinstance(document, Malformed):
        return ObjectiveSnapshot("draft", fault=document.problems[0].sentence(), problems=problems)
    return ObjectiveSnapshot(
        "draft",
        question=" ".join(document.objective.title.split()),
        refuted_if=refutations(document.objective),
        problems=problems,
    )


def _problems(study: Study, raw: bytes) -> tuple[ProblemLine, ...]:
    from grd_core.objective.check import problems_of

    return tuple(
        ProblemLine(item.line, item.field, item.message, item.fix, item.severity.value)
        for item in problems_of(study, raw)
    )


def _locked(
    study: Study, versions: tuple[LockedVersion, ...], raw: bytes | None, results: int
) -> ObjectiveSnapshot:
    first, newest = versions[0], versions[-1]
    known: dict[str, Any] = {
        "question": newest.rule["title"],
        "refuted_if": tuple(_criterion(item) for item in newest.rule["falsification"]),
        "version": newest.version,
        "sha256": newest.sha256,
        "locked_at": first.at,
        "locked_by": first.author,
        "amendments": tuple(amendment_line(version) for version in versions[1:]),
    }
    if raw is None:
        return ObjectiveSnapshot(
            "locked", drift_state="file missing", drift="file missing", **known
        )
    own = any(item.get("own") for item in newest.rule["metrics"])
    if raw == newest.raw and len(versions) == 1 and not own:
        return ObjectiveSnapshot("locked", drift_state="in sync", drift="in sync", **known)
    from grd_core.objective.drift import drift
    from grd_core.objective.own_metrics import drift_of_sources

    unamended, whole = (
        drift_of_sources(drift(one.raw, raw), one.rule, study.root) for one in (newest, first)
    )
    state: DriftState = "drifted" if unamended.readable else "unreadable"
    return ObjectiveSnapshot(
        "locked",
        drift_state="in sync" if unamended.identical else state,
        drift=unamended.summary(),
        fault=unamended.fault,
        changes=tuple(_lines(unamended, frozenset(), versions, results)),
        since_first=tuple(_lines(whole, _amended(unamended, whole), versions, results)),
        problems=() if unamended.identical else _problems(study, raw),
        **known,
    )


def _amended(unamended: Drift, whole: Drift) -> frozenset[str]:
    """The fields that differ from the first lock and stand as the newest version has them."""
    still_open = {change.field for change in unamended.changes}
    return frozenset(c.field for c in whole.changes if c.field not in still_open)


def _lines(
    moved: Drift, amended: frozenset[str], versions: tuple[LockedVersion, ...], results: int
) -> list[ChangeLine]:
    marked = {c.field for version in versions for c in version.changes if c.post_hoc}
    return [
        ChangeLine(
            change.field,
            change.classification.value,
            change.before,
            change.after,
            change.before_line,
            change.after_line,
            amended=change.field in amended,
            post_hoc=change.field in marked
            if change.field in amended
            else change.classification.value == "loosened" and results > 0,
        )
        for change in moved.changes
    ]


def amendment_line(version: LockedVersion) -> AmendmentLine:
    """An amendment as it is listed."""
    return AmendmentLine(
        version=version.version,
        at=version.at,
        author=version.author,
        reason=version.reason,
        results_seen=version.results_seen.count,
        loosened=sum(change.classification == "loosened" for change in version.changes),
        post_hoc=sum(change.post_hoc for change in version.changes),
    )


def _criterion(item: dict[str, Any]) -> str:
    of = " gain" if item["of"] == "gain" else ""
    return f"{item['metric']}{of} {item['comparison']} {item['threshold']:g}"
