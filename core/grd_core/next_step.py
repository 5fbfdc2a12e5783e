"""The method as a path: where a study stands on it, and the one thing to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.objective.snapshot import ObjectiveSnapshot
    from grd_core.recon.snapshot import ReconSnapshot
    from grd_core.runs.snapshot import ExperimentLine, LoopSnapshot

PHASES = ("Recon", "Objective", "Loop", "Evaluation", "Gate", "Graduation", "History")
RECON, OBJECTIVE, LOOP, EVALUATION, GATE, GRADUATION, HISTORY = range(1, 8)


class Standing(StrEnum):
    """How a phase, a line or a record stands; a face shows it as glyph and word."""

    DONE = "done"
    NOW = "now"
    ATTENTION = "attention"
    BLOCKED = "blocked"
    NOT_YET = "not yet"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """One phase of the method: its number from 1, its name and how it stands."""

    number: int
    name: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next: a sentence, the command that does it, the phase it is in."""

    sentence: str
    command: str
    phase: int


@dataclass(frozen=True, slots=True)
class Position:
    """Everything the next step depends on: the phases' snapshots, which experiments are
    scored (by id), and how many decisions were made."""

    recon: ReconSnapshot
    objective: ObjectiveSnapshot
    loop: LoopSnapshot
    scored: frozenset[int]
    decisions: int


def next_step(position: Position) -> NextStep:
    """The first thing on the path that is not done."""
    return (
        _recon(position)
        or _objective(position)
        or _experiments(position)
        or NextStep(
            "Every experiment is decided: test the next belief, or graduate a sealed one",
            "grd experiment new TITLE",
            LOOP,
        )
    )


def phase_lines(position: Position, step: NextStep) -> tuple[PhaseLine, ...]:
    """How each phase stands; the phase of the next step is now."""
    recon, objective, loop = position.recon, position.objective, position.loop
    reached = {
        RECON: recon.complete,
        OBJECTIVE: bool(objective.version),
        LOOP: bool(loop.experiments) and all(e.verdict for e in loop.experiments),
        EVALUATION: bool(position.scored),
        GATE: bool(position.decisions),
        GRADUATION: False,
        HISTORY: bool(loop.experiments),
    }
    wrong = {
        RECON: Standing.BLOCKED
        if recon.freeze is not None and recon.freeze.integrity == "faulty"
        else None,
        OBJECTIVE: drift_trouble(objective),
    }
    return tuple(
        PhaseLine(number, name, _standing(reached[number], wrong.get(number), step.phase == number))
        for number, name in enumerate(PHASES, start=1)
    )


def drift_trouble(objective: ObjectiveSnapshot) -> Standing | None:
    """How a locked objective that is not what lies on the disk stands; None where all is well."""
    if not objective.version or objective.drift_state == "in sync":
        return None
    unusable = objective.drift_state in ("file missing", "unreadable")
    return Standing.BLOCKED if unusable else Standing.ATTENTION


def _standing(reached: bool, wrong: Standing | None, now: bool) -> Standing:
    if wrong is not None:
        return wrong
    if now:
        return Standing.NOW
    return Standing.DONE if reached else Standing.NOT_YET


def _recon(position: Position) -> NextStep | None:
    recon = position.recon
    if recon.freeze is not None and recon.freeze.integrity == "faulty":
        return NextStep(
            f"Frozen data changed ({recon.freeze.faults[0]}): find out what happened first",
            "grd data verify",
            RECON,
        )
    if recon.source is None:
        return NextStep(
            "Say where the data comes from and what its columns mean", "grd data add FILE", RECON
        )
    if recon.freeze is None and recon.source.state != "present":
        return NextStep(
            f"{recon.source.path} is {recon.source.state}: restore it, or declare it again",
            "grd data add FILE",
            RECON,
        )
    if not recon.profiled_at and recon.freeze is None:
        return NextStep("Look at the data before believing anything", "grd data profile", RECON)
    if recon.split is None:
        return NextStep("Declare the split", "grd data split", RECON)
    if recon.freeze is None:
        return NextStep("Freeze the test part, its labels apart", "grd data freeze", RECON)
    if not recon.trained_at:
        return NextStep("Look at the training part with its target", "grd data profile", RECON)
    return None


def _objective(position: Position) -> NextStep | None:
    objective = position.objective
    if objective.state == "none":
        return NextStep("Write down the question", "grd objective init", OBJECTIVE)
    if not objective.version and objective.refusals:
        count = objective.refusals
        return NextStep(
            f"OBJECTIVE.md cannot be locked yet: {count} thing{'s' * (count > 1)} to mend",
            "grd objective check",
            OBJECTIVE,
        )
    if not objective.version:
        return NextStep(
            "Lock the objective: from then on every change is drift",
            "grd objective lock",
            OBJECTIVE,
        )
    if objective.drift_state != "in sync":
        return NextStep(
            f"OBJECTIVE.md differs from what is locked ({objective.drift}): restore it, or amend"
            " it with a reason",
            "grd objective restore" if objective.drift == "file missing" else "grd objective diff",
            OBJECTIVE,
        )
    return None


def _experiments(position: Position) -> NextStep | None:
    loop = position.loop
    if not loop.experiments:
        return NextStep(
            "Make the baseline: a gain over nothing cannot be stated",
            "grd experiment new TITLE --kind baseline",
            LOOP,
        )
    for experiment in reversed(loop.experiments):
        if experiment.state == "open":
            step = _experiment(experiment, scored=experiment.id in position.scored)
            if step is not None:
                return step
    return None


def _experiment(e: ExperimentLine, *, scored: bool) -> NextStep | None:
    if e.files_gone:
        return NextStep(
            f"{e.name}: its files are gone; put the folder back under its name",
            f"grd experiment show {e.number}",
            LOOP,
        )
    if e.going_on:
        return NextStep(f"{e.name} is running", f"grd watch {e.last_run}", LOOP)
    if not e.runs:
        return NextStep(
            f"Write the hypothesis of {e.name}, then run it", f"grd run {e.number}", LOOP
        )
    if not e.verdict or e.verdict_is_old:
        return NextStep(f"Let the Critic review {e.name}", f"grd critic {e.number}", LOOP)
    if e.verdict.startswith("REVISE"):
        return NextStep(
            f"{e.name}: {e.verdict}; correct it, run it again", f"grd critic {e.number}", LOOP
        )
    if e.verdict == "ESCALATE" or scored:
        return NextStep(f"Decide on {e.name}", f"grd gate {e.number}", GATE)
    if e.kind == "baseline":
        return None
    return NextStep(
        f"Score {e.name} on the frozen test part, once", f"grd evaluate {e.number}", EVALUATION
    )
