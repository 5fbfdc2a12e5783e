"""The data checks on the frozen parts: measured once, and kept for as long as they hold.

What most data checks find rests on the frozen parts and the declared roles alone, so every
review of every experiment would measure the same numbers again. They are measured when the
training part is profiled, stand in the ledger with that profile, and hold until the parts, the
roles, the split or the checks themselves are others.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.checks.contract import Check, CheckResult, DataContext, FrozenFile, Group, Status
from grd_core.checks.runner import result_from_json
from grd_core.identity import canonical_json, sha256_bytes
from grd_core.recon.records import current_freeze, current_profile, current_split, require_source

if TYPE_CHECKING:
    from grd_core.study import Study

BEYOND_TABLES = frozenset({"D214", "D215", "D216"})
"""Checks that look at more than tables: at the objective, at the bytes, at saved pipelines."""


def tables_context(study: Study) -> DataContext:
    """The frozen parts and the roles of their columns, as the data checks read them.

    Raises:
        RefusedError: nothing is declared.
    """
    roles, split, freeze = require_source(study).roles, current_split(study), current_freeze(study)
    return DataContext(
        train=str(study.frozen_dir / "train.parquet"),
        test=str(study.frozen_dir / "test_features.parquet"),
        validation=str(study.frozen_dir / "validation.parquet"),
        target=roles.target,
        time=roles.time,
        groups=roles.groups,
        id_column=roles.id_column,
        task=roles.task,
        embargo=str(split.parameters["embargo"]) if split is not None else "",
        frozen=tuple(
            FrozenFile(str(study.root / part.path), part.sha256)
            for part in (freeze.files if freeze is not None else ())
        ),
    )


def table_checks() -> tuple[Check, ...]:
    """The checks whose results are kept, in the order of the codes."""
    from grd_core.checks.registry import own_checks

    return tuple(
        check
        for code, check in own_checks().items()
        if check.group is Group.DATA and code not in BEYOND_TABLES
    )


def rests_on(context: DataContext) -> str:
    """A digest of all that a kept result rests on, the code of the checks with it."""
    from grd_core.checks import data

    sources = sorted(Path(data.__file__).parent.rglob("*.py"))
    return sha256_bytes(
        canonical_json(
            {
                "frozen": [part.sha256 for part in context.frozen],
                "roles": [context.target, context.time, *context.groups, context.id_column],
                "task": context.task,
                "embargo": context.embargo,
                "checks": sha256_bytes(b"\0".join(path.read_bytes() for path in sources)),
            }
        ).encode()
    )


def kept_results(study: Study) -> dict[str, CheckResult]:
    """What the checks found when the frozen parts were profiled, by code; without those that
    broke, and empty where nothing is kept or it no longer holds."""
    profile = current_profile(study, "training")
    if profile is None or profile.content.get("rests_on") != rests_on(tables_context(study)):
        return {}
    results = [result_from_json(result) for result in profile.content["checks"]]
    return {result.check: result for result in results if result.status is not Status.ERRORED}
