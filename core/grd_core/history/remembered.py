"""What is remembered of a study between two searches: its texts, their index, how beliefs compare.

It is in memory and made from what the ledger and the files say now: it can be neither stale nor
in the way of a study that may only be read. It is kept while the chain ends in the same event
and no HYPOTHESIS.md moved, and then only what changed is taken up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from grd_core.history.fates import UNKNOWN, Fate, fates_of
from grd_core.history.full_text import FullText
from grd_core.history.likeness import Likeness
from grd_core.history.texts import Hypotheses, Said, hypotheses_said, recorded
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.recorded import recorded_of
from grd_core.study import Study

_STUDIES_REMEMBERED = 4


class Memory:
    """One study's texts; what is made of them is made when it is first asked for."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.experiments: dict[int, ExperimentRecord] = {}
        self.believed: dict[int, str] = {}
        self._head: tuple[int, str] = (-1, "")
        self._fates: dict[int, Fate] = {}
        self._hypotheses = Hypotheses()
        self._recorded: tuple[Said, ...] = ()
        self._said: tuple[Said, ...] = ()
        self._full_text: FullText | None = None
        self._likeness: Likeness | None = None

    def bring_up_to_date(self, study: Study, ledger: Reader) -> None:
        """Take up what changed since the last time."""
        row = ledger.one("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1")
        head = (row["id"], row["hash"]) if row is not None else (0, "")
        if is_moved := head != self._head:
            known = recorded_of(study, ledger).experiments
            self.experiments = {experiment.number: experiment for experiment in known}
            self._fates = fates_of(ledger)
            self._recorded = tuple(recorded(ledger))
            self._head = head
        believed = self._hypotheses.of(self.experiments.values())
        if is_moved or believed != self.believed:
            self.believed = believed
            own = hypotheses_said(study, self.experiments.values(), believed)
            self._said = (*own, *self._recorded)

    def fate(self, experiment: int) -> Fate:
        """What became of an experiment, by its number; nothing is known of number 0."""
        return self._fates.get(experiment, UNKNOWN)

    @property
    def full_text(self) -> FullText:
        """Every text, to be searched.

        Raises:
            RefusedError: this Python's SQLite has no full-text search.
        """
        if self._full_text is None:
            self._full_text = FullText()
        self._full_text.hold(self._said)
        return self._full_text

    @property
    def likeness(self) -> Likeness:
        """Every title and belief, to be compared."""
        if self._likeness is None:
            self._likeness = Likeness()
        self._likeness.hold(
            {
                number: (experiment.title, self.believed.get(number, ""))
                for number, experiment in self.experiments.items()
            }
        )
        return self._likeness


_memories: dict[str, Memory] = {}
_remembering = Lock()


@contextmanager
def remembered(study: Study) -> Iterator[Memory]:
    """What a study says now, for one thread at a time."""
    place = str(study.ledger_path)
    with _remembering:
        if place not in _memories:
            while len(_memories) >= _STUDIES_REMEMBERED:
                _memories.pop(next(iter(_memories)))
            _memories[place] = Memory()
        memory = _memories[place]
    with memory.lock:
        with study.read() as ledger:
            memory.bring_up_to_date(study, ledger)
        yield memory
