"""What a check is: a declared record, `measure` and `judge`, kept apart.

`measure` yields numbers and evidence and knows no verdict. `judge` is pure and turns
numbers into a status by thresholds which are constants of the check; only the locked
objective may override them, never the experiment under review. A check knows frames,
code and predictions, never a study, so the same check serves bare files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from grd_core.statistics.metrics import Metric


class Group(StrEnum):
    """Where a check looks."""

    CODE = "code"
    DATA = "data"
    RESULTS = "results"
    PROCESS = "process"


class Kind(StrEnum):
    """Is the result trustworthy (validity), or what did it say (outcome)?"""

    VALIDITY = "validity"
    OUTCOME = "outcome"


class Severity(StrEnum):
    """What a finding does. Only blocking findings of validity checks stop a loop."""

    INFO = "info"
    WARNING = "warning"
    BLOCKING = "blocking"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for blocking."""
        return ("info", "warning", "blocking").index(self.value)


class Status(StrEnum):
    """How a check ended. Every registered check has exactly one in a review."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    ERRORED = "errored"
    SKIPPED = "skipped"
    WAIVED = "waived"


Cost = Literal["fast", "slow"]
Role = Literal["cause", "train", "evaluate"]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file and the part it plays. Lines count from 1; 0 means the whole file."""

    role: Role
    path: str
    line: int

    @property
    def file(self) -> str:
        """The path without the cell."""
        return self.path.partition(CELL)[0]

    @property
    def cell(self) -> int:
        """Which cell of a notebook, from 1; 0 in any other file. `line` counts in it."""
        return cell_of(self.path)

    def as_json(self) -> dict[str, Any]:
        """The place as the command line prints it with --json; with its cell in a notebook."""
        content: dict[str, Any] = {"role": self.role, "path": self.path, "line": self.line}
        return content | ({"file": self.file, "cell": self.cell} if self.cell else {})


CELL = "#cell-"
"""What parts a notebook's path from the number of the cell, in paths of places."""


def cell_of(path: str) -> int:
    """The number of the cell that a place's path names; 0 where it names none."""
    number = path.partition(CELL)[2]
    return int(number) if number.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """One instance of what a check looks for, with what proves it.

    `why` is one sentence that names the variables, columns or rows; `fix` is one thing
    to do. `value` and `threshold` are in the unit of the check's measurement.
    """

    title: str
    why: str
    fix: str
    severity: Severity
    path: str = ""
    line: int = 0
    places: tuple[Place, ...] = ()
    value: float | None = None
    threshold: float | None = None
    family: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Numbers only: the value with its interval, how many observations, by which method."""

    value: float | None
    method: str
    n: int | None = None
    ci: tuple[float, float] | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The one expected way for a check to have nothing to say."""

    reason: str


Judgement = Literal[Status.PASSED, Status.WARNED, Status.FAILED]
Thresholds = Mapping[str, float]


class Check(Protocol):
    """One rule of the Critic. The class docstring is its documentation page."""

    code: ClassVar[str]
    title: ClassVar[str]
    group: ClassVar[Group]
    kind: ClassVar[Kind]
    severity: ClassVar[Severity]
    cost: ClassVar[Cost]
    since: ClassVar[str]
    references: ClassVar[tuple[str, ...]]
    family: ClassVar[str]
    thresholds: ClassVar[Thresholds]

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Measure on the context of the check's group."""
        ...

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Turn a measurement into a status; pure."""
        ...


def judge_by_severity(measurement: Measurement) -> Judgement:
    """The rule shared by checks whose evidence carries its own severity.

    Blocking evidence fails, a warning warns, info alone passes.
    """
    worst = max((item.severity.rank for item in measurement.evidence), default=0)
    statuses: tuple[Judgement, ...] = (Status.PASSED, Status.WARNED, Status.FAILED)
    return statuses[worst]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check reports: evidence, bound to the check that found it.

    `ci` is the interval of `value`; where the finding's own value is another number than the
    measured one, such as a width, there is none.
    """

    check: str
    title: str
    group: Group
    kind: Kind
    family: str
    severity: Severity
    path: str
    line: int
    places: tuple[Place, ...]
    value: float | None
    threshold: float | None
    ci: tuple[float, float] | None
    n: int | None
    method: str
    why: str
    fix: str
    waived: bool = False

    def as_json(self) -> dict[str, Any]:
        """The finding as the command line prints it with --json."""
        return {
            "check": self.check,
            "title": self.title,
            "group": self.group.value,
            "kind": self.kind.value,
            "family": self.family,
            "severity": self.severity.value,
            "path": self.path,
            "line": self.line,
            "places": [place.as_json() for place in self.places],
            "evidence": {
                "value": self.value,
                "threshold": self.threshold,
                "ci": list(self.ci) if self.ci else None,
                "n": self.n,
                "method": self.method,
            },
            "why": self.why,
            "fix": self.fix,
            "waived": self.waived,
        }


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's whole outcome in one review."""

    check: str
    status: Status
    seconds: float
    reason: str = ""
    measurement: Measurement | None = None
    findings: tuple[Finding, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The check's line as the command line prints it with --json."""
        return {
            "check": self.check,
            "status": self.status.value,
            "seconds": round(self.seconds, 4),
            "reason": self.reason,
        }


# --- what each group of checks may look at --------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of code as text; `path` is what findings will name."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class KnownCall:
    """What a call of somebody's own library does to rows, as grd.toml declares it.

    `name` is the function's last name, or with a dot before it a method's; `effect` one of the
    effects of `dataflow.library` in small letters; `packages` where the function is imported
    from, any if empty; `data` and `target` the positions of the arguments with the rows and the
    target, -1 for none.
    """

    name: str
    effect: str
    packages: tuple[str, ...] = ()
    data: int = 0
    target: int = -1


@dataclass(frozen=True, slots=True)
class CodeContext:
    """Code under review: the files of one experiment, or whatever was named on a shell.

    `calls` are known besides those of the tables, and before them; `groups` are the columns
    whose rows the study keeps together, empty for bare files.
    """

    files: tuple[SourceFile, ...]
    calls: tuple[KnownCall, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrozenFile:
    """A frozen part as the ledger recorded it: its path, and sha256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DataContext:
    """Two tables and the roles of their columns.

    `train` and `test` are paths of tables. In a study the test table has no target column:
    its labels are frozen apart and no data check opens them; what needs labelled rows outside
    `train` looks at `validation` then, which is empty for bare files unless given.
    `task` is regression, binary or multiclass, or empty where the target itself must tell.
    `embargo` is the time kept free before a cut, such as `1d`. `metrics` are those of the locked
    objective, empty before it, and `cluster` the column whose values it draws whole. `pipelines`
    are paths of saved pipelines, fitted on `train`.
    `frozen` is empty for bare files.
    """

    train: str
    test: str
    target: str = ""
    time: str = ""
    groups: tuple[str, ...] = ()
    id_column: str = ""
    frozen: tuple[FrozenFile, ...] = ()
    validation: str = ""
    task: str = ""
    embargo: str = ""
    metrics: tuple[MetricRule, ...] = ()
    cluster: str = ""
    pipelines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricRule:
    """A metric as the locked objective registered it. `direction` is «lower» or «higher»;
    `own` is a metric of the study's own, which no catalogue knows."""

    name: str
    role: str
    direction: str
    threshold: float | None
    minimum_effect: float | None
    own: Metric | None = None

    @property
    def metric(self) -> Metric:
        """What computes it.

        Raises:
            UsageError: the catalogue does not know it.
        """
        from grd_core.statistics.metrics import find_metric

        return self.own or find_metric(self.name)


@dataclass(frozen=True, slots=True)
class FalsificationRule:
    """What would disprove the claim: `metric` (its value, or its gain over the baseline in
    the metric's good direction) stands in this comparison to `threshold`."""

    metric: str
    of: str
    comparison: str
    threshold: float
    meaning: str


@dataclass(frozen=True, slots=True)
class ResultsContext:
    """Predictions under review and what they must cover.

    `predictions` is the path of the run's prediction table, `other_seeds` those of the runs
    of the same method with other seeds. `train_table` holds the labels of training and
    validation rows; `test_features` holds the frozen ids and their features, without labels.
    `baseline_predictions` is empty for a baseline.
    """

    predictions: str
    train_table: str
    test_features: str
    target: str
    id_column: str
    task: str
    metrics: tuple[MetricRule, ...]
    confidence: float = 0.95
    cluster: str = ""
    baseline_predictions: str = ""
    falsification: tuple[FalsificationRule, ...] = ()
    other_seeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One field of the objective that differs from the first lock."""

    field: str
    classification: str
    before: str
    after: str
    amended: bool


@dataclass(frozen=True, slots=True)
class ProcessContext:
    """The records around an experiment: its hypothesis and the distance to the lock.

    `edited_after_run` is the run that is judged, where HYPOTHESIS.md no longer is what it was
    when that run started; else 0. `frozen_labels` is the name of the file of frozen labels and
    `source` that of the declared source, which holds them too; empty before the freeze.
    `peeks_declared` is None where the objective sets no limit.
    """

    hypothesis_path: str
    hypothesis: str | None
    objective_path: str
    drift: tuple[Change, ...]
    prose_changed: bool = False
    objective_readable: bool = True
    edited_after_run: int = 0
    code: tuple[SourceFile, ...] = ()
    frozen_labels: str = ""
    source: str = ""
    peeks_used: int = 0
    peeks_declared: int | None = None
