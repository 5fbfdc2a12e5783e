"""A review that belongs to the application: it goes on while its modal is closed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from grd_screens.critic.state import Card, ReviewState, Stage
from grd_screens.desk import Desk, Ending, Progress, Refused, Stopped, Succeeded

if TYPE_CHECKING:
    from grd_core.checks.contract import CheckResult
    from grd_core.critic.review import Review
    from grd_core.runs.experiments import ExperimentRecord
    from grd_core.study import Study

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded verdict, with what the rendered logs have to say."""

    passed: Review
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """A pass compared with the study as it is: ruled with the waivers in force, or overtaken."""

    passed: Review | None
    changed: tuple[str, ...] = ()
    sentence: str = ""


class ReviewSession:
    """Runs a review at the desk, keeps its state, and tells `moved` on the interface's thread.

    Nothing of it runs twice at once: whatever uses the pass waits for the checks to end.
    """

    def __init__(
        self,
        number: int,
        name: str,
        desk: Desk,
        moved: Callable[[ReviewSession], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self.number = number
        self.state = ReviewState(name)
        self.draft = ""
        self._desk = desk
        self._moved = moved
        self._clock = clock
        self._began = clock()
        self._files: Mapping[str, str] = {}

    @property
    def key(self) -> str:
        """The key of its tasks at the desk."""
        return f"critic {self.number}"

    @property
    def is_stopping(self) -> bool:
        """Whether its workers were told to end."""
        task = self._desk.task(self.key)
        return task is not None and task.stopped

    @property
    def seconds(self) -> float:
        """How long the checks have been going on, or took."""
        return self._clock() - self._began if self.state.is_running else self.state.seconds

    def begin(self, access: Literal["writes", "reads"]) -> None:
        """Run every check, from the start."""

        def work(study: Study, progress: Progress) -> object:
            from grd_core.critic.review import review
            from grd_core.runs.experiments import find_experiment
            from grd_core.runs.ingest import ingest

            if access == "writes":
                ingest(study)
            experiment = find_experiment(study, str(self.number))
            self._files = _files(experiment)
            told = _Told(self, progress)
            told.take(_prepared(study, experiment))
            return review(study, experiment, told)

        self._run(ReviewState(self.state.name), work)

    def again(self, code: str) -> None:
        """Run one check again and rule anew."""
        passed = self.state.passed
        if passed is None or self.state.stage is not Stage.RULED:
            return

        def work(study: Study, progress: Progress) -> object:
            from grd_core.critic.review import review_again

            return review_again(study, passed, code, _Told(self, progress))

        self._run(replace(self.state, stage=Stage.CHECKING), work)

    def cancel(self) -> None:
        """Kill its workers."""
        self._desk.stop(self.key)

    def look(self) -> None:
        """See whether the pass still is about what is there; take up waivers given meanwhile."""
        passed = self.state.passed
        if passed is None or self.state.stage is not Stage.RULED:
            return
        files = self._files

        def work(study: Study, progress: Progress) -> object:
            return _looked(study, passed, files)

        def then(ending: Ending) -> None:
            if self.state.passed is not passed or self.state.stage is not Stage.RULED:
                return
            if isinstance(ending, Succeeded) and isinstance(ending.value, _Look):
                found = ending.value
                state = self.state if found.passed is None else self.state.ruled(found.passed)
                self._set(replace(state, changed=found.changed, overtaken=found.sentence))
            elif isinstance(ending, Refused):
                self._set(replace(self.state, overtaken=ending.sentence))

        self._desk.begin(f"ask {self.key}", "looking", work, then)

    def record(self, justification: str, then: Callable[[Ending], None]) -> bool:
        """Record the verdict with its justification; False while something else goes on."""
        passed = self.state.passed
        if passed is None or self.state.is_running:
            return False

        def work(study: Study, progress: Progress) -> object:
            from grd_core.critic.log import write_critic_log
            from grd_core.critic.review import record
            from grd_core.gate.decision_log import write_decision_log

            recorded = record(study, passed, justification)
            written = (write_critic_log(study, recorded.experiment), write_decision_log(study))
            return Recorded(recorded, tuple(one.note() for one in written if one.note()))

        def ended(ending: Ending) -> None:
            if isinstance(ending, Succeeded) and isinstance(ending.value, Recorded):
                self._set(replace(self.state.ruled(ending.value.passed), trouble=""))
            then(ending)

        return self._desk.begin(self.key, "recording", work, ended)

    def take(self, state: ReviewState) -> None:
        """The state while the checks run, from the desk's thread."""
        self.state = state
        task = self._desk.task(self.key)
        if task is not None:
            task.title = f"Critic {state.count}"

    def _run(self, state: ReviewState, work: Callable[[Study, Progress], object]) -> None:
        before = self.state

        def then(ending: Ending) -> None:
            took = self._clock() - self._began
            match ending:
                case Succeeded(value):
                    self._set(replace(self.state.ruled(value), seconds=took))  # type: ignore[arg-type]
                case Refused(sentence=sentence):
                    self._set(replace(self.state.refused(sentence), seconds=took))
                case Stopped():
                    self._set(replace(self.state.stopped(), seconds=took))

        self.state, self._began = state, self._clock()
        if self._desk.begin(self.key, f"Critic {self.number:03d}", work, then):
            self._moved(self)
        else:
            self.state = before

    def _set(self, state: ReviewState) -> None:
        self.state = state
        self._moved(self)


class _Told:
    """Takes the review's news on the desk's thread."""

    def __init__(self, session: ReviewSession, progress: Progress) -> None:
        self._session = session
        self._progress = progress

    def started(self, code: str) -> None:
        """A check has a worker now."""
        self.take(self._session.state.started(code))

    def progress(self, code: str, fraction: float, message: str) -> None:
        """A check said how far it is."""
        self.take(self._session.state.moved(code, fraction, message))

    def result(self, result: CheckResult) -> None:
        """A check ended; one that was killed on request has said nothing."""
        if not self._session.is_stopping:
            self.take(self._session.state.ended(result))

    def take(self, state: ReviewState) -> None:
        """The state now; whoever watches the desk is told."""
        self._session.take(state)
        self._progress(state.done / max(len(state.cards), 1), state.count)


def _prepared(study: Study, experiment: ExperimentRecord) -> ReviewState:
    """What is known before the first check ran, and what would forbid to record a verdict."""
    from grd_core.checks.registry import all_checks
    from grd_core.critic.review import past_reviews
    from grd_core.critic.standing import require_answered
    from grd_core.critic.verdict import LOOPS
    from grd_core.errors import RefusedError

    trouble = ""
    with study.read() as ledger:
        loop = len(past_reviews(ledger, experiment)) + 1
        try:
            require_answered(ledger, experiment)
        except RefusedError as refusal:
            trouble = refusal.sentence()
    cards = tuple(
        Card(code, check.title, check.group.value) for code, check in all_checks().items()
    )
    return ReviewState(experiment.name, Stage.CHECKING, loop, LOOPS, cards, trouble=trouble)


def _looked(study: Study, passed: Review, files: Mapping[str, str]) -> _Look:
    from grd_core.critic.review import rule_again
    from grd_core.errors import RefusedError

    try:
        return _Look(rule_again(study, passed))
    except RefusedError as refusal:
        now = _files(passed.experiment)
        changed = [name for name in {**files, **now} if files.get(name) != now.get(name)]
        return _Look(None, tuple(sorted(changed)), refusal.sentence())


def _files(experiment: ExperimentRecord) -> Mapping[str, str]:
    """sha256 of the experiment's files by name, the hypothesis among them."""
    from grd_core.identity import sha256_file
    from grd_core.runs.experiment_files import hashes_of

    if experiment.files_gone:
        return {}
    hypothesis = experiment.hypothesis_path
    own = {hypothesis.name: sha256_file(hypothesis)} if hypothesis.is_file() else {}
    return {**hashes_of(experiment.folder), **own}
