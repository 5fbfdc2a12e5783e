"""What the chained tables say of experiments, read once for each event of the ledger.

As long as the chain ends in the same event, the tables hold the same rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from grd_core.budget.account import ended_totals
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.runs.live import SPENT_SECONDS
from grd_core.runs.records import RunRecord, runs_going_on
from grd_core.runs.run_lines import RunLine, recent_runs
from grd_core.study import Study

MetricSource = Literal["frozen", "validation", "live", ""]

_SECONDS_PER_HOUR = 3600.0
_STUDIES_REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class PrimaryMetric:
    """The first primary metric of the locked objective, as well as it is known.

    `source` is frozen (the scorecard's estimate), validation (what check R301 of the last
    review measured), live (the last value a script logged under that name, of its newest
    run) or empty; `low` and `high` bound the interval where there is one.
    """

    name: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    source: MetricSource = ""

    @property
    def text(self) -> str:
        """The value with its interval, in four digits; empty where nothing is known."""
        if self.value is None:
            return ""
        if self.low is None or self.high is None:
            return f"{self.value:.4g}"
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


@dataclass(frozen=True, slots=True)
class RunCount:
    """How many runs an experiment has, and the newest one: its id, its start, its state."""

    count: int
    newest: int
    newest_at: str
    newest_state: str


@dataclass(frozen=True, slots=True)
class LastVerdict:
    """The verdict of an experiment's last loop review, and when it was recorded."""

    verdict: str
    confidence: str
    at: str


NO_RUNS = RunCount(0, 0, "", "")
NO_VERDICT = LastVerdict("", "", "")
_NO_METRIC = PrimaryMetric()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the chained tables say of experiments; `primary` is the metric's locked name.

    `last_ends` is when the last run of each ended (UTC, ISO 8601), in the far future where one
    goes on.
    """

    experiments: tuple[ExperimentRecord, ...]
    live: tuple[RunRecord, ...]
    recent: tuple[RunLine, ...]
    runs: dict[int, RunCount]
    verdicts: dict[int, LastVerdict]
    outcomes: dict[int, str]
    primary: str
    metrics: dict[int, PrimaryMetric]
    totals: dict[int, dict[str, float]]
    last_ends: dict[int, str]

    def metric(self, experiment_id: int) -> PrimaryMetric:
        """The primary metric as far as it was scored or reviewed."""
        return self.metrics.get(experiment_id, _NO_METRIC)

    def spent(self, experiment_id: int, unit: str) -> float:
        """Hours that runs of the experiment had spent when they ended."""
        by_unit = self.totals.get(experiment_id)
        return 0.0 if by_unit is None else by_unit[SPENT_SECONDS[unit]] / _SECONDS_PER_HOUR

    @property
    def ended(self) -> dict[str, float]:
        """Seconds that all ended runs have spent, by total."""
        return {
            total: sum(by_unit[total] for by_unit in self.totals.values())
            for total in SPENT_SECONDS.values()
        }


_memory: dict[str, tuple[tuple[int, str], Recorded]] = {}


def recorded_of(study: Study, ledger: Reader) -> Recorded:
    """What the chained tables say, remembered for as long as the chain ends in the same event."""
    row = ledger.one("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1")
    head = (row["id"], row["hash"]) if row is not None else (0, "")
    place = str(study.ledger_path)
    known = _memory.get(place)
    if known is not None and known[0] == head:
        return known[1]
    recorded = _read(study, ledger)
    while len(_memory) >= _STUDIES_REMEMBERED:
        _memory.pop(next(iter(_memory)), None)
    _memory[place] = (head, recorded)
    return recorded


def _read(study: Study, ledger: Reader) -> Recorded:
    locks = ledger.rows("SELECT sha256, rule_json FROM objective_lock ORDER BY id")
    primaries = {row["sha256"]: _primary_of(row["rule_json"]) for row in locks}
    primary = _primary_of(locks[-1]["rule_json"]) if locks else ""
    return Recorded(
        experiments=list_experiments(study, ledger),
        live=tuple(runs_going_on(study, ledger)),
        recent=recent_runs(ledger),
        runs={row[0]: RunCount(*row[1:]) for row in ledger.rows(_RUNS)},
        verdicts={row[0]: LastVerdict(*row[1:4]) for row in ledger.rows(_VERDICTS)},
        outcomes={
            row[0]: row[1]
            for row in ledger.rows("SELECT experiment_id, outcome FROM scorecard ORDER BY id")
        },
        primary=primary,
        metrics=_measured(ledger, primary, primaries) | _scored(ledger, primary),
        totals=ended_totals(ledger.rows),
        last_ends={row[0]: row[1] for row in ledger.rows(_LAST_ENDS)},
    )


_RUNS = """
SELECT n.experiment_id, n.runs, n.newest, r.at,
       (SELECT state FROM run_state WHERE run_id = n.newest ORDER BY id DESC LIMIT 1)
FROM (SELECT experiment_id, count(*) AS runs, max(id) AS newest FROM run GROUP BY experiment_id) n
JOIN run r ON r.id = n.newest
"""

_LAST_ENDS = """
SELECT r.experiment_id, max(coalesce(s.at, '9999-01-01T00:00:00Z'))
FROM run r LEFT JOIN run_state s ON s.run_id = r.id AND s.state != 'started'
GROUP BY r.experiment_id
"""

_VERDICTS = """
SELECT r.experiment_id, r.verdict, r.confidence, r.at FROM review r
WHERE r.id IN (SELECT max(id) FROM review WHERE stage = 'loop' GROUP BY experiment_id)
"""

_MEASURED = """
SELECT r.experiment_id, json_extract(r.inputs_json, '$.objective_lock') AS objective,
       c.measurement_json
FROM review r JOIN check_result c ON c.review_id = r.id AND c.code = 'R301'
WHERE r.id IN (SELECT max(id) FROM review WHERE stage = 'loop' GROUP BY experiment_id)
"""

_SCORED = """
SELECT experiment_id, json_extract(content_json, '$.metrics') AS metrics FROM scorecard
WHERE id IN (SELECT max(id) FROM scorecard GROUP BY experiment_id)
"""


@lru_cache(maxsize=64)
def _primary_of(rule_json: str) -> str:
    """The name of the first primary metric of a locked rule; empty where it has none."""
    metrics = json.loads(rule_json).get("metrics") or []
    found = next((m for m in metrics if m.get("role") == "primary"), metrics[0] if metrics else {})
    return str(found.get("name", ""))


def _measured(ledger: Reader, primary: str, primaries: dict[str, str]) -> dict[int, PrimaryMetric]:
    """On validation, by the last review; not where another metric was the primary one then."""
    found = {}
    for row in ledger.rows(_MEASURED):
        measured = json.loads(row["measurement_json"])
        if measured is None or measured.get("value") is None:
            continue
        if primary and primaries.get(row["objective"]) == primary:
            low, high = measured.get("ci") or (None, None)
            found[row["experiment_id"]] = PrimaryMetric(
                primary, measured["value"], low, high, "validation"
            )
    return found


def _scored(ledger: Reader, primary: str) -> dict[int, PrimaryMetric]:
    """On the frozen test part, by the newest scorecard."""
    found = {}
    for row in ledger.rows(_SCORED):
        metrics: list[dict[str, Any]] = json.loads(row["metrics"] or "[]")
        one = next((metric for metric in metrics if metric.get("name") == primary), None)
        if one is not None and one.get("estimate") is not None:
            found[row["experiment_id"]] = PrimaryMetric(
                primary, one["estimate"], one.get("low"), one.get("high"), "frozen"
            )
    return found
