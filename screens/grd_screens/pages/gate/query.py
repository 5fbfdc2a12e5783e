"""What the Gate's page has read: what waits, what was decided, and whether to gather again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.gate.evidence import GateSnapshot
    from grd_core.gate.lines import GateLine
    from grd_core.history.decisions import DecisionLine
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision that was made at the gate, and where the experiment's files are now."""

    line: DecisionLine
    folder: str
    files_gone: bool


@dataclass(frozen=True, slots=True)
class GateContent:
    """`mark` differs when something the evidence on `reading` rests on may have changed."""

    lines: tuple[GateLine, ...]
    rulings: tuple[Ruling, ...]
    reading: int
    mark: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence, and the mark under which it was gathered."""

    evidence: GateSnapshot
    mark: str


def read_gate(study: Study, reading: int) -> GateContent:
    """The lists, and the mark of the experiment being read; 0 for none. Hashes nothing."""
    from grd_core.gate.lines import gate_lines

    mark = evidence_mark(study, reading) if reading else ""
    return GateContent(gate_lines(study), tuple(_rulings(study)), reading, mark)


def gather(study: Study, number: int) -> Gathered:
    """The evidence on an experiment; hashes what is frozen and replays the ledger.

    Raises:
        UsageError: there is no such experiment.
        RefusedError: the objective was never locked.
    """
    from grd_core.gate.evidence import gate_snapshot
    from grd_core.runs.experiments import find_experiment

    mark = evidence_mark(study, number)
    return Gathered(gate_snapshot(study, find_experiment(study, str(number))), mark)


def evidence_mark(study: Study, number: int) -> str:
    """Where the ledger stands on the experiment, and sizes and times of the files beneath.

    A touched file moves it without a change, and costs one gathering more.
    """
    from grd_core.gate.on_disk import DECISION_LOG
    from grd_core.gate.standing import standing
    from grd_core.history.decisions import decisions_of
    from grd_core.runs.experiment_files import input_files
    from grd_core.runs.experiments import find_experiment
    from grd_core.watch.folders import digest, guarded_mark

    experiment = find_experiment(study, str(number))
    with study.read() as ledger:
        stands = standing(ledger, experiment.id)
        others = len(decisions_of(ledger))
    files = [study.objective_path, study.root / DECISION_LOG]
    files += sorted(study.frozen_dir.glob("*")) if study.frozen_dir.is_dir() else []
    files += sorted(study.experiments_dir.glob("*/*/runs/*/predictions.*"))
    if not experiment.files_gone:
        files += [*input_files(experiment.folder), experiment.folder / "SCORECARD.json"]
    return digest((repr(stands), str(others), *(guarded_mark(str(path)) for path in files)))


def _rulings(study: Study) -> Iterator[Ruling]:
    """What the gate decided, the newest first."""
    from grd_core.gate.answers import DECISIONS
    from grd_core.history.decisions import decisions_of
    from grd_core.runs.experiments import list_experiments

    with study.read() as ledger:
        experiments = {one.number: one for one in list_experiments(study, ledger)}
        lines = decisions_of(ledger)
    for line in reversed(lines):
        if line.kind in DECISIONS:
            experiment = experiments[line.experiment]
            yield Ruling(line, study.relative(experiment.folder), experiment.files_gone)
