"""What happened in a study at one moment: events, experiments as a tree, decisions, chapters."""

from __future__ import annotations

import json
from dataclasses import dataclass

from grd_core.history.chapters import Chapter, chapters_of
from grd_core.history.decisions import DecisionLine, decisions_of
from grd_core.history.events import Happening, all_events
from grd_core.history.remembered import remembered
from grd_core.history.tree import TreeLine, tree_of
from grd_core.history.turns import Turn, turns_of
from grd_core.identity import one_line
from grd_core.study import Study


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


def history_snapshot(study: Study) -> HistorySnapshot:
    """Read the study's history from its ledger, and what is believed from its files."""
    with remembered(study) as memory:
        experiments = tuple(memory.experiments.values())
        believed = memory.believed
    with study.read() as ledger:
        events = all_events(ledger)
        chapters = chapters_of(ledger, experiments, believed)
        tree = tree_of(ledger, experiments)
        decisions = decisions_of(ledger)
        turns = turns_of(ledger)
        rule = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id LIMIT 1")
    question = one_line(json.loads(rule)["title"]) if rule else ""
    return HistorySnapshot(study.name, question, events, chapters, tree, decisions, turns)
