"""Working a split out: its parts, and what may be told of them before they are frozen.

Runs in a worker. Everything but the balance of train comes from features, times and groups.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.options import options_from_json
from grd_core.checks.data.tables import read_table
from grd_core.jobs import Progress
from grd_core.recon.balance import balance_of_train
from grd_core.recon.part_drift import drift_between, repeated_between, tables_of
from grd_core.recon.partition import Plan, partition
from grd_core.recon.roles import Roles, roles_from_json

if TYPE_CHECKING:
    import pyarrow as pa


def plan_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Work out a split; records nothing.

    Args:
        arguments: `path`, `reading` (its options), `roles` and `plan`.
        progress: told what is being done.

    Returns:
        `sizes`, `cuts`, `spans`, `crossings` and `notes` of the Partition; `balance` of train;
        `drift` of validation and test against train; `repeated` rows between the parts.
    """
    roles = roles_from_json(arguments["roles"])
    path = Path(arguments["path"])
    progress(0.1, f"reading {path.name}")
    table = read_table(path, options=options_from_json(arguments.get("reading")))
    progress(0.4, "assigning rows")
    found = partition(table, roles, Plan(**arguments["plan"]), where=str(path))
    progress(0.6, "comparing the parts")
    compared = _compared(table, roles)
    drift = drift_between(tables_of(table, found.parts), compared, roles.time)
    progress(0.9, "looking for repeated rows")
    content = asdict(found)
    del content["parts"]
    return content | {
        "notes": list(found.notes),
        "balance": balance_of_train(table, roles, found.parts),
        "drift": [asdict(one) for one in drift],
        "repeated": repeated_between(table, roles, found.parts),
    }


def _compared(table: pa.Table, roles: Roles) -> tuple[str, ...]:
    """The features without time and groups, which differ between parts by design."""
    by_design = {roles.time, *roles.groups}
    features = roles.features(tuple(table.column_names))
    return tuple(name for name in features if name not in by_design)
