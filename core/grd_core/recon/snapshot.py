"""The Recon phase at one moment: what the screen renders and the command line prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from grd_core.ledger.in_force import Unfrozen, all_unfrozen
from grd_core.ledger.read import Reader
from grd_core.recon.freeze import HASHED, INTACT, size_faults
from grd_core.recon.records import (
    FreezeRecord,
    ProfileRecord,
    SourceRecord,
    SplitRecord,
    read_freeze,
    read_profile,
    read_source,
    read_split,
)
from grd_core.recon.risks import Risk, ranked, risk_from_json
from grd_core.recon.roles import Roles
from grd_core.recon.split_lines import DriftLine, drift_lines
from grd_core.recon.splits import default_split
from grd_core.study import Study

SourceState = Literal["undeclared", "present", "changed", "gone"]
Integrity = Literal["intact", "faulty"]
_NOT_STATED = frozenset({"split", "reading"})
"""What is kept beside provenance and is none."""


@dataclass(frozen=True, slots=True)
class SourceView:
    """The declared source; `state` by the file's size alone, without reading it, and
    by its being there of a folder."""

    name: str
    path: str
    format: str
    rows: int
    columns: int
    sha256: str
    declared_at: str
    state: SourceState
    roles: Roles
    provenance: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SplitView:
    """The declared split: sizes in rows, cuts and spans in time, its reason.

    `balance` pairs each class, or quartile, of the training target with its share, or value;
    `repeated` counts the rows of a part that equal a row of an earlier part in every feature.
    """

    strategy: str
    train: int
    validation: int
    test: int
    dropped_embargo: int
    dropped_missing_target: int
    embargo: str
    cuts: dict[str, str]
    spans: dict[str, list[str]]
    crossings: dict[str, float]
    reason: str
    at: str
    block: str = ""
    notes: tuple[str, ...] = ()
    balance: tuple[tuple[str, str], ...] = ()
    drift: tuple[DriftLine, ...] = ()
    repeated: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FreezeView:
    """The frozen parts; `integrity` is that of the last verification, which at first is the
    freeze itself; faulty where files are gone or of another size now.

    `peeks` counts the looks at the labels of this freeze, `peeks_earlier` those at labels that
    were unfrozen since: no unfreeze takes a look back."""

    at: str
    test_rows: int
    test_ids_sha256: str
    integrity: Integrity
    faults: tuple[str, ...]
    verified_at: str
    peeks: int
    touches: int
    peeks_earlier: int = 0


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column on a line of a table; None and empty where nothing may be told of its values.

    `missing_share` is in [0, 1]; `shape` holds the heights of a small histogram, 0 to 8, of
    numbers alone; `risks` counts the risks that name it, `worst` is the first one's severity.
    """

    name: str
    type: str
    role: str
    missing_share: float | None
    distinct: int | None
    shape: tuple[int, ...]
    risks: int
    worst: str


@dataclass(frozen=True, slots=True)
class ReconSnapshot:
    """All of Recon. Parts that do not exist yet are None or empty; `unfrozen` are the freezes
    that were taken back, the oldest first."""

    source: SourceView | None
    split: SplitView | None
    freeze: FreezeView | None
    profiled_at: str
    trained_at: str
    columns: tuple[dict[str, Any], ...]
    time: dict[str, Any] | None
    groups: tuple[dict[str, Any], ...]
    target: dict[str, Any] | None
    missingness: tuple[dict[str, Any], ...]
    risks: tuple[Risk, ...]
    baseline: dict[str, Any] | None
    checks: tuple[dict[str, Any], ...]
    recommended_split: dict[str, Any] | None
    next_step: str
    unfrozen: tuple[Unfrozen, ...] = ()

    @property
    def column_lines(self) -> tuple[ColumnLine, ...]:
        """The profiled columns in the order of the file; empty before the profile."""
        return tuple(self._column_line(column) for column in self.columns)

    def _column_line(self, column: dict[str, Any]) -> ColumnLine:
        naming = [risk for risk in self.risks if column["name"] in risk.columns]
        return ColumnLine(
            name=column["name"],
            type=column["type"],
            role=column["role"],
            missing_share=column.get("missing_share"),
            distinct=column.get("distinct"),
            shape=tuple(column.get("shape", ())),
            risks=len(naming),
            worst=naming[0].severity if naming else "",
        )

    @property
    def complete(self) -> bool:
        """Whether the phase is done: declared, profiled, frozen, profiled again, intact."""
        return self.next_step == ""


def recon_snapshot(study: Study) -> ReconSnapshot:
    """Read the state of Recon from the ledger and the sizes of files; opens no data.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    with study.read() as ledger:
        source, split = read_source(ledger, study.root), read_split(ledger)
        freeze = read_freeze(ledger)
        structure = read_profile(ledger, "structure")
        training = read_profile(ledger, "training")
        frozen = _freeze_view(study, ledger, freeze) if freeze else None
        taken_back = all_unfrozen(ledger)
    seen = _source_view(source) if source else None
    about = structure.content if structure else {}
    learned = training.content if training else {}
    return ReconSnapshot(
        source=seen,
        split=_split_view(split) if split else None,
        freeze=frozen,
        profiled_at=structure.at if structure else "",
        trained_at=training.at if training else "",
        columns=tuple(about.get("columns", ())),
        time=about.get("time"),
        groups=tuple(about.get("groups", ())),
        target=learned.get("target"),
        missingness=tuple(learned.get("missingness", ())),
        risks=risks_of(structure, training),
        baseline=learned.get("baseline"),
        checks=tuple(learned.get("checks", ())),
        recommended_split=default_split(source) if source else None,
        next_step=_next_step(seen, structure, split, frozen, training),
        unfrozen=taken_back,
    )


def risks_of(*profiles: ProfileRecord | None) -> tuple[Risk, ...]:
    """The risks of several profiles in one ranking."""
    return ranked(
        [
            risk_from_json(risk)
            for profile in profiles
            if profile
            for risk in profile.content["risks"]
        ]
    )


def _source_view(source: SourceRecord) -> SourceView:
    state: SourceState = "present"
    if not source.path.exists():
        state = "gone"
    elif source.path.is_file() and source.path.stat().st_size != source.size_bytes:
        state = "changed"
    return SourceView(
        name=source.name,
        path=source.label,
        format=source.format,
        rows=source.rows,
        columns=len(source.columns),
        sha256=source.sha256,
        declared_at=source.declared_at,
        state=state,
        roles=source.roles,
        provenance={
            key: value for key, value in source.provenance.items() if key not in _NOT_STATED
        },
    )


def _split_view(split: SplitRecord) -> SplitView:
    sizes = split.sizes
    return SplitView(
        strategy=split.strategy,
        train=sizes["train"],
        validation=sizes["validation"],
        test=sizes["test"],
        dropped_embargo=sizes["dropped_embargo"],
        dropped_missing_target=sizes["dropped_missing_target"],
        embargo=split.parameters["embargo"],
        cuts=split.parameters["cuts"],
        spans=sizes["spans"],
        crossings=sizes["crossings"],
        reason=split.reason,
        at=split.at,
        block=split.parameters.get("block", ""),
        notes=tuple(sizes.get("notes", ())),
        balance=tuple((one["what"], one["share"]) for one in sizes.get("balance", ())),
        drift=drift_lines(sizes),
        repeated=sizes.get("repeated", {}),
    )


def _freeze_view(study: Study, ledger: Reader, freeze: FreezeRecord) -> FreezeView:
    last = ledger.one(
        "SELECT at, what FROM touch WHERE freeze_id = ? AND what LIKE ? ORDER BY id DESC LIMIT 1",
        freeze.id,
        f"{HASHED}:%",
    )
    now = tuple(f"{fault.path} {fault.what}" for fault in size_faults(study, freeze.files))
    found = last["what"].partition(": ")[2] if last else ""
    recorded = tuple(found.split("; ")) if found and found != INTACT else ()
    integrity: Integrity = "faulty" if now or recorded else "intact"
    return FreezeView(
        at=freeze.at,
        test_rows=freeze.test_rows,
        test_ids_sha256=freeze.test_ids_sha256,
        integrity=integrity,
        faults=now or recorded,
        verified_at=last["at"] if last else freeze.at,
        peeks=ledger.value("SELECT count(*) FROM peek WHERE freeze_id = ?", freeze.id),
        touches=ledger.value("SELECT count(*) FROM touch WHERE freeze_id = ?", freeze.id),
        peeks_earlier=ledger.value("SELECT count(*) FROM peek WHERE freeze_id != ?", freeze.id),
    )


def _next_step(
    source: SourceView | None,
    structure: ProfileRecord | None,
    split: SplitRecord | None,
    freeze: FreezeView | None,
    training: ProfileRecord | None,
) -> str:
    """The one thing to do next, as a sentence; empty when Recon is done."""
    if source is None:
        return "declare the data: `grd data add provenance.toml`"
    if freeze is not None:
        if freeze.integrity == "faulty":
            return f"put back what was frozen: {freeze.faults[0]}"
        return "profile the training part: `grd data profile`" if training is None else ""
    if source.state != "present":
        return f"{source.path} is {source.state}: restore it or declare it again"
    missing_steps = (
        (structure, "profile the data: `grd data profile`"),
        (split, "declare a split: `grd data split`"),
        (freeze, "freeze the test part: `grd data freeze`"),
    )
    return next(step for record, step in missing_steps if record is None)
