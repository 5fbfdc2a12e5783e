"""What happened in a study at one moment: events, experiments as a tree, decisions, chapters."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from grd_core.history.decisions import DecisionLine, decisions_of
from grd_core.history.tree import TreeLine, tree_of
from grd_core.identity import one_line
from grd_core.ledger.in_force import mark_of
from grd_core.ledger.read import Reader
from grd_core.runs.experiments import ExperimentRecord, list_experiments, stated
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the ledger: its number, when (UTC, ISO 8601), who and what."""

    id: int
    at: str
    author: str
    what: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One experiment's part of the narrative: believed, tried, found, and so."""

    experiment: str
    kind: str
    believed: str
    tried: str
    found: tuple[str, ...]
    so: str


@dataclass(frozen=True, slots=True)
class HistorySnapshot:
    """The whole history: events, the tree of experiments, every decision with its reason, and a
    chapter for each experiment, failed ones too."""

    study: str
    question: str
    events: tuple[Happening, ...]
    chapters: tuple[Chapter, ...]
    tree: tuple[TreeLine, ...] = ()
    decisions: tuple[DecisionLine, ...] = ()


def latest_events(ledger: Reader, count: int) -> tuple[Happening, ...]:
    """The last `count` events, the newest first."""
    rows = ledger.rows("SELECT id, at, author, kind FROM event ORDER BY id DESC LIMIT ?", count)
    return tuple(_happening(row) for row in rows)


def _happening(row: sqlite3.Row) -> Happening:
    return Happening(row["id"], row["at"], one_line(row["author"]), one_line(row["kind"]))


def history_snapshot(study: Study) -> HistorySnapshot:
    """Read the study's history from its ledger."""
    with study.read() as ledger:
        events = tuple(
            _happening(row)
            for row in ledger.rows("SELECT id, at, author, kind FROM event ORDER BY id")
        )
        experiments = list_experiments(study, ledger)
        chapters = tuple(_chapter(ledger, experiment) for experiment in experiments)
        tree = tree_of(ledger, experiments)
        decisions = decisions_of(ledger)
        rule = ledger.value("SELECT rule_json FROM objective_lock ORDER BY id LIMIT 1")
    question = one_line(json.loads(rule)["title"]) if rule else ""
    return HistorySnapshot(study.name, question, events, chapters, tree, decisions)


def _chapter(ledger: Reader, experiment: ExperimentRecord) -> Chapter:
    return Chapter(
        experiment=experiment.name,
        kind=experiment.kind,
        believed=one_line(stated(experiment, "belief"))
        or "nothing was written, or its file is gone",
        tried=_runs(ledger, experiment),
        found=(*_verdicts(ledger, experiment), *_scores(ledger, experiment)),
        so=_decision(ledger, experiment),
    )


def _runs(ledger: Reader, experiment: ExperimentRecord) -> str:
    rows = ledger.rows(
        """
        SELECT s.state, count(*) AS n FROM run r
        JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
        WHERE r.experiment_id = ? GROUP BY s.state ORDER BY s.state
        """,
        experiment.id,
    )
    counted = ", ".join(f"{row['n']} {row['state'].replace('_', ' ')}" for row in rows)
    return f"{one_line(experiment.title)}; runs: {counted or 'none'}"


def _verdicts(ledger: Reader, experiment: ExperimentRecord) -> list[str]:
    return [
        f"the Critic said {row['verdict']} ({row['confidence']}):"
        f" {one_line(' '.join(json.loads(row['detail_json'])['reasons'][:2]))}"
        for row in ledger.rows(
            "SELECT * FROM review WHERE experiment_id = ? AND stage = 'loop' ORDER BY id",
            experiment.id,
        )
    ]


def _scores(ledger: Reader, experiment: ExperimentRecord) -> list[str]:
    found = []
    for row in ledger.rows(
        "SELECT id, outcome, content_json FROM scorecard WHERE experiment_id = ? ORDER BY id",
        experiment.id,
    ):
        metrics = "; ".join(
            f"{m['name']} {m['estimate']:.4g} [{m['low']:.4g}, {m['high']:.4g}]"
            for m in json.loads(row["content_json"])["metrics"]
            if m.get("low") is not None
        )
        mark = mark_of(ledger, row["id"])
        found.append(
            f"on the frozen test part the claim is {row['outcome']}: {metrics}"
            + (f" ({mark})" if mark else "")
        )
    return found


def _decision(ledger: Reader, experiment: ExperimentRecord) -> str:
    row = ledger.one(
        "SELECT * FROM decision WHERE experiment_id = ? ORDER BY id DESC LIMIT 1", experiment.id
    )
    if row is None:
        return "nothing has been decided."
    detail = json.loads(row["detail_json"])
    learned = f" Learned: {detail['lesson']}" if detail.get("lesson") else ""
    verb = {"seal": "sealed it", "archive": "archived it", "iterate": "went on"}[row["decision"]]
    return one_line(f"we {verb} ({row['outcome']}), because {row['reason']}{learned}")
