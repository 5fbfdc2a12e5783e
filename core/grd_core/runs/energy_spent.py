"""The energy that the GPUs of a study's runs took, as far as it is known. Advice: no limit.

Money is not said: an objective's budget names no price of a kilowatt-hour.
"""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.budget.energy import JOULES_PER_KWH
from grd_core.ledger.read import Reader

# A run that ended counts with its first end, one that goes on with its last sample.
_OF_RUNS = """
SELECT json_extract(s.detail_json, '$.gpus.energy') AS energy
FROM run_state s
WHERE s.id IN (SELECT min(id) FROM run_state WHERE state != 'started' GROUP BY run_id)
UNION ALL
SELECT json_extract(p.supervisor_json, '$.energy') AS energy
FROM run_progress p
WHERE p.run_id IN (SELECT run_id FROM run_state GROUP BY run_id HAVING max(state != 'started') = 0)
"""

_TOTALS = f"""
SELECT coalesce(sum(json_extract(energy, '$.joules')), 0.0) AS joules,
       coalesce(sum(json_extract(energy, '$.unmeasured_s')), 0.0) AS unmeasured_s,
       count(json_extract(energy, '$.joules')) AS measured,
       count(json_extract(energy, '$.unknown')) AS unknown
FROM ({_OF_RUNS})
"""  # noqa: S608 - both parts stand above


@dataclass(frozen=True, slots=True)
class EnergyOfStudy:
    """Kilowatt-hours of all runs that were given GPUs; `unmeasured_s` are device-seconds that
    count as nothing. `measured` and `unknown` are numbers of runs."""

    kwh: float
    unmeasured_s: float
    measured: int
    unknown: int

    @property
    def sentence(self) -> str:
        """The same in words; empty where no run was given a GPU."""
        if not self.measured:
            return f"energy unknown of {_runs(self.unknown)}" if self.unknown else ""
        least = "at least " if self.unmeasured_s or self.unknown else ""
        without = f", unknown of {_runs(self.unknown)}" if self.unknown else ""
        return f"{least}{self.kwh:.3g} kWh by the GPUs of {_runs(self.measured)}{without}"


def energy_of_study(ledger: Reader) -> EnergyOfStudy:
    """Add up what every run's supervisor told; a run counts once."""
    (row,) = ledger.rows(_TOTALS)
    return EnergyOfStudy(
        kwh=row["joules"] / JOULES_PER_KWH,
        unmeasured_s=row["unmeasured_s"],
        measured=row["measured"],
        unknown=row["unknown"],
    )


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
