"""When a lease ends, as arithmetic."""

from __future__ import annotations

import pytest

from grd_core.launch.lease import Horizon, Lease, Rates, Spent, horizon


def test_an_unlimited_lease_has_no_horizon():
    assert horizon(Lease(), Spent(1e9, 1e9, 1e9), Rates(cpu=64, gpu=8)) is None


def test_the_unit_that_runs_out_first_is_the_horizon():
    lease = Lease(wall_hours=2, cpu_hours=4, gpu_hours=8)
    ends = horizon(lease, Spent(1800, 7200, 3600), Rates(cpu=4, gpu=2))
    assert ends == Horizon("cpu_hours", left_s=1800, total_s=3600)


def test_gpu_hours_are_devices_times_wall_time():
    ends = horizon(Lease(gpu_hours=8), Spent(), Rates(cpu=0, gpu=4))
    assert ends is not None
    assert ends.left_s == 2 * 3600


def test_a_unit_that_is_not_being_spent_does_not_end():
    assert horizon(Lease(gpu_hours=0.0, cpu_hours=1.0), Spent(), Rates(cpu=0, gpu=0)) is None


def test_a_spent_unit_has_ended_even_at_rest():
    ends = horizon(Lease(cpu_hours=1.0), Spent(cpu_s=3700), Rates(cpu=0, gpu=0))
    assert ends is not None
    assert ends.left_s < 0


@pytest.mark.parametrize(("hours", "grace_s"), [(10.0, 30.0), (0.05, 18.0)])
def test_the_grace_time_is_at_most_a_tenth_of_the_lease(hours, grace_s):
    ends = horizon(Lease(wall_hours=hours), Spent(), Rates(cpu=0, gpu=0))
    assert ends is not None
    assert ends.grace_s(30.0) == pytest.approx(grace_s)
