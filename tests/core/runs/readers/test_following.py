"""Only what is new is read, whatever a file has grown to."""

from __future__ import annotations

import pytest

from grd_core.runs.readers.following import read_piece
from grd_core.runs.readers.sources import of_run

LINES = {
    "out.jsonl": '{"step":%d,"loss":1}\n',
    "metrics.csv": "%d,1\n",
    "stdout.log": "step %d loss=1\n",
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_more_costs_a_line(tmp_path, name):
    path = tmp_path / name
    path.write_text("step,loss\n" + "".join(LINES[name] % i for i in range(10_000)))
    (source,) = of_run(tmp_path)
    whole = read_piece(source, None, None)
    assert whole is not None
    assert read_piece(source, whole.state, None) is None
    with path.open("a") as stream:
        stream.write(LINES[name] % 10_000)
    (source,) = of_run(tmp_path)
    more = read_piece(source, whole.state, None)
    assert more is not None
    assert more.size == len(LINES[name] % 10_000)
    assert list(more.batch.points["loss"].steps) == [10_000]


def test_what_was_written_since_it_was_found_waits(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text('{"step":1,"loss":1}\n')
    (source,) = of_run(tmp_path)
    with path.open("a") as stream:
        stream.write('{"step":2,"loss":1}\n')
    piece = read_piece(source, None, None)
    assert piece is not None
    assert list(piece.batch.points["loss"].steps) == [1]
