"""Output that acts on terminals, is not UTF-8, or is no output at all: shown, never obeyed."""

from __future__ import annotations

import json

import pytest

from grd_core.runs.ingest import ingest
from grd_core.runs.points import read_points
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from grd_tui.cli.root import run as grd
from tests.faults.waiting import wait

TRAIN = r"""
import os, sys
from grd_log import log

out = sys.stdout.buffer
for planted in (
    b"\x1b]0;planted\x07", b"\x1b]52;c;cGxhbnRlZA==\x07", b"\x1b[2J\x1b[H", b"\x9b31m",
    "\u202etxt.exe".encode(), b"\xff\xfe\x80 not utf-8", b"\xed\xa0\x80 a surrogate",
    b"a\x00b\x00", b"\rback to the start", b"\x08" * 200,
):
    out.write(planted + b"\n")
out.write(b"y" * 3_000_000 + b"\n")
out.write(bytes(range(256)) * 2000)
out.write(b"\nthe last line\n")
out.flush()
log(1, **{"\x1b[31mloss\x07": 0.5, "\u202eloss": 0.5, "loss": 0.25})
journal = os.environ["GRD_JOURNAL"]
with open(f"{journal}/{os.getpid()}-hostile.jsonl", "wb") as stream:
    stream.write(b"\xff\xfe\n{}\nnull\n[[[[\n\x1b[2J\n" + b"[" * 100_000 + b"\n")
    stream.write(b'{"step":2,"time":1.0,"metrics":{"loss":0.125}}\n{"step":3,')
"""

ACTS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != "\n"]


@pytest.fixture
def ended(make_study):
    study, experiment = make_study(cpu_hours=1.0)
    (experiment.folder / "train.py").write_text(TRAIN)
    start_run(study, experiment)
    assert wait(lambda: ingest(study) and not find_run(study, "1").is_going_on, 30)
    return study


def test_a_run_is_unharmed_by_what_it_prints_and_logs(ended):
    run = find_run(ended, "1")
    assert run.state == "done", run.detail
    assert run.detail["malformed"] == 6
    with ended.read() as ledger:
        assert list(read_points(ledger, 1, "loss").values) == [0.25, 0.125]


@pytest.mark.parametrize(
    "words",
    [
        ["watch", "1", "--once"],
        ["watch", "1", "--once", "--json"],
        ["status"],
        ["budget"],
        ["budget", "--json"],
        ["experiment", "list"],
        ["history"],
    ],
    ids=" ".join,
)
def test_nothing_of_it_reaches_the_terminal(ended, words, capsys):
    assert grd(["-C", str(ended.root), *words]) in (0, 1)
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert [sign for sign in ACTS if sign in text] == []
        assert "\u202e" not in text
        text.encode("utf-8")
    if words == ["watch", "1", "--once"]:
        assert "the last line" in said.out
    if "--json" in words:
        json.loads(said.out)
