"""Training that was started by hand, as the snapshots and the alarms tell it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest

from grd_core.next_step import LOOP, Standing
from grd_core.overview import overview_snapshot
from grd_core.runs.by_hand import by_hand_of, by_hand_text
from grd_core.runs.experiments import new_experiment
from grd_core.runs.snapshot import experiment_snapshot

TABLE = "epoch,step,loss\n0,1,0.5\n"
HOUR_S = 3600.0


@pytest.fixture
def older(study, monkeypatch):
    """An experiment that was made an hour ago."""
    ago = datetime.fromtimestamp(time.time() - HOUR_S, UTC).isoformat()
    with monkeypatch.context() as patch:
        patch.setattr("grd_core.ledger.write.utc_now", lambda: ago)
        return new_experiment(study, "an hour old", kind="baseline")


def write(experiment, name: str, ago_s: float = 0.0) -> None:
    path = experiment.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TABLE)
    at = time.time() - ago_s
    os.utime(path, (at, at))


def test_it_goes_on_in_its_experiment_and_nowhere_else(study, older, experiment):
    assert by_hand_of(study) == ()
    write(older, "logs/metrics.csv", ago_s=20.0)
    write(older, "older.csv", ago_s=30.0)
    (one,) = by_hand_of(study)
    assert (one.number, one.name, one.goes_on) == (1, "001-an-hour-old", True)
    assert one.files == ("logs/metrics.csv", "older.csv")
    assert 20.0 <= one.age_s < 50.0
    assert "goes on, unsupervised: logs/metrics.csv and 1 more, written" in by_hand_text(one)
    shown = experiment_snapshot(study, older).by_hand
    assert shown is not None and shown.files == one.files
    assert experiment_snapshot(study, experiment).by_hand is None


def test_what_has_ended_is_told_alike_each_time(study, older):
    write(older, "metrics.csv", ago_s=HOUR_S / 2)
    (one,) = by_hand_of(study)
    assert (one.goes_on, one.age_s) == (False, 0.0)
    assert by_hand_of(study) == (one,)
    assert by_hand_text(one) == "training by hand, unsupervised, has ended: metrics.csv"
    assert datetime.fromisoformat(one.last_written) < datetime.now(UTC)
    (alarm,) = (alarm for alarm in overview_snapshot(study).alarms if "by hand" in alarm.text)
    assert alarm.text.endswith(
        "has ended: metrics.csv; `grd run 1` (r in the Loop) runs it supervised"
    )


def test_it_wants_eyes_and_leads_to_its_experiment(study, older):
    write(older, "metrics.csv", ago_s=5.0)
    seen = overview_snapshot(study)
    (one,) = seen.by_hand
    (alarm,) = (alarm for alarm in seen.alarms if "by hand" in alarm.text)
    assert (alarm.standing, alarm.phase, alarm.about) == (Standing.ATTENTION, LOOP, "1")
    assert alarm.at == one.last_written
    for part in (
        "001-an-hour-old: training by hand goes on, unsupervised: metrics.csv",
        "it costs no budget and is judged by nothing",
        "`grd run 1` (r in the Loop) runs it supervised",
    ):
        assert part in alarm.text


def test_many_are_counted_by_the_list_and_the_newest_are_alarms(study, older):
    others = [new_experiment(study, f"trial {n}", kind="pivot") for n in range(4)]
    write(older, "metrics.csv", ago_s=50.0)
    for after_s, one in enumerate(others):
        write(one, "metrics.csv", ago_s=-float(after_s))
    seen = overview_snapshot(study)
    assert len(seen.by_hand) == 5
    told = [alarm.about for alarm in seen.alarms if "by hand" in alarm.text]
    assert told == [str(one.number) for one in reversed(others[1:])]


def test_a_time_beyond_all_calendars_is_told(study, older):
    write(older, "metrics.csv", ago_s=-3e11)
    (one,) = by_hand_of(study)
    assert one.goes_on and one.age_s == 0.0
    assert datetime.fromisoformat(one.last_written) > datetime.now(UTC)


def test_names_of_files_are_handed_on_as_they_are(study, older):
    write(older, "\x1b[31mred.csv")
    (one,) = by_hand_of(study)
    assert one.files == ("\x1b[31mred.csv",)
