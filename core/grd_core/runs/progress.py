"""What a run's supervisor said last: `run_progress`, one row a run, kept while it is read."""

from __future__ import annotations

import json
import math
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from grd_core.runs.journal_reader import Batch

METER_PREFIX = "sys/"
"""Names of the series made from meter samples: sys/cpu_cores, sys/rss_mb, sys/gpu0_util, …"""

_MIB = 2**20
_JOULES_PER_WH = 3600.0
_ENERGY = ("joules", "kwh", "integrated_j", "unmeasured_s", "resets")


@dataclass(frozen=True, slots=True)
class Progress:
    """Totals of a run so far, in seconds and bytes; times are Unix seconds.

    `gpus` is the last sample's list of devices, or "unmeasured". `supervisor` holds under
    `lost_gpus` the allocated devices that are lost, each by its index as [name, reason], and
    under `energy` what `budget.energy.described` told of all of them last. `exit` is empty
    until the supervisor or its guard has journaled the end.
    """

    started: float | None
    heartbeat: float | None
    wall_s: float
    cpu_s: float
    gpu_s: float
    rss_bytes: int
    peak_rss_bytes: int
    gpus: Any
    supervisor: dict[str, Any]
    exit: dict[str, Any]


NOTHING_YET = Progress(None, None, 0.0, 0.0, 0.0, 0, 0, "unmeasured", {}, {})


def progress_of(connection: sqlite3.Connection, run_id: int) -> Progress:
    """What is known of a run; `NOTHING_YET` before its supervisor has said anything."""
    row = connection.execute(
        "SELECT started, heartbeat, wall_s, cpu_s, gpu_s, rss_bytes, peak_rss_bytes,"
        " gpus_json, supervisor_json, exit_json FROM run_progress WHERE run_id = ?",
        (run_id,),
    ).fetchone()
    if row is None:
        return NOTHING_YET
    return Progress(*row[:7], *(json.loads(text) for text in row[7:]))


def save_progress(connection: sqlite3.Connection, run_id: int, progress: Progress) -> None:
    """Replace the row of a run."""
    connection.execute(
        "INSERT OR REPLACE INTO run_progress VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run_id,
            progress.started,
            progress.heartbeat,
            progress.wall_s,
            progress.cpu_s,
            progress.gpu_s,
            progress.rss_bytes,
            progress.peak_rss_bytes,
            json.dumps(progress.gpus),
            json.dumps(progress.supervisor),
            json.dumps(progress.exit),
        ),
    )


def follow(progress: Progress, batch: Batch) -> Progress:
    """The progress after a batch of records; meter samples also become points of the batch."""
    for record in batch.records:
        try:
            if record["kind"] == "sample":
                _points_of_sample(record, batch)
            progress = _after(progress, record)
        except (KeyError, TypeError, ValueError, OverflowError):
            batch.malformed += 1
    return progress


def _after(progress: Progress, record: dict[str, Any]) -> Progress:
    match record["kind"]:
        case "start":
            return replace(
                progress,
                started=record["time"],
                heartbeat=record["time"],
                supervisor={
                    key: record[key]
                    for key in ("pid", "start_ticks", "boot_id", "child_pid", "gpus", "monotonic")
                },
            )
        case "sample":
            return replace(
                _with_totals(progress, record),
                heartbeat=record["time"],
                rss_bytes=record["rss_bytes"],
                gpus=record["gpus"],
            )
        case "gpu_lost":
            told = [str(record["name"]), str(record["reason"])]
            lost = _lost_gpus(progress) | {str(int(record["index"])): told}
            return replace(progress, supervisor=progress.supervisor | {"lost_gpus": lost})
        case "gpu_back":
            lost = _lost_gpus(progress)
            lost.pop(str(record["index"]), None)
            return replace(progress, supervisor=progress.supervisor | {"lost_gpus": lost})
        case "exit":
            # The supervisor's own word counts before that of a guard that found it dead.
            if progress.exit and record["reason"] == "interrupted":
                return progress
            return replace(_with_totals(progress, record), rss_bytes=0, exit=record)
        case "reaped":
            # Leftovers ran on unmeasured until they were found. They belong to this boot, so
            # the monotonic clock tells for how long, whatever the wall clock was set to.
            began = progress.supervisor.get("monotonic", record["monotonic"])
            wall_s = max(0.0, record["monotonic"] - began)
            devices = len(progress.supervisor.get("gpus", ()))
            return _with_totals(
                progress, {"wall_s": wall_s, "gpu_s": wall_s * devices, "cpu_s": record["cpu_s"]}
            )
    return progress


def _lost_gpus(progress: Progress) -> dict[str, list[str]]:
    return dict(progress.supervisor.get("lost_gpus", {}))


def _with_totals(progress: Progress, record: dict[str, Any]) -> Progress:
    """Totals only grow, whoever reports them; the energy is that which was reported last."""
    # The run can write here too: what no clock can say must not keep its end unrecorded.
    if not all(math.isfinite(record[total]) for total in ("wall_s", "cpu_s", "gpu_s")):
        raise ValueError("a total is not a number of seconds")
    return replace(
        progress,
        supervisor=progress.supervisor | _energy(record),
        wall_s=max(progress.wall_s, record["wall_s"]),
        cpu_s=max(progress.cpu_s, record["cpu_s"]),
        gpu_s=max(progress.gpu_s, record["gpu_s"]),
        peak_rss_bytes=max(progress.peak_rss_bytes, record.get("peak_rss_bytes", 0)),
    )


def _energy(record: dict[str, Any]) -> dict[str, dict[str, float | str]]:
    """The energy of a record, under its name; nothing where the run has no devices."""
    match record.get("energy"):
        case None:
            return {}
        case {"unknown": str(reason)}:
            return {"energy": {"unknown": reason}}
        case {"joules": _} as told:
            numbers = {name: float(told[name]) for name in _ENERGY}
            if all(map(math.isfinite, numbers.values())):
                return {"energy": dict(numbers)}
    raise ValueError("not an energy")


def _points_of_sample(record: dict[str, Any], batch: Batch) -> None:
    step, time = round(record["wall_s"]), record["time"]

    def add(name: str, value: float | None) -> None:
        if value is not None:
            batch.series(METER_PREFIX + name).add(step, time, float(value))

    add("cpu_cores", record["cpu_cores"])
    add("rss_mb", record["rss_bytes"] / _MIB)
    if isinstance(record["gpus"], list):
        for index, utilisation, power, used, _total, celsius in record["gpus"]:
            add(f"gpu{index}_util", utilisation)
            add(f"gpu{index}_power_w", power)
            add(f"gpu{index}_memory_mb", None if used is None else used / _MIB)
            add(f"gpu{index}_celsius", celsius)
    for index, held in record.get("gpu_tree_bytes", ()):
        add(f"gpu{index}_own_memory_mb", held / _MIB)
    joules = _energy(record).get("energy", {}).get("joules")
    if isinstance(joules, float):
        add("gpu_energy_wh", joules / _JOULES_PER_WH)
