"""What a run prints: levels, values of steps, and steps folded into one summary an epoch."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.runs.output import OutputLine, kept, read_output
from grd_core.runs.output_summary import LEAST_FOLDED, StepSummary, folded


def levels(*lines: str) -> list[str]:
    return [line.level for line in read_output(lines)]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-11-02 12:30:45,123 INFO trainer: start", "info"),
        ("[WARNING] lr is high", "warning"),
        ("warning: lr is high", "warning"),
        ("/lib/x.py:3: UserWarning: column is constant", "warning"),
        ("Traceback (most recent call last):", "error"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory", "error"),
        ("KeyboardInterrupt", "error"),
        ("CRITICAL no space left", "error"),
        ("the error was small", ""),
        ("grad error 0.3 at step 4", ""),
        ('{"level": "warn", "msg": "slow"}', "warning"),
        ('{"severity": "ERROR", "message": "lost"}', "error"),
        ("", ""),
    ],
)
def test_the_level_of_a_line(line: str, level: str) -> None:
    assert levels(line) == [level]


def test_what_is_indented_under_an_error_is_as_grave() -> None:
    said = ("Traceback (most recent call last):", '  File "t.py", line 3', "ValueError: no", "on")
    assert levels(*said) == ["error", "error", "error", ""]


@pytest.mark.parametrize(
    ("line", "step", "epoch", "values"),
    [
        ("train.py: step 3 loss 0.3 lr 3e-4", 3, None, {"loss": 0.3, "lr": 3e-4}),
        ("epoch 12 loss .93 val_mae 12.08", None, 12.0, {"loss": 0.93, "val_mae": 12.08}),
        ("Epoch 3/30 - loss: 0.5 - val/loss: 1", None, 3.0, {"loss": 0.5, "val/loss": 1.0}),
        ("{'loss': 2.31, 'epoch': 0.03}", None, 0.03, {"loss": 2.31}),
        ('{"step": 7, "loss": 0.5, "msg": "on"}', 7, None, {"loss": 0.5}),
        ("12:30:45 INFO iter=4, acc=97.5%", 4, None, {"acc": 97.5}),
        ("2026-11-02T13:40:01 done", None, None, {}),
        ("v1.2 of 300", None, None, {}),
    ],
)
def test_the_values_a_line_tells(line: str, step, epoch, values) -> None:
    (read,) = read_output([line])
    assert (read.step, read.epoch, dict(read.values)) == (step, epoch, values)


def test_a_json_line_reads_as_its_message_and_what_else_it_says() -> None:
    (read,) = read_output(['{"time": 1.5, "level": "info", "msg": "saved", "path": "a b"}'])
    assert read.text == "INFO saved time=1.5 path=a b"


def test_a_line_that_is_grave_enough_and_holds_the_words_is_kept() -> None:
    lines = read_output(["DEBUG a", "INFO a", "plain A", "WARNING a b", "ERROR b"])
    assert [line.text for line in kept(lines, least="", words="")] == [line.text for line in lines]
    assert [line.text for line in kept(lines, least="info", words="a")] == [
        "INFO a",
        "plain A",
        "WARNING a b",
    ]
    assert [line.text for line in kept(lines, least="warning", words="b A")] == ["WARNING a b"]
    assert [line.text for line in kept(lines, least="error", words="")] == ["ERROR b"]


def test_steps_fold_into_one_summary_an_epoch() -> None:
    said = [f"epoch {step // 4} step {step} loss={step}" for step in range(10)]
    first, second, *rest = folded(read_output(said))
    assert isinstance(first, StepSummary) and isinstance(second, StepSummary)
    assert (first.epoch, first.first_step, first.last_step, first.lines) == (0, 0, 3, 4)
    (loss,) = second.values
    assert (loss.count, loss.mean, loss.low, loss.high, loss.last) == (4, 5.5, 4.0, 7.0, 7.0)
    assert [entry.text for entry in rest if isinstance(entry, OutputLine)] == said[8:]


def test_steps_without_an_epoch_fold_between_other_lines() -> None:
    said = [*(f"step {step} loss 1" for step in range(4)), "saved", *["step 4 loss 1"] * 3]
    first, between, last = folded(read_output(said))
    assert isinstance(first, StepSummary) and isinstance(last, StepSummary)
    assert (first.epoch, first.last_step, last.first_step) == (None, 3, 4)
    assert isinstance(between, OutputLine)


def test_what_is_grave_or_not_finite_is_not_folded_away() -> None:
    said = ["step 1 loss 1", "step 2 loss nan", "WARNING step 3 loss 9", "step 4 loss inf"]
    assert len(folded(read_output(said))) == 4
    (summary,) = folded(read_output([said[0], said[1], said[3]]))
    assert isinstance(summary, StepSummary)
    (loss,) = summary.values
    assert (loss.count, loss.nonfinite, loss.mean, loss.last) == (1, 2, 1.0, math.inf)


def test_values_whose_sum_is_beyond_a_float_have_a_mean() -> None:
    (summary,) = folded(read_output([f"step {step} loss 9e307" for step in range(3)]))
    assert isinstance(summary, StepSummary)
    assert summary.values[0].mean == pytest.approx(9e307)


LINES = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.builds("epoch {} step {} loss={}".format, st.integers(0, 3), st.integers(), st.floats()),
        st.builds(json.dumps, st.dictionaries(st.text(max_size=5), st.floats() | st.text())),
    ),
    max_size=30,
)


@given(LINES)
def test_nothing_that_is_printed_is_lost_or_reordered(said: list[str]) -> None:
    lines = read_output(said)
    assert len(lines) == len(said)
    unfolded: list[OutputLine] = []
    at = 0
    for entry in folded(lines):
        count = entry.lines if isinstance(entry, StepSummary) else 1
        if isinstance(entry, OutputLine):
            assert entry is lines[at]
        else:
            assert count >= LEAST_FOLDED
        unfolded += lines[at : at + count]
        at += count
    assert tuple(unfolded) == lines
