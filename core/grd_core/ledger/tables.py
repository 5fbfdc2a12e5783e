"""The chained tables: what happened in a study, one append-only row at a time.

Column types are only INTEGER, REAL and TEXT, so that a row read by the driver equals
the row in the event that recorded it. TEXT columns that end in `_json` hold canonical
JSON. Every `at` is UTC, ISO 8601. A change of state is a new row in a `*_state` table;
no chained row is ever updated or deleted, and triggers see to that.

This module has no `from __future__ import annotations`: SQLModel reads the real types.
"""

from typing import Any, ClassVar

from sqlmodel import Field, SQLModel


class Event(SQLModel, table=True):
    """One write transaction: who did what, with the rows it wrote, chained by hash."""

    __tablename__: ClassVar[Any] = "event"
    id: int = Field(primary_key=True)
    at: str
    kind: str
    author: str
    payload: str
    prev: str
    hash: str


class _Row(SQLModel):
    """What every chained row carries: an id that never repeats, when it was written, by whom.

    All three are assigned by the write transaction.
    """

    id: int | None = Field(default=None, primary_key=True)
    at: str = ""
    author: str = ""


class Source(_Row, table=True):
    """Declared data: where it comes from and what its columns mean."""

    __tablename__: ClassVar[Any] = "source"
    name: str
    path: str
    format: str
    provenance_json: str
    roles_json: str


class DataVersion(_Row, table=True):
    """The content of a source at a time."""

    __tablename__: ClassVar[Any] = "data_version"
    source_id: int
    sha256: str
    size_bytes: int
    rows: int
    columns_json: str


class Profile(_Row, table=True):
    """A profile: of structure on all rows, or of the training part with its target."""

    __tablename__: ClassVar[Any] = "profile"
    data_version_id: int
    scope: str
    content_json: str


class Split(_Row, table=True):
    """A declared partition with its parameters and, where it must have one, its reason."""

    __tablename__: ClassVar[Any] = "split"
    data_version_id: int
    strategy: str
    parameters_json: str
    reason: str
    sizes_json: str


class Freeze(_Row, table=True):
    """The frozen parts on disk: relative paths, sha256 of bytes, rows; and the test ids."""

    __tablename__: ClassVar[Any] = "freeze"
    split_id: int
    files_json: str
    test_ids_sha256: str
    test_rows: int


class Touch(_Row, table=True):
    """A read of frozen bytes that computes no score."""

    __tablename__: ClassVar[Any] = "touch"
    freeze_id: int
    what: str
    why: str


class Peek(_Row, table=True):
    """A score computed on frozen labels, counted for ever; written before it is computed."""

    __tablename__: ClassVar[Any] = "peek"
    freeze_id: int
    experiment_id: int
    review_id: int
    predictions_sha256: str
    why: str


class ObjectiveLock(_Row, table=True):
    """A locked version of OBJECTIVE.md by its raw bytes; version 1 is the lock, later
    versions are amendments with their reason, their classified changes and what was seen."""

    __tablename__: ClassVar[Any] = "objective_lock"
    version: int
    sha256: str
    content_base64: str
    rule_json: str
    reason: str
    changes_json: str
    results_seen_json: str


class Experiment(_Row, table=True):
    """One test of the hypothesis. `parent_id` is 0 for none."""

    __tablename__: ClassVar[Any] = "experiment"
    number: int
    slug: str
    title: str
    kind: str
    parent_id: int


class ExperimentState(_Row, table=True):
    """Where an experiment stands and lives: open, sealed or archived, and its folder."""

    __tablename__: ClassVar[Any] = "experiment_state"
    experiment_id: int
    state: str
    folder: str
    detail_json: str


class Run(_Row, table=True):
    """One process execution of an experiment, as it was asked for."""

    __tablename__: ClassVar[Any] = "run"
    experiment_id: int
    ordinal: int
    folder: str
    command_json: str
    seed: int
    inputs_json: str
    objective_version: int


class RunState(_Row, table=True):
    """A run's state: started, done, failed, stopped_by_budget, stopped_by_user,
    interrupted or out_of_memory; totals and journal hashes at its end."""

    __tablename__: ClassVar[Any] = "run_state"
    run_id: int
    state: str
    detail_json: str


class RunNote(_Row, table=True):
    """What somebody noted on a run, in their own words; it may have lines."""

    __tablename__: ClassVar[Any] = "run_note"
    run_id: int
    text: str


class Unfreeze(_Row, table=True):
    """A freeze taken back, with its reason and where its files were moved to.

    `kept_in` is relative to the study and empty where nothing was left to keep; `faults_json`
    lists what was wrong with the files when they were moved.
    """

    __tablename__: ClassVar[Any] = "unfreeze"
    freeze_id: int
    reason: str
    kept_in: str
    faults_json: str


class Lease(_Row, table=True):
    """What a run may spend, reserved before it starts. Null means not limited."""

    __tablename__: ClassVar[Any] = "lease"
    run_id: int
    gpu_hours: float | None = None
    cpu_hours: float | None = None
    wall_hours: float | None = None


class Review(_Row, table=True):
    """One Critic pass over an experiment, with its verdict and the rule that gave it.

    `stage` is loop or scorecard; `loop` counts recorded loop reviews from 1;
    `inputs_json` holds the hashes of everything that was judged.
    """

    __tablename__: ClassVar[Any] = "review"
    experiment_id: int
    stage: str
    loop: int
    run_id: int
    inputs_json: str
    verdict: str
    rule: str
    confidence: str
    justification: str
    detail_json: str


class CheckRecord(_Row, table=True):
    """One check's status and measurement in one review."""

    __tablename__: ClassVar[Any] = "check_result"
    review_id: int
    code: str
    status: str
    seconds: float
    reason: str
    measurement_json: str


class FindingRecord(_Row, table=True):
    """One finding of one review."""

    __tablename__: ClassVar[Any] = "finding"
    review_id: int
    code: str
    severity: str
    path: str
    line: int
    content_json: str


class Waiver(_Row, table=True):
    """A reasoned, attributed, expiring override of a check's finding in an experiment.

    `findings_json` lists title and path of each finding it was given for; it covers no other.
    """

    __tablename__: ClassVar[Any] = "waiver"
    experiment_id: int
    code: str
    path: str
    reason: str
    expires: str
    findings_json: str


class ScorecardRecord(_Row, table=True):
    """The Evaluator's result for one experiment, from one peek."""

    __tablename__: ClassVar[Any] = "scorecard"
    experiment_id: int
    peek_id: int
    outcome: str
    sha256: str
    content_json: str


class Decision(_Row, table=True):
    """The human's Seal, Iterate or Archive, with what was asked and answered.

    `review_id` is the verdict it was made on, `scorecard_id` 0 where nothing was scored.
    """

    __tablename__: ClassVar[Any] = "decision"
    experiment_id: int
    review_id: int
    scorecard_id: int
    decision: str
    question_answer: str
    outcome: str
    reason: str
    detail_json: str


CHAINED: tuple[type[SQLModel], ...] = (
    Source,
    DataVersion,
    Profile,
    Split,
    Freeze,
    Touch,
    Peek,
    ObjectiveLock,
    Experiment,
    ExperimentState,
    Run,
    RunState,
    Lease,
    Review,
    CheckRecord,
    FindingRecord,
    Waiver,
    ScorecardRecord,
    Decision,
    RunNote,
    Unfreeze,
)
"""Every table whose rows stand in the hash chain, in the order they came to be."""
