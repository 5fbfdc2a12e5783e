"""One experiment: what it believes, what it changed, its runs, its verdicts, what is next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.loop.checked import finding_lines
from grd_screens.pages.loop.experiments import Beside, kind_text, sign, standing_of
from grd_screens.pages.loop.note_lines import lines_under
from grd_screens.pages.loop.panel_lines import file_lines
from grd_screens.printable import printable
from grd_screens.told import told_lines, told_of
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.critic.live_code import LiveFindings
    from grd_core.history.similar import Alike
    from grd_core.runs.by_hand import ByHand
    from grd_core.runs.notes import Note
    from grd_core.runs.run_lines import RunLine
    from grd_core.runs.snapshot import ExperimentSnapshot

INDENT = 10
SHOWN_RUNS = 12
"""Newest runs shown; the others are counted."""

_RUN_STANDINGS = {
    "started": "now",
    "done": "done",
    "failed": "attention",
    "out_of_memory": "attention",
    "stopped_by_user": "not yet",
    "stopped_by_budget": "attention",
    "interrupted": "attention",
}
_RUN_WORDS = {
    "started": "training",
    "failed": "crashed",
    "stopped_by_user": "stopped",
    "stopped_by_budget": "stopped by the budget",
    "out_of_memory": "out of memory",
}
_SOURCES = {
    "frozen": "scored on the frozen test part",
    "validation": "on validation, by the last review",
    "live": "as the newest run logged it",
}


def run_standing(state: str) -> tuple[str, str]:
    """The standing of a run's state, and its word."""
    return _RUN_STANDINGS.get(state, "attention"), _RUN_WORDS.get(state, state.replace("_", " "))


def detail_lines(
    shown: ExperimentSnapshot,
    beside: Beside,
    glyphs: Glyphs,
    width: int,
    alike: tuple[Alike, ...] = (),
) -> list[Content]:
    """Everything about an experiment, the next key first; of a draft what is alike to it."""
    line = shown.line
    standing, _ = standing_of(line)
    name = text(printable(shown.name), "bold")
    title = Parts((name, text(f"{kind_text(line)}  {shown.state}", MUTED)), "  ")
    lines = hanging(sign(standing, glyphs), title, 2, width)
    findings = beside.findings.get(shown.number, ())
    lines += _labelled("next", text(next_key(shown, findings), ACCENT), width)
    lines += _labelled("believes", text(printable(line.hypothesis)), width)
    if alike:
        lines += [Content(""), text("like earlier hypotheses", MUTED)]
        lines += [*told_lines(told_of(alike), glyphs, width), Content("")]
    if line.parent:
        said = printable(line.what_changed) or "nothing in config or code"
        lines += _labelled("changed", text(f"{said} (from {line.parent:03d})"), width)
    if line.metric_text:
        value = Content.assemble(
            (f"{printable(line.metric_name)} {line.metric_text}", "bold"),
            (f"  {_SOURCES.get(line.metric_source, '')}", MUTED),
        )
        lines += _labelled("metric", value, width)
    if shown.by_hand is not None:
        lines += _by_hand_lines(shown.by_hand, glyphs, width)
    lines += _finding_lines(findings, glyphs, width)
    lines += _run_lines(shown.runs, shown.notes, glyphs, width)
    lines += file_lines(shown.files, width)
    lines += _verdict_lines(shown.verdicts, width)
    if line.outcome:
        lines += _labelled("scored", text(f"{printable(line.outcome)}: o opens it"), width)
    lines += _labelled("folder", text(printable(shown.folder), MUTED), width)
    return lines


def next_key(shown: ExperimentSnapshot, findings: tuple[LiveFindings, ...]) -> str:
    """The key that leads on from here, and why."""
    line = shown.line
    if line.going_on:
        return "w watches it"
    if line.files_gone:
        return "its folder is gone: bring it back, or n makes another"
    if line.state != "open":
        return "decided; n starts another from it"
    if line.note:
        return f"{line.note}: w shows how it ended, E opens the code"
    if any(
        f.severity.value == "blocking" and not f.waived for file in findings for f in file.findings
    ):
        return "E opens the code at the blocking finding"
    if not line.runs and shown.by_hand is not None:
        return "r runs it supervised: what was trained by hand counts for nothing"
    if not line.runs:
        return "e writes the hypothesis, then r runs it"
    if not line.verdict or line.verdict_is_old:
        return "c has the Critic review it"
    if line.verdict.startswith("REVISE_DATA"):
        return "1 looks at the data; then r and c again"
    if line.verdict.startswith("REVISE"):
        return "c shows what to correct; then r and c again"
    if line.verdict == "ESCALATE":
        return "5 decides: the Critic asks a human"
    if line.kind == "baseline":
        return "n tests a belief against it"
    return "o sees its scorecard" if line.outcome else "4 scores it on the frozen test part"


def _labelled(label: str, body: Content, width: int) -> list[Content]:
    return hanging(text(label, MUTED), body, INDENT, width)


def _by_hand_lines(one: ByHand, glyphs: Glyphs, width: int) -> list[Content]:
    """Training that no run accounts for: what tells of it, and that it counts for nothing."""
    from grd_core.runs.by_hand import COUNTS_FOR_NOTHING, by_hand_text

    said = f"{glyphs.standing['attention']} {printable(by_hand_text(one))}"
    at = "" if one.goes_on else f", last written {_when(one.last_written)}"
    body = Content.assemble((said, STYLES["attention"]), f"{at}; {COUNTS_FOR_NOTHING}")
    return _labelled("by hand", body, width)


def _finding_lines(findings: tuple[LiveFindings, ...], glyphs: Glyphs, width: int) -> list[Content]:
    lines: list[Content] = []
    for file in findings:
        name = printable(file.path.rsplit("/", 1)[-1])
        if file.note:
            label = text(f"{glyphs.standing['stale']} {name}", STYLES["stale"])
            lines += hanging(label, text(printable(file.note)), INDENT, width)
        for finding in file.findings:
            lines += finding_lines(finding, name, glyphs, width)
    return [Content(""), *lines] if lines else []


def _run_lines(
    runs: tuple[RunLine, ...], notes: tuple[Note, ...], glyphs: Glyphs, width: int
) -> list[Content]:
    if not runs:
        return _labelled("runs", text("none yet: r starts one", MUTED), width)
    lines = [Content("")]
    for at, run in enumerate(reversed(runs[-SHOWN_RUNS:])):
        label = text("runs" if at == 0 else "", MUTED)
        lines += hanging(label, Parts(run_parts(run, glyphs), "  "), INDENT, width)
        noted = [note for note in notes if note.run_id == run.id]
        lines += lines_under(noted, INDENT + 3, width)
    if len(runs) > SHOWN_RUNS:
        lines += _labelled("", text(f"{len(runs) - SHOWN_RUNS:,} older: w, then K", MUTED), width)
    return lines


def run_parts(run: RunLine, glyphs: Glyphs) -> tuple[Content, ...]:
    """A run in parts: its number, state, seed, exit, faults of its journal, time; why it ended,
    where it says so."""
    standing, word = run_standing(run.state)
    state = Content.assemble(
        f"{run.ordinal:02d} ",
        (f"{glyphs.standing[standing]} {word}", STYLES[standing]),
    )
    parts = [state, text(f"seed {run.seed}", MUTED), text(duration(run.wall_s), MUTED)]
    if run.exit_code:
        parts.append(text(f"exit {run.exit_code}", STYLES["attention"]))
    if run.rewritten or run.malformed:
        fault = "blocked" if run.rewritten else "attention"
        said = "journal rewritten" if run.rewritten else f"{run.malformed:,} unreadable lines"
        parts.append(text(f"{glyphs.standing[fault]} {said}", STYLES[fault]))
    parts.append(text(_when(run.started), MUTED))
    if run.detail and run.state not in ("done", "started"):
        parts.append(text(printable(run.detail), MUTED))
    return tuple(parts)


def _verdict_lines(verdicts: tuple[str, ...], width: int) -> list[Content]:
    lines: list[Content] = []
    for verdict in reversed(verdicts):
        head, _, why = printable(verdict).partition(": ")
        lines += text(head, "bold").wrap(max(1, width))
        if why:
            lines += hanging(Content(""), text(why), 2, width)
    return [Content(""), *lines] if lines else []


def duration(seconds: float) -> str:
    """A time span in the unit that suits it."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _when(at: str) -> str:
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%m-%d %H:%M")
    except ValueError:
        return printable(at)
