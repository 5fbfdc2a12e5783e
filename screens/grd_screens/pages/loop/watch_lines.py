"""The words of the watch: its head, the titles of its charts, its runs. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.loop.colours import metric_style, run_mark, run_style
from grd_screens.pages.loop.details import duration, run_standing
from grd_screens.pages.loop.note_lines import newest_lines
from grd_screens.pages.loop.panel_lines import file_lines
from grd_screens.pages.loop.view import View
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, sides, text
from grd_screens.widgets.chart import Curve, reading
from grd_screens.widgets.curve_layers import Other

if TYPE_CHECKING:
    from grd_core.runs.metric_lines import MetricLine
    from grd_core.runs.run_lines import RunLine
    from grd_core.runs.series import Series
    from grd_core.runs.watching import WatchSnapshot
    from grd_screens.pages.loop.reading import Watched

STALE_S = 10.0
"""Older than this, data of a run that goes on is called stale."""

_BAR = 10


def head_lines(
    watched: Watched, view: View, since_s: float, glyphs: Glyphs, width: int
) -> list[Content]:
    """Run, seed, state, how far, and how old its data is; below its alarms and its newest note.

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
        behind = watched.newest - (view.end or 0)
        unit = "steps" if view.axis == "step" else "s"
        said = f"view frozen{f', {behind:,.0f} {unit} behind' if behind > 0 else ''}"
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
    return lines + newest_lines(snapshot.notes, width) + _legend_lines(watched, view, width)


def _legend_lines(watched: Watched, view: View, width: int) -> list[Content]:
    """What narrows the metrics, and what is drawn with the run."""
    lines: list[Content] = []
    if view.words:
        said = f"{len(watched.metrics)} of {watched.metric_count} metrics hold {view.words}"
        lines += text(printable(said), MUTED).wrap(max(1, width))
    if view.overlay == "alone":
        return lines
    if not watched.beside:
        missing = {
            "seeds": "no other run of the same code, config and data yet",
            "runs": "no other run of this experiment yet",
            "marked": "no other run is marked: m marks the one that is watched",
        }
        return lines + text(f"{missing[view.overlay]}; o draws others", MUTED).wrap(max(1, width))
    if view.overlay == "seeds":
        seeds = sorted({run.seed for run in (watched.snapshot.run, *watched.beside)})
        said = (
            f"shaded: lowest to highest of {len(watched.beside) + 1} runs, seeds"
            f" {', '.join(map(str, seeds))}; the line is their median"
        )
        return lines + text(said, MUTED).wrap(max(1, width))
    own = watched.snapshot.run.name.partition("/")[0]
    parts = [
        Content.assemble(
            (run_mark(run.id), f"bold {run_style(run.id)}"),
            (f" {_short(run.name, own)} seed {run.seed}", MUTED),
        )
        for run in watched.beside
    ]
    return lines + Parts((text(f"with {view.overlay}:", MUTED), *parts), "  ").wrap(max(1, width))


def _short(name: str, own: str) -> str:
    """A run's name without its experiment, where that is the watched one's."""
    experiment, _, ordinal = name.partition("/")
    return ordinal if experiment == own else f"{experiment.partition('-')[0]}/{ordinal}"


def state_of(snapshot: WatchSnapshot) -> tuple[str, str]:
    """The standing of a watched run and its word: training, silent, gone, crashed, done."""
    run = snapshot.run
    if snapshot.liveness == "gone":
        return "blocked", "supervisor gone"
    if snapshot.liveness == "out of reach":
        return "stale", "out of reach"
    if snapshot.liveness == "silent":
        return "stale", "silent"
    standing, word = run_standing(run.state)
    if run.exit_code and run.state == "failed":
        word = f"{word}, exit {run.exit_code}"
    return standing, word


def curves_of(watched: Watched, view: View, since_s: float, glyphs: Glyphs) -> list[Curve]:
    """The charts of a run, with what is drawn under each curve."""
    live = watched.snapshot.run.state == "started"
    found = []
    for metric, series, others, band in zip_longest(
        watched.shown, watched.series, watched.others, watched.bands
    ):
        beside = tuple(
            Other(run_mark(one.run.id), run_style(one.run.id), one.series) for one in others or ()
        )
        curve = curve_of(metric, series, view, since_s, live, glyphs)
        said = curve.said
        if view.cursor is not None:
            said += tuple(
                text(f"{other.mark} {reading(other.series, view.cursor)[1]}", other.style)
                for other in beside
            )
        # Beside the colours of runs a metric's own could be taken for one of theirs.
        style = ACCENT if beside else curve.style
        found.append(replace(curve, said=said, style=style, others=beside, band=band))
    return found


def curve_of(
    metric: MetricLine, series: Series, view: View, since_s: float, live: bool, glyphs: Glyphs
) -> Curve:
    """A chart: its name and last value, then what fits beside them."""
    is_chosen = metric.name == view.metric
    style = metric_style(metric.name)
    pin = glyphs.point if metric.name in view.pins else ""
    name = text(
        " ".join(filter(None, (glyphs.path if is_chosen else "", pin, printable(metric.name)))),
        f"bold {style}",
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
    return Curve(tuple(said), series, view.scale, view.smoothing, view.cursor, style)


def run_list_lines(
    runs: Sequence[RunLine],
    watched: int,
    drawn: Set[int],
    marked: Set[int],
    glyphs: Glyphs,
    width: int,
    height: int,
) -> list[Content]:
    """The runs of the experiment, the watched one in sight; with their letters those that are
    drawn, with a point those that are marked, with a sign those whose journals are faulty."""
    lines: list[Content] = [text("runs  J older  K newer", MUTED)]
    newest = list(reversed(runs))
    at = next((i for i, run in enumerate(newest) if run.id == watched), 0)
    room = max(1, height - 1)
    begin = min(max(0, at - room // 2), max(0, len(newest) - room))
    for run in newest[begin : begin + room]:
        standing, word = run_standing(run.state)
        mark = glyphs.cursor if run.id == watched else " "
        letter = run_mark(run.id) if run.id in drawn else " "
        fault = "blocked" if run.rewritten else "attention" if run.malformed else ""
        line = Content.assemble(
            (mark, "bold $accent"),
            (letter, f"bold {run_style(run.id)}"),
            f"{run.ordinal:02d}",
            (glyphs.point if run.id in marked else " ", "bold $accent"),
            (f"{glyphs.standing[standing]} {word}", STYLES[standing]),
            (f"  seed {run.seed}  {duration(run.wall_s)}", MUTED),
            (f" {glyphs.standing[fault]} journal" if fault else "", STYLES.get(fault, "")),
        )
        lines += line.wrap(max(1, width))
    return lines


def nothing_lines(snapshot: WatchSnapshot, words: str, width: int) -> list[Content]:
    """What stands where charts would: no metric was logged yet, or none holds these words; with
    what became of files that might have held some."""
    if words and snapshot.metrics:
        said = f"no metric holds {printable(words)}: esc in the filter shows all again"
    elif snapshot.run.state == "started":
        said = (
            "no metric yet: log(step, loss=loss), in the script (from grd_log import log) draws one"
        )
    else:
        said = "it logged no metric; what it printed stands below"
    lines = text(said, MUTED).wrap(max(1, width))
    return lines if snapshot.metrics else lines + file_lines(snapshot.files, width)


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
    if run.state in ("stopped_by_user", "stopped_by_budget") and run.detail:
        found.append(run.detail)
    if snapshot.files_gone and run.state != "started":
        found.append("its folder is gone: what was taken up stays")
    if snapshot.lost:
        noun = "line" if snapshot.lost == 1 else "lines"
        found.append(f"{snapshot.lost:,} {noun} lost by the script")
    return found
