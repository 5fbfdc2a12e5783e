"""Several runs over each other: one axis for all, and seeds as a band that hides nothing."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.ledger.tables import Run, RunState
from grd_core.runs.gpu_panel import GpuPanel
from grd_core.runs.overlay import band, extent_of, placed_series, seeds_of
from grd_core.runs.series import Series, SeriesBucket
from grd_core.runs.watched import watched_run


def made(*buckets: tuple[float, ...]) -> Series:
    """A series of these values in each piece."""
    filled = []
    for values in buckets:
        finite = [value for value in values if math.isfinite(value)]
        last = values[-1] if values and math.isfinite(values[-1]) else None
        filled.append(
            SeriesBucket(
                len(finite),
                len(values) - len(finite),
                min(finite, default=None),
                max(finite, default=None),
                last,
            )
        )
    count = sum(bucket.count for bucket in filled)
    end = float(len(filled))
    return Series(
        "loss", "step", 0.0, end, tuple(filled), count, 0, (), count, None, None, None, None, None
    )


def test_a_band_is_the_extremes_and_the_median_of_the_last_values() -> None:
    found = band([(1, made((1.0, 5.0))), (2, made((2.0,))), (3, made((3.0,)))])
    assert found is not None
    (piece,) = found.pieces
    assert (piece.runs, piece.low, piece.high, piece.median) == (3, 1.0, 5.0, 3.0)


def test_between_two_values_a_run_lies_on_the_line_and_beyond_them_nowhere() -> None:
    sparse = made((), (1.0,), (), (3.0,), ())
    dense = made((0.0,), (0.0,), (0.0,), (0.0,), (0.0,))
    found = band([(1, sparse), (2, dense)])
    assert found is not None
    assert [piece.runs for piece in found.pieces] == [1, 2, 2, 2, 1]
    assert [piece.high for piece in found.pieces] == [0.0, 1.0, 2.0, 3.0, 0.0]
    assert [piece.median for piece in found.pieces] == [0.0, 0.5, 1.0, 1.5, 0.0]


def test_what_is_not_finite_or_was_never_logged_is_no_part_of_a_band() -> None:
    assert band([(1, made((math.nan,), ()))]) is None
    found = band([(1, made((1.0,), (math.nan,))), (2, made((), ())), (3, made((2.0,), (4.0,)))])
    assert found is not None
    assert found.runs == (1, 3)
    assert [piece.runs for piece in found.pieces] == [2, 1]


VALUES = st.lists(st.lists(st.floats(-1e6, 1e6), max_size=3), min_size=4, max_size=4)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_a_band_holds_every_value_of_every_run(runs: list[list[list[float]]]) -> None:
    found = band([(id_, made(*map(tuple, values))) for id_, values in enumerate(runs)])
    for values in runs:
        for at, piece in enumerate(values):
            for value in piece:
                assert found is not None
                low, high = found.pieces[at].low, found.pieces[at].high
                assert low is not None and high is not None and low <= value <= high
    if found is not None:
        for one in found.pieces:
            assert not one.runs or one.low <= one.median <= one.high  # type: ignore[operator]


@pytest.fixture
def seeds(logged, experiment):
    """The study with runs 1 to 3 of the same files, and run 4 of others; 1 to 3 logged."""
    study, log = logged
    log(*({"loss": 1.0 + i} for i in range(10)), every_s=2.0, age_s=500.0)
    with study.read() as ledger:
        inputs = ledger.value("SELECT inputs_json FROM run WHERE id = 1")
    for ordinal, given_inputs in ((2, inputs), (3, inputs), (4, '{"files":{"train.py":"0"}}')):
        with study.write("run started") as tx:
            run_id = tx.insert(
                Run(
                    experiment_id=experiment.id,
                    ordinal=ordinal,
                    folder="-",
                    command_json='["python","train.py"]',
                    seed=ordinal,
                    inputs_json=given_inputs,
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=run_id, state="done", detail_json="{}"))
    return study, log


def test_seeds_are_runs_of_the_same_files_data_and_command(seeds) -> None:
    study, _ = seeds
    with study.read() as ledger:
        assert seeds_of(ledger, 1) == (1, 2, 3)
        assert seeds_of(ledger, 4) == (4,)
        assert extent_of(ledger, 2) is None


def test_on_the_time_axis_a_run_begins_at_nought(seeds) -> None:
    study, _ = seeds
    with study.read() as ledger:
        extent = extent_of(ledger, 1)
        assert extent is not None
        assert extent.reach("step") == (0.0, 9.0)
        first, last = extent.reach("time")
        assert (first, last) == (0.0, pytest.approx(18.0))
        found = placed_series(
            ledger, 1, "loss", buckets=3, start=first, end=last, axis="time", extent=extent
        )
    assert (found.start, found.end) == (0.0, last)
    assert found.count == 10
    assert found.buckets[-1].last == 10.0


def test_a_run_without_a_screen_has_curves_seeds_machine_and_output(seeds) -> None:
    study, _ = seeds
    alone = watched_run(study, 1)
    assert list(alone.curves) == ["loss"] and not alone.seeds
    assert isinstance(alone.machine, GpuPanel)
    assert watched_run(study, 1, words="no such").metrics == ()
    assert watched_run(study, 4).curves == {}
    assert json.dumps(alone.snapshot.progress_text)
