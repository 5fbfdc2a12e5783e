"""What wants eyes in a run, and what does not."""

from __future__ import annotations

import math

import pytest

from grd_core.launch.spec import SUPERVISOR_LOCK
from grd_core.ledger.tables import RunState
from grd_core.overview import overview_snapshot
from grd_core.runs.alarms import RULES, growing_gap
from grd_core.runs.ingest import ingest
from grd_core.runs.metric_names import MetricPair, pairs_of, read_name
from grd_core.runs.points import CHUNK
from grd_core.runs.snapshot import loop_snapshot, watch_snapshot

LOSS = MetricPair("loss", "loss", "val_loss", "lower")


def alarms(study):
    return [(alarm.standing, alarm.text) for alarm in watch_snapshot(study, "1").alarms]


def test_a_run_that_goes_well_has_none(logged):
    study, log = logged
    log(*({"loss": 1 / (i + 1), "val_loss": 1.2 / (i + 1)} for i in range(40)))
    assert alarms(study) == []


@pytest.mark.parametrize("before", [40, CHUNK - 5, CHUNK + 40, 3 * CHUNK])
def test_a_loss_that_is_no_number_blocks_and_says_since_when(logged, before):
    study, log = logged
    log(*({"loss": 1.0} for _ in range(before)), every_s=0.001)
    log({"loss": math.nan}, {"loss": 1.0}, first=before)
    assert alarms(study) == []  # it came back
    log(*({"loss": math.nan, "grad": math.inf} for _ in range(20)), first=before + 2)
    assert alarms(study) == [
        ("blocked", f"loss is NaN since step {before + 2}"),
        ("attention", f"grad is infinite since step {before + 2}"),
    ]


def test_never_a_number(logged):
    study, log = logged
    log(*({"loss": math.nan} for _ in range(CHUNK + 3)), every_s=0.001, first=7)
    assert alarms(study) == [("blocked", "loss is NaN since step 7")]


def test_a_gap_that_grows_is_said_with_both_curves(logged):
    study, log = logged
    log(*({"train/loss": 1.0 - i / 100, "val/loss": 0.5 + (i - 20) ** 2 / 1000} for i in range(60)))
    ((standing, text),) = alarms(study)
    assert standing == "attention"
    assert text == (
        "validation gap growing: val/loss was best 0.5 at step 20, is 1.944,"
        " while train/loss went from 0.81 to 0.42"
    )


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ([1.0 - i / 50 for i in range(40)], [1.0 - i / 60 for i in range(40)]),  # still learning
        ([0.5] * 40, [0.5 + i / 10 for i in range(40)]),  # training learned nothing either
        ([1.0 - i / 50 for i in range(6)], [0.5, 0.6, 0.7, 0.8]),  # too few to say
        ([1 - i / 1000 for i in range(40)], [0.9 + i / 5000 for i in range(40)]),  # hardly
        ([], [0.5 + i / 10 for i in range(40)]),
    ],
)
def test_what_is_no_growing_gap(train, validation):
    assert growing_gap(LOSS, list(enumerate(train)), list(enumerate(validation))) == ""


def test_a_gap_where_higher_is_better():
    pair = MetricPair("accuracy", "accuracy", "val_accuracy", "higher")
    train = [(i, 0.5 + i / 100) for i in range(40)]
    validation = [(i, 0.7 - abs(i - 10) / 50) for i in range(40)]
    assert growing_gap(pair, train, validation).startswith("validation gap growing: val_accuracy")
    assert growing_gap(pair, train, [(i, 0.5 + i / 200) for i in range(40)]) == ""


def test_data_that_stopped_says_its_age(logged):
    study, log = logged
    log(*({"loss": 1.0} for _ in range(10)), age_s=42.0)
    assert alarms(study) == [("attention", "no data for 42 s")]


def test_slow_steps_are_not_silence(logged):
    study, log = logged
    log(*({"loss": 1.0} for _ in range(10)), every_s=60.0, age_s=200.0)
    assert alarms(study) == []


def test_a_run_that_nobody_supervises(study, experiment, logged):
    study, log = logged
    log({"loss": 1.0})
    (experiment.folder / "runs" / "01" / SUPERVISOR_LOCK).unlink()
    assert watch_snapshot(study, "1").liveness == "gone"
    assert alarms(study) == [("blocked", "its supervisor is gone: no end is recorded yet")]


@pytest.mark.parametrize(
    ("name", "part", "quantity", "good"),
    [
        ("loss", "", "loss", "lower"),
        ("val_loss", "validation", "loss", "lower"),
        ("loss/val", "validation", "loss", "lower"),
        ("train/Accuracy", "train", "accuracy", "higher"),
        ("eval/balanced_accuracy", "validation", "balanced_accuracy", "higher"),
        ("mae", "", "mae", "lower"),
        ("test_f1", "test", "f1", "higher"),
        ("lr", "", "lr", ""),
        ("val", "", "val", ""),
        ("score_error", "", "score_error", ""),
        ("évaluation", "", "valuation", ""),
        ("", "", "", ""),
    ],
)
def test_what_a_name_says(name, part, quantity, good):
    said = read_name(name)
    assert (said.part, said.quantity, said.good) == (part, quantity, good)


def test_pairs_are_of_one_quantity():
    names = ("loss", "val_loss", "train_mae", "mae", "valid/mae", "val_f1", "lr")
    assert [(pair.train, pair.validation) for pair in pairs_of(names)] == [
        ("loss", "val_loss"),
        ("train_mae", "valid/mae"),
    ]


def test_a_loss_that_diverges_is_said_with_its_rule(logged):
    study, log = logged
    log(*({"loss": 2 - i / 20} for i in range(31)), *({"loss": 9.0} for _ in range(12)))
    (alarm,) = watch_snapshot(study, "1").alarms
    assert alarm.kind == "divergence"
    assert alarm.text.startswith("diverging: loss was best 0.55 at step 29, is 9")
    assert alarm.rule == RULES["divergence"]


def test_a_validation_loss_that_rises_beside_training_is_a_gap_not_divergence(logged):
    study, log = logged
    log(*({"loss": 2 - i / 40, "val_loss": 1 + abs(i - 20) / 5} for i in range(60)))
    assert [alarm.kind for alarm in watch_snapshot(study, "1").alarms] == ["overfit"]


def test_a_run_that_crashed_says_how(logged):
    study, log = logged
    log({"loss": 1.0})
    with study.write("run ended") as tx:
        detail = '{"detail":"MemoryError: no memory","exit_code":1}'
        tx.insert(RunState(run_id=1, state="failed", detail_json=detail))
    (alarm,) = watch_snapshot(study, "1").alarms
    assert (alarm.kind, alarm.text) == ("crashed", "crashed, exit 1: MemoryError: no memory")


def test_a_garbled_journal_is_an_alarm_in_the_run_and_in_the_study(logged, experiment):
    study, log = logged
    log({"loss": 1.0})
    with (experiment.folder / "runs/01/journal/10-10.jsonl").open("a") as stream:
        stream.write("not json\n{}\n")
    log({"loss": 1.0}, first=1)
    assert alarms(study) == [("attention", "2 unreadable lines in its journal")]
    (line,) = loop_snapshot(study).runs
    assert (line.malformed, line.rewritten) == (2, 0)
    (told,) = [alarm for alarm in overview_snapshot(study).alarms if "journal" in alarm.text]
    assert (str(told.standing), told.about) == ("attention", "run:1")
    assert told.text == "run 1 001-first-try/01: 2 unreadable lines in its journal"


def test_a_rewritten_journal_blocks_and_comes_first(logged, experiment):
    study, log = logged
    log({"loss": 1.0}, {"loss": 1.0})
    (experiment.folder / "runs/01/journal/10-10.jsonl").write_text("")
    ingest(study)
    said = "a journal file was rewritten: nothing it says since is taken up"
    assert alarms(study) == [("blocked", said)]
    assert loop_snapshot(study).runs[0].rewritten == 1
    blocked = [a.text for a in overview_snapshot(study).alarms if str(a.standing) == "blocked"]
    assert f"run 1 001-first-try/01: {said}" in blocked


def test_every_alarm_has_a_rule_in_words():
    assert all(rule and rule[-1] != "." for rule in RULES.values())
