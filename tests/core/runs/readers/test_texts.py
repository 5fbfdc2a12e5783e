"""What counts as a metric in JSON lines, tables, trainer states and printed lines."""

from __future__ import annotations

import json

import pytest

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.console import take_console
from grd_core.runs.readers.csv_table import NO_STEPS, take_csv
from grd_core.runs.readers.json_lines import take_json_lines
from grd_core.runs.readers.trainer_state import take_trainer_state

SEEN = 1.8e9


def points(take, text: str) -> list[tuple[str, int, float]]:
    batch = Batch()
    take(text.encode(), {}, batch, SEEN)
    return [
        (name, step, value)
        for name, series in batch.points.items()
        for step, value in zip(series.steps, series.values, strict=True)
    ]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('{"step": 3, "loss": 0.5}', [("loss", 3, 0.5)]),
        ('{"global_step": 3, "epoch": 1, "loss": 1}', [("epoch", 3, 1.0), ("loss", 3, 1.0)]),
        ('{"epoch": 2.0, "loss": 1}', [("loss", 2, 1.0)]),
        ('{"Step": 3, "val": {"loss": 0.5}}', [("val/loss", 3, 0.5)]),
        ('{"step": 3, "time": 1.7e9, "metrics": {"loss": "nan"}}', [("loss", 3, float("nan"))]),
        ('{"epoch": 0.5, "loss": 1}', []),
        ('{"step": true, "loss": 1}', []),
        ('{"step": 1e300, "loss": 1}', []),
        ('{"step": 1, "loss": "low", "good": true, "none": null, "list": [1]}', []),
        (f'{{"step": 1, "big": 1{"0" * 400}}}', []),
        (f'{{"step": 1, "{"n" * 201}": 1}}', []),
        ('{"loss": 1}', []),
        ("[1]", []),
        ("[" * 5000, []),
    ],
)
def test_json_lines(line, wanted):
    assert repr(points(take_json_lines, line + "\n")) == repr(wanted)


def test_a_table_whose_columns_are_named():
    text = "epoch, step ,train/loss,note,time\n0,10,0.5,x,1700000000\n1,20,,y,\n1,20.0,1e-3,,\n"
    assert points(take_csv, text) == [
        ("epoch", 10, 0.0),
        ("epoch", 20, 1.0),
        ("epoch", 20, 1.0),
        ("train/loss", 10, 0.5),
        ("train/loss", 20, 0.001),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_with_another_delimiter(delimiter):
    text = "step,loss\n1,0.5\n".replace(",", delimiter)
    assert points(take_csv, text) == [("loss", 1, 0.5)]


@pytest.mark.parametrize("text", ["id,part,y_pred\n1,train,0.5\n", "\x00\n", "loss\n0.5\n"])
def test_a_table_without_steps_is_none_of_metrics(text):
    assert take_csv(text.encode(), {}, Batch(), SEEN).damage == NO_STEPS


def test_a_trainer_state():
    history = [
        {"epoch": 0.5, "learning_rate": 5e-5, "loss": 0.7, "step": 10},
        {"epoch": 0.5, "eval_loss": 0.6, "eval_runtime": 1.5, "step": 10},
        "nothing",
    ]
    text = json.dumps({"global_step": 10, "log_history": history}, indent=2)
    assert points(take_trainer_state, text) == [
        ("epoch", 10, 0.5),
        ("epoch", 10, 0.5),
        ("learning_rate", 10, 5e-5),
        ("loss", 10, 0.7),
        ("eval_loss", 10, 0.6),
        ("eval_runtime", 10, 1.5),
    ]
    assert take_trainer_state(text.encode()[:-1], {}, Batch(), SEEN).consumed == 0


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("epoch 3 loss=0.21 val_acc: 0.93", [("loss", 3, 0.21), ("val_acc", 3, 0.93)]),
        ("Epoch [3/10], Step [20/50], Loss: 0.5", [("Loss", 20, 0.5)]),
        ("Epoch 3/10 - loss: 0.25 - accuracy: 95%", [("loss", 3, 0.25), ("accuracy", 3, 95.0)]),
        ("[INFO train.py:42] step=100 | loss = 1e-3", [("loss", 100, 0.001)]),
        ("{'loss': 0.5, 'epoch': 2}", [("loss", 2, 0.5)]),
        ("step 7: train/loss: nan", [("train/loss", 7, float("nan"))]),
        ("\x1b[1mstep 7\x1b[0m loss=\x1b[31m0.5\x1b[0m", [("loss", 7, 0.5)]),
        (
            "epoch 1: 10%|# loss=9\repoch 1: 90%|## [00:01<00:00, 8it/s, loss=0.5]",
            [("loss", 1, 0.5)],
        ),
        ("loss=0.5", []),
        ("epoch 1.5 loss=0.5", []),
        ("epochs=30 lr=0.1 batch_size=32", []),
        ("max_steps=100 lr=0.1", []),
        ("running with --epoch 3 --lr=0.1", []),
        ("saved epoch=3-step=100.ckpt val=0.3", []),
        ("2026-01-01 12:30:05 step 4 took: 3.2s at 10:30", []),
        ("step 99999999999999999999 loss=1", []),
        ("step" + " " * 8000 + "x", []),
    ],
)
def test_printed_lines(line, wanted):
    assert repr(points(take_console, line + "\n")) == repr(wanted)
