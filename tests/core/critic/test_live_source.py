"""A declared source that is no longer what was declared alarms at once, wherever it lies."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grd_core.critic.live import Here, InWorkers, Live, LiveState, ReadingOnly, Writing
from grd_core.next_step import Standing
from grd_core.overview import overview_snapshot
from grd_core.recon.sources import declare_from_file
from grd_core.study import Study, create_study
from tests.small_study import PROVENANCE, copy_of, tides

GENEROUS_S = 60.0


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Declared and not frozen; the data lies outside of the study."""
    study = create_study(tmp_path / "study")
    (tmp_path / "elsewhere").mkdir()
    tides(200).to_csv(tmp_path / "elsewhere" / "tides.csv", index=False)
    said = PROVENANCE.replace('"tides.csv"', '"../elsewhere/tides.csv"')
    (study.root / "provenance.toml").write_text(said)
    declare_from_file(study, study.root / "provenance.toml")
    return study


@pytest.fixture
def source(study: Study) -> Path:
    return study.root.parent / "elsewhere" / "tides.csv"


@pytest.fixture
def here() -> Live:
    return Live(Here(), Writing())


def flip_a_digit(path: Path) -> None:
    """Another byte, the same size, in place."""
    with path.open("r+b") as stream:
        stream.seek(-3, os.SEEK_END)
        digit = stream.read(1)
        stream.seek(-3, os.SEEK_END)
        stream.write(b"2" if digit == b"1" else b"1")


def alarms(study: Study, state: LiveState) -> list[tuple[Standing, str]]:
    found = overview_snapshot(study, state).alarms
    return [(a.standing, a.text) for a in found if a.text.startswith("declared data")]


def test_what_is_as_declared_raises_nothing(study: Study, here: Live) -> None:
    state = here.refresh(study)
    assert (state.source.state, state.notes, alarms(study, state)) == ("present", (), [])


def test_one_byte_alarms_and_restoring_it_ends_the_alarm(
    study: Study, source: Path, here: Live
) -> None:
    here.refresh(study)
    good = source.read_bytes()
    flip_a_digit(source)
    state = here.refresh(study)
    said = f"declared data: {source} holds other bytes than the declared ones"
    assert alarms(study, state) == [(Standing.BLOCKED, said)]
    assert "restore it, or declare it again" in overview_snapshot(study, state).next_step.sentence
    source.write_bytes(good)
    state = here.refresh(study)
    assert (state.source.said, alarms(study, state)) == ("", [])


def test_another_size_and_no_file_are_told_unread(
    study: Study, source: Path, here: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.refresh(study)
    monkeypatch.setattr("grd_core.critic.live_source_job.version_fault", _must_not)
    with source.open("a") as stream:
        stream.write("\n")
    assert "bytes where" in here.refresh(study).source.said
    source.unlink()
    state = here.refresh(study)
    assert (state.source.state, alarms(study, state)[0][0]) == ("gone", Standing.BLOCKED)


def _must_not(study: Study) -> str:
    raise AssertionError("the source is read")


def test_an_untouched_source_is_never_read(
    study: Study, source: Path, here: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.refresh(study)  # it was made just before it was declared: once
    monkeypatch.setattr("grd_core.critic.live_source_job.version_fault", _must_not)
    assert here.refresh(study).notes == ()
    monkeypatch.setattr("grd_core.critic.live_source._MARGIN_S", -3600.0)
    assert Live(Here(), ReadingOnly()).refresh(study).notes == ()


def test_what_was_declared_again_is_what_counts(study: Study, source: Path, here: Live) -> None:
    flip_a_digit(source)
    assert here.refresh(study).source.state == "changed"
    declare_from_file(study, study.root / "provenance.toml")
    assert here.refresh(study).source.state == "present"


def test_after_the_freeze_it_wants_eyes_and_stops_nothing(
    locked_once: Study, tmp_path: Path, here: Live
) -> None:
    study = copy_of(locked_once, tmp_path / "tides")
    here.refresh(study)
    flip_a_digit(study.root / "tides.csv")
    (alarm,) = alarms(study, here.refresh(study))
    assert alarm[0] is Standing.ATTENTION
    assert alarm[1].endswith("; the frozen parts stand")
    (study.root / "tides.csv").unlink()
    state = here.refresh(study)
    assert (state.source.state, alarms(study, state)) == ("gone", [])


def test_large_bytes_are_left_to_the_cockpit_on_a_shell(
    study: Study, source: Path, here: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.refresh(study)
    flip_a_digit(source)
    monkeypatch.setattr(Here, "most_bytes", 1)
    state = here.refresh(study)
    assert state.source.state == "unknown"
    (alarm,) = alarms(study, state)
    assert alarm[0] is Standing.ATTENTION
    assert "large" in alarm[1]


def until(
    live: Live, study: Study, news: threading.Event, true: Callable[[LiveState], object]
) -> LiveState:
    deadline = time.monotonic() + GENEROUS_S
    while time.monotonic() < deadline:
        news.clear()
        state = live.refresh(study)
        if true(state):
            return state
        news.wait(0.5)
    raise AssertionError(f"not within {GENEROUS_S} s: {state}")


def test_workers_hash_large_bytes_beside_the_screen_and_say_so(
    study: Study, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grd_core.critic.live_source.LARGE_BYTES", 1)
    news = threading.Event()
    live = Live(InWorkers(news.set), ReadingOnly())
    until(live, study, news, lambda state: not live._source._errand.is_out)
    flip_a_digit(source)
    state = live.refresh(study)
    assert "its time changed, hashing" in state.source.said
    assert alarms(study, state)[0][0] is Standing.ATTENTION
    state = until(live, study, news, lambda state: state.source.state == "changed")
    assert "other bytes" in state.source.said
    live.close()


def test_a_source_that_cannot_be_read_is_a_note(study: Study, source: Path, here: Live) -> None:
    here.refresh(study)
    size = source.stat().st_size
    source.unlink()
    source.mkdir()
    (source / "1").write_bytes(b"0" * size)
    state = here.refresh(study)
    assert state.notes or state.source.state != "present"
    shutil.rmtree(source)


def test_an_entry_of_a_declared_folder_alarms(tmp_path: Path, here: Live) -> None:
    from grd_core.recon.roles import Roles
    from grd_core.recon.sources import declare

    study, pictures = create_study(tmp_path / "study"), tmp_path / "pictures"
    for label in ("cat", "dog"):
        (pictures / label).mkdir(parents=True)
        for number in range(3):
            (pictures / label / f"{number}.png").write_bytes(f"{label} {number}".encode())
    stated = ("origin", "collected_how", "licence", "unit_of_observation")
    declare(study, pictures, dict.fromkeys(stated, "x"), Roles("regression", "size_bytes"))
    assert here.refresh(study).source.state == "present"
    (pictures / "cat" / "1.png").write_bytes(b"cot 1")
    state = here.refresh(study)
    assert (state.source.state, state.notes) == ("changed", ())
    assert "other bytes" in state.source.said
    (pictures / "cat" / "1.png").write_bytes(b"cat 1")
    assert here.refresh(study).source.state == "present"
