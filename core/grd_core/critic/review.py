"""One Critic pass over an experiment: run every check, rule, and record with a reason.

Checks run in worker processes; a crash or a hang is `errored`. A pass that is not
recorded changes nothing: it says what the verdict would be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grd_core.checks.contract import CheckResult, Status
from grd_core.checks.registry import all_checks, find_check
from grd_core.checks.runner import measurement_to_json
from grd_core.critic.applying import ReviewObserver, Unobserved, apply_checks
from grd_core.critic.inputs import input_hashes, locked_rule
from grd_core.critic.standing import last_loop_review, require_answered, require_open
from grd_core.critic.verdict import (
    LOOPS,
    PastReview,
    Ruling,
    Verdict,
    blocking_findings,
    rule,
)
from grd_core.critic.waivers import WaiverRecord, apply_waivers, waivers_in_force
from grd_core.errors import RefusedError
from grd_core.identity import canonical_json
from grd_core.ledger.read import Reader
from grd_core.recon.frozen_checks import kept_results
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

LEAST_JUSTIFICATION = 15
"""Characters a justification must have."""


@dataclass(frozen=True, slots=True)
class Review:
    """A pass: every registered check once, and the verdict they lead to.

    `loop` counts the recorded loop reviews from 1, with this one; `after` is the id of the
    last of them, 0 for none; `id` is 0 while the pass is not recorded. `unwaived` holds the
    results as the checks gave them, `results` the same with the waivers in force applied.
    """

    experiment: ExperimentRecord
    loop: int
    loops_allowed: int
    after: int
    results: tuple[CheckResult, ...]
    unwaived: tuple[CheckResult, ...]
    stale_waivers: tuple[WaiverRecord, ...]
    ruling: Ruling
    inputs: dict[str, Any]
    justification: str = ""
    id: int = 0

    def as_json(self) -> dict[str, Any]:
        """The one object that `grd critic --json` prints."""
        return {
            "experiment": self.experiment.name,
            "findings": [f.as_json() for result in self.results for f in result.findings],
            "checks": [result.as_json() for result in self.results],
            "verdict": {
                "verdict": self.ruling.verdict.value,
                "rule": self.ruling.rule,
                "confidence": self.ruling.confidence,
                "reasons": list(self.ruling.reasons),
                "recorded": bool(self.id),
                "justification": self.justification,
                "loop": self.loop,
                "loops_allowed": self.loops_allowed,
            },
            "stale_waivers": [waiver.code for waiver in self.stale_waivers],
        }


def review(
    study: Study, experiment: ExperimentRecord, observer: ReviewObserver | None = None
) -> Review:
    """Run every registered check on the experiment and rule; nothing is recorded.

    What the data checks found when the frozen parts were profiled is taken from there as long as
    it holds: it is the same for every experiment.

    Raises:
        RefusedError: nothing is locked, the experiment is closed, or its files are gone.
        CancelledError: a `cancel_scope` around it was cancelled.
    """
    with study.read() as ledger:
        locked_rule(ledger)
        require_open(ledger, experiment)
        after = last_loop_review(ledger, experiment)
    inputs = input_hashes(study, experiment)
    known = kept_results(study)
    results = apply_checks(study, experiment, list(all_checks()), observer or Unobserved(), known)
    return _ruled(study, experiment, after, inputs, results)


def review_again(
    study: Study, passed: Review, code: str, observer: ReviewObserver | None = None
) -> Review:
    """The same pass with one check run afresh, and ruled anew.

    Raises:
        UsageError: no such check.
        RefusedError: what the pass rests on changed since, so all of it must be repeated; or
            the experiment was closed.
        CancelledError: a `cancel_scope` around it was cancelled.
    """
    check = find_check(code)
    _require_current(study, passed)
    (fresh,) = apply_checks(study, passed.experiment, [check.code], observer or Unobserved())
    results = tuple(fresh if old.check == check.code else old for old in passed.unwaived)
    return _ruled(study, passed.experiment, passed.after, _require_current(study, passed), results)


def rule_again(study: Study, passed: Review) -> Review:
    """The same pass, ruled with the waivers in force now; no check is run.

    Raises:
        RefusedError: anything else that the pass rests on changed since.
    """
    inputs = _require_current(study, passed)
    return _ruled(study, passed.experiment, passed.after, inputs, passed.unwaived)


def _require_current(study: Study, passed: Review) -> dict[str, Any]:
    """The inputs as they are now, if nothing but waivers changed since the pass."""
    experiment = passed.experiment
    with study.read() as ledger:
        require_open(ledger, experiment)
        overtaken = last_loop_review(ledger, experiment) != passed.after
    inputs = input_hashes(study, experiment)
    changed = [name for name in inputs if inputs[name] != passed.inputs[name]]
    changed = [name.replace("_", " ") for name in changed if name != "waivers"]
    if overtaken or changed:
        what = ", ".join(changed) or "the recorded verdict"
        raise RefusedError(
            f"{what} changed since this pass, so its other checks judged something else",
            where=study.relative(experiment.folder),
            fix="run the whole Critic again",
        )
    return inputs


def _ruled(
    study: Study,
    experiment: ExperimentRecord,
    after: int,
    inputs: Mapping[str, Any],
    results: Sequence[CheckResult],
) -> Review:
    """The pass that these results make, with the waivers in force."""
    with study.read() as ledger:
        past = past_reviews(ledger, experiment)
        marked, stale = apply_waivers(results, waivers_in_force(ledger, experiment))
    return Review(
        experiment=experiment,
        loop=len(past) + 1,
        loops_allowed=LOOPS,
        after=after,
        results=marked,
        unwaived=tuple(results),
        stale_waivers=stale,
        ruling=rule(all_checks(), marked, inputs, past),
        inputs=dict(inputs),
    )


def record(study: Study, passed: Review, justification: str) -> Review:
    """Write the verdict with the researcher's justification; durable.

    Everything the pass rests on is compared again inside the transaction.

    Raises:
        RefusedError: no justification, the inputs changed since the pass, another verdict
            was recorded meanwhile, an escalation waits for its decision, the experiment is
            closed, or the same inputs were judged PROCEED already.
    """
    import dataclasses

    if len(justification.strip()) < LEAST_JUSTIFICATION:
        raise RefusedError(
            "a verdict needs your justification",
            fix=f"say why you accept it (--because, {LEAST_JUSTIFICATION} characters)",
        )
    from grd_core.ledger.tables import CheckRecord, FindingRecord, Touch
    from grd_core.ledger.tables import Review as ReviewRow

    verdict = passed.ruling.verdict.value
    with study.write(f"verdict {verdict} for {passed.experiment.name}", durable=True) as tx:
        require_answered(tx, passed.experiment)
        if last_loop_review(tx, passed.experiment) != passed.after:
            raise RefusedError(
                f"another verdict on {passed.experiment.name} was recorded while the checks ran",
                fix="run the Critic again: it rules on what went before",
            )
        if input_hashes(study, passed.experiment) != passed.inputs:
            raise RefusedError(
                "something changed while the checks ran",
                where=study.relative(passed.experiment.folder),
                fix="run the Critic again on what is there now",
            )
        last = tx.one("SELECT verdict, inputs_json FROM review WHERE id = ?", passed.after)
        inputs_json = canonical_json(passed.inputs)
        if last and last["verdict"] == verdict == "PROCEED" and last["inputs_json"] == inputs_json:
            raise RefusedError(
                f"{passed.experiment.name} has its PROCEED, and nothing changed since",
                fix=f"`grd evaluate {passed.experiment.number}` is next",
            )
        id_ = tx.insert(
            ReviewRow(
                experiment_id=passed.experiment.id,
                stage="loop",
                loop=passed.loop,
                run_id=int(passed.inputs["run"]),
                inputs_json=inputs_json,
                verdict=verdict,
                rule=passed.ruling.rule,
                confidence=passed.ruling.confidence,
                justification=justification.strip(),
                detail_json=canonical_json({"reasons": list(passed.ruling.reasons)}),
            )
        )
        if passed.inputs["freeze"]:
            tx.insert(
                Touch(
                    freeze_id=int(passed.inputs["freeze"]),
                    what="sha256 of every frozen file; ids and features of the test part",
                    why=f"the data and results checks of review {id_}",
                )
            )
        for result in passed.results:
            measurement = measurement_to_json(result.measurement)
            tx.insert(
                CheckRecord(
                    review_id=id_,
                    code=result.check,
                    status=result.status.value,
                    seconds=result.seconds,
                    reason=result.reason,
                    measurement_json=canonical_json(measurement),
                )
            )
            for finding in result.findings:
                tx.insert(
                    FindingRecord(
                        review_id=id_,
                        code=finding.check,
                        severity=finding.severity.value,
                        path=finding.path,
                        line=finding.line,
                        content_json=canonical_json(finding.as_json()),
                    )
                )
    return dataclasses.replace(passed, id=id_, justification=justification.strip())


def past_reviews(ledger: Reader, experiment: ExperimentRecord) -> tuple[PastReview, ...]:
    """The experiment's recorded loop reviews, oldest first."""
    return tuple(
        PastReview(
            verdict=row["verdict"],
            inputs=json.loads(row["inputs_json"]),
            blocking=frozenset(
                (finding["code"], finding["path"])
                for finding in ledger.rows(
                    "SELECT code, path, content_json FROM finding"
                    " WHERE review_id = ? AND severity = 'blocking'",
                    row["id"],
                )
                if not json.loads(finding["content_json"])["waived"]
            ),
        )
        for row in ledger.rows(
            "SELECT * FROM review WHERE experiment_id = ? AND stage = 'loop' ORDER BY id",
            experiment.id,
        )
    )


def exit_code(passed: Review) -> int:
    """The process's exit code for a verdict, as the command line documents it."""
    if passed.ruling.verdict is Verdict.PROCEED:
        open_warnings = any(
            result.status in (Status.WARNED, Status.FAILED) for result in passed.results
        )
        return 1 if open_warnings or blocking_findings(passed.results) else 0
    return {Verdict.REVISE_METHOD: 3, Verdict.REVISE_DATA: 4, Verdict.ESCALATE: 5}[
        passed.ruling.verdict
    ]
