"""What happened in a study and wants eyes, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grd_core.budget.projection import warned_text
from grd_core.next_step import (
    HISTORY,
    LOOP,
    OBJECTIVE,
    RECON,
    Position,
    Standing,
    drift_trouble,
)

if TYPE_CHECKING:
    from grd_core.critic.live import LiveState
    from grd_core.runs.by_hand import ByHand
    from grd_core.runs.snapshot import RunLine

LAST_RUNS = 3
"""Runs that ended badly, or whose journals are faulty, that are still told of."""

LAST_BY_HAND = 3
"""Experiments trained by hand that are told of: those whose files were written last."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that happened and wants eyes: when (UTC, ISO 8601), how bad, what; the phase
    to look at, and the object there as its page knows it, where there is one."""

    at: str
    standing: Standing
    text: str
    phase: int = HISTORY
    about: str = ""


def alarms_of(
    position: Position, live: LiveState | None, by_hand: Sequence[ByHand] = ()
) -> tuple[Alarm, ...]:
    """What wants eyes now, what blocks first, then the newest first."""
    from grd_core.critic.live_lines import live_lines

    freeze = position.recon.freeze
    recorded = freeze.faults if freeze is not None and freeze.integrity == "faulty" else ()
    faults = dict.fromkeys((*recorded, *(live.frozen if live else ())))
    alarms = [Alarm("", Standing.BLOCKED, f"frozen data: {fault}", RECON) for fault in faults]
    alarms.extend(_source_alarm(position, live))
    alarms.extend(
        Alarm(line.at, Standing.ATTENTION, line.text, LOOP, line.about)
        for line in (live_lines(live) if live else ())
    )
    objective = position.objective
    trouble = drift_trouble(objective)
    if trouble is not None:
        detail = objective.fault or ", ".join(change.field for change in objective.changes[:3])
        text = f"OBJECTIVE.md: {objective.drift}" + (f" ({detail})" if detail else "")
        alarms.append(Alarm("", trouble, text, OBJECTIVE))
    alarms.extend(
        Alarm("", Standing.ATTENTION, said, OBJECTIVE)
        for unit in position.loop.budget
        if (said := warned_text(unit))
    )
    for e in position.loop.experiments:
        if e.files_gone:
            text = f"{e.name}: files gone, its records stay"
            alarms.append(Alarm("", Standing.ATTENTION, text, LOOP, str(e.number)))
    newest = sorted(by_hand, key=lambda one: one.last_written, reverse=True)
    alarms.extend(_by_hand_alarm(one) for one in newest[:LAST_BY_HAND])
    bad = [run for run in position.loop.runs if run.state not in ("started", "done")]
    alarms.extend(
        Alarm(
            run.ended,
            Standing.ATTENTION,
            f"run {run.id} {run.name} {run.state}: {run.detail}",
            LOOP,
            f"run:{run.id}",
        )
        for run in sorted(bad, key=lambda run: -run.id)[:LAST_RUNS]
    )
    faulty = [run for run in position.loop.runs if run.rewritten or run.malformed]
    alarms.extend(_journal_alarm(run) for run in sorted(faulty, key=lambda r: -r.id)[:LAST_RUNS])
    # What blocks comes first; within it the order stays.
    return tuple(sorted(alarms, key=lambda alarm: alarm.standing is not Standing.BLOCKED))


def _source_alarm(position: Position, live: LiveState | None) -> Iterator[Alarm]:
    """A source that is not the declared one stops what is computed from it; what was frozen of it
    stands, and may outlive it."""
    frozen = position.recon.freeze is not None
    if live is None or not live.source.said or (frozen and live.source.state == "gone"):
        return
    blocked = live.source.state != "unknown" and not frozen
    text = f"declared data: {live.source.said}" + ("; the frozen parts stand" if frozen else "")
    yield Alarm("", Standing.BLOCKED if blocked else Standing.ATTENTION, text, RECON)


def _by_hand_alarm(one: ByHand) -> Alarm:
    """Training that no run accounts for, and what makes a run of it."""
    from grd_core.runs.by_hand import COUNTS_FOR_NOTHING, by_hand_text, supervised_text

    # What has ended stays told until a run follows: the fewer words the better.
    nothing = f"; {COUNTS_FOR_NOTHING}" if one.goes_on else ""
    text = f"{one.name}: {by_hand_text(one)}{nothing}; {supervised_text(one)}"
    return Alarm(one.last_written, Standing.ATTENTION, text, LOOP, str(one.number))


def _journal_alarm(run: RunLine) -> Alarm:
    """A run whose journal is not what was read, or not to be read."""
    from grd_core.runs.journal_faults import malformed_text, rewritten_text

    said = "; ".join(filter(None, (rewritten_text(run.rewritten), malformed_text(run.malformed))))
    standing = Standing.BLOCKED if run.rewritten else Standing.ATTENTION
    return Alarm("", standing, f"run {run.id} {run.name}: {said}", LOOP, f"run:{run.id}")
