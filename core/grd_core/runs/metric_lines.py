"""A run's metrics as one line each: count, last value, extremes, and what the name says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from grd_core.ledger.read import Reader
from grd_core.runs.metric_names import Good, Part, read_name
from grd_core.runs.progress import METER_PREFIX


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric of a run. `last` is None where the last value is not finite; `last_text`
    says it in any case. `low` and `high` are over finite values; `age_s` since the last point.

    `part`, `quantity` and `good` are what the name says (`metric_names.MetricName`).
    """

    name: str
    count: int
    nonfinite: int
    last_step: int
    last: float | None
    last_text: str
    low: float | None
    high: float | None
    age_s: float
    first_step: int = 0
    part: Part = ""
    quantity: str = ""
    good: Good = ""

    @property
    def is_meter(self) -> bool:
        """Whether the supervisor measured it, not the script."""
        return self.name.startswith(METER_PREFIX)


def metric_lines(ledger: Reader, run_id: int, now: float) -> tuple[MetricLine, ...]:
    """All metrics of a run by name, the meter's own too; `now` in Unix seconds."""
    lines = []
    for row in ledger.rows(
        "SELECT name, count, nonfinite, first_step, last_step, last_time, last_value,"
        " min_value, max_value FROM metric_summary WHERE run_id = ? ORDER BY name",
        run_id,
    ):
        last = math.nan if row["last_value"] is None else row["last_value"]
        said = read_name(row["name"])
        lines.append(
            MetricLine(
                name=row["name"],
                count=row["count"],
                nonfinite=row["nonfinite"],
                last_step=row["last_step"],
                last=last if math.isfinite(last) else None,
                last_text=repr(last),
                low=row["min_value"],
                high=row["max_value"],
                age_s=max(0.0, now - row["last_time"]),
                first_step=row["first_step"],
                part=said.part,
                quantity=said.quantity,
                good=said.good,
            )
        )
    return tuple(lines)
