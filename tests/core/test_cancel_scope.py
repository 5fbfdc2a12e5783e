"""Work that another thread cancels: its jobs die, nothing of it starts, the rest lives on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from grd_core.jobs import (
    Cancelled,
    CancelledError,
    CancelScope,
    Done,
    cancel_scope,
    refuse_if_cancelled,
    run_job,
    run_many,
    value_of,
)
from tests.core.test_jobs import gone, wait_for

NAME = "tests.core.jobs_for_tests"
HANG = f"{NAME}:hang_with_child"
ADD = f"{NAME}:add"
ONE = {"a": 1, "b": 0}


def cancel_when_they_run(scope: CancelScope, *files: Path) -> None:
    def wait_and_cancel() -> None:
        for pids in files:
            wait_for(pids)
        scope.cancel()

    threading.Thread(target=wait_and_cancel).start()


def test_a_job_deep_inside_is_killed_with_its_children(tmp_path: Path) -> None:
    def work_that_knows_no_scope() -> dict[str, object]:
        return value_of(run_job(HANG, {"pids": str(tmp_path / "pids")}, limit_s=60))

    with cancel_scope() as scope:
        cancel_when_they_run(scope, tmp_path / "pids")
        with pytest.raises(CancelledError) as raised:
            work_that_knows_no_scope()
    assert (raised.value.sentence(), raised.value.exit_code) == ("cancelled: start it again", 130)
    assert all(gone(pid) for pid in wait_for(tmp_path / "pids"))


def test_of_many_jobs_none_runs_on_and_none_is_started(tmp_path: Path) -> None:
    hanging = [(HANG, {"pids": str(tmp_path / f"{n}")}) for n in range(4)]
    with cancel_scope() as scope:
        cancel_when_they_run(scope, tmp_path / "0", tmp_path / "1")
        with pytest.raises(CancelledError):
            list(run_many(hanging, limit_s=60))
    assert all(gone(pid) for n in (0, 1) for pid in wait_for(tmp_path / f"{n}"))
    assert not (tmp_path / "2").exists()


def test_once_cancelled_nothing_is_started() -> None:
    with cancel_scope() as scope:
        scope.cancel()
        assert run_job(ADD, ONE, limit_s=60) == Cancelled()
        with pytest.raises(CancelledError):
            list(run_many([(ADD, ONE)], limit_s=60))
        with pytest.raises(CancelledError):
            refuse_if_cancelled()
    assert run_job(ADD, ONE, limit_s=60) == Done({"sum": 1})


def test_a_scope_may_be_cancelled_before_its_work_begins() -> None:
    scope = CancelScope()
    scope.cancel()
    with cancel_scope(scope), pytest.raises(CancelledError):
        refuse_if_cancelled()


def test_an_inner_scope_leaves_the_outer_one_alone_and_not_the_other_way_round() -> None:
    with cancel_scope() as outer:
        with cancel_scope() as inner:
            inner.cancel()
            assert run_job(ADD, ONE, limit_s=60) == Cancelled()
        assert run_job(ADD, ONE, limit_s=60) == Done({"sum": 1})
        outer.cancel()
        with cancel_scope():
            assert run_job(ADD, ONE, limit_s=60) == Cancelled()


def test_other_threads_are_not_concerned() -> None:
    results = []
    with cancel_scope() as scope:
        scope.cancel()
        other = threading.Thread(target=lambda: results.append(run_job(ADD, ONE, limit_s=60)))
        other.start()
        other.join()
    assert results == [Done({"sum": 1})]


def test_many_jobs_tell_how_they_fare_on_the_thread_that_asked() -> None:
    told: list[tuple[object, ...]] = []

    class Observer:
        def started(self, index: int) -> None:
            told.append((threading.get_ident(), "started", index))

        def progress(self, index: int, fraction: float, message: str) -> None:
            told.append((threading.get_ident(), "progress", index, fraction, message))

    assert dict(run_many([(ADD, ONE)], limit_s=60, observer=Observer())) == {0: Done({"sum": 1})}
    here = threading.get_ident()
    assert told == [(here, "started", 0), (here, "progress", 0, 0.5, "half")]
