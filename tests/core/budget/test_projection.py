"""When a budget is gone, from accounts and rates alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grd_core.budget.account import UnitAccount
from grd_core.budget.projection import LiveSpending, UnitRate, project

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR_S = 3600.0


def cpu(spent, limit=10.0, leased=0.0):
    return UnitAccount("cpu_hours", spent, leased, limit)


def run(rate=2.0, lease_left=None, run_id=7, **known):
    return LiveSpending(run_id, (UnitRate("cpu_hours", rate, lease_left),), **known)


def only(unit, *live):
    (projection,) = project([unit], live, now=NOW)
    return projection


def test_nothing_runs():
    projection = only(cpu(4.0))
    assert (projection.rate, projection.gone_in_s, projection.gone_at, projection.sentence) == (
        0.0,
        None,
        "",
        "",
    )
    assert projection.share == 0.4


def test_a_run_without_an_end_spends_it_all():
    projection = only(cpu(4.0), run())
    assert projection.gone_in_s == pytest.approx(3 * HOUR_S)
    assert projection.gone_at == "2026-11-23T04:00:00Z"
    assert projection.sentence == "gone at 04:00 UTC"


def test_the_step_it_will_have_come_to():
    live = run(eta_s=6 * HOUR_S, done=1.0, of_steps=90, steps_per_s=20 / HOUR_S)
    assert only(cpu(4.0), live).sentence == "gone at 04:00 UTC, step 61 of 90"


def test_a_run_that_is_through_before_is_no_shortage():
    assert only(cpu(4.0), run(eta_s=2.9 * HOUR_S)).gone_in_s is None
    assert only(cpu(4.0), run(eta_s=3 * HOUR_S)).gone_in_s is None
    assert only(cpu(4.0), run(eta_s=3.1 * HOUR_S)).gone_in_s == pytest.approx(3 * HOUR_S)


def test_a_lease_of_all_that_remains_ends_with_the_budget():
    assert only(cpu(4.0, leased=6.0), run(lease_left=6.0)).sentence == "gone at 04:00 UTC"


def test_a_smaller_lease_ends_the_run_and_not_the_budget():
    projection = only(cpu(4.0), run(lease_left=1.0, run_id=12))
    assert projection.gone_in_s == pytest.approx(0.5 * HOUR_S)
    assert projection.sentence == "lease of run 12 gone at 01:30 UTC"


def test_several_runs_spend_together_until_each_ends():
    short = run(rate=4.0, eta_s=1 * HOUR_S, run_id=1)
    long = run(rate=1.0, run_id=2)
    # five hours in the first hour, then one an hour
    assert only(cpu(4.0), short, long).gone_in_s == pytest.approx(2 * HOUR_S)
    both = only(cpu(4.0), run(run_id=1), run(run_id=2))
    assert both.sentence == "gone at 02:30 UTC, 2 runs unfinished"
    assert both.rate == 4.0


def test_a_lease_of_another_unit_ends_the_spending_before():
    live = LiveSpending(3, (UnitRate("cpu_hours", 2.0, None), UnitRate("wall_hours", 1.0, 1.0)))
    units = [cpu(4.0), UnitAccount("wall_hours", 0.0, 1.0, 5.0)]
    found = {one.unit: one for one in project(units, [live], now=NOW)}
    assert found["cpu_hours"].sentence == ""
    assert found["wall_hours"].sentence == "lease of run 3 gone at 02:00 UTC"


def test_the_next_day_has_its_date_and_a_year_is_too_far():
    assert only(cpu(0.0, limit=100.0), run()).sentence == "gone at 11-25 03:00 UTC"
    assert only(cpu(0.0, limit=1e6), run()).gone_in_s is None


def test_a_budget_that_is_spent():
    projection = only(cpu(10.5), run())
    assert projection.gone_in_s == 0.0
    assert projection.warning == "spent: 10.5 of 10 cpu-h"


@pytest.mark.parametrize(
    ("spent", "warning"),
    [
        (4.99, ""),
        (5.0, "50% of 10 cpu-h spent"),
        (8.15, "81% of 10 cpu-h spent"),
        (9.999, "99% of 10 cpu-h spent"),
        (10.0, "spent: 10 of 10 cpu-h"),
    ],
)
def test_shares_are_said_in_words(spent, warning):
    assert only(cpu(spent)).warning == warning


def test_units_without_a_limit_have_no_projection():
    assert project([UnitAccount("wall_hours", 1.0, 0.0, None)], [run()], now=NOW) == ()


def test_a_limit_of_nothing():
    projection = only(UnitAccount("cpu_hours", 0.0, 0.0, 0.0))
    assert (projection.share, projection.warning) == (0.0, "")
