"""Verdicts gone stale: what a review rested on, compared with what is there now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grd_core.clock import utc_now
from grd_core.critic.live_hands import Errand, Hands, failure
from grd_core.critic.live_marks import Files
from grd_core.jobs import Done, JobResult
from grd_core.ledger.in_force import freeze_in_force
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.judged import PREDICTION_FILES
from grd_core.study import Study
from grd_core.watch.folders import digest, mark

LIMIT_S = 120.0
"""Seconds a worker may hash what a batch of verdicts rests on."""

BATCH = 8

_JOB = "grd_core.critic.live_verdicts_job:inputs_job"

_FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "code": ("run", "command", "predictions"),
    "config": ("run", "command", "predictions"),
    "run": ("command", "predictions"),
    "baseline": ("baseline_predictions",),
    "objective_lock": ("objective_file",),
}
"""What changes with another input and is not told beside it."""


@dataclass(frozen=True, slots=True)
class StaleVerdict:
    """A recorded verdict whose inputs are not what they were: `changed` names them as
    `critic.inputs.input_hashes` does, first causes only."""

    experiment: int
    name: str
    verdict: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """An open experiment and its last loop review.

    `facts` is what the ledger adds to its inputs, as a line that differs when they do;
    `beside` are where the prediction tables it rested on may lie, and the files of the study's
    own metrics.
    """

    experiment: ExperimentRecord
    review: int
    verdict: str
    inputs: Mapping[str, Any]
    facts: str
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Hashed:
    """What a verdict would rest on, while the marks are these."""

    marks: str
    review: int
    inputs: Mapping[str, Any] | None
    failed: str = ""


class LiveVerdicts:
    """Hashes the inputs of a verdict again when a stat mark of any of them changed."""

    def __init__(self, hands: Hands, files: Files) -> None:
        self._errand = Errand(hands.work)
        self._files = files
        self._hashed: dict[int, _Hashed] = {}
        self._sent: dict[int, _Hashed] = {}

    def refresh(self, study: Study, judged: Sequence[Judged], beside: Sequence[str]) -> None:
        """Have hashed what changed; take up what came back.

        Args:
            study: the study.
            judged: the open experiments that have a verdict.
            beside: folders of the baselines, which verdicts on other experiments rest on.
        """
        common = digest(self._common_marks(study, beside))
        while True:
            result = self._errand.fetch()
            if result is not None:
                self._take_up(result)
            if self._errand.is_out:
                return
            self._sent = dict(self._changed(judged, common))
            if not self._sent:
                return
            arguments = {"root": str(study.root), "numbers": list(self._sent)}
            self._errand.send(_JOB, arguments, LIMIT_S)

    def stale(self, judged: Sequence[Judged]) -> tuple[StaleVerdict, ...]:
        """The verdicts whose inputs differ now, as far as they are known."""
        found = []
        for item in judged:
            hashed = self._hashed.get(item.experiment.number)
            # What was hashed for an older review says nothing on this one yet.
            if hashed is None or hashed.inputs is None or hashed.review != item.review:
                continue
            changed = _changed(item.inputs, hashed.inputs)
            if changed:
                record = item.experiment
                found.append(StaleVerdict(record.number, record.name, item.verdict, changed))
        return tuple(found)

    def notes(self, judged: Sequence[Judged]) -> tuple[str, ...]:
        """Of which verdicts nothing is known, and why."""
        return tuple(
            f"{item.experiment.name}: whether its verdict still holds is not known: {known.failed}"
            for item in judged
            if (known := self._hashed.get(item.experiment.number)) and known.failed
        )

    def _changed(self, judged: Sequence[Judged], common: str) -> Iterator[tuple[int, _Hashed]]:
        left = BATCH
        for item in judged:
            number = item.experiment.number
            known = self._hashed.get(number)
            files = (*self._files.of(item.experiment.folder), *item.beside)
            marks = digest((common, item.facts, *map(mark, files)))
            if known is None or known.marks != marks:
                left -= 1
                yield number, _Hashed(marks, item.review, None)
            if not left:
                return

    def _common_marks(self, study: Study, beside: Sequence[str]) -> Iterator[str]:
        yield mark(str(study.objective_path))
        for folder in beside:
            yield from map(mark, self._files.of(study.root / folder))

    def _take_up(self, result: JobResult) -> None:
        contents: Mapping[int, Mapping[str, Any]] = {}
        failed = ""
        if isinstance(result, Done):
            contents = {item["number"]: item for item in result.value["experiments"]}
        else:
            failed = failure(result)
        for number, sent in self._sent.items():
            content = contents.get(number, {"failed": failed})
            self._hashed[number] = _Hashed(
                sent.marks, sent.review, content.get("inputs"), content.get("failed", "")
            )


def judged_in(
    study: Study, ledger: Reader, experiments: Sequence[ExperimentRecord]
) -> tuple[Judged, ...]:
    """The experiments that have a loop review, each with its last one and the ledger's facts."""
    found = []
    now = utc_now()
    functions = tuple(_functions(study, ledger))
    for experiment in experiments:
        review = ledger.one(
            "SELECT id, verdict, inputs_json FROM review"
            " WHERE experiment_id = ? AND stage = 'loop' ORDER BY id DESC LIMIT 1",
            experiment.id,
        )
        if review is not None:
            inputs = json.loads(review["inputs_json"])
            facts = ledger.one(_FACTS, experiment.id, now, freeze_in_force(ledger))
            found.append(
                Judged(
                    experiment,
                    review["id"],
                    review["verdict"],
                    inputs,
                    repr(tuple(facts or ())),
                    (*_tables(study, ledger, inputs), *functions),
                )
            )
    return tuple(found)


def _tables(study: Study, ledger: Reader, inputs: Mapping[str, Any]) -> Iterator[str]:
    """Where the predictions of the judged run's experiment and of the baseline's run may lie.

    Every run of the experiment may be one of its seeds.
    """
    for row in ledger.rows(
        "SELECT r.ordinal, s.folder FROM run r JOIN experiment_state s ON s.id ="
        " (SELECT max(id) FROM experiment_state WHERE experiment_id = r.experiment_id)"
        " WHERE r.experiment_id = (SELECT experiment_id FROM run WHERE id = ?) OR r.id = ?",
        inputs.get("run", 0),
        inputs.get("baseline", 0),
    ):
        for name in PREDICTION_FILES:
            yield f"{study.root}/{row['folder']}/runs/{row['ordinal']:02d}/{name}"


def _functions(study: Study, ledger: Reader) -> Iterator[str]:
    """The files of the study's own metrics, as the newest lock records them."""
    rule = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id DESC LIMIT 1")
    for item in json.loads(rule)["metrics"] if rule else ():
        own = item.get("own")
        if own and not own["installed"]:
            yield from (f"{study.root}/{path}" for path, _ in own["files"])


_FACTS = """
WITH concerned AS (SELECT ?1 AS id UNION SELECT id FROM experiment WHERE kind = 'baseline')
SELECT
  (SELECT max(s.id) FROM run_state s JOIN run r ON r.id = s.run_id
    WHERE r.experiment_id IN concerned),
  (SELECT max(id) FROM review WHERE experiment_id IN concerned),
  (SELECT max(id) FROM experiment_state WHERE experiment_id IN concerned),
  (SELECT max(id) FROM objective_lock),
  ?3,
  (SELECT group_concat(id) FROM waiver WHERE experiment_id = ?1 AND expires > ?2)
"""


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """The inputs both know of that differ, without what only follows from another."""
    changed = [name for name in before if name in now and before[name] != now[name]]
    follow = {name for cause in changed for name in _FOLLOWS.get(cause, ())}
    return tuple(name for name in changed if name not in follow)
