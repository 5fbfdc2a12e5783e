"""The energy that the GPUs of runs took, as far as it was measured. Advice: no limit."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.budget.account import SECONDS_PER_HOUR
from grd_core.budget.energy import JOULES_PER_KWH
from grd_core.ledger.read import Reader

# A run that ended counts with its first end, one that goes on with its last sample.
_TOLD = """
WITH ended AS MATERIALIZED
     (SELECT run_id, min(id) AS id FROM run_state WHERE state != 'started' {of_run}
      GROUP BY run_id),
     told AS
     (SELECT iif(s.id IS NULL, json_extract(p.supervisor_json, '$.energy'),
                 json_extract(s.detail_json, '$.gpus.energy')) AS energy,
             coalesce(json_extract(s.detail_json, '$.totals.gpu_s'),
                      iif(s.id IS NULL, p.gpu_s, NULL), 0.0) AS gpu_s
      FROM run r
      LEFT JOIN ended e ON e.run_id = r.id
      LEFT JOIN run_state s ON s.id = e.id
      LEFT JOIN run_progress p ON p.run_id = r.id
      {of_id})
SELECT reason, joules IS NOT NULL AS is_measured, count(*) AS runs, sum(gpu_s) AS gpu_s,
       coalesce(sum(joules), 0.0) AS joules,
       sum(iif(joules IS NULL, gpu_s, coalesce(unmeasured_s, 0.0))) AS unmeasured_s
FROM (SELECT json_extract(energy, '$.unknown') AS reason,
             json_extract(energy, '$.joules') AS joules,
             json_extract(energy, '$.unmeasured_s') AS unmeasured_s, gpu_s
      FROM told WHERE energy IS NOT NULL OR gpu_s > 0)
GROUP BY reason, is_measured
ORDER BY runs DESC, reason
"""
_OF_STUDY = _TOLD.format(of_run="", of_id="")
_OF_RUN = _TOLD.format(of_run="AND run_id = ?1", of_id="WHERE r.id = ?1")

NEVER_TOLD = "its supervisor told nothing of its energy"


@dataclass(frozen=True, slots=True)
class WithoutReading:
    """Runs that had GPUs and of whose energy nothing is known: how many, and why."""

    runs: int
    reason: str


@dataclass(frozen=True, slots=True)
class EnergySpentByRuns:
    """What the GPUs of some runs took.

    `gpu_hours` are of all runs that had GPUs, `unmeasured_s` the GPU-seconds of them without a
    reading, which count as nothing in `kwh`. `measured` is the number of runs with a reading.
    """

    kwh: float
    gpu_hours: float
    unmeasured_s: float
    measured: int
    without: tuple[WithoutReading, ...]

    @property
    def share(self) -> float | None:
        """The share of GPU time that has a reading, from 0 to 1; None without GPU time."""
        gpu_s = self.gpu_hours * SECONDS_PER_HOUR
        return max(0.0, 1.0 - self.unmeasured_s / gpu_s) if gpu_s > 0 else None


def energy_of_study(ledger: Reader) -> EnergySpentByRuns:
    """Add up what every run's supervisor told; a run counts once."""
    return _added(ledger, _OF_STUDY)


def energy_of_run(ledger: Reader, run_id: int) -> EnergySpentByRuns:
    """What one run's supervisor told."""
    return _added(ledger, _OF_RUN, run_id)


def _added(ledger: Reader, query: str, *parameters: int) -> EnergySpentByRuns:
    rows = ledger.rows(query, *parameters)
    return EnergySpentByRuns(
        kwh=sum(row["joules"] for row in rows) / JOULES_PER_KWH,
        gpu_hours=sum(row["gpu_s"] for row in rows) / SECONDS_PER_HOUR,
        unmeasured_s=sum(row["unmeasured_s"] for row in rows),
        measured=sum(row["runs"] for row in rows if row["is_measured"]),
        without=tuple(
            WithoutReading(row["runs"], row["reason"] or NEVER_TOLD)
            for row in rows
            if not row["is_measured"]
        ),
    )
