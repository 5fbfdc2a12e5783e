"""The words of the watch: its head, the titles of its charts, its runs, the output. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.loop.details import duration, run_standing
from grd_screens.pages.loop.view import View
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, hanging, sides, text
from grd_screens.widgets.chart import Curve, reading

if TYPE_CHECKING:
    from grd_core.runs.metric_lines import MetricLine
    from grd_core.runs.run_lines import RunLine
    from grd_core.runs.series import Series
    from grd_core.runs.watching import WatchSnapshot
    from grd_screens.pages.loop.reading import Watched

STALE_S = 10.0
"""Older than this, data of a run that goes on is called stale."""

_BAR = 10
_TAB = 4


def head_lines(
    watched: Watched, view: View, since_s: float, glyphs: Glyphs, width: int
) -> list[Content]:
    """Run, seed, state, how far, and how old its data is; its alarms below.

    `since_s` is how long ago it was read.
    """
    snapshot = watched.snapshot
    run = snapshot.run
    standing, word = state_of(snapshot)
    state = text(f"{glyphs.standing[standing]} {word}", STYLES[standing])
    eta = None if snapshot.eta_s is None else max(0.0, snapshot.eta_s - since_s)
    number, _, ordinal = run.name.partition("/")
    short = f"{number.partition('-')[0]}/{ordinal}"
    # The whole name and the bar give way before the line breaks.
    lefts = tuple(
        Content("  ").join(
            [
                Content.assemble((printable(name), "bold"), (f"  seed {run.seed}", MUTED)),
                state,
                *_progress(snapshot, eta, glyphs, bar),
            ]
        )
        for name, bar in ((run.name, _BAR), (run.name, 0), (short, _BAR), (short, 0))
    )
    ages = _ages(snapshot, since_s)
    room = width - ages.cell_length - 2
    left = next((left for left in lefts if left.cell_length <= room), lefts[-1])
    lines = sides(left, (ages,), width)
    if view.is_frozen:
        behind = watched.last - (view.end or 0)
        said = f"view frozen{f', {behind:,.0f} steps behind' if behind > 0 else ''}"
        going = "; the run goes on" if run.state == "started" else ""
        lines += text(f"{glyphs.bar} {said}{going}: space follows again", "bold $warning").wrap(
            width
        )
    for alarm in snapshot.alarms:
        label = text(glyphs.standing[alarm.standing], STYLES[alarm.standing])
        lines += hanging(label, text(printable(alarm.text), STYLES[alarm.standing]), 2, width)
    for said in _faults(snapshot):
        label = text(glyphs.standing["attention"], STYLES["attention"])
        lines += hanging(label, text(printable(said)), 2, width)
    return lines


def state_of(snapshot: WatchSnapshot) -> tuple[str, str]:
    """The standing of a watched run and its word: training, silent, gone, crashed, done."""
    run = snapshot.run
    if snapshot.liveness == "gone":
        return "blocked", "supervisor gone"
    if snapshot.liveness == "silent":
        return "stale", "silent"
    standing, word = run_standing(run.state)
    if run.exit_code and run.state == "failed":
        word = f"{word}, exit {run.exit_code}"
    return standing, word


def curve_of(
    metric: MetricLine, series: Series, view: View, since_s: float, live: bool, glyphs: Glyphs
) -> Curve:
    """A chart: its name and last value, then what fits beside them."""
    is_chosen = metric.name == view.metric
    name = text(
        f"{glyphs.path} {printable(metric.name)}" if is_chosen else printable(metric.name),
        "bold $accent" if is_chosen else "bold",
    )
    last = text(metric.last_text if metric.last is None else f"{metric.last:.5g}")
    said = [name]
    if view.cursor is not None:
        where, value, extent = reading(series, view.cursor)
        said.append(Content.assemble((f"{where} ", MUTED), (value, "bold")))
        said += [text(extent, MUTED)] if extent else []
    else:
        said.append(last)
    best = {"lower": series.lowest, "higher": series.highest}.get(metric.good)
    if best is not None:
        said.append(text(f"best {best.value:.5g} at {best.step:,}", MUTED))
    if live:
        age_s = metric.age_s + since_s
        said.append(text(_age(age_s), STYLES["stale"] if age_s > STALE_S else MUTED))
    if metric.nonfinite:
        said.append(text(f"{metric.nonfinite:,} not finite", STYLES["attention"]))
    if view.scale == "log":
        said.append(text("log", MUTED))
    if view.smoothing:
        said.append(text(f"ema {view.smoothing:g}", MUTED))
    return Curve(tuple(said), series, view.scale, view.smoothing, view.cursor)


def run_list_lines(
    runs: Sequence[RunLine], watched: int, glyphs: Glyphs, width: int, height: int
) -> list[Content]:
    """The runs of the experiment, the watched one marked and in sight."""
    lines: list[Content] = [text("runs  J older  K newer", MUTED)]
    newest = list(reversed(runs))
    at = next((i for i, run in enumerate(newest) if run.id == watched), 0)
    room = max(1, height - 1)
    begin = min(max(0, at - room // 2), max(0, len(newest) - room))
    for run in newest[begin : begin + room]:
        standing, word = run_standing(run.state)
        mark = glyphs.cursor if run.id == watched else " "
        line = Content.assemble(
            (f"{mark} ", "bold $accent"),
            f"{run.ordinal:02d} ",
            (f"{glyphs.standing[standing]} {word}", STYLES[standing]),
            (f"  seed {run.seed}  {duration(run.wall_s)}", MUTED),
        )
        lines += line.wrap(max(1, width))
    return lines


def output_lines(
    output: Sequence[str], back: int, glyphs: Glyphs, width: int, height: int
) -> list[Content]:
    """The last lines of the output that fit, or as many lines further back."""
    if not output:
        return [text("nothing printed", MUTED)]
    lines: list[Content] = []
    hidden = output[: len(output) - back] if back else output
    for raw in reversed(hidden):
        wrapped = text(printable(raw.expandtabs(_TAB).rstrip())).wrap(max(1, width)) or [
            Content("")
        ]
        lines = [*wrapped, *lines]
        if len(lines) >= height:
            break
    lines = lines[-max(1, height) :]
    if back and lines:
        said = text(f"{glyphs.down} {back} lines further down: G", MUTED)
        lines = [*lines[1:], said]
    return lines


def nothing_lines(snapshot: WatchSnapshot, width: int) -> list[Content]:
    """What stands where charts would, before a metric was logged."""
    if snapshot.run.state == "started":
        said = (
            "no metric yet: log(step, loss=loss), in the script (from grd_log import log) draws one"
        )
    else:
        said = "it logged no metric; what it printed stands below"
    return text(said, MUTED).wrap(max(1, width))


def data_age_s(snapshot: WatchSnapshot) -> float | None:
    """Seconds since the script logged, at the time of reading; None before it did."""
    return min((metric.age_s for metric in snapshot.metrics), default=None)


def _ages(snapshot: WatchSnapshot, since_s: float) -> Content:
    run = snapshot.run
    if run.state != "started":
        return text(f"took {duration(run.wall_s)}", MUTED)
    age_s = data_age_s(snapshot)
    if age_s is None:
        return text("no data yet", MUTED)
    age_s += since_s
    if age_s > STALE_S or snapshot.liveness != "running":
        return text(f"stale {duration(age_s)}", STYLES["stale"])
    return text(f"data {age_s:.0f} s old", MUTED)


def _age(seconds: float) -> str:
    return f"{duration(seconds) if seconds >= 10 else f'{seconds:.0f} s'} old"


def _progress(
    snapshot: WatchSnapshot, eta_s: float | None, glyphs: Glyphs, bar: int
) -> list[Content]:
    parts = [text(snapshot.progress_text)] if snapshot.progress_text else []
    if bar and snapshot.fraction is not None and snapshot.run.state == "started":
        full = round(snapshot.fraction * bar)
        free = (glyphs.free * (bar - full), MUTED)
        parts.append(Content.assemble((glyphs.spent * full, "$accent"), free))
    return parts if eta_s is None else [*parts, text(f"eta {duration(eta_s)}")]


def _faults(snapshot: WatchSnapshot) -> list[str]:
    found = []
    run = snapshot.run
    if run.detail and run.state not in ("started", "done"):
        found.append(run.detail)
    if snapshot.files_gone:
        found.append("its folder is gone: what was taken up stays")
    for count, one, many in (
        (snapshot.lost, "line lost by the script", "lines lost by the script"),
        (snapshot.malformed, "unreadable line in its journal", "unreadable lines in its journal"),
        (
            snapshot.journals_rewritten,
            "journal file rewritten: what it says since is not taken up",
            "journal files rewritten: what they say since is not taken up",
        ),
    ):
        if count:
            found.append(f"{count:,} {one if count == 1 else many}")
    return found
