"""How far a run is: from what tells its length, and never without."""

from __future__ import annotations

import pytest

from grd_core.runs.live import going_on
from grd_core.runs.pace import STALLED_LEAST_S
from grd_core.runs.snapshot import watch_snapshot
from grd_core.runs.start import start_run


def steps(count, **values):
    return [{"loss": 1.0 / (i + 1), **values} for i in range(count)]


@pytest.fixture
def config(request, study, experiment):
    (experiment.folder / "config.toml").write_text(request.param)


@pytest.mark.parametrize("config", ["[train]\nmax_steps = 30\n"], indirect=True)
def test_the_config_the_run_started_with_tells_its_length(config, logged, experiment):
    study, log = logged
    log(*steps(12), every_s=2.0)
    watched = watch_snapshot(study, "1")
    assert (watched.progress_text, watched.of_steps, watched.step) == ("step 12/30", 30, 11)
    assert watched.of_source == "config.toml: max_steps = 30"
    assert watched.fraction == 12 / 30
    assert watched.eta_s == pytest.approx(18 * 2.0, abs=3.0)
    (live,) = going_on(study)
    assert live.pace.eta_s == pytest.approx(watched.eta_s, abs=3.0)
    (experiment.folder / "config.toml").write_text("[train]\nmax_steps = 9000\n")
    changed = watch_snapshot(study, "1")
    assert (changed.progress_text, changed.of_steps, changed.eta_s) == ("step 11", None, None)


@pytest.mark.parametrize("config", ["epochs = 30\n"], indirect=True)
def test_a_step_held_against_epochs_says_so_and_an_epoch_metric_is_held_against_them(
    config, logged
):
    study, log = logged
    log(*steps(4))
    assert watch_snapshot(study, "1").progress_text == "step 4/30 epochs"
    log(*({"loss": 0.1, "epoch": 1 + i / 100} for i in range(100)), first=4)
    watched = watch_snapshot(study, "1")
    assert watched.progress_text == "epoch 1.99/30"
    assert watched.eta_s == pytest.approx(28.01 * 100, rel=0.05)


@pytest.mark.parametrize("config", ["epochs = 30\n"], indirect=True)
def test_a_run_past_its_length_was_counted_in_something_else(config, logged):
    study, log = logged
    log(*steps(100))
    watched = watch_snapshot(study, "1")
    assert (watched.progress_text, watched.of_steps) == ("step 99", None)


@pytest.mark.parametrize(
    "config",
    [
        "rate = 0.1\n",
        "steps = 30\n[other]\nmax_steps = 40\n",
        "[warmup]\nsteps = 30\n",
        "steps = -1\n",
        "steps = true\n",
        "not toml at all",
    ],
    indirect=True,
)
def test_nothing_is_invented(config, logged):
    study, log = logged
    log(*steps(12))
    watched = watch_snapshot(study, "1")
    assert (watched.progress_text, watched.of_steps, watched.eta_s) == ("step 11", None, None)


def test_a_metric_tells_the_length(logged):
    study, log = logged
    log(*steps(10, total_steps=40))
    watched = watch_snapshot(study, "1")
    assert (watched.progress_text, watched.of_source) == ("step 10/40", "metric total_steps")


@pytest.mark.parametrize(
    "words", [("--max-steps", "20"), ("--max_steps=20",), ("trainer.max_steps=20",)]
)
def test_the_command_counts_before_the_config(words, study, experiment, ended):
    (experiment.folder / "config.toml").write_text("steps = 99\n")
    (experiment.folder / "train.py").write_text(
        "from grd_log import log\nfor step in range(10): log(step, loss=1.0)\n"
    )
    started = start_run(study, experiment, command=("python", "train.py", *words))
    ended(started.id)
    watched = watch_snapshot(study, str(started.id))
    assert (watched.progress_text, watched.eta_s) == ("step 10/20", None)


@pytest.mark.parametrize("config", ["steps = 100\n"], indirect=True)
def test_the_rate_starts_again_after_a_resumption(config, logged):
    study, log = logged
    log(*steps(50), every_s=0.1, age_s=100.0)
    log(*steps(10), first=20, every_s=5.0)
    watched = watch_snapshot(study, "1")
    assert watched.progress_text == "step 30/100"
    assert watched.eta_s == pytest.approx(70 * 5.0, abs=5.0)


@pytest.mark.parametrize("config", ["steps = 100\n"], indirect=True)
def test_a_run_without_fresh_data_has_no_end_in_sight(config, logged):
    study, log = logged
    log(*steps(10), age_s=STALLED_LEAST_S + 5)
    watched = watch_snapshot(study, "1")
    assert (watched.progress_text, watched.eta_s) == ("step 10/100", None)


@pytest.mark.parametrize("config", ["steps = 9000\n"], indirect=True)
def test_a_rate_is_taken_across_chunks(config, logged):
    study, log = logged
    log(*steps(2100), every_s=0.5, age_s=0.5 * 1996)
    log(*steps(4096 - 2100), first=2100, every_s=0.5)  # nothing is left in rows
    assert watch_snapshot(study, "1").eta_s == pytest.approx((9000 - 4096) * 0.5, rel=0.05)


def test_a_run_that_logged_nothing_has_no_progress(logged):
    study, _ = logged
    watched = watch_snapshot(study, "1")
    assert (watched.progress_text, watched.step, watched.fraction) == ("", None, None)
