"""Everything a study ever believed, decided and learned, as texts with where each stands."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from grd_core.checks.process.hypothesis import PARTS
from grd_core.checks.process.sections import COMMENT
from grd_core.ledger.read import Reader
from grd_core.objective.versions import locked_versions
from grd_core.runs.experiments import ExperimentRecord
from grd_core.runs.notes import all_notes
from grd_core.study import Study

Kind = Literal[
    "title",
    "hypothesis",
    "note",
    "objective",
    "amendment",
    "verdict",
    "waiver",
    "decision",
    "lesson",
]

MOST_BYTES = 2**20
"""How much of one HYPOTHESIS.md is read; more than that nobody wrote by hand."""

_ASKED = re.compile(
    r"^#{1,6}[ \t]+(?:" + "|".join(re.escape(part.heading) for part in PARTS) + r")[ \t#]*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A text: what kind it is, where it stands, when it was written (UTC, ISO 8601).

    `experiment` is a number, `run` the id of the run that is noted on, both 0 for none. Raw text.
    """

    kind: Kind
    where: str
    at: str
    text: str
    experiment: int = 0
    run: int = 0


class Hypotheses:
    """The HYPOTHESIS.md of every experiment as it stands now; read again only where its size or
    its time moved. Comments are left out: they are what the template asks."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[int, int, int], str]] = {}

    def of(self, experiments: Iterable[ExperimentRecord]) -> dict[int, str]:
        """What each says, by number; those whose file is gone are missing."""
        found = {}
        for experiment in experiments:
            said = self._current(str(experiment.hypothesis_path))
            if said is not None:
                found[experiment.number] = said
        return found

    def _current(self, path: str) -> str | None:
        try:
            stat = os.stat(path)  # noqa: PTH116 - thousands of them at a keypress
        except OSError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        known = self._read.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            with open(path, "rb") as stream:  # noqa: PTH123 - as above
                said = _read_in(stream.read(MOST_BYTES))
        except OSError:
            return None
        self._read[path] = (stamp, said)
        return said


def _read_in(content: bytes) -> str:
    text = content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    return COMMENT.sub(" ", text) if "<!--" in text else text


def hypotheses_said(
    study: Study, experiments: Iterable[ExperimentRecord], said: dict[int, str]
) -> Iterator[Said]:
    """Titles, and what is believed without the template's headings, as far as files are there."""
    for experiment in experiments:
        number, at = experiment.number, experiment.at
        yield Said("title", experiment.name, at, experiment.title, number)
        if number in said:
            # Not through `Study.relative`, which asks the file system: there may be thousands.
            where = str(experiment.hypothesis_path).removeprefix(f"{study.root}{os.sep}")
            yield Said("hypothesis", where, at, _ASKED.sub("", said[number]), number)


def recorded(ledger: Reader) -> Iterator[Said]:
    """What the ledger holds: notes, objectives, and the reasons of everything decided."""
    yield from _of_notes(ledger)
    yield from _of_objective(ledger)
    yield from _of_verdicts(ledger)
    yield from _of_decisions(ledger)


def _of_notes(ledger: Reader) -> Iterator[Said]:
    for note in all_notes(ledger):
        yield Said("note", note.run, note.at, note.text, note.experiment, note.run_id)


def _of_objective(ledger: Reader) -> Iterator[Said]:
    for version in locked_versions(ledger):
        where = f"objective v{version.version}"
        said = version.raw.decode("utf-8-sig", errors="replace")
        yield Said("objective", where, version.at, said)
        if version.reason:
            fields = " ".join(change.field for change in version.changes)
            yield Said("amendment", where, version.at, f"{version.reason} ({fields})")


def _of_verdicts(ledger: Reader) -> Iterator[Said]:
    for row in ledger.rows(
        "SELECT r.*, e.number FROM review r JOIN experiment e ON e.id = r.experiment_id"
        " WHERE r.stage = 'loop'"
    ):
        reasons = " ".join(json.loads(row["detail_json"]).get("reasons", []))
        text = f"{row['verdict']}: {row['justification']} ({row['rule']}: {reasons})"
        yield Said("verdict", f"review {row['id']}", row["at"], text, row["number"])
    for row in ledger.rows(
        "SELECT w.*, e.number FROM waiver w JOIN experiment e ON e.id = w.experiment_id"
    ):
        text = f"{row['code']}: {row['reason']}"
        yield Said("waiver", f"waiver {row['id']}", row["at"], text, row["number"])


def _of_decisions(ledger: Reader) -> Iterator[Said]:
    for row in ledger.rows(
        "SELECT d.*, e.number FROM decision d JOIN experiment e ON e.id = d.experiment_id"
    ):
        detail, where = json.loads(row["detail_json"]), f"decision {row['id']}"
        more = " · ".join(value for key, value in detail.items() if value and key != "lesson")
        text = f"{row['decision']}: {row['reason']} {more}".strip()
        yield Said("decision", where, row["at"], text, row["number"])
        if detail.get("lesson"):
            yield Said("lesson", where, row["at"], detail["lesson"], row["number"])
