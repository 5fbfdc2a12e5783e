"""DECISION_LOG.md: what was decided, when, by whom and why, rendered from the ledger.

Its last line anchors the ledger's head outside the ledger, so that a tail cut off shows.
"""

from __future__ import annotations

import json
import sqlite3

from grd_core.gate.integrity import head_line
from grd_core.gate.on_disk import DECISION_LOG
from grd_core.identity import one_line
from grd_core.ledger.in_force import all_unfrozen
from grd_core.ledger.read import Reader
from grd_core.objective.telling import change_text, seen_text
from grd_core.objective.versions import LockedVersion, locked_versions
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
    for row in ledger.rows(
        "SELECT f.*, s.strategy, s.reason FROM freeze f JOIN split s ON s.id = f.split_id"
    ):
        entries.append((row["at"], _freeze(row)))
    for one in all_unfrozen(ledger):
        entries.append((one.at, f"Unfroze the data, because {one.reason} ({one.author})"))
    for version in locked_versions(ledger):
        entries.append((version.at, _lock(version)))
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
        what = f"Peek {row['id']} at the frozen labels, for {_name(row)}"
        entries.append((row["at"], f"{what}: {row['why']} ({row['author']})"))
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


def _freeze(row: sqlite3.Row) -> str:
    because = f", because {row['reason']}" if row["reason"] else ""
    return (
        f"Froze {row['test_rows']:,} test rows, labels apart, by a {row['strategy']} split"
        f"{because} ({row['author']})"
    )


def _lock(version: LockedVersion) -> str:
    seen = seen_text(version)
    if version.version == 1:
        return (
            f"Locked the objective, v1 (sha256 {version.sha256[:12]}…), {seen}, by"
            f" {version.author}."
        )
    what = "; ".join(map(change_text, version.changes)) or "prose"
    return (
        f"Amended the objective to v{version.version}, {seen}: {what}. Because {version.reason}"
        f" ({version.author})"
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
