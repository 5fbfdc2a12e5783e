"""Searching everything a study ever believed, decided and learned, word by word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from grd_core.ledger.read import Reader
from grd_core.objective.versions import locked_versions
from grd_core.runs.experiments import list_experiments
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
_BEFORE, _AFTER = 60, 180
"""Characters of the text that are shown around the first word found."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that holds every word: what kind it is, where it stands, when it was written.

    `text` is an excerpt around the first word; `experiment` is a number, `run` the id of the
    run that is noted on, both 0 for none.
    """

    kind: Kind
    where: str
    at: str
    text: str
    experiment: int
    run: int = 0


@dataclass(frozen=True, slots=True)
class _Text:
    kind: Kind
    where: str
    at: str
    text: str
    experiment: int = 0
    run: int = 0


def search(study: Study, words: str) -> tuple[Hit, ...]:
    """Every text that holds all words, in any case and order, the newest first.

    Looked through are titles, hypotheses as their files stand, notes on runs, every locked
    objective, the reasons of amendments, verdicts, waivers and decisions, and lessons. No word
    finds nothing.
    """
    wanted = words.casefold().split()
    if not wanted:
        return ()
    with study.read() as ledger:
        texts = [
            *_of_experiments(study, ledger),
            *_of_notes(ledger),
            *_of_objective(ledger),
            *_of_decisions(ledger),
        ]
    found = []
    for item in texts:
        folded = item.text.casefold()
        if all(word in folded for word in wanted):
            excerpt = _excerpt(item.text, min(folded.find(word) for word in wanted))
            found.append(Hit(item.kind, item.where, item.at, excerpt, item.experiment, item.run))
    return tuple(sorted(found, key=lambda hit: hit.at, reverse=True))


def _excerpt(text: str, at: int) -> str:
    """What stands around a place, on one line; whole where it is short."""
    start, end = max(at - _BEFORE, 0), at + _AFTER
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"


def _of_experiments(study: Study, ledger: Reader) -> Iterator[_Text]:
    for experiment in list_experiments(study, ledger):
        number, at = experiment.number, experiment.at
        yield _Text("title", experiment.name, at, experiment.title, number)
        try:
            said = experiment.hypothesis_path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # its files are gone; what was recorded of it is still looked through
        where = study.relative(experiment.hypothesis_path)
        yield _Text("hypothesis", where, at, said, number)


def _of_notes(ledger: Reader) -> Iterator[_Text]:
    for note in all_notes(ledger):
        yield _Text("note", note.run, note.at, note.text, note.experiment, note.run_id)


def _of_objective(ledger: Reader) -> Iterator[_Text]:
    for version in locked_versions(ledger):
        where = f"objective v{version.version}"
        said = version.raw.decode("utf-8-sig", errors="replace")
        yield _Text("objective", where, version.at, said)
        if version.reason:
            fields = " ".join(change.field for change in version.changes)
            yield _Text("amendment", where, version.at, f"{version.reason} ({fields})")


def _of_decisions(ledger: Reader) -> Iterator[_Text]:
    for row in ledger.rows(
        "SELECT r.*, e.number FROM review r JOIN experiment e ON e.id = r.experiment_id"
        " WHERE r.stage = 'loop'"
    ):
        reasons = " ".join(json.loads(row["detail_json"]).get("reasons", []))
        text = f"{row['verdict']}: {row['justification']} ({row['rule']}: {reasons})"
        yield _Text("verdict", f"review {row['id']}", row["at"], text, row["number"])
    for row in ledger.rows(
        "SELECT w.*, e.number FROM waiver w JOIN experiment e ON e.id = w.experiment_id"
    ):
        text = f"{row['code']}: {row['reason']}"
        yield _Text("waiver", f"waiver {row['id']}", row["at"], text, row["number"])
    for row in ledger.rows(
        "SELECT d.*, e.number FROM decision d JOIN experiment e ON e.id = d.experiment_id"
    ):
        detail, where = json.loads(row["detail_json"]), f"decision {row['id']}"
        said = " · ".join(value for key, value in detail.items() if value and key != "lesson")
        text = f"{row['decision']}: {row['reason']} {said}".strip()
        yield _Text("decision", where, row["at"], text, row["number"])
        if detail.get("lesson"):
            yield _Text("lesson", where, row["at"], detail["lesson"], row["number"])
