"""A study's history told as a story."""

from __future__ import annotations

from grd_core.history.snapshot import HistorySnapshot


def narrative(snapshot: HistorySnapshot) -> str:
    """The story as Markdown: we believed, we tried, it said, so we."""
    parts = [f"# What was learned in {snapshot.study}\n"]
    if snapshot.question:
        parts.append(f"The question, as first locked: {snapshot.question}\n")
    if not snapshot.chapters:
        parts.append("No experiment has been made yet.\n")
    for chapter in snapshot.chapters:
        parts.append(f"## {chapter.experiment} ({chapter.kind})\n")
        parts.append(f"We believed: {chapter.believed}\n")
        parts.append(f"We tried: {chapter.tried}\n")
        parts.extend(f"- {found}" for found in chapter.found)
        parts.append(f"\nSo: {chapter.so}\n")
    return "\n".join(parts)
