"""Event files, byte by byte."""

from __future__ import annotations

import math
import struct

import pytest

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.tensorboard import DAMAGED, take_events
from grd_core.runs.readers.tfrecord import LONGEST_RECORD, masked_crc

SEEN = 1.8e9


def points(data: bytes) -> list[tuple[str, int, float]]:
    batch = Batch()
    take_events(data, {}, batch, SEEN)
    return [
        (name, step, value)
        for name, series in batch.points.items()
        for step, value in zip(series.steps, series.values, strict=True)
    ]


def test_the_checksum_is_the_one_of_rfc_3720():
    # B.4: 32 bytes of zeros have the CRC 0x8A9136AA.
    crc = 0x8A9136AA
    assert masked_crc(bytes(32)) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_a_file_of_known_bytes():
    # All that tensorboardX 2.6.5 wrote for add_scalar("loss", 0.5, 7, walltime=1700000000.25).
    data = bytes.fromhex(
        "1800000000000000a37f4b2209f67f84200dc1da411a0d627261696e2e4576656e743a328319c162"
        "1a00000000000000129bd82d0900001040fc54d94110072a0d0a0b0a046c6f7373150000003ff8ed4b36"
    )
    batch = Batch()
    taken = take_events(data, {}, batch, SEEN)
    assert (taken.consumed, taken.damage) == (len(data), "")
    series = batch.points["loss"]
    assert list(series.steps) == [7]
    assert list(series.times) == [1700000000.25]
    assert list(series.values) == [0.5]


def test_simple_values_of_any_step_and_several_in_one_event(events):
    steps = [0, 1, 127, 128, 2**34, 2**40, 2**62, -1]
    data = events.version() + b"".join(
        events.event(step, events.simple("loss", 0.25)) for step in steps
    )
    data += events.event(3, events.simple("a", 1.0), events.simple("b", math.inf))
    assert points(data) == [("loss", step, 0.25) for step in steps] + [
        ("a", 3, 1.0),
        ("b", 3, math.inf),
    ]


@pytest.mark.parametrize(
    ("dtype", "content", "value"),
    [
        (1, struct.pack("<f", 0.5), 0.5),
        (2, struct.pack("<d", 0.1), 0.1),
        (3, struct.pack("<i", -7), -7.0),
        (9, struct.pack("<q", -(2**40)), -float(2**40)),
        (19, struct.pack("<e", 1.5), 1.5),
    ],
)
def test_a_tensor_of_one_number_as_content(events, dtype, content, value):
    data = events.event(4, events.tensor("x", dtype, events.field(4, content)))
    assert points(data) == [("x", 4, value)]


@pytest.mark.parametrize(
    ("dtype", "content", "value"),
    [
        (1, b"\x2a\x04" + struct.pack("<f", 0.5), 0.5),
        (1, b"\x2d" + struct.pack("<f", 0.5), 0.5),
        (2, b"\x32\x08" + struct.pack("<d", 0.1), 0.1),
        (3, b"\x3a\x01\x05", 5.0),
        (9, b"\x50\x05", 5.0),
        (9, b"\x52\x0a" + b"\xff" * 9 + b"\x01", -1.0),
        (1, b"", 0.0),
    ],
)
def test_a_tensor_of_one_number_in_its_typed_field(events, dtype, content, value):
    assert points(events.event(4, events.tensor("x", dtype, content))) == [("x", 4, value)]


@pytest.mark.parametrize(
    "content",
    [
        b"\x12\x04\x12\x02\x08\x02" + b"\x2a\x08" + struct.pack("<ff", 1, 2),  # shape [2]
        b"\x2a\x08" + struct.pack("<ff", 1, 2),
        b"\x22\x08" + bytes(8),
    ],
)
def test_a_tensor_of_more_numbers_is_no_scalar(events, content):
    assert points(events.event(4, events.tensor("x", 1, content))) == []


def test_what_is_no_scalar_is_passed_over_and_the_next_event_counts(events):
    image = events.field(1, b"picture") + events.field(4, bytes(100))
    text = events.tensor("words", 7, events.field(8, b"hello"))
    wrong = events.record(b"\x09\x00")
    unknown = events.record(b"\x0f\xff\xff")
    nameless = events.event(1, b"\x15" + bytes(4))
    data = events.event(1, image) + events.event(1, text) + wrong + unknown + nameless
    assert points(data + events.event(2, events.simple("loss", 1.0))) == [("loss", 2, 1.0)]


def test_a_time_that_is_none_is_the_time_it_was_seen(events):
    data = b"".join(
        events.event(1, events.simple("loss", 1.0), time=time)
        for time in (math.nan, math.inf, -1.0, 5.0)
    )
    batch = Batch()
    take_events(data, {}, batch, SEEN)
    assert list(batch.points["loss"].times) == [SEEN] * 4


def test_a_length_that_disagrees_with_its_checksum_stops_the_file_with_a_word(events):
    whole = events.event(1, events.simple("loss", 1.0))
    wrong = bytearray(events.event(2, events.simple("loss", 2.0)))
    wrong[0] ^= 1
    batch = Batch()
    taken = take_events(whole + bytes(wrong) + whole, {}, batch, SEEN)
    assert (taken.consumed, taken.damage) == (len(whole), DAMAGED)
    assert list(batch.points["loss"].steps) == [1]


def test_zeros_at_the_end_are_bytes_that_are_still_to_come(events):
    whole = events.event(1, events.simple("loss", 1.0))
    taken = take_events(whole + bytes(100), {}, Batch(), SEEN)
    assert (taken.consumed, taken.damage) == (len(whole), "")


def test_a_record_too_long_for_a_scalar_is_passed_over_piece_by_piece(events):
    after = events.event(9, events.simple("loss", 1.0))
    data = events.record(bytes(LONGEST_RECORD + 1)) + after
    memory, batch, begin = {}, Batch(), 0
    for end in (*range(0, len(data), 300_000), len(data)):
        taken = take_events(data[begin:end], memory, batch, SEEN)
        begin += taken.consumed
    assert begin == len(data)
    assert list(batch.points["loss"].steps) == [9]
