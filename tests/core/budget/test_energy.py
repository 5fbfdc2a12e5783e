"""Energy from readings alone: what counters say, what power says, and what nobody knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.budget.energy import EnergyMeter, EnergySpent, EnergyUnknown, described
from grd_core.budget.gpus import (
    GpuProcess,
    GpuReading,
    GpuReadings,
    LostGpu,
    MigInstance,
    Unanswered,
    Unattributable,
    Unmeasured,
    memory_of,
)


def gpu(index=0, energy_mj=None, power_w=None, **more):
    return GpuReading(index, "Stub", None, None, None, power_w, None, energy_mj=energy_mj, **more)


def spent(*taken, devices=(0,), end_s=None):
    """The energy after readings of (seconds, devices…)."""
    meter = EnergyMeter(devices, started_s=0.0)
    for at_s, *found in taken:
        meter.take(GpuReadings(tuple(found)), at_s)
    return meter.total(taken[-1][0] if end_s is None else end_s)


def test_the_counter_counts_from_where_the_run_found_it():
    assert spent((0, gpu(0, 5_000)), (1, gpu(0, 205_000)), (2, gpu(0, 305_000))) == EnergySpent(
        joules=300.0, integrated_j=0.0, unmeasured_s=0.0, resets=0
    )


def test_only_allocated_devices_count():
    total = spent((0, gpu(0, 0), gpu(1, 0)), (1, gpu(0, 3_600_000), gpu(1, 10**9)))
    assert total.kwh == pytest.approx(0.001)


def test_a_counter_that_went_back_is_bridged_by_power():
    total = spent(
        (0, gpu(0, 900_000, 100.0)), (2, gpu(0, 1_000, 200.0)), (3, gpu(0, 151_000, 200.0))
    )
    assert total == EnergySpent(joules=450.0, integrated_j=300.0, unmeasured_s=0.0, resets=1)


def test_a_counter_that_went_back_without_power_leaves_a_gap():
    total = spent((0, gpu(0, 900_000)), (2, gpu(0, 1_000)), (3, gpu(0, 151_000)))
    assert total == EnergySpent(joules=150.0, integrated_j=0.0, unmeasured_s=2.0, resets=1)


def test_a_device_without_a_counter_is_integrated():
    total = spent((0, gpu(power_w=100.0)), (1, gpu(power_w=100.0)), (3, gpu(power_w=300.0)))
    assert total == EnergySpent(joules=500.0, integrated_j=500.0, unmeasured_s=0.0, resets=0)


def test_before_its_first_answer_a_device_drew_what_it_draws_then():
    total = spent((0.5, gpu(0, 70_000, 100.0)), (1, gpu(0, 120_000, 100.0)))
    assert total == EnergySpent(joules=100.0, integrated_j=50.0, unmeasured_s=0.0, resets=0)
    without_power = spent((0.5, gpu(0, 70_000)), (1, gpu(0, 120_000)))
    assert (without_power.joules, without_power.unmeasured_s) == (50.0, 0.5)


def test_power_is_not_stretched_over_a_long_silence():
    total = spent((0, gpu(power_w=100.0)), (1, gpu(power_w=100.0)), (3601, gpu(power_w=100.0)))
    assert (total.joules, total.unmeasured_s) == (100.0, 3600.0)


def test_a_counter_covers_a_long_silence():
    total = spent((0, gpu(0, 0)), (3600, gpu(0, 7_000_000)))
    assert (total.joules, total.unmeasured_s) == (7000.0, 0.0)


def test_a_device_that_is_lost_leaves_what_it_had_spent_and_a_gap():
    lost = LostGpu(1, "Stub", "GPU is lost")
    total = spent(
        (0, gpu(0, 0), gpu(1, 0)),
        (1, gpu(0, 100_000), gpu(1, 200_000)),
        (2, gpu(0, 200_000), lost),
        (5, gpu(0, 500_000), lost),
        devices=(0, 1),
        end_s=6,
    )
    # One second of the first device after its last reading, five of the second.
    assert (total.joules, total.unmeasured_s) == (700.0, 6.0)


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        ([Unmeasured("no NVIDIA driver on this machine")], "no NVIDIA driver on this machine"),
        ([GpuReadings((LostGpu(0, "Stub", "GPU is lost"),))], "GPU is lost"),
        ([GpuReadings((gpu(0, 5),))], "it was read only once"),
        (
            [GpuReadings((gpu(unanswered=(Unanswered("energy_mj", "Not Supported"),)),))] * 2,
            "Not Supported",
        ),
        ([], "not read yet"),
    ],
)
def test_energy_that_nobody_knows_is_not_zero(taken, reason):
    meter = EnergyMeter((0,), started_s=0.0)
    for at_s, readings in enumerate(taken):
        meter.take(readings, float(at_s))
    assert meter.total(9.0) == EnergyUnknown(reason)
    assert described(meter.total(9.0)) == {"unknown": reason}


def test_what_instances_share_is_nobodys():
    part = MigInstance(0, "1g.5gb", "MIG-1", 1, 5)
    total = spent((0, gpu(0, 0, instances=(part,))), (1, gpu(0, 500, instances=(part,))))
    assert total == EnergyUnknown(
        "shared, unattributable: MIG instances have no energy of their own"
    )


def test_a_run_without_devices_says_nothing_of_energy():
    assert spent((0, gpu(0, 0)), (1, gpu(0, 9)), devices=()) == EnergyUnknown(
        "no device was allocated"
    )


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=30), st.data())
def test_a_growing_counter_is_exact_however_often_it_is_read(steps, data):
    counter = [sum(steps[:count]) for count in range(len(steps) + 1)]
    kept = data.draw(st.lists(st.booleans(), min_size=len(counter) - 2, max_size=len(counter) - 2))
    seen = [
        (at, value)
        for at, (value, keep) in enumerate(zip(counter, [True, *kept, True], strict=True))
        if keep
    ]
    total = spent(*((at, gpu(0, value)) for at, value in seen))
    assert total.joules * 1000 == pytest.approx(sum(steps))
    assert (total.unmeasured_s, total.resets) == (0.0, 0)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.booleans(), st.booleans()), max_size=30))
def test_resets_and_gaps_never_make_it_more_than_was_spent(steps):
    counter, spent_mj, meter = 0, 0, EnergyMeter((0,), started_s=0.0)
    meter.take(GpuReadings((gpu(0, 0),)), 0.0)
    for at_s, (step_mj, is_reset, is_lost) in enumerate(steps, start=1):
        spent_mj += step_mj
        counter = step_mj if is_reset else counter + step_mj
        device = LostGpu(0, "Stub", "GPU is lost") if is_lost else gpu(0, counter)
        meter.take(GpuReadings((device,)), float(at_s))
    total = meter.total(float(len(steps)))
    if isinstance(total, EnergySpent):
        assert total.joules * 1000 <= spent_mj + 1e-6
        assert 0.0 <= total.unmeasured_s <= len(steps)


HOLDERS = (GpuProcess(7, 100), GpuProcess(8, 20), GpuProcess(9, None))


def test_a_tree_holds_what_its_processes_hold():
    reading = gpu(processes=HOLDERS)
    assert memory_of(reading, {7, 8}, host_pids=True) == 120
    assert memory_of(reading, {1, 2}, host_pids=True) == 0


def test_memory_of_a_process_that_is_not_told():
    assert memory_of(gpu(processes=HOLDERS), {9}, host_pids=True) == Unattributable(
        "the driver does not tell what each process holds"
    )


def test_pids_of_the_host_are_not_ours():
    found = memory_of(gpu(processes=HOLDERS), {7}, host_pids=False)
    assert isinstance(found, Unattributable)
    assert found.reason.startswith("shared, unattributable: ")


def test_processes_that_may_not_be_seen():
    reading = gpu(unanswered=(Unanswered("processes", "Insufficient Permissions"),))
    assert memory_of(reading, {7}, host_pids=True) == Unattributable("Insufficient Permissions")


def test_a_process_of_an_instance_is_counted_once():
    part = MigInstance(0, "1g.5gb", "MIG-1", 1, 5, (GpuProcess(7, 100),))
    reading = gpu(processes=(GpuProcess(7, 100),), instances=(part,))
    assert memory_of(reading, {7}, host_pids=True) == 100
