"""The words of the watch: state, age, alarms, the value under the cursor, the output."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content

from grd_core.runs.alarms import WatchAlarm
from grd_core.runs.readers.taking_up import MetricFile
from grd_core.runs.series import Series
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.pages.loop.colours import run_mark
from grd_screens.pages.loop.details import run_parts
from grd_screens.pages.loop.reading import Watched, charted
from grd_screens.pages.loop.view import View
from grd_screens.pages.loop.watch_lines import (
    curve_of,
    head_lines,
    nothing_lines,
    run_list_lines,
)
from grd_screens.widgets.chart import Curve, bucket_at, chart_lines, reading


def said(lines: list[Content]) -> str:
    return "\n".join(line.plain for line in lines)


def test_the_head_says_run_state_how_far_and_how_old(watched: Watched) -> None:
    text = said(head_lines(watched, View(), 1.0, UNICODE, 90))
    for part in ("seed 2", "▶ training", "step 120/300", "eta 14 min", "data 3 s old"):
        assert part in text, part


@pytest.mark.parametrize("width", [40, 60, 78, 90, 140])
def test_the_head_is_never_wider_than_the_screen(troubled: Watched, width: int) -> None:
    view = View().frozen(60)
    lines = head_lines(troubled, view, 0.0, UNICODE, width)
    assert all(line.cell_length <= width for line in lines)
    assert "view frozen, 60 steps behind; the run goes on" in " ".join(said(lines).split())


def test_data_that_stopped_coming_is_called_stale_and_alarms_are_whole(troubled: Watched) -> None:
    text = " ".join(said(head_lines(troubled, View(), 3.0, UNICODE, 78)).split())
    assert "stale 45 s" in text
    assert "? silent" in text
    assert "✖ loss is NaN since step 90" in text
    assert "while loss went from 0.2 to 0.08" in text


def test_a_crash_says_how_and_what_it_said_acts_on_no_terminal(watched: Watched) -> None:
    crashed = WatchAlarm("attention", f"crashed, exit 1: {watched.runs[0].detail}", "crashed")
    snapshot = replace(
        watched.snapshot, run=watched.runs[0], liveness="ended", eta_s=None, alarms=(crashed,)
    )
    text = said(head_lines(replace(watched, snapshot=snapshot), View(), 0.0, UNICODE, 78))
    assert "! crashed, exit 1" in text
    assert "MemoryError: <1B>[31mno memory" in text
    assert "took 2 min" in text


def test_a_run_whose_supervisor_is_gone_says_so(watched: Watched) -> None:
    gone = replace(watched, snapshot=replace(watched.snapshot, liveness="gone"))
    text = said(head_lines(gone, View(), 0.0, UNICODE, 78))
    assert "✖ supervisor gone" in text
    assert "stale" in text


@pytest.mark.parametrize("size", [(45, 12), (38, 8), (20, 5), (12, 3), (200, 30)])
@pytest.mark.parametrize("view", [View(), View(scale="log", smoothing=0.6, cursor=60.0)])
def test_a_chart_keeps_its_size(curves: tuple[Series, ...], watched: Watched, size, view) -> None:
    width, height = size
    for metric, one in zip(watched.metrics, curves, strict=True):
        for glyphs in (UNICODE, ASCII):
            lines = chart_lines(
                curve_of(metric, one, view, 0.0, True, glyphs), glyphs, width, height
            )
            assert len(lines) <= height or width < 20
            assert all(line.cell_length <= width for line in lines)
            if glyphs is ASCII:
                assert said(lines).isascii()


def test_values_that_are_missing_are_marked_where_they_are_missing(
    curves: tuple[Series, ...],
) -> None:
    lines = chart_lines(Curve((Content("val_mae"),), curves[2]), UNICODE, 82, 10)
    marks = [at for at, sign in enumerate(lines[-2].plain) if sign == "×"]
    assert marks
    steps = [(at - 8) / 74 * 120 for at in marks]
    assert min(steps) > 38 and max(steps) < 54


def test_the_value_under_the_cursor_is_read_from_the_bucket(curves: tuple[Series, ...]) -> None:
    where, value, extent = reading(curves[3], 77)
    assert where.startswith("step")
    assert "9" in value or "9]" in extent
    where, value, _ = reading(curves[2], 46)
    assert "not finite" in value
    assert reading(replace(curves[0], buckets=()), 3) == ("", "nothing here", "")


def test_the_cursor_finds_the_nearest_bucket_with_points(curves: tuple[Series, ...]) -> None:
    sparse = replace(
        curves[0],
        buckets=tuple(
            bucket if at % 10 == 0 else replace(bucket, count=0, low=None, high=None, last=None)
            for at, bucket in enumerate(curves[0].buckets)
        ),
    )
    for step in range(0, 121, 7):
        assert bucket_at(sparse, step) % 10 == 0


def test_a_group_of_metrics_holds_the_chosen_one(watched: Watched) -> None:
    names = [metric.name for metric in watched.metrics]
    assert names == ["loss", "val_loss", "val_mae", "grad_norm"]
    for name in names:
        assert name in [metric.name for metric in charted(watched.metrics, name, 2)]
    assert charted(watched.metrics, "not there", 2) == watched.metrics[:2]


def test_the_watched_run_is_in_sight_in_a_long_list(watched: Watched) -> None:
    runs = [replace(watched.runs[1], id=n, ordinal=n) for n in range(1, 60)]
    text = said(run_list_lines(runs, 7, {8}, {9}, UNICODE, 40, 8))
    assert "▌ 07 " in text
    assert f" {run_mark(8)}08 " in text
    assert "  09●" in text


def test_a_run_whose_journal_was_rewritten_says_so_in_the_list(watched: Watched) -> None:
    runs = [replace(watched.runs[0], rewritten=1), replace(watched.runs[1], malformed=3)]
    lines = [line.plain for line in run_list_lines(runs, 12, set(), set(), UNICODE, 60, 8)]
    assert lines[1].endswith("! journal")
    assert lines[2].endswith("✖ journal")
    told = [[part.plain for part in run_parts(run, UNICODE)] for run in runs]
    assert "✖ journal rewritten" in told[0]
    assert "! 3 unreadable lines" in told[1]


def test_a_frozen_view_is_behind_its_own_run_not_behind_longer_ones(watched: Watched) -> None:
    longer = replace(watched, last=900.0, own_last=120.0)
    text = said(head_lines(longer, View().frozen(longer.newest), 0.0, UNICODE, 78))
    assert "view frozen; the run goes on" in text
    later = replace(longer, own_last=130.0)
    text = said(head_lines(later, View().frozen(longer.newest), 0.0, UNICODE, 78))
    assert "view frozen, 10 steps behind" in text


def test_where_no_metric_was_logged_the_files_that_gave_none_say_why(watched: Watched) -> None:
    file = MetricFile("./a\x1b[2Jb.csv", "csv", "ignored", "no column of this table counts", ())
    snapshot = replace(watched.snapshot, metrics=(), files=(file,))
    text = " ".join(said(nothing_lines(snapshot, "", 60)).split())
    assert "no metric yet" in text
    assert "not read: a<1B>[2Jb.csv (csv, ignored); no column of this table counts" in text
    assert "not read" not in said(nothing_lines(watched.snapshot, "nothing of this", 60))
