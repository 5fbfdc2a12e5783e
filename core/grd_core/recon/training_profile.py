"""What the training part says about its target; runs in a worker, after the freeze.

The frozen labels are not opened. Of the test part only the features are read, to compare them
with those of the training part.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grd_core.checks.contract import DataContext
from grd_core.checks.data.tables import read_table
from grd_core.checks.runner import apply_check, result_to_json
from grd_core.jobs import Progress
from grd_core.recon.baseline import baseline_risks, baseline_signal
from grd_core.recon.frozen_checks import table_checks
from grd_core.recon.missingness import missingness, missingness_risks
from grd_core.recon.risks import Risk, ranked
from grd_core.recon.roles import roles_from_json
from grd_core.recon.subgroups import subgroup_risks, subgroups
from grd_core.recon.target import describe_target, distributions, target_risks
from grd_core.recon.target_drift import target_drift, target_drift_risks
from grd_core.recon.time_axis import time_axis

_TOLD_BY_PROFILE = frozenset({"D213"})
"""Checks whose findings the profiles tell themselves, of all rows and with more beside them."""


def training_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Profile the training part with its target.

    Args:
        arguments: `train`, `test_features` and `validation`, paths of frozen parts; `roles`;
            `embargo`, the time kept free before a cut.
        progress: told what is being done.

    Returns:
        `rows`, `target`, `target_drift`, `distributions`, `missingness`, `subgroups`, `baseline`,
        `checks`, `risks` and `read`.

    Raises:
        DataError: the part cannot be read, changed, or has a target that cannot be learned.
    """
    train = Path(arguments["train"])
    roles = roles_from_json(arguments["roles"])
    progress(0.05, "reading train.parquet")
    table = read_table(train)
    frame = table.to_pandas()
    target = frame[roles.target]
    features = frame[list(roles.features(tuple(table.column_names)))]
    progress(0.15, "the target's distribution")
    described = describe_target(target, roles)
    progress(0.25, "what missing values tell")
    missing = missingness(features, target, roles.task)
    progress(0.32, "subgroups and drift of the target")
    groups = subgroups(features, target, roles.task)
    times = time_axis(table, roles.time, where=train.name).values if roles.time else None
    drift = target_drift(target, times, roles.task)
    progress(0.4, "trivial models")
    signal = baseline_signal(features, target, times, roles)
    context = DataContext(
        train=str(train),
        test=arguments["test_features"],
        validation=arguments["validation"],
        target=roles.target,
        time=roles.time,
        groups=roles.groups,
        id_column=roles.id_column,
        task=roles.task,
        embargo=arguments["embargo"],
    )
    applied = table_checks()
    checks = []
    for place, check in enumerate(applied):
        progress(0.5 + 0.5 * place / len(applied), f"{check.code} {check.title}")
        checks.append(result_to_json(apply_check(check, context)))
    risks = [
        *target_risks(described, roles),
        *missingness_risks(missing),
        *target_drift_risks(drift, roles),
        *subgroup_risks(groups),
        *baseline_risks(signal),
        *(_unapplied(check) for check in checks if check["status"] == "errored"),
        *(
            _as_risk(finding)
            for check in checks
            if check["check"] not in _TOLD_BY_PROFILE
            for finding in check["findings"]
        ),
    ]
    return {
        "rows": len(frame),
        "target": described,
        "target_drift": drift,
        "distributions": distributions(described),
        "missingness": missing,
        "subgroups": groups,
        "baseline": signal,
        "checks": checks,
        "risks": [risk.as_json() for risk in ranked(risks)],
        "read": f"all {len(frame):,} training rows; models: {signal.get('sampled', 'none')}",
    }


def _unapplied(check: dict[str, Any]) -> Risk:
    """A check that broke is no pass; what the others found stands."""
    return Risk(
        "warning",
        f"{check['check']} could not be applied",
        check["reason"],
        "the next review runs it again and says so; treat what it looks for as unknown",
        check["check"],
        0.0,
        action="split",
    )


def _as_risk(finding: dict[str, Any]) -> Risk:
    return Risk(
        finding["severity"],
        finding["title"],
        finding["why"],
        finding["fix"],
        finding["check"],
        round(min(1.0, float(finding["evidence"]["value"] or 0.0)), 6),
        action="split",
    )
