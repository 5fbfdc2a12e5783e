"""What happened in a study at one moment: events, experiments as a tree, decisions, chapters."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from grd_core.history.chapters import Chapter, chapters_of
from grd_core.history.decisions import DecisionLine, decisions_of
from grd_core.history.remembered import remembered
from grd_core.history.tree import TreeLine, tree_of
from grd_core.history.turns import Turn, turns_of
from grd_core.identity import one_line
from grd_core.ledger.read import Reader
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the ledger: its number, when (UTC, ISO 8601), who and what."""

    id: int
    at: str
    author: str
    what: str


@dataclass(frozen=True, slots=True)
class HistorySnapshot:
    """The whole history: events, the tree of experiments, every decision with its reason, a
    chapter for each experiment, failed ones too, and what moved the question or the data."""

    study: str
    question: str
    events: tuple[Happening, ...]
    chapters: tuple[Chapter, ...]
    tree: tuple[TreeLine, ...] = ()
    decisions: tuple[DecisionLine, ...] = ()
    turns: tuple[Turn, ...] = ()


def latest_events(ledger: Reader, count: int) -> tuple[Happening, ...]:
    """The last `count` events, the newest first."""
    rows = ledger.rows("SELECT id, at, author, kind FROM event ORDER BY id DESC LIMIT ?", count)
    return tuple(_happening(row) for row in rows)


def _happening(row: sqlite3.Row) -> Happening:
    return Happening(row["id"], row["at"], one_line(row["author"]), one_line(row["kind"]))


def history_snapshot(study: Study) -> HistorySnapshot:
    """Read the study's history from its ledger, and what is believed from its files."""
    with remembered(study) as memory:
        experiments = tuple(memory.experiments.values())
        believed = memory.believed
    with study.read() as ledger:
        events = tuple(
            _happening(row)
            for row in ledger.rows("SELECT id, at, author, kind FROM event ORDER BY id")
        )
        chapters = chapters_of(ledger, experiments, believed)
        tree = tree_of(ledger, experiments)
        decisions = decisions_of(ledger)
        turns = turns_of(ledger)
        rule = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id LIMIT 1")
    question = one_line(json.loads(rule)["title"]) if rule else ""
    return HistorySnapshot(study.name, question, events, chapters, tree, decisions, turns)
