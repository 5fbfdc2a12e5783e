"""Where the evaluation of an experiment stands, as a screen shows it and --json prints it.

Reads the ledger through the driver; nothing heavy is imported.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from grd_core.evaluation.lines import (
    CalibrationLine,
    CriterionLine,
    ErrorLine,
    GainLine,
    MetricLine,
    Number,
    PredictionLine,
    StratumLine,
    TriedLine,
    described,
)
from grd_core.ledger.in_force import Unfrozen, unfrozen_under
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

SCORECARD_FILE = "SCORECARD.json"

State = Literal["not_scored", "interrupted", "scored"]


@dataclass(frozen=True, slots=True)
class EvaluationSnapshot:
    """One experiment's evaluation. `interrupted` means a peek was spent and no scorecard
    exists yet. `strata` are all scored ones of the first primary metric, then those of the
    others, each from the worst to the best; `strata_too_small` counts those left out.
    `by_prediction`, `target_quantiles` and `calibration` are exploratory: not registered.
    `late_changes` are sentences on what was loosened (post hoc) or changed in the rule after
    results were seen. `content` is the recorded scorecard; `file_edited` that SCORECARD.json no
    longer equals it; `unfrozen` how the test part it was scored on was taken back since, None
    while it stands.
    """

    experiment: str
    number: int
    state: State
    outcome: str
    rule: str
    reasons: tuple[str, ...]
    peeks_used: int
    peeks_declared: int | None
    scorecard_id: int
    at: str
    late_changes: tuple[str, ...] = ()
    metrics: tuple[MetricLine, ...] = ()
    composite: Number | None = None
    gains: tuple[GainLine, ...] = ()
    criteria: tuple[CriterionLine, ...] = ()
    worst: StratumLine | None = None
    strata: tuple[StratumLine, ...] = ()
    strata_too_small: int = 0
    hardest: tuple[ErrorLine, ...] = ()
    by_prediction: tuple[PredictionLine, ...] = ()
    target_quantiles: tuple[StratumLine, ...] = ()
    calibration: CalibrationLine | None = None
    tried: TriedLine | None = None
    file_edited: bool = False
    content: dict[str, Any] | None = None
    unfrozen: Unfrozen | None = None

    @property
    def mark(self) -> str:
        """What must be said beside the score; empty while its test part stands."""
        return self.unfrozen.mark if self.unfrozen is not None else ""

    def as_json(self) -> dict[str, Any]:
        """The one object that `grd evaluate --json` prints."""
        return {
            "experiment": self.experiment,
            "state": self.state,
            "outcome": self.outcome,
            "peeks": {"used": self.peeks_used, "declared": self.peeks_declared},
            "unfrozen": asdict(self.unfrozen) if self.unfrozen is not None else None,
            "mark": self.mark,
            "scorecard": self.content,
        }


def evaluation_snapshot(study: Study, experiment: ExperimentRecord) -> EvaluationSnapshot:
    """The newest scorecard of an experiment, or how far its evaluation came."""
    with study.read() as ledger:
        row = ledger.one(
            "SELECT id, at, outcome, peek_id, content_json FROM scorecard"
            " WHERE experiment_id = ? ORDER BY id DESC LIMIT 1",
            experiment.id,
        )
        used = int(ledger.value("SELECT count(*) FROM peek"))
        taken_back = unfrozen_under(ledger, row["id"]) if row else None
        last_peek = ledger.value("SELECT max(id) FROM peek WHERE experiment_id = ?", experiment.id)
        rule = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id DESC LIMIT 1")
    declared = json.loads(rule)["budget"].get("peeks") if rule else None
    content: dict[str, Any] | None = json.loads(row["content_json"]) if row else None
    open_peek = last_peek is not None and (row is None or last_peek > row["peek_id"])
    lines = described(content) if content else {}
    return EvaluationSnapshot(
        experiment=experiment.name,
        number=experiment.number,
        state="interrupted" if open_peek else "scored" if row else "not_scored",
        outcome=row["outcome"] if row else "",
        peeks_used=used,
        peeks_declared=declared,
        scorecard_id=row["id"] if row else 0,
        at=row["at"] if row else "",
        file_edited=content is not None and _file_differs(experiment, content),
        content=content,
        unfrozen=taken_back,
        **{"rule": "", "reasons": (), **lines},
    )


def _file_differs(experiment: ExperimentRecord, content: dict[str, Any]) -> bool:
    path = experiment.folder / SCORECARD_FILE
    try:
        return bool(json.loads(path.read_text(encoding="utf-8")) != content)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
