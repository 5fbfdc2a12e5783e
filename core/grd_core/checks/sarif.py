"""Findings as SARIF 2.1.0, which editors and code hosts show beside the lines they are about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grd_core.checks.contract import Check, CheckResult, Finding, Place, Severity, Status
from grd_core.checks.registry import all_checks, documentation
from grd_core.identity import sha256_bytes

_LEVELS = {Severity.BLOCKING: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PARTS = {
    "cause": "this is the cause",
    "train": "the model is trained here",
    "evaluate": "the model is judged here",
}


def sarif(results: Sequence[CheckResult], notes: Sequence[str] = ()) -> dict[str, Any]:
    """One run with every check that was applied as a rule, and every finding as a result.

    What an `ignore` in the code accepts is there as suppressed. Places in a notebook name its
    file and, as a logical location, the cell: SARIF counts lines of files alone. What a check
    could not judge is a notification, and so is each of the `notes` on the files.
    """
    checks = [all_checks()[result.check] for result in results]
    index = {check.code: number for number, check in enumerate(checks)}
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/"
        "sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "grd",
                        "semanticVersion": metadata.version("grd"),
                        "rules": [_rule(check) for check in checks],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(results, index, notes)],
                "results": [
                    _result(finding, index[finding.check])
                    for result in results
                    for finding in result.findings
                ],
            }
        ],
    }


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.code,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": documentation(check).partition("\n\n")[0]},
        "help": {"text": documentation(check), "markdown": documentation(check)},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
        "properties": {"tags": [check.family, check.kind.value]},
    }


def _invocation(
    results: Sequence[CheckResult], index: dict[str, int], notes: Sequence[str]
) -> dict[str, Any]:
    crashed = [result for result in results if result.status is Status.ERRORED]
    told = [
        {
            "level": "error" if result.status is Status.ERRORED else "note",
            "message": {"text": result.reason},
            "associatedRule": {"id": result.check, "index": index[result.check]},
        }
        for result in results
        if result.reason
    ]
    told += [{"level": "warning", "message": {"text": note}} for note in notes]
    return {"executionSuccessful": not crashed, "toolExecutionNotifications": told}


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    content: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.title}: {finding.why}. To do: {finding.fix}."},
        "locations": [_location(finding.path, finding.line)],
        "relatedLocations": [
            _location(place.path, place.line) | _part(number, place)
            for number, place in enumerate(finding.places, start=1)
        ],
        # the same finding in another line is the same one
        "partialFingerprints": {
            "finding/v1": sha256_bytes(
                "\n".join((finding.check, finding.path, finding.title)).encode()
            )
        },
    }
    if finding.waived:
        content["suppressions"] = [{"kind": "inSource", "status": "accepted"}]
    return content


def _part(number: int, place: Place) -> dict[str, Any]:
    return {"id": number, "message": {"text": _PARTS[place.role]}}


def _location(path: str, line: int) -> dict[str, Any]:
    place = Place("cause", path, line)
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.file)}
    if place.cell:
        name = f"cell {place.cell}, line {line}"
        return {"physicalLocation": physical, "logicalLocations": [{"name": name}]}
    if line > 0:
        physical["region"] = {"startLine": line}
    return {"physicalLocation": physical}


def _artifact(path: str) -> dict[str, str]:
    """A file below the folder we are in by its path from there, as hosts of code expect it."""
    here, file = Path.cwd(), Path(os.path.normpath(Path.cwd() / path))
    if file.is_relative_to(here):
        return {"uri": quote(file.relative_to(here).as_posix()), "uriBaseId": "%SRCROOT%"}
    return {"uri": file.as_uri()}
