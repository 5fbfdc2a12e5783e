"""The overview as lines: the same snapshot the first screen shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_tui.cli.output import duration, say

if TYPE_CHECKING:
    from grd_core.critic.live import Access
    from grd_core.overview import OverviewSnapshot
    from grd_core.study import Study

_GLYPHS = {
    "done": "✔",
    "now": "▶",
    "attention": "!",
    "blocked": "✖",
    "not yet": "·",
    "stale": "?",
}


def read_status(study: Study, access: Access) -> OverviewSnapshot:
    """The snapshot with what is true of the files right now, found out in this process."""
    from grd_core.critic.live import Here, Live
    from grd_core.overview import overview_snapshot

    return overview_snapshot(study, Live(Here(), access).refresh(study))


def print_status(snapshot: OverviewSnapshot) -> None:
    """What state, what is wrong, what is next; in this order."""
    s = snapshot
    say(f"{s.study} ▸ {s.phase} {s.phases[s.phase - 1].name}   {s.objective} · drift: {s.drift}")
    say("  ".join(f"{p.number} {p.name} {_GLYPHS[p.standing]} {p.standing}" for p in s.phases))
    say(f"NEXT      {s.next_step.sentence}")
    say(f"          {s.next_step.command}")
    if s.question:
        say(f"question  {s.question}")
    if s.disproved_if:
        say(f"disproved if  {s.disproved_if}")
    peeks = f"{s.peeks} of {s.peeks_allowed}" if s.peeks_allowed is not None else str(s.peeks)
    say(
        f"experiments {s.experiments}   ▶ running {s.running}   ✔ sealed {s.sealed}"
        f"   ✖ refuted {s.refuted}   ↺ revise {s.revise}   archived {s.archived}   peeks {peeks}"
    )
    for verdict in s.verdicts:
        say(f"verdict   {verdict.experiment} {verdict.verdict} {verdict.confidence}")
    if s.best is not None:
        b = s.best
        say(
            f"best      {b.experiment}: {b.metric} {b.estimate:.4g} [{b.low:.4g}, {b.high:.4g}]"
            f"   {b.baseline}   worst: {b.worst_stratum}   {b.outcome}"
        )
        if b.mark:
            say(f"          ! {b.mark}")
    for lesson in s.lessons:
        say(f"lesson    {lesson}")
    for run in s.live:
        values = " ".join(f"{name} {value:.4g}" for name, value in run.metrics)
        age = "" if run.age_s is None else f"  data {run.age_s:.0f} s old"
        eta = "" if run.eta_s is None else f"  eta {duration(run.eta_s)}"
        say(f"run {run.run_id}     {run.name} {run.state} {run.progress}{eta}  {values}{age}")
    for request in s.waiting:
        seeds = ",".join(map(str, request.seeds))
        say(f"queue     {request.request} {request.experiment} seeds {seeds} waits: {request.why}")
    for line in s.budget:
        amount = f"{line.spent + line.leased:.2f} of {line.limit:g} {line.unit}"
        more = "".join(f"  ! {text}" for text in (line.warning, line.projection) if text)
        say(f"budget    {amount}{more}")
    if s.costs is not None and s.costs.is_worth_a_line:
        money = f"   {s.costs.money}" if s.costs.money else ""
        say(f"energy    {s.costs.energy}{money}")
    for alarm in s.alarms:
        say(f"{_GLYPHS[alarm.standing]} {alarm.at[:16]} {alarm.text}")
