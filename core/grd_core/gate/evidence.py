"""What a decision rests on, in the order it should be read.

① the question as first locked ② what changed since ③ what failed and what it taught
④ open and waived findings ⑤ where it is wrong ⑥ the numbers. Then what blocks a seal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grd_core.critic.last_review import last_review_of
from grd_core.critic.verdict import REFUTED_RULE
from grd_core.errors import RefusedError
from grd_core.evaluation.summary import numbers, where_wrong
from grd_core.gate.blockers import (
    Blocker,
    of_drift,
    of_fault,
    of_scorecard,
    of_unfrozen,
    of_verdict,
)
from grd_core.gate.integrity import check_integrity
from grd_core.gate.parts import parts_lines
from grd_core.gate.standing import Standing, standing
from grd_core.identity import one_line
from grd_core.ledger.in_force import unfrozen_under
from grd_core.ledger.read import Reader
from grd_core.objective.versions import LockedVersion, locked_versions
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """One field an amendment changed, and whether that was after results were seen."""

    version: int
    field: str
    classification: str
    before: str
    after: str
    post_hoc: bool
    reason: str
    results_seen: int = 0

    @property
    def mark(self) -> str:
        """What must be read with the change: that results were in view."""
        if self.post_hoc:
            return f"post hoc, with {self.results_seen} results seen"
        late = self.classification == "changed" and self.results_seen
        return f"after {self.results_seen} results were seen" if late else ""


@dataclass(frozen=True, slots=True)
class Section:
    """One step of the reading order, each line free of breaks and control characters."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateSnapshot:
    """The evidence on one experiment. `scorecard` is the recorded one's content, or None.

    `mark` says that the test part it was scored on was unfrozen since, empty while it stands;
    `parts` how the data was cut and every freeze that was taken back.
    `runs` tells every run that ended and which one the verdict judged; `standing` is what the
    ledger said when all this was read.
    """

    study: str
    experiment: str
    experiment_id: int
    number: int
    state: str
    files_gone: bool
    question: str
    first_locked_at: str
    first_sha256: str
    changes: tuple[RecordedChange, ...]
    failures: tuple[str, ...]
    runs: tuple[str, ...]
    findings: tuple[str, ...]
    wrong: tuple[str, ...]
    numbers: tuple[str, ...]
    verdict: str | None
    confidence: str
    rule: str
    outcome: str
    blockers: tuple[Blocker, ...]
    standing: Standing
    scorecard: dict[str, Any] | None
    mark: str = ""
    parts: tuple[str, ...] = ()

    def sections(self) -> tuple[Section, ...]:
        """The reading order; an empty step says so, it is never left out."""
        question = (
            self.question,
            f"first locked {self.first_locked_at[:16]} UTC, sha256 {self.first_sha256[:16]}…",
        )
        changed = tuple(
            f"v{c.version} {c.field}: {c.classification}, {c.before or '–'} → {c.after or '–'}"
            f"{' · ' + c.mark if c.mark else ''} · because {c.reason}"
            for c in self.changes
        )
        marks = (self.mark,) if self.mark else ()
        failed = self.failures or ("nothing has failed so far",)
        steps = (
            ("① the question, as first locked", question),
            ("② what changed since", changed or ("nothing",)),
            ("③ what failed, and what it taught", (*failed, *self.runs)),
            ("④ open and waived findings", self.findings or ("none",)),
            ("⑤ where it is wrong", self.wrong or ("not evaluated yet",)),
            ("⑥ the numbers", (*marks, *(self.numbers or ("not evaluated yet",)), *self.parts)),
        )
        return tuple(
            Section(title, tuple(one_line(line) for line in lines)) for title, lines in steps
        )


def gate_snapshot(study: Study, experiment: ExperimentRecord) -> GateSnapshot:
    """Gather the evidence; every frozen byte and every event is compared on the way.

    Raises:
        RefusedError: the objective was never locked.
    """
    integrity = check_integrity(study)
    with study.read() as ledger:
        versions = locked_versions(ledger)
        if not versions:
            raise RefusedError(
                "the objective was never locked: there is no question to decide on",
                fix="`grd objective lock`",
            )
        review = ledger.one(
            "SELECT * FROM review WHERE experiment_id = ? AND stage = 'loop'"
            " ORDER BY id DESC LIMIT 1",
            experiment.id,
        )
        stands = standing(ledger, experiment.id)
        scored = ledger.one("SELECT * FROM scorecard WHERE id = ?", stands.scorecard)
        last = last_review_of(ledger, experiment, stands.scorecard)
        failures = tuple(_failures(ledger))
        runs = tuple(_runs(ledger, experiment, review["run_id"] if review else 0))
        findings = tuple(_findings(ledger, review["id"])) if review else ()
        findings += last.findings if last else ()
        taken_back = unfrozen_under(ledger, stands.scorecard)
        parts = tuple(parts_lines(ledger))
    scorecard: dict[str, Any] | None = json.loads(scored["content_json"]) if scored else None
    blockers = (
        *(of_fault(fault) for fault in integrity.faults),
        *of_drift(study),
        *of_verdict(study, experiment, dict(review) if review else None),
        *of_unfrozen(experiment, taken_back),
        *of_scorecard(experiment, stands.review, scorecard, reviewed=last is not None),
    )
    return GateSnapshot(
        study=study.name,
        experiment=experiment.name,
        experiment_id=experiment.id,
        number=experiment.number,
        state=stands.state,
        files_gone=experiment.files_gone,
        question=str(versions[0].rule["title"]),
        first_locked_at=versions[0].at,
        first_sha256=versions[0].sha256,
        changes=tuple(_changes(versions)),
        failures=failures,
        runs=runs,
        findings=findings,
        wrong=where_wrong(scorecard) if scorecard else (),
        numbers=numbers(scorecard) if scorecard else (),
        verdict=review["verdict"] if review else None,
        confidence=review["confidence"] if review else "",
        rule=review["rule"] if review else "",
        outcome=outcome_of(review["rule"] if review else "", scored["outcome"] if scored else ""),
        blockers=blockers,
        standing=stands,
        scorecard=scorecard,
        mark=taken_back.mark if taken_back else "",
        parts=parts,
    )


def outcome_of(rule: str, scored: str) -> str:
    """What became of the claim: by its scorecard, or by the last verdict's rule alone."""
    if scored:
        return scored
    return "refuted" if rule == REFUTED_RULE else NOT_EVALUATED


def _changes(versions: tuple[LockedVersion, ...]) -> list[RecordedChange]:
    return [
        RecordedChange(
            version.version,
            change.field,
            change.classification,
            change.before,
            change.after,
            change.post_hoc,
            version.reason,
            version.results_seen.count,
        )
        for version in versions[1:]
        for change in version.changes
    ]


def _failures(ledger: Reader) -> list[str]:
    """Every archived experiment of the study, with its lesson, and every revision asked for."""
    lines = []
    for row in ledger.rows(
        """
        SELECT d.outcome, d.reason, d.detail_json, e.number, e.slug FROM decision d
        JOIN experiment e ON e.id = d.experiment_id WHERE d.decision = 'archive' ORDER BY d.id
        """
    ):
        lesson = json.loads(row["detail_json"]).get("lesson") or "–"
        lines.append(
            f"{row['number']:03d}-{row['slug']} archived ({row['outcome']}): {row['reason']}"
            f" · learned: {lesson}"
        )
    for row in ledger.rows(
        """
        SELECT r.verdict, r.rule, e.number, e.slug, r.loop FROM review r
        JOIN experiment e ON e.id = r.experiment_id
        WHERE r.stage = 'loop' AND r.verdict != 'PROCEED' ORDER BY r.id
        """
    ):
        lines.append(
            f"{row['number']:03d}-{row['slug']} loop {row['loop']}: {row['verdict']}, {row['rule']}"
        )
    return lines


def _runs(ledger: Reader, experiment: ExperimentRecord, judged: int) -> list[str]:
    """Every run that ended, well or not: what was tried before the run that is shown."""
    return [
        f"run {row['id']} of this experiment ended {row['state'].replace('_', ' ')}"
        f"{', judged by the last verdict' if row['id'] == judged else ''}"
        for row in ledger.rows(
            """
            SELECT r.id, s.state FROM run r
            JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
            WHERE r.experiment_id = ? AND s.state != 'started' ORDER BY r.id
            """,
            experiment.id,
        )
    ]


def _findings(ledger: Reader, review_id: int) -> list[str]:
    lines = []
    for row in ledger.rows("SELECT content_json FROM finding WHERE review_id = ?", review_id):
        finding = json.loads(row["content_json"])
        if finding["severity"] == "info":
            continue
        word = "waived" if finding["waived"] else finding["severity"]
        lines.append(f"{finding['check']} {finding['title']} ({word}): {finding['why']}")
    return lines
