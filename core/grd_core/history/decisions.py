"""Everything a person or the rule decided in a study, in order, each with its reason."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from grd_core.ledger.in_force import all_unfrozen
from grd_core.ledger.read import Ledger
from grd_core.objective.telling import change_text, seen_text
from grd_core.objective.versions import locked_versions

Kind = Literal[
    "freeze",
    "unfreeze",
    "lock",
    "amendment",
    "waiver",
    "verdict",
    "peek",
    "seal",
    "iterate",
    "archive",
]

_OF_AN_EXPERIMENT = (
    "SELECT t.*, e.number, e.slug FROM {table} t JOIN experiment e ON e.id = t.experiment_id"
)


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision: when (UTC, ISO 8601), by whom, of what kind, about what, and why.

    `experiment` is its number, 0 where it is about none; `text` is as it was written.
    """

    at: str
    author: str
    kind: Kind
    about: str
    text: str
    experiment: int = 0


def decisions_of(ledger: Ledger) -> tuple[DecisionLine, ...]:
    """Freezes and what took them back, locks, amendments, waivers, verdicts, peeks and
    decisions, oldest first."""
    lines = [
        *_freezes(ledger),
        *_unfreezes(ledger),
        *_locks(ledger),
        *_waivers(ledger),
        *_verdicts(ledger),
        *_peeks(ledger),
        *_decided(ledger),
    ]
    return tuple(sorted(lines, key=lambda line: line.at))


def _freezes(ledger: Ledger) -> Iterator[DecisionLine]:
    for row in ledger.rows(
        "SELECT f.*, s.strategy, s.reason FROM freeze f JOIN split s ON s.id = f.split_id"
    ):
        text = f"{row['test_rows']:,} test rows, {row['strategy']} split"
        reason = f": {row['reason']}" if row["reason"] else ""
        yield DecisionLine(row["at"], row["author"], "freeze", "data", f"{text}{reason}")


def _unfreezes(ledger: Ledger) -> Iterator[DecisionLine]:
    for one in all_unfrozen(ledger):
        text = f"the test part was taken back: {one.reason}"
        yield DecisionLine(one.at, one.author, "unfreeze", "data", text)


def _locks(ledger: Ledger) -> Iterator[DecisionLine]:
    for version in locked_versions(ledger):
        about, seen = f"objective v{version.version}", seen_text(version)
        if version.version == 1:
            text = f"{version.rule['title']} ({seen})"
            yield DecisionLine(version.at, version.author, "lock", about, text)
            continue
        changed = "; ".join(map(change_text, version.changes)) or "prose"
        text = f"{version.reason} ({seen}: {changed})"
        yield DecisionLine(version.at, version.author, "amendment", about, text)


def _waivers(ledger: Ledger) -> Iterator[DecisionLine]:
    for row in ledger.rows(_OF_AN_EXPERIMENT.format(table="waiver")):
        text = f"{row['code']} until {row['expires'][:10]}: {row['reason']}"
        yield _line(row, "waiver", text)


def _verdicts(ledger: Ledger) -> Iterator[DecisionLine]:
    for row in ledger.rows(_OF_AN_EXPERIMENT.format(table="review") + " WHERE t.stage = 'loop'"):
        reasons = " ".join(json.loads(row["detail_json"]).get("reasons", []))
        text = f"{row['verdict']} ({row['confidence']}, {row['rule']}): {reasons}"
        yield _line(row, "verdict", f"{text} Justified: {row['justification']}")


def _peeks(ledger: Ledger) -> Iterator[DecisionLine]:
    for row in ledger.rows(_OF_AN_EXPERIMENT.format(table="peek")):
        yield _line(row, "peek", f"look {row['id']} at the frozen labels: {row['why']}")


def _decided(ledger: Ledger) -> Iterator[DecisionLine]:
    for row in ledger.rows(_OF_AN_EXPERIMENT.format(table="decision")):
        detail = json.loads(row["detail_json"])
        more = "".join(
            f" · {key.replace('_', ' ')}: {value}" for key, value in detail.items() if value
        )
        text = f"{row['outcome']}, the {row['question_answer']} question: {row['reason']}{more}"
        yield _line(row, row["decision"], text)


def _line(row: sqlite3.Row, kind: Kind, text: str) -> DecisionLine:
    about = f"{row['number']:03d}-{row['slug']}"
    return DecisionLine(row["at"], row["author"], kind, about, text, row["number"])
