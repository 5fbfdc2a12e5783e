"""Profiles: made in a worker, recorded in the ledger, shown in DATA_REPORT.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.errors import RefusedError
from grd_core.identity import canonical_json
from grd_core.jobs import Progress, run_job, value_of
from grd_core.recon.frozen_checks import rests_on, tables_context
from grd_core.recon.records import (
    ProfileRecord,
    Scope,
    current_freeze,
    current_profile,
    require_source,
)
from grd_core.recon.report import render_report
from grd_core.recon.sources import check_version

if TYPE_CHECKING:
    from grd_core.study import Study

PROFILE_LIMIT_S = 1800.0


def profile(study: Study, *, on_progress: Progress | None = None) -> ProfileRecord:
    """Profile the structure of all rows and, after the freeze, the training part.

    Returns:
        The structure's profile.

    Raises:
        RefusedError: nothing is declared, or the file changed.
        DataError: the data cannot be read.
    """
    record = profile_structure(study, on_progress=on_progress)
    if current_freeze(study) is not None:
        profile_training(study, on_progress=on_progress)
    return record


def profile_structure(
    study: Study, *, trigger: str = "asked for", on_progress: Progress | None = None
) -> ProfileRecord:
    """Profile types, missing values, cardinality, time and groups on all rows, with nothing
    of the target, and render DATA_REPORT.md.

    Raises:
        RefusedError: nothing is declared, or the file changed.
        DataError: the data cannot be read.
    """
    source = check_version(study)
    content = value_of(
        run_job(
            "grd_core.recon.structure:structure_job",
            {
                "path": str(source.path),
                "reading": source.reading,
                "roles": source.roles.as_json(),
            },
            limit_s=PROFILE_LIMIT_S,
            on_progress=on_progress,
        )
    )
    return _record(study, source.version_id, "structure", content | {"trigger": trigger})


def profile_training(
    study: Study, *, trigger: str = "asked for", on_progress: Progress | None = None
) -> ProfileRecord:
    """Profile the frozen training part with its target, and render DATA_REPORT.md.

    The data checks read the features of the frozen test part, which is logged as a touch.

    Raises:
        RefusedError: nothing is frozen.
        DataError: a part cannot be read, or its target cannot be learned.
    """
    source, freeze = require_source(study), current_freeze(study)
    if freeze is None:
        raise RefusedError(
            "the training part does not exist yet",
            where=source.label,
            fix="`grd data split`, then `grd data freeze`; before that nothing looks at the target",
        )
    context = tables_context(study)
    content = value_of(
        run_job(
            "grd_core.recon.training_profile:training_job",
            {
                "train": context.train,
                "test_features": context.test,
                "validation": context.validation,
                "roles": source.roles.as_json(),
                "embargo": context.embargo,
            },
            limit_s=PROFILE_LIMIT_S,
            on_progress=on_progress,
        )
    )
    for check in content["checks"]:
        for finding in check["findings"]:
            finding["path"] = study.relative(Path(finding["path"]))
    content |= {"trigger": trigger, "rests_on": rests_on(context)}
    return _record(study, source.version_id, "training", content, touched=freeze.id)


def _record(
    study: Study, version_id: int, scope: Scope, content: dict[str, Any], *, touched: int = 0
) -> ProfileRecord:
    from grd_core.ledger.tables import Profile, Touch

    with study.write("data profiled") as tx:
        if touched:
            tx.insert(
                Touch(
                    freeze_id=touched, what="read test_features.parquet", why="profile: data checks"
                )
            )
        tx.insert(
            Profile(data_version_id=version_id, scope=scope, content_json=canonical_json(content))
        )
    render_report(study)
    recorded = current_profile(study, scope)
    if recorded is None:
        raise RefusedError(
            "the data was declared anew meanwhile",
            where=scope,
            fix="profile again",
        )
    return recorded
