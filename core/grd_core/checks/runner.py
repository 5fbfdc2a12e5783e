"""Applying one check to one context: every way it can end becomes a status."""

from __future__ import annotations

import dataclasses
import math
import time
import traceback
from typing import Any

from grd_core.checks.contract import (
    Check,
    CheckResult,
    Finding,
    Group,
    Kind,
    Measurement,
    NotApplicable,
    Place,
    Severity,
    Status,
)
from grd_core.errors import GrdError


def apply_check(check: Check, context: Any) -> CheckResult:
    """Measure and judge. An exception is `errored`: never a pass, never «not applicable»."""
    started = time.perf_counter()
    try:
        measured = check.measure(context)
        if isinstance(measured, NotApplicable):
            status, reason = Status.NOT_APPLICABLE, measured.reason
            return CheckResult(check.code, status, time.perf_counter() - started, reason)
        status = Status(check.judge(measured, check.thresholds))
    except GrdError as error:
        return errored(check.code, error.sentence(), time.perf_counter() - started)
    except Exception as error:  # noqa: BLE001  the boundary of a check: typed, with its place
        place = traceback.extract_tb(error.__traceback__)[-1]
        sentence = f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"
        return errored(check.code, sentence, time.perf_counter() - started)
    return CheckResult(
        check.code,
        status,
        time.perf_counter() - started,
        "; ".join(measured.notes),
        dataclasses.replace(
            measured,
            value=_finite(measured.value),
            ci=_finite_interval(measured.ci),
            evidence=(),
        ),
        _findings(check, measured),
    )


def errored(code: str, sentence: str, seconds: float) -> CheckResult:
    """The result of a check that crashed, hung or could not read its input."""
    return CheckResult(code, Status.ERRORED, seconds, sentence)


def _findings(check: Check, measured: Measurement) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            check=check.code,
            title=item.title,
            group=check.group,
            kind=check.kind,
            family=item.family or check.family,
            severity=min(item.severity, check.severity, key=lambda severity: severity.rank),
            path=item.path,
            line=item.line,
            places=item.places,
            value=_finite(measured.value if item.value is None else item.value),
            threshold=_finite(item.threshold),
            # An interval belongs to one number: that of the measurement is of no other.
            ci=_finite_interval(measured.ci) if item.value in (None, measured.value) else None,
            n=measured.n,
            method=measured.method,
            why=item.why,
            fix=item.fix,
        )
        for item in measured.evidence
    )


def _finite(value: float | None) -> float | None:
    """A number that can be told and kept: what overflowed was not measured."""
    return value if value is not None and math.isfinite(value) else None


def _finite_interval(ci: tuple[float, float] | None) -> tuple[float, float] | None:
    return ci if ci is not None and all(map(math.isfinite, ci)) else None


def result_to_json(result: CheckResult) -> dict[str, Any]:
    """A result as it crosses a process boundary and as the ledger keeps it."""
    return {
        **result.as_json(),
        "measurement": measurement_to_json(result.measurement),
        "findings": [finding.as_json() for finding in result.findings],
    }


def result_from_json(content: dict[str, Any]) -> CheckResult:
    """The inverse of `result_to_json`."""
    measurement = content["measurement"]
    return CheckResult(
        check=content["check"],
        status=Status(content["status"]),
        seconds=content["seconds"],
        reason=content["reason"],
        measurement=None
        if measurement is None
        else Measurement(
            value=measurement["value"],
            method=measurement["method"],
            n=measurement["n"],
            ci=None if measurement["ci"] is None else (measurement["ci"][0], measurement["ci"][1]),
            notes=tuple(measurement["notes"]),
        ),
        findings=tuple(finding_from_json(item) for item in content["findings"]),
    )


def measurement_to_json(measurement: Measurement | None) -> dict[str, Any] | None:
    """The numbers of a measurement; its evidence stands in the findings."""
    if measurement is None:
        return None
    return {
        "value": measurement.value,
        "method": measurement.method,
        "n": measurement.n,
        "ci": None if measurement.ci is None else list(measurement.ci),
        "notes": list(measurement.notes),
    }


def finding_from_json(content: dict[str, Any]) -> Finding:
    """The inverse of `Finding.as_json`."""
    evidence = content["evidence"]
    return Finding(
        check=content["check"],
        title=content["title"],
        group=Group(content["group"]),
        kind=Kind(content["kind"]),
        family=content["family"],
        severity=Severity(content["severity"]),
        path=content["path"],
        line=content["line"],
        places=tuple(Place(p["role"], p["path"], p["line"]) for p in content["places"]),
        value=evidence["value"],
        threshold=evidence["threshold"],
        ci=None if evidence["ci"] is None else (evidence["ci"][0], evidence["ci"][1]),
        n=evidence["n"],
        method=evidence["method"],
        why=content["why"],
        fix=content["fix"],
        waived=content["waived"],
    )
