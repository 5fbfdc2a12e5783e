"""Given findings and what went before, the rules give one verdict, in their order."""

from __future__ import annotations

import dataclasses

import pytest

from grd_core.checks.contract import CheckResult, Finding, Group, Kind, Severity, Status
from grd_core.checks.registry import all_checks
from grd_core.critic.verdict import PastReview, Ruling, Verdict, rule
from grd_core.critic.waivers import WaiverRecord, apply_waivers

CLEAN = {code: CheckResult(code, Status.PASSED, 0.1) for code in all_checks()}


def finding(code: str, severity: Severity = Severity.BLOCKING, path: str = "train.py") -> Finding:
    check = all_checks()[code]
    return Finding(
        check=code,
        title=check.title,
        group=check.group,
        kind=check.kind,
        family=check.family,
        severity=severity,
        path=path,
        line=1,
        places=(),
        value=1.0,
        threshold=0.0,
        ci=None,
        n=10,
        method="by hand",
        why="it is so",
        fix="do otherwise",
    )


def failed(code: str, path: str = "train.py") -> CheckResult:
    return CheckResult(code, Status.FAILED, 0.1, findings=(finding(code, path=path),))


def warned(code: str) -> CheckResult:
    return CheckResult(code, Status.WARNED, 0.1, findings=(finding(code, Severity.WARNING),))


def ruled(
    *results: CheckResult, past: tuple[PastReview, ...] = (), inputs: dict[str, str] | None = None
) -> Ruling:
    found = CLEAN | {result.check: result for result in results}
    return rule(all_checks(), list(found.values()), inputs or {"code": "now"}, past)


def revised(code: str, inputs: str, path: str = "train.py") -> PastReview:
    group = all_checks()[code].group
    verdict = "REVISE_DATA" if group is Group.DATA else "REVISE_METHOD"
    return PastReview(verdict, frozenset({(code, path)}), {"code": inputs})


def test_nothing_found_proceeds_with_high_confidence() -> None:
    ruling = ruled()
    assert (ruling.verdict, ruling.confidence) == (Verdict.PROCEED, "high")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("C101", Verdict.REVISE_METHOD),
        ("P401", Verdict.REVISE_METHOD),
        ("R312", Verdict.REVISE_METHOD),
        ("D215", Verdict.REVISE_DATA),
    ],
)
def test_one_blocking_finding_revises_by_its_group(code: str, verdict: Verdict) -> None:
    assert ruled(failed(code)).verdict is verdict


def test_data_comes_before_method() -> None:
    assert ruled(failed("C101"), failed("D215")).verdict is Verdict.REVISE_DATA


def test_a_warning_never_stops_but_lowers_confidence() -> None:
    ruling = ruled(warned("C101"))
    assert (ruling.verdict, ruling.confidence) == (Verdict.PROCEED, "medium")


def test_warnings_of_one_family_count_once() -> None:
    drift = [warned(code) for code in ("D208", "D209", "D210", "D211")]
    assert ruled(*drift).confidence == "medium"
    others = [warned(code) for code in ("D202", "D205", "D212")]
    assert ruled(*drift, *others).confidence == "low"
    assert "7 open warnings" in ruled(*drift, *others).reasons[0]


def test_an_outcome_never_sends_back() -> None:
    honest = dataclasses.replace(finding("C101"), kind=Kind.OUTCOME)
    result = CheckResult("C101", Status.FAILED, 0.1, findings=(honest,))
    assert ruled(result).verdict is Verdict.PROCEED


def test_a_claim_disproved_beyond_doubt_goes_to_the_human_not_back() -> None:
    ruling = ruled(failed("R314"))
    assert (ruling.verdict, ruling.rule) == (Verdict.ESCALATE, "falsified")


def test_a_crashed_blocking_check_is_never_a_pass() -> None:
    ruling = ruled(CheckResult("R312", Status.ERRORED, 0.1, "it crashed"))
    assert (ruling.verdict, ruling.rule) == (Verdict.ESCALATE, "errored")


def test_a_claim_that_could_not_be_tried_is_not_a_claim_that_stands() -> None:
    ruling = ruled(CheckResult("R314", Status.ERRORED, 0.1, "the baseline has no predictions"))
    assert (ruling.verdict, ruling.rule) == (Verdict.ESCALATE, "errored")


def test_nothing_new_since_a_revision_escalates() -> None:
    past = (revised("C101", "now"),)
    assert ruled(failed("P401"), past=past).rule == "nothing new"


def test_the_same_finding_twice_in_a_row_is_a_cycle() -> None:
    assert ruled(failed("C101"), past=(revised("C101", "before"),)).rule == "cycle"


def test_another_finding_is_another_loop() -> None:
    assert ruled(failed("P401"), past=(revised("C101", "before"),)).verdict is Verdict.REVISE_METHOD


def test_an_alternation_is_a_cycle() -> None:
    past = (revised("C101", "first"), revised("D215", "second"))
    assert ruled(failed("C101"), past=past).rule == "cycle"


def test_the_third_revision_asks_a_human() -> None:
    past = (revised("C101", "first"), revised("R312", "second"))
    assert ruled(failed("P401"), past=past).rule == "depth limit"


def test_every_recorded_review_is_a_loop() -> None:
    escalated = PastReview("ESCALATE", frozenset(), {"code": "second"})
    past = (revised("C101", "first"), escalated)
    assert ruled(failed("P401"), past=past).rule == "depth limit"


def test_data_revisions_are_counted_apart() -> None:
    past = (revised("D215", "first"), revised("D201", "second"))
    assert ruled(failed("C101"), past=past).verdict is Verdict.REVISE_METHOD


def test_a_fix_after_revisions_proceeds() -> None:
    past = (revised("C101", "first"), revised("R312", "second"))
    assert ruled(past=past).verdict is Verdict.PROCEED


def test_a_waiver_lifts_a_finding_and_leaves_it_visible() -> None:
    waiver = waiver_of("C101", (all_checks()["C101"].title, "train.py"))
    results, stale = apply_waivers([*(CLEAN | {"C101": failed("C101")}).values()], [waiver])
    waived = next(result for result in results if result.check == "C101")
    assert waived.status is Status.WAIVED
    assert waived.findings[0].waived
    assert stale == ()
    assert rule(all_checks(), results, {}, ()).verdict is Verdict.PROCEED


def test_a_waiver_of_one_file_leaves_the_others() -> None:
    waiver = waiver_of("C101", (all_checks()["C101"].title, "other.py"))
    results, stale = apply_waivers([failed("C101")], [waiver])
    assert results[0].status is Status.FAILED
    assert stale == (waiver,)


def test_a_waiver_covers_as_many_findings_as_it_was_given_for() -> None:
    waiver = waiver_of("C101", (all_checks()["C101"].title, "train.py"))
    later = dataclasses.replace(failed("C101"), findings=(finding("C101"), finding("C101")))
    results, _ = apply_waivers([later], [waiver])
    assert [found.waived for found in results[0].findings] == [True, False]
    assert results[0].status is Status.FAILED


def waiver_of(code: str, *seen: tuple[str, str]) -> WaiverRecord:
    return WaiverRecord(1, code, "", "scaling here is harmless", "ada", "2999", seen)


def test_most_checks_not_applicable_lowers_confidence() -> None:
    results = [dataclasses.replace(r, status=Status.NOT_APPLICABLE) for r in CLEAN.values()]
    assert rule(all_checks(), results, {}, ()).confidence == "low"
