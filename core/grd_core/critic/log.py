"""CRITIC_LOG.md: every recorded review of an experiment, as a person reads it."""

from __future__ import annotations

import json

from grd_core.identity import one_line
from grd_core.ledger.read import Reader
from grd_core.rendering import Rendered, render
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study


def write_critic_log(study: Study, experiment: ExperimentRecord) -> Rendered:
    """Render the log beside the experiment; a person's edits are kept."""
    with study.read() as ledger:
        text = critic_log(ledger, experiment)
    return render(study.ledger_path, study.root, experiment.folder / "CRITIC_LOG.md", text)


def critic_log(ledger: Reader, experiment: ExperimentRecord) -> str:
    """The log as Markdown, newest review first."""
    parts = [f"# Critic log of {experiment.name}\n"]
    for row in ledger.rows(
        "SELECT * FROM review WHERE experiment_id = ? ORDER BY id DESC", experiment.id
    ):
        parts.append(
            f"## {row['at'][:16].replace('T', ' ')} · {row['stage']} {row['loop']} ·"
            f" {row['verdict']} ({row['confidence']} confidence)\n"
        )
        parts.append(f"Rule: {row['rule']}.\n")
        reasons = json.loads(row["detail_json"]).get("reasons", [])
        parts.append("\n".join(f"- {one_line(reason)}" for reason in reasons) + "\n")
        parts.append(f"Justification: {one_line(row['justification'])}\n")
        parts.extend(_checks(ledger, row["id"]))
        parts.extend(_findings(ledger, row["id"]))
    return "\n".join(parts)


def _checks(ledger: Reader, review_id: int) -> list[str]:
    lines = ["| check | status | value | n | method |", "|---|---|---|---|---|"]
    for row in ledger.rows("SELECT * FROM check_result WHERE review_id = ? ORDER BY id", review_id):
        measured = json.loads(row["measurement_json"]) or {}
        value = measured.get("value")
        shown = "–" if value is None else f"{value:.4g}"
        method = measured.get("method") or row["reason"]
        n = measured.get("n")
        cells = (row["code"], row["status"], shown, "–" if n is None else str(n), method)
        # A bar inside a cell would begin another one.
        lines.append(f"| {' | '.join(one_line(cell).replace('|', '¦') for cell in cells)} |")
    return ["\n".join(lines) + "\n"]


def _findings(ledger: Reader, review_id: int) -> list[str]:
    parts = []
    for row in ledger.rows("SELECT * FROM finding WHERE review_id = ? ORDER BY id", review_id):
        finding = json.loads(row["content_json"])
        waived = " · waived" if finding["waived"] else ""
        title, path = one_line(finding["title"]), one_line(finding["path"])
        parts.append(f"### {finding['check']} {title} ({finding['severity']}{waived})\n")
        if path:
            parts.append(f"`{path}:{finding['line']}`\n")
        parts.append(f"{one_line(finding['why'])}\n")
        parts.extend(
            f"- {place['role']}: `{one_line(place['path'])}:{place['line']}`"
            for place in finding["places"]
        )
        parts.append(f"\nTo do: {one_line(finding['fix'])}\n")
    return parts
