"""Whatever pieces a file arrives in, and whatever is in it: the points are those of the whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.console import take_console
from grd_core.runs.readers.csv_table import take_csv
from grd_core.runs.readers.json_lines import take_json_lines
from grd_core.runs.readers.sources import FORMATS
from grd_core.runs.readers.tensorboard import take_events

SEEN = 1.8e9
FORMAT_OF = {"jsonl": take_json_lines, "csv": take_csv, "stdout": take_console}

TEXTS = {
    "jsonl": (
        '{"step": 0, "loss": 1.5, "ä": NaN, "ok": true}\n'
        "nonsense\n\n"
        '{"epoch": 1, "train": {"loss": 0.5}, "time": 1700000000.5}\r\n'
        '{"step": "a", "loss": 3}\n'
        '{"global_step": 2, "metrics": {"loss": "inf"}, "\\ud800": 1}\n'
        '{"step": 3, "loss": 0.1'
    ).encode(),
    "csv": (
        b"epoch,step,train_loss,val_loss\r\n0,9,0.5,\r\n0,9,,0.75\r\nbad,row\n"
        b'1,19,"0.25",nan\n\xff,29,1,1\n1,2'
    ),
    "stdout": (
        "starting\nepoch 0 loss=1.5 acc: 0.5\n\x1b[32mEpoch 1/3\x1b[0m - loss: 0.25 - 3s\n"
        "  0%|\r 50%|\rstep 7: loss=0.125, lr=1e-4\r\nä\udcff epoch=8 loss=nan\nepoch 9 lo"
    ).encode("utf-8", "surrogateescape"),
}


def told(batch: Batch) -> list[tuple[str, int, float, str]]:
    return [
        (name, step, time, repr(value))
        for name, series in batch.points.items()
        for step, time, value in zip(series.steps, series.times, series.values, strict=True)
    ]


def read(take, data: bytes, cuts: list[int]) -> tuple[list, int, str]:
    """The points, the bytes that are done with, and why the rest cannot be read."""
    memory, batch, begin = {}, Batch(), 0
    for end in sorted({*(min(cut, len(data)) for cut in cuts), len(data)}):
        taken = take(data[begin:end], memory, batch, SEEN)
        begin += taken.consumed
        if taken.damage:
            return told(batch), -1, taken.damage
    return told(batch), begin, ""


@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_cut_at_any_byte(kind):
    data = TEXTS[kind]
    whole = read(FORMAT_OF[kind], data, [])
    assert len(whole[0]) >= 4
    for cut in range(len(data)):
        assert read(FORMAT_OF[kind], data, [cut]) == whole, cut


@pytest.mark.parametrize("kind", TEXTS)
@given(cuts=st.lists(st.integers(0, 400)))
@settings(max_examples=50, deadline=None)
def test_a_text_in_any_pieces(kind, cuts):
    assert read(FORMAT_OF[kind], TEXTS[kind], cuts) == read(FORMAT_OF[kind], TEXTS[kind], [])


@given(
    cuts=st.lists(st.integers(0, 2000)),
    values=st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(width=32),
            st.sampled_from(["loss", "val/loss", "ä"]),
        ),
        max_size=20,
    ),
)
@settings(max_examples=60, deadline=None)
def test_events_in_any_pieces_are_the_values_that_were_written(events, cuts, values):
    data = events.version() + b"".join(
        events.event(step, events.simple(name, value)) for step, value, name in values
    )
    found, consumed, damage = read(take_events, data, cuts)
    wanted = [(name, step, events.BEGAN, repr(value)) for step, value, name in values]
    assert (sorted(found), consumed, damage) == (sorted(wanted), len(data), "")


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "trainer_state"])
@given(data=st.binary(max_size=600), cuts=st.lists(st.integers(0, 600), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_bytes_in_any_pieces_are_read_alike_and_raise_nothing(kind, data, cuts):
    assert read(FORMATS[kind], data, cuts) == read(FORMATS[kind], data, [])


@pytest.mark.parametrize("kind", TEXTS)
def test_a_line_beyond_reason_is_passed_over_however_it_arrives(kind):
    good = TEXTS[kind][: TEXTS[kind].rfind(b"\n") + 1]
    again = good if kind != "csv" else good.partition(b"\n")[2]
    data = good + b"x" * (2**20 + 5) + b"\n" + again
    whole = read(FORMAT_OF[kind], data, [])
    assert len(whole[0]) == 2 * len(read(FORMAT_OF[kind], good, [])[0])
    for cuts in (list(range(0, len(data), 100_000)), [len(good) + 2**20, len(good) + 2**20 + 2]):
        assert read(FORMAT_OF[kind], data, cuts) == whole
