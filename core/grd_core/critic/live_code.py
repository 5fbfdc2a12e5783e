"""What the code checks find in the files of open experiments as they are saved."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grd_core.checks.contract import CheckResult, Finding, Status
from grd_core.checks.known_calls import CONFIG_FILE
from grd_core.checks.runner import result_from_json
from grd_core.clock import utc_now
from grd_core.critic.inputs import READ_SUFFIXES
from grd_core.critic.live_hands import Errand, Hands, failure
from grd_core.critic.live_marks import Files
from grd_core.critic.waivers import WaiverRecord, apply_waivers
from grd_core.jobs import Done, JobResult
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study
from grd_core.watch.folders import mark

LIMIT_S = 20.0
"""Seconds a worker may take over a batch before it counts as hung."""

BATCH = 8
"""Experiments read at once: one that was saved meanwhile waits for as many."""

MOMENT_S = 0.05
"""How long a look waits for what a save changed: telling it later costs another look and
another painting, which is longer than the worker takes."""

_JOB = "grd_core.critic.live_code_job:check_code_job"


@dataclass(frozen=True, slots=True)
class LiveFindings:
    """What is found in one code file of an open experiment, as it was read at `at` (UTC).

    `experiment` is its number, `path` relative to the study; `note` says why the file could
    not be judged, such as «does not parse: line 3: invalid syntax», else it is empty.
    """

    experiment: int
    name: str
    path: str
    at: str
    findings: tuple[Finding, ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """What code is judged by beside itself: the marked file that declares a study's own calls,
    and the columns that name a group."""

    calls: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """An experiment's code as it was checked: its marks and terms tell whether it still is."""

    marks: Mapping[str, str]
    terms: _Terms
    at: str
    paths: tuple[str, ...]
    results: tuple[CheckResult, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""


class LiveCode:
    """Remembers what was found; reads an experiment again when a code file of it changed.

    The unit is the experiment, since its files import each other.
    """

    def __init__(self, hands: Hands, files: Files) -> None:
        self._errand = Errand(hands.work_again)
        self._files = files
        self._read: dict[int, _Read] = {}
        self._terms = _Terms("", ())
        self._sent: dict[int, Mapping[str, str]] = {}
        self._sent_terms = self._terms
        self._alone: set[int] = set()

    def refresh(
        self, study: Study, experiments: Sequence[ExperimentRecord], groups: tuple[str, ...] = ()
    ) -> None:
        """Have read what changed; take up what came back.

        Args:
            study: the study.
            experiments: those that are open.
            groups: the columns that name a group, as they are declared.
        """
        self._terms = _Terms(mark(str(study.root / CONFIG_FILE)), groups)
        marks = {record.number: self._marks(study, record) for record in experiments}
        self._read = {number: read for number, read in self._read.items() if number in marks}
        until = time.monotonic() + MOMENT_S  # in all: many batches must not hold up the screen
        while True:
            result = self._errand.fetch()
            if result is not None:
                self._take_up(result)
            if self._errand.is_out:
                return
            self._sent = self._next(marks)
            if not self._sent:
                return
            self._sent_terms = self._terms
            arguments = {
                "root": str(study.root),
                "groups": list(groups),
                "suffixes": sorted(READ_SUFFIXES),
                "experiments": [
                    {"number": record.number, "folder": study.relative(record.folder)}
                    for record in experiments
                    if record.number in self._sent
                ],
            }
            self._errand.send(_JOB, arguments, LIMIT_S)
            self._errand.wait(max(0.0, until - time.monotonic()))

    def findings(
        self, experiment: ExperimentRecord, waivers: Sequence[WaiverRecord]
    ) -> tuple[LiveFindings, ...]:
        """One entry for each code file, in the order of their paths; none before it was read."""
        read = self._read.get(experiment.number)
        if read is None:
            return ()
        results, _ = apply_waivers(read.results, waivers)
        found = [finding for result in results for finding in result.findings]
        crashed = "; ".join(
            f"{result.check} crashed: {result.reason}"
            for result in results
            if result.status is Status.ERRORED
        )
        return tuple(
            LiveFindings(
                experiment=experiment.number,
                name=experiment.name,
                path=path,
                at=read.at,
                findings=tuple(f for f in found if f.path.partition("#cell-")[0] == path),
                note=read.notes.get(path) or read.failed or crashed,
            )
            for path in read.paths
        )

    def _marks(self, study: Study, experiment: ExperimentRecord) -> Mapping[str, str]:
        root = f"{study.root}/"
        return {
            path.removeprefix(root): mark(path)
            for path in sorted(self._files.of(experiment.folder))
            if path.endswith(tuple(READ_SUFFIXES))
        }

    def _next(self, marks: Mapping[int, Mapping[str, str]]) -> dict[int, Mapping[str, str]]:
        """The next batch; an experiment that was in a batch that failed goes alone."""
        changed = {
            number: now
            for number, now in marks.items()
            if number not in self._read
            or (self._read[number].marks, self._read[number].terms) != (now, self._terms)
        }
        for number, now in changed.items():
            if not now:
                self._read[number] = _Read(now, self._terms, utc_now(), ())
        waiting = [number for number, now in changed.items() if now]
        together = [number for number in waiting if number not in self._alone][:BATCH]
        return {number: changed[number] for number in together or waiting[:1]}

    def _take_up(self, result: JobResult) -> None:
        if isinstance(result, Done):
            for content in result.value["experiments"]:
                number = content["number"]
                self._alone.discard(number)
                self._read[number] = _Read(
                    self._sent[number],
                    self._sent_terms,
                    content.get("at") or utc_now(),
                    tuple(content.get("paths", self._sent[number])),
                    tuple(map(result_from_json, content.get("results", ()))),
                    content.get("notes", {}),
                    _unchecked(content.get("failed", "")),
                )
        elif len(self._sent) > 1:
            self._alone.update(self._sent)
        else:
            failed = _unchecked(failure(result))
            for number, marks in self._sent.items():
                self._read[number] = _Read(
                    marks, self._sent_terms, utc_now(), tuple(marks), failed=failed
                )


def _unchecked(reason: str) -> str:
    return f"could not be checked: {reason}" if reason else ""
