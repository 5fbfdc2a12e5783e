"""DECISION_LOG.md: what was decided, when, by whom and why, rendered from the ledger.

Its last line anchors the ledger's head outside the ledger, so that a tail cut off shows.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from grd_core.gate.integrity import head_line
from grd_core.gate.on_disk import DECISION_LOG
from grd_core.identity import one_line
from grd_core.ledger.in_force import all_unfrozen
from grd_core.ledger.read import Reader
from grd_core.rendering import Rendered, render
from grd_core.study import Study


def write_decision_log(study: Study) -> Rendered:
    """Render the log; where a person has edited it, beside theirs."""
    with study.read() as ledger:
        text = decision_log(ledger)
    return render(study.ledger_path, study.root, study.root / DECISION_LOG, text)


def decision_log(ledger: Reader) -> str:
    """The log as Markdown, oldest first, with the head's anchor at its end."""
    entries: list[tuple[str, str]] = []
    for row in ledger.rows("SELECT * FROM freeze ORDER BY id"):
        entries.append((row["at"], f"Froze {row['test_rows']:,} test rows, labels apart."))
    for one in all_unfrozen(ledger):
        entries.append((one.at, f"Unfroze the data, because {one.reason} ({one.author})"))
    for row in ledger.rows("SELECT * FROM objective_lock ORDER BY id"):
        entries.append((row["at"], _lock(row)))
    for row in ledger.rows(
        "SELECT w.*, e.number, e.slug FROM waiver w JOIN experiment e ON e.id = w.experiment_id"
    ):
        entries.append(
            (
                row["at"],
                f"Waived {row['code']} for {row['number']:03d}-{row['slug']} until"
                f" {row['expires'][:10]}, because {row['reason']} ({row['author']})",
            )
        )
    for row in ledger.rows(
        "SELECT r.*, e.number, e.slug FROM review r JOIN experiment e ON e.id = r.experiment_id"
        " WHERE r.stage = 'loop'"
    ):
        entries.append((row["at"], _verdict(row)))
    for row in ledger.rows(
        "SELECT p.*, e.number, e.slug FROM peek p JOIN experiment e ON e.id = p.experiment_id"
    ):
        entries.append(
            (row["at"], f"Peek {row['id']} at the frozen labels, for {_name(row)}: {row['why']}")
        )
    for row in ledger.rows(
        "SELECT d.*, e.number, e.slug FROM decision d JOIN experiment e ON e.id = d.experiment_id"
    ):
        entries.append((row["at"], _decision(row)))
    lines = [
        f"- {at[:16].replace('T', ' ')} UTC · {one_line(text)}" for at, text in sorted(entries)
    ]
    body = "\n".join(lines) or "Nothing has been decided yet."
    return f"# Decision log\n\n{body}\n\n---\n{head_line(ledger)}\n"


def _name(row: sqlite3.Row) -> str:
    return f"{row['number']:03d}-{row['slug']}"


def _lock(row: sqlite3.Row) -> str:
    if row["version"] == 1:
        return f"Locked the objective, v1 (sha256 {row['sha256'][:12]}…), by {row['author']}."
    changes = json.loads(row["changes_json"])
    seen = sum(map(len, json.loads(row["results_seen_json"]).values()))
    what = "; ".join(map(_change, changes)) or "prose"
    return (
        f"Amended the objective to v{row['version']} with {seen} results seen: {what}."
        f" Because {row['reason']} ({row['author']})"
    )


def _change(change: dict[str, Any]) -> str:
    mark = " post hoc" if change["post_hoc"] else ""
    return (
        f"{change['field']} {change['classification']}{mark}"
        f" ({change['before'] or '–'} → {change['after'] or '–'})"
    )


def _verdict(row: sqlite3.Row) -> str:
    reasons = " ".join(json.loads(row["detail_json"]).get("reasons", [])[:2])
    return (
        f"Verdict on {_name(row)}: {row['verdict']} ({row['confidence']} confidence), because"
        f" {row['rule']}: {reasons} Justified: {row['justification']} ({row['author']})"
    )


def _decision(row: sqlite3.Row) -> str:
    detail = json.loads(row["detail_json"])
    more = " ".join(f"{key.replace('_', ' ')}: {value}." for key, value in detail.items() if value)
    return (
        f"**{row['decision'].capitalize()}** {_name(row)} ({row['outcome']}; the"
        f" {row['question_answer']} question), because {row['reason']}. {more} ({row['author']})"
    )
