"""Lines wrap and never lose a word; the strip never outgrows its line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from grd_core.budget.meter import GpuReading, GpuReadings, HostSample
from grd_core.overview import BudgetLine, OverviewSnapshot
from grd_core.runs.costs import Costs
from grd_screens.frame import phase_rail, phase_tabs, title_lines
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.overview import overview_lines
from grd_screens.strip import StripState, load_percent, strip_line
from grd_screens.typesetting import Parts, hanging, sides

WIDTHS = (1, 5, 20, 40, 60, 78, 79, 80, 118, 200)


def letters(lines: list[Content]) -> str:
    return "".join("".join(line.plain.split()) for line in lines)


@given(st.text(alphabet="ab é模", max_size=200), st.integers(4, 90), st.integers(0, 20))
def test_hanging_text_keeps_every_word_within_the_width(text: str, width: int, indent: int) -> None:
    lines = hanging(Content("label"), Content(text), indent, width)
    assert letters(lines) == "label" + "".join(text.split())
    assert all(line.rstrip().cell_length <= width for line in lines)


def test_what_does_not_fit_beside_stands_below_in_the_form_that_fits_a_line() -> None:
    rights = (Content("drift: 2 changed ! attention"), Content("drift: 2 changed !"))
    left = Content("tides")
    assert [line.plain for line in sides(left, rights, 20)] == ["tides", "drift: 2 changed !"]
    assert [line.plain for line in sides(left, rights, 10)] == [
        "tides", "drift: 2", "changed !", "attention",
    ]  # fmt: skip


@given(st.lists(st.text(alphabet="xyz", min_size=1, max_size=12), max_size=8), st.integers(12, 60))
def test_parts_break_between_and_not_inside(words: list[str], width: int) -> None:
    lines = Parts(tuple(Content(word) for word in words)).wrap(width)
    assert [word for line in lines for word in line.plain.split()] == words


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", ["begun", "going", "alarmed"])
def test_any_width_can_be_set(state: str, width: int, request: pytest.FixtureRequest) -> None:
    snapshot: OverviewSnapshot = request.getfixturevalue(state)
    for glyphs in (UNICODE, ASCII):
        pages = [overview_lines(snapshot, glyphs, width)]
        pages += [title_lines("s", snapshot, 3, glyphs, width)]
        pages += [phase_tabs(snapshot, 3, glyphs, width)]
        for lines in pages:
            if width >= 20:
                assert all(line.rstrip().cell_length <= width for line in lines)


def test_no_number_id_or_reason_is_cut_at_80_columns(alarmed: OverviewSnapshot) -> None:
    shown = letters(overview_lines(alarmed, UNICODE, 78))
    for said in (
        alarmed.question,
        alarmed.belief,
        alarmed.disproved_if,
        alarmed.next_step.command,
        "[11.4,12.5]",
        "REVISE_METHOD",
        "worstorigin=EWR",
        *(alarm.text.replace("\x1b", "<1B>") for alarm in alarmed.alarms),
        *alarmed.lessons,
    ):
        assert "".join(said.split()) in shown


def test_failures_stand_beside_wins(going: OverviewSnapshot) -> None:
    shown = "\n".join(line.plain for line in overview_lines(going, UNICODE, 118))
    assert "✔ proceeded 2   ✖ refuted 3" in shown


def test_energy_and_money_stand_once_a_gpu_was_used_or_a_price_set(
    going: OverviewSnapshot,
) -> None:
    energy, money = "1.2 kWh measured over 80% of GPU time", "about 0.36 EUR for 1.2 kWh"
    spent = Costs(1.2, 0.8, "", 2.0, 0.3, None, "EUR", 0.36, None, energy, money)
    shown = "\n".join(
        line.plain for line in overview_lines(replace(going, costs=spent), UNICODE, 118)
    )
    assert f"energy        {energy}   {money}" in shown
    narrow = letters(overview_lines(replace(going, costs=spent), UNICODE, 40))
    assert energy.replace(" ", "") in narrow.replace(" ", "")
    on_cpu = replace(spent, kwh=None, gpu_hours=0.0, money="")
    assert overview_lines(replace(going, costs=on_cpu), UNICODE, 78) == overview_lines(
        going, UNICODE, 78
    )


def test_every_state_is_glyph_and_word(alarmed: OverviewSnapshot) -> None:
    rail = [line.plain for line in phase_rail(alarmed, 0, UNICODE, 26)]
    assert any("✖ blocked" in line for line in rail)
    assert any("! attention" in line for line in rail)
    assert any("▶ now" in line for line in rail)
    assert any("· not yet" in line for line in rail)


def test_without_a_gpu_the_strip_says_so(alarmed: OverviewSnapshot, on_cpu: HostSample) -> None:
    state = StripState(sample=on_cpu, live=alarmed.live, budget=alarmed.budget)
    narrow = strip_line(state, UNICODE, 78).plain
    assert "no GPU" in narrow
    assert "run 12 silent ! data 42 s old" in narrow
    assert "no GPU: metering CPU" in strip_line(state, UNICODE, 118).plain


@pytest.mark.parametrize("width", range(1, 160, 3))
def test_the_strip_fits_any_width(
    alarmed: OverviewSnapshot, on_cpu: HostSample, width: int
) -> None:
    state = StripState(sample=on_cpu, live=alarmed.live * 3, budget=alarmed.budget)
    state = state.sampled(on_cpu, load_percent(on_cpu))
    assert strip_line(state, UNICODE, width).cell_length <= width


def test_data_that_stopped_coming_says_its_age(going: OverviewSnapshot, on_cpu: HostSample) -> None:
    state = StripState(sample=on_cpu, live=going.live, budget=going.budget, read_age_s=30.0)
    assert "data 31 s old" in strip_line(state, UNICODE, 120).plain
    assert "12 s old" in strip_line(replace(state, meter_age_s=12.0), UNICODE, 120).plain
    assert "old" not in strip_line(replace(state, read_age_s=1.0), UNICODE, 120).plain


def test_the_fullest_budget_is_the_one_shown(on_cpu: HostSample) -> None:
    budget = (BudgetLine("wall-h", 1.0, 0.0, 10.0), BudgetLine("gpu-h", 6.0, 1.2, 10.0))
    line = strip_line(StripState(sample=on_cpu, budget=budget), UNICODE, 118).plain
    assert "6/10 gpu-h ▓▓▓▓▓▓▒░░░ 1.2 leased" in line


def test_a_spent_budget_is_called_blocked(on_cpu: HostSample) -> None:
    budget = (BudgetLine("gpu-h", 10.0, 0.0, 10.0),)
    line = strip_line(StripState(sample=on_cpu, budget=budget), UNICODE, 118).plain
    assert "✖ spent 10/10 gpu-h" in line
    assert (
        "0/0"
        in strip_line(
            StripState(sample=on_cpu, budget=(BudgetLine("gpu-h", 0.0, 0.0, 0.0),)), UNICODE, 118
        ).plain
    )


def test_gpus_that_do_not_answer_a_query_show_no_zero(on_cpu: HostSample) -> None:
    silent = GpuReading(0, "MIG", None, None, None, None, None)
    sample = replace(on_cpu, gpus=GpuReadings((silent,)))
    line = strip_line(StripState().sampled(sample, load_percent(sample)), UNICODE, 118).plain
    assert "GPU0 use unmeasured" in line
    eight = GpuReadings(tuple(GpuReading(i, "H100", 50.0, 1, 2, 3.0, 4.0) for i in range(8)))
    state = StripState(sample=replace(on_cpu, gpus=eight))
    assert "8 GPUs mean 50%" in strip_line(state, UNICODE, 78).plain


def test_a_lease_that_may_never_be_needed_is_no_warning(
    going: OverviewSnapshot, on_cpu: HostSample
) -> None:
    def said(gone_in_s: float, eta_s: float | None) -> str:
        live = (replace(going.live[0], eta_s=eta_s),)
        budget = (BudgetLine("wall-h", 0.01, 1.99, 2.0, gone_in_s=gone_in_s),)
        return strip_line(StripState(sample=on_cpu, live=live, budget=budget), UNICODE, 118).plain

    assert "gone in" not in said(7140.0, None)
    assert "! gone in 30m" in said(1800.0, None)
    assert "! gone in 1h59" in said(7140.0, 9000.0)
