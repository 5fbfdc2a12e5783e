"""Findings in the code of open experiments stand among Recon's risks."""

from __future__ import annotations

from dataclasses import replace

from grd_core.checks.contract import Finding, Group, Kind, Severity
from grd_core.critic.code_risks import code_risks
from grd_core.critic.live_code import LiveFindings

LEAK = Finding(
    check="C101",
    title="StandardScaler before the split",
    group=Group.CODE,
    kind=Kind.VALIDITY,
    family="preprocessing",
    severity=Severity.WARNING,
    path="experiments/exploration/001-linear/train.py",
    line=8,
    places=(),
    value=1.0,
    threshold=0.0,
    ci=None,
    n=1,
    method="dataflow",
    why="`scaler` is fitted on `X`",
    fix="split first",
)


def file_with(*findings: Finding) -> LiveFindings:
    return LiveFindings(1, "001-linear", LEAK.path, "", findings, "")


def test_one_kind_of_finding_is_one_risk_with_its_first_place() -> None:
    (risk,) = code_risks((file_with(LEAK, replace(LEAK, line=20)), file_with(LEAK)))
    assert (risk.severity, risk.title, risk.do) == ("warning", LEAK.title, "split first")
    assert risk.evidence.startswith(f"{LEAK.path}:8: `scaler` is fitted on `X`.")
    assert risk.evidence.endswith("Also in 2 other places.")
    assert risk.origin == "C101"


def test_the_gravest_of_a_kind_is_told() -> None:
    worse = replace(LEAK, severity=Severity.BLOCKING, line=30)
    (risk,) = code_risks((file_with(LEAK, worse),))
    assert risk.severity == "blocking"
    assert f"{LEAK.path}:30" in risk.evidence


def test_what_is_accepted_or_no_matter_of_the_data_is_left_out() -> None:
    assert not code_risks(
        (
            file_with(
                replace(LEAK, waived=True),
                replace(LEAK, severity=Severity.INFO),
                replace(LEAK, check="C111", family="reproducibility"),
            ),
        )
    )
