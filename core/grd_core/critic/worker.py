"""The job that applies one check of a review in a process of its own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from grd_core.checks.code_checks import apply_code_check
from grd_core.checks.contract import CodeContext, Finding
from grd_core.checks.registry import find_check
from grd_core.checks.runner import apply_check, result_to_json
from grd_core.critic.inputs import context_for
from grd_core.jobs import Progress
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study


def check_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Apply the check `code` to the experiment `number` of the study at `root`."""
    study = Study(Path(arguments["root"]))
    check = find_check(arguments["code"])
    progress(0.0, check.title)
    experiment = find_experiment(study, str(arguments["number"]))
    context = context_for(study, experiment, check.group)
    if isinstance(context, CodeContext):
        result = apply_code_check(check, context)
    else:
        result = apply_check(check, context)
    findings = tuple(_inside(study, finding) for finding in result.findings)
    return result_to_json(dataclasses.replace(result, findings=findings))


def _inside(study: Study, finding: Finding) -> Finding:
    """A finding names files as the study does: relative to its root."""
    if not Path(finding.path).is_absolute():
        return finding
    return dataclasses.replace(finding, path=study.relative(Path(finding.path)))
