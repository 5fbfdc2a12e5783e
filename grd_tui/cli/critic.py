"""`grd critic` and `grd waive`: review an experiment, record the verdict, accept a finding."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from grd_tui.cli.findings import print_finding, print_statuses
from grd_tui.cli.output import current_study, json_option, note, print_json, say

if TYPE_CHECKING:
    from grd_core.critic.review import Review


@click.command()
@click.argument("experiment")
@click.option(
    "--because",
    default="",
    metavar="TEXT",
    help="Your justification; with it the verdict is recorded.",
)
@json_option
def critic(experiment: str, because: str, as_json: bool) -> int:
    """Run every check on EXPERIMENT and say the verdict.

    Without --because nothing is recorded: you see what the verdict would be. Exits 0 or 1
    on PROCEED, 3 REVISE_METHOD, 4 REVISE_DATA, 5 ESCALATE.
    """
    from grd_core.critic.log import write_critic_log
    from grd_core.critic.review import exit_code, record, review
    from grd_core.critic.standing import require_answered
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.runs.experiments import find_experiment
    from grd_core.runs.ingest import ingest

    study = current_study()
    ingest(study)
    found = find_experiment(study, experiment)
    if because:
        # Said before the checks are run: their verdict could not be recorded.
        with study.read() as ledger:
            require_answered(ledger, found)
    passed = review(study, found)
    if because:
        passed = record(study, passed, because)
        for rendered in (
            write_critic_log(study, passed.experiment),
            write_decision_log(study),
        ):
            if rendered.note():
                note(rendered.note())
    if as_json:
        print_json(passed.as_json())
    else:
        _print(passed)
    return exit_code(passed)


def _print(passed: Review) -> None:
    from grd_core.checks.contract import Severity

    ruling = passed.ruling
    say(f"Critic · {passed.experiment.name} · loop {passed.loop} of {passed.loops_allowed}")
    findings = [finding for result in passed.results for finding in result.findings]
    for finding in sorted(findings, key=lambda f: (-f.severity.rank, f.check)):
        if finding.severity is not Severity.INFO or not sys.stdout.isatty():
            print_finding(finding)
    print_statuses(passed.results)
    for waiver in passed.stale_waivers:
        say(f"~ the waiver of {waiver.code} matches nothing any more: let it expire")
    tense = "VERDICT" if passed.id else "VERDICT would be"
    say(f"{tense} {ruling.verdict} ({ruling.confidence} confidence): {ruling.rule}")
    for reason in ruling.reasons:
        say(f"  {reason}")
    say(f"next: {_next(passed)}")


def _next(passed: Review) -> str:
    from grd_core.critic.verdict import REFUTED_RULE, Verdict

    number = passed.experiment.number
    if not passed.id:
        return f'record it with `grd critic {number} --because "why you accept it"`'
    match passed.ruling.verdict:
        case Verdict.PROCEED if passed.experiment.kind == "baseline":
            return "`grd experiment new TITLE` tests a belief against it"
        case Verdict.PROCEED:
            return f"`grd evaluate {number}` scores the frozen test part, once"
        case Verdict.ESCALATE if passed.ruling.rule == REFUTED_RULE:
            return f"refuted is a result: `grd gate {number}`"
        case Verdict.ESCALATE:
            return f"a human decides: `grd gate {number}`"
        case Verdict.REVISE_DATA:
            return "see the data: `grd data profile`, then correct the source or the split"
        case Verdict.REVISE_METHOD:
            return f"correct the findings, `grd run {number}`, `grd critic {number}`"


@click.command()
@click.argument("experiment")
@click.argument("check")
@click.option("--reason", required=True, help="Why the finding does not hurt here.")
@click.option("--path", default="", help="Only findings in this file.")
@click.option("--expires", default="", metavar="DATE", help="Until when: 30 days, at most 90.")
@json_option
def waive(experiment: str, check: str, reason: str, path: str, expires: str, as_json: bool) -> None:
    """Accept what CHECK finds in EXPERIMENT, with a reason, until a date.

    CHECK is applied afresh, and the waiver holds for what it finds now and for nothing that
    comes later. The finding stays visible in every log and at the gate, as waived.
    """
    from grd_core.critic.waivers import waive as record_waiver
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.runs.experiments import find_experiment

    study = current_study()
    found = find_experiment(study, experiment)
    waiver = record_waiver(study, found, check, reason=reason, path=path, expires=expires)
    write_decision_log(study)
    if as_json:
        print_json(waiver)
    else:
        say(f"{waiver.code} is waived for {found.name} until {waiver.expires[:10]}")
