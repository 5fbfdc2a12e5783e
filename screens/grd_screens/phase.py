"""Screens 1 to 7 in short: how a phase stands, and the commands that work it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.overview import (
    INDENT,
    experiments_body,
    lesson_parts,
    next_lines,
    peeks_text,
    result_parts,
    verdict_part,
)
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Body, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.overview import LiveRun, OverviewSnapshot


@dataclass(frozen=True, slots=True)
class PhaseGuide:
    """What a phase is for, and the commands that work it, each with what it does."""

    number: int
    name: str
    aim: str
    commands: tuple[tuple[str, str], ...]


GUIDES = (
    PhaseGuide(
        1,
        "Recon",
        "Say where the data comes from and what its columns mean, look for what would deceive a"
        " model, and put the test part away before anything is fitted.",
        (
            ("grd data add FILE", "declares a source with its provenance and roles"),
            ("grd data profile", "ranks the risks in it"),
            ("grd data split", "declares the partition: temporal, grouped or random"),
            ("grd data freeze", "writes the parts read-only, test labels apart"),
            ("grd data verify", "hashes the frozen parts again"),
        ),
    ),
    PhaseGuide(
        2,
        "Objective",
        "Fix the question, the metrics, the thresholds and what would disprove the belief before"
        " any result is seen. What changes later is shown as drift.",
        (
            ("grd objective init", "writes OBJECTIVE.md to fill in"),
            ("grd objective check", "says what is missing in it"),
            ("grd objective lock", "locks its bytes"),
            ("grd objective diff", "shows what changed since the lock, field by field"),
            ("grd objective amend", "records a change with its reason"),
        ),
    ),
    PhaseGuide(
        3,
        "Loop",
        "Test one hypothesis at a time, the baseline first. Every experiment is run, reviewed by"
        " the Critic and kept, whatever came of it.",
        (
            ("grd experiment new TITLE", "makes an experiment with its HYPOTHESIS.md"),
            ("grd run EXPERIMENT", "starts it in the background, within the budget"),
            ("grd watch", "follows a run"),
            ("grd stop", "stops a run and everything it started"),
            ("grd critic EXPERIMENT", "reviews what ran and gives a verdict"),
        ),
    ),
    PhaseGuide(
        4,
        "Evaluation",
        "Score saved predictions on the frozen labels, once for each PROCEED. The score counts as"
        " a peek for ever.",
        (
            ("grd evaluate EXPERIMENT", "writes SCORECARD.json: intervals, worst stratum"),
            ("grd critic EXPERIMENT", "reviews the scored experiment, on the way to the gate"),
        ),
    ),
    PhaseGuide(
        5,
        "Gate",
        "Read the evidence in order, from the question as first locked to where the result is"
        " wrong; then say whether that question was answered, or another one.",
        (
            ("grd gate EXPERIMENT", "prints the evidence in reading order"),
            ("grd decide EXPERIMENT seal --reason …", "the question is answered"),
            ("grd decide EXPERIMENT iterate --reason …", "back to the loop"),
            ("grd decide EXPERIMENT archive --reason …", "kept among the negative results"),
        ),
    ),
    PhaseGuide(
        6,
        "Graduation",
        "Take what was sealed from exploration to production, each step with its proof.",
        (("grd graduate EXPERIMENT", "shows the checklist and what is still open"),),
    ),
    PhaseGuide(
        7,
        "History",
        "Everything that was believed, tried and decided, in the order it happened; and whether"
        " the record still holds together.",
        (
            ("grd history", "tells the study from its ledger"),
            ("grd verify", "replays the ledger and hashes what is locked again"),
        ),
    ),
)


def phase_lines(
    snapshot: OverviewSnapshot, number: int, glyphs: Glyphs, width: int
) -> list[Content]:
    """How phase `number` stands, for a width in cells."""
    guide = next(guide for guide in GUIDES if guide.number == number)
    phase = next((phase for phase in snapshot.phases if phase.number == number), None)
    standing = str(phase.standing) if phase is not None else "not yet"
    title = Content.assemble(
        (f"{number} {guide.name}  ", "bold"),
        (f"{glyphs.standing[standing]} {standing}", STYLES[standing]),
    )
    rule = text(glyphs.rule * width, "$rule")
    width = max(width, 1)
    lines = [*title.wrap(width), *text(guide.aim, MUTED).wrap(width), rule]
    if snapshot.next_step.phase == number:
        lines += next_lines(snapshot.next_step, "", width)
    for label, body in _facts(snapshot, number, glyphs):
        lines += hanging(text(label, MUTED), body, INDENT, width)
    if number == 7:
        pass
    lines.append(rule)
    column = max(len(command) for command, _ in guide.commands) + 4
    for command, effect in guide.commands:
        shell = Content.assemble(("$ ", MUTED), command)
        lines += hanging(shell, text(effect, MUTED), column, width)
    return lines


def _facts(snapshot: OverviewSnapshot, number: int, glyphs: Glyphs) -> list[tuple[str, Body]]:
    none = text("none yet: only what the gate sealed can graduate", MUTED)
    unscored = text("nothing scored yet", MUTED)
    rows: dict[int, list[tuple[str, Body]]] = {
        2: _objective(snapshot),
        3: _loop(snapshot, glyphs),
        4: [
            ("best so far", unscored if snapshot.best is None else result_parts(snapshot.best)),
            ("peeks", Content(peeks_text(snapshot))),
        ],
        5: [
            ("sealed", Content(str(snapshot.sealed))),
            ("archived", Content(str(snapshot.archived))),
            ("refuted", Content(str(snapshot.refuted))),
            ("drift", Content(printable(snapshot.drift))),
        ],
        6: [("sealed", Content(f"{snapshot.sealed} can graduate") if snapshot.sealed else none)],
        7: [("lessons", lesson_parts(snapshot.lessons, glyphs))],
    }
    return rows.get(number, [])


def _objective(snapshot: OverviewSnapshot) -> list[tuple[str, Body]]:
    rows: list[tuple[str, Body]] = [
        ("objective", Content(printable(snapshot.objective) or "none yet")),
        (
            "drift",
            text(
                printable(snapshot.drift) or "none",
                STYLES[snapshot.drift_standing]
                if snapshot.drift_standing in {"attention", "blocked", "stale"}
                else "",
            ),
        ),
    ]
    for label, value in (
        ("question", snapshot.question),
        ("believed", snapshot.belief),
        ("disproved if", snapshot.disproved_if),
    ):
        if value:
            rows.append((label, Content(printable(value))))
    return rows


def _loop(snapshot: OverviewSnapshot, glyphs: Glyphs) -> list[tuple[str, Body]]:
    rows: list[tuple[str, Body]] = [("experiments", experiments_body(snapshot, glyphs))]
    if snapshot.verdicts:
        verdicts = Parts(tuple(verdict_part(line) for line in snapshot.verdicts))
        rows.append(("last verdicts", verdicts))
    rows += [("run", _live(run)) for run in snapshot.live]
    return rows


def _live(run: LiveRun) -> Body:
    parts = [f"{run.run_id} {printable(run.name)} {printable(run.state)}"]
    if run.step is not None:
        parts.append(f"step {run.step}")
    parts += [f"{printable(name)} {value:.4g}" for name, value in run.metrics]
    return Parts(tuple(Content(part) for part in parts), "  ")
