"""Reading a journal that grows, breaks, or is not what it was."""

from __future__ import annotations

import json

import pytest

from grd_core.runs.journal_reader import (
    TAIL_BYTES,
    Batch,
    NewLines,
    Position,
    Rewritten,
    parse_points,
    parse_records,
    read_new,
)

LINES = [
    '{"step":0,"time":1.5,"metrics":{"loss":0.5,"ä\\u00e9 \\"x\\"":"nan"}}',
    "",
    '{"lost":2,"step":1,"time":2.5,"metrics":{"loss":"inf"}}',
    '{"step":2,"ti',
    '{"step":3,"time":4.5,"metrics":{}}',
    '{"step":4,"time":5.5,"metrics":{"loss":1e-300,"rate":-0.0}}',
]
CONTENT = ("\n".join(LINES) + "\n").encode()


def points_of(batch: Batch) -> list[tuple[str, int, str]]:
    return sorted(
        (name, step, repr(value))
        for name, series in batch.points.items()
        for step, value in zip(series.steps, series.values, strict=True)
    )


def read_all(path, position: Position, batch: Batch, limit: int = 1 << 22) -> Position:
    while True:
        found = read_new(path, position, limit=limit)
        assert isinstance(found, NewLines)
        if found.position == position:
            return position
        parse_points(found.lines, batch)
        position = found.position


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "1-1.jsonl"
    path.write_bytes(CONTENT)
    batch = Batch()
    read_all(path, Position(), batch)
    return points_of(batch), batch.malformed, batch.lost, batch.lines


def test_lines_become_points_and_faults_are_counted(whole):
    points, malformed, lost, lines = whole
    assert len(points) == 5
    assert ("loss", 1, "inf") in points
    assert ('äé "x"', 0, "nan") in points
    assert ("rate", 4, "-0.0") in points
    assert (malformed, lost, lines) == (1, 2, 5)


@pytest.mark.parametrize("limit", [1, 7, 1 << 22])
def test_a_journal_cut_at_any_byte_and_continued_loses_and_doubles_nothing(tmp_path, whole, limit):
    path = tmp_path / "1-1.jsonl"
    for cut in range(len(CONTENT) + 1):
        batch = Batch()
        path.write_bytes(CONTENT[:cut])
        position = read_all(path, Position(), batch, limit)
        before = CONTENT[:cut].rfind(b"\n") + 1
        assert position.offset == before  # the half-written line waits
        path.write_bytes(CONTENT)
        assert read_all(path, position, batch, limit).offset == len(CONTENT)
        assert (points_of(batch), batch.malformed, batch.lost, batch.lines) == whole, cut


def test_a_journal_that_was_cut_short_is_not_read_on(tmp_path):
    path = tmp_path / "1-1.jsonl"
    path.write_bytes(CONTENT)
    position = read_all(path, Position(), Batch())
    for cut in range(len(CONTENT)):
        path.write_bytes(CONTENT[:cut])
        assert isinstance(read_new(path, position), Rewritten), cut


def test_a_journal_with_another_past_is_not_read_on(tmp_path):
    path = tmp_path / "1-1.jsonl"
    path.write_bytes(CONTENT)
    position = read_all(path, Position(), Batch())
    assert len(position.tail) == TAIL_BYTES
    path.write_bytes(b"x" * len(CONTENT) + CONTENT)
    assert isinstance(read_new(path, position), Rewritten)
    path.unlink()
    assert isinstance(read_new(path, position), Rewritten)


def test_a_copy_of_a_journal_is_the_same_journal(tmp_path):
    path, copy = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    path.write_bytes(CONTENT)
    position = read_all(path, Position(), Batch())
    copy.write_bytes(CONTENT + b'{"step":9,"time":9.5,"metrics":{"loss":9.0}}\n')
    batch = Batch()
    read_all(copy, position, batch)
    assert points_of(batch) == [("loss", 9, "9.0")]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x00\x00\x00",
        b"\xff\xfe",
        b"12",
        b"[]",
        b"null",
        b'{"step":1,"time":1.0}',
        b'{"step":1.5,"time":1.0,"metrics":{}}',
        b'{"step":true,"time":1.0,"metrics":{}}',
        b'{"step":9223372036854775808,"time":1.0,"metrics":{"a":1.0}}',
        b'{"step":1,"time":"now","metrics":{}}',
        b'{"step":1,"time":1.0,"metrics":[1]}',
        b'{"step":1,"time":1.0,"metrics":{"a":"many"}}',
        b'{"step":1,"time":1.0,"metrics":{"a":1.0,"b":null}}',
        b'{"step":1,"time":1.0,"metrics":{"a":[1.0]}}',
        b'{"step":1,"time":1.0,"metrics":{"a":1.0}},{"step":2,"time":1.0,"metrics":{"a":1.0}}',
        b"[" * 5000,
    ],
    ids=lambda line: line[:40],
)
def test_a_line_that_is_no_step_is_counted_and_adds_nothing(line):
    good = b'{"step":7,"time":1.0,"metrics":{"a":2.0}}'
    batch = Batch()
    parse_points([good, line, good] if line else [good, good], batch)
    assert points_of(batch) == [("a", 7, "2.0"), ("a", 7, "2.0")]
    assert batch.malformed == (1 if line else 0)


def test_records_of_supervision_need_a_kind():
    batch = Batch()
    parse_records([b'{"kind":"exit"}', b'{"kind":3}', b"[1]", b"{"], batch)
    assert batch.records == [json.loads('{"kind":"exit"}')]
    assert batch.malformed == 3
