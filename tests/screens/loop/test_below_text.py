"""What stands below the charts: graded, searched and folded output, metrics, machine, rules."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from textual.content import Content

from grd_core.budget.gpus import GpuProcess, GpuReading, LostGpu
from grd_core.budget.process_tree import ProcessIdentity
from grd_core.runs.alarms import RULES, WatchAlarm
from grd_core.runs.costs import Costs
from grd_core.runs.device_processes import name_of
from grd_core.runs.gpu_panel import GpuPanel, device_line
from grd_core.runs.output import read_output
from grd_core.runs.readers.taking_up import MetricFile
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.pages.loop.output_lines import Reading, entries_of, output_lines
from grd_screens.pages.loop.panel_lines import machine_lines, metric_lines, rule_lines
from grd_screens.pages.loop.reading import Watched
from grd_screens.pages.loop.view import View

PRINTED = (
    "INFO loading",
    *(f"epoch 0 step {step} loss={4 - step}" for step in range(4)),
    "WARNING: gradient clipped",
    "ValueError: \x1b]52;c;AAAA\x07 bad",
    *(f"epoch 1 step {step} loss=1" for step in range(4, 7)),
)


def said(lines: list[Content]) -> str:
    return "\n".join(line.plain for line in lines)


def shown(reading: Reading, *printed: str, width: int = 78, height: int = 30) -> str:
    output = read_output(printed or PRINTED)
    entries = entries_of(output, reading)
    lines = output_lines(entries, reading, len(output), UNICODE, width, height)
    assert len(lines) <= height
    assert all(line.cell_length <= width for line in lines)
    return said(lines)


def test_steps_are_one_line_an_epoch_and_what_is_grave_stands_out() -> None:
    assert shown(Reading()).splitlines() == [
        "INFO loading",
        "▸ epoch 0  steps 0-3  n 4  loss mean 2.5 min 1 max 4 last 1",
        "! WARNING: gradient clipped",
        "✖ ValueError: <1B>]52;c;AAAA<07> bad",
        "▸ epoch 1  steps 4-6  n 3  loss mean 1 min 1 max 1 last 1",
    ]


def test_each_step_is_its_own_line_when_it_is_asked_for() -> None:
    assert len(shown(Reading().refolded()).splitlines()) == len(PRINTED)
    assert Reading().refolded().refolded() == Reading()


def test_levels_go_from_all_to_errors_and_back() -> None:
    reading = Reading()
    seen = []
    for _ in range(4):
        seen.append(reading.least)
        reading = reading.next_level()
    assert seen == ["", "info", "warning", "error"]
    assert reading == Reading()
    text = shown(replace(reading, least="warning"))
    assert text.splitlines()[0].startswith("warnings and errors: 2 of 10 lines")
    assert "gradient clipped" in text and "loss" not in text


def test_a_search_finds_every_line_unfolded() -> None:
    text = shown(Reading().searched("LOSS=1"))
    assert text.splitlines()[0].startswith("with LOSS=1: 4 of 10 lines")
    assert "epoch 1 step 5 loss=1" in text
    assert shown(Reading().searched("nowhere")).startswith("with nowhere: 0 of 10 lines")


def test_the_output_shows_its_end_and_goes_back_as_far_as_there_is() -> None:
    assert shown(Reading(), *(f"line {n}" for n in range(50)), height=3).splitlines() == [
        "line 47",
        "line 48",
        "line 49",
    ]
    back = Reading().moved(1, 50)
    text = shown(back, *(f"line {n}" for n in range(50)), height=3)
    assert text.splitlines()[-1] == "▼ 1 entry further down: G"
    assert "line 49" not in text
    assert Reading().moved(10**6, 50).back == 49
    assert Reading().moved(-3, 50).back == 0


def test_nothing_printed_is_said() -> None:
    assert said(output_lines((), Reading(), 0, UNICODE, 40, 4)) == "nothing printed"


@pytest.mark.parametrize("width", [30, 44, 78, 120])
def test_all_metrics_with_the_chosen_and_the_pinned_marked(watched: Watched, width: int) -> None:
    view = View(metric="val_loss", pins=("grad_norm",))
    files = (MetricFile("metrics.csv", "csv", "reading", "", ("acc",)),)
    for glyphs in (UNICODE, ASCII):
        lines = metric_lines(watched.metrics, files, view, glyphs, width)
        assert all(line.cell_length <= width for line in lines)
        text = said(lines)
        assert f"{glyphs.cursor}  val_loss" in text
        assert f" {glyphs.point} grad_norm" in text
        assert "metrics.csv (csv, reading): acc" in " ".join(text.split())
        assert not glyphs.bar.isascii() or text.isascii()


GIB = 2**30
BUSY = GpuReading(0, "NVIDIA L4", 87.0, 20 * GIB, 24 * GIB, 61.5, 71.0, processes=())
LOST = LostGpu(1, "NVIDIA L4", "fell off the bus")


def test_the_machine_says_each_device_and_whose_processes_are_on_it(watched: Watched) -> None:
    here, gone = os.getpid(), 2**22 + 1  # beyond the largest pid there can be
    own = {ProcessIdentity.of(here)}
    reading = replace(BUSY, processes=(GpuProcess(here, 12 * GIB), GpuProcess(gone, None)))
    panel = GpuPanel(tuple(device_line(one, {0}, own, host_pids=True) for one in (reading, LOST)))
    text = said(machine_lines(watched.snapshot, panel, UNICODE, 110))
    for part in ("87%", "memory 20.0/24.0 GiB", "62 W", "71 C", "given to this run"):
        assert part in text, part
    assert f"▶ pid {here} {name_of(here)} 12.0 GiB this run" in text
    assert f"pid {gone}" in text
    assert "gpu 1 NVIDIA L4  fell off the bus" in text
    idle = GpuPanel((device_line(BUSY, set(), set(), host_pids=True),))
    empty = said(machine_lines(watched.snapshot, idle, ASCII, 60))
    assert "no process on it" in empty and empty.isascii()


def test_energy_and_money_stand_with_the_machine_once_there_is_any(watched: Watched) -> None:
    spent = Costs(1.2, 0.8, "", 2.0, 0.3, None, "EUR", 0.36, None, "1.2 kWh", "about 0.36 EUR")
    snapshot = replace(watched.snapshot, costs=spent)
    assert "energy  1.2 kWh  about 0.36 EUR" in said(machine_lines(snapshot, None, ASCII, 60))
    none = replace(spent, kwh=None, gpu_hours=0.0, money="")
    snapshot = replace(watched.snapshot, costs=none)
    assert "energy" not in said(machine_lines(snapshot, None, ASCII, 60))


def test_without_a_gpu_the_reason_is_said(watched: Watched) -> None:
    panel = GpuPanel((), "no NVIDIA driver on this machine")
    text = said(machine_lines(watched.snapshot, panel, UNICODE, 60))
    assert "no GPU: no NVIDIA driver on this machine" in text
    assert "measuring" in said(machine_lines(watched.snapshot, None, UNICODE, 60))


def test_alarms_stand_with_their_rules_and_without_one_all_rules_do(watched: Watched) -> None:
    alarm = WatchAlarm("blocked", "loss is NaN since step 90", "not a number", "the rule of it")
    snapshot = replace(watched.snapshot, alarms=(alarm,))
    assert said(rule_lines(snapshot, UNICODE, 78)).splitlines()[1:] == [
        "✖ loss is NaN since step 90",
        "  not a number: the rule of it",
    ]
    text = said(rule_lines(watched.snapshot, UNICODE, 78))
    assert all(kind in text for kind in RULES)
