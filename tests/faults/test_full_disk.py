"""A disk that is full for a while, a real one where this machine lets a test mount it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.launch.journal import JournalWriter
from grd_core.runs.journal_reader import Batch, NewLines, Position, parse_points, read_new

TRAINING = Path(__file__).resolve().parents[2] / "core" / "grd_core" / "training"

SCRIPT = """
import os, sys
sys.path.insert(0, {training!r})
from grd_log import log
accepted, step = [], 0
while log(step, loss=step / 7):
    accepted.append(step)
    step += 1
assert not any(log(step, loss=0.5) for _ in range(5))
os.unlink(os.environ["GRD_RUN_DIR"] + "/ballast")
for step in range(step + 1, step + 11):
    assert log(step, loss=step / 7)
    accepted.append(step)
print(*accepted)
"""


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB; skipped where mounting is not allowed."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this account may not mount a file system; the size limit test covers it")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_lines_accepted_after_a_full_disk_are_whole(small_disk):
    (small_disk / "journal").mkdir()
    (small_disk / "ballast").write_bytes(b"x" * 65536)
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT.format(training=str(TRAINING))],
        env={"GRD_RUN_DIR": str(small_disk), "GRD_JOURNAL": str(small_disk / "journal")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    accepted = [int(step) for step in done.stdout.split()]
    assert done.stderr.count("was not written") == 1
    batch = Batch()
    found = read_new(next((small_disk / "journal").iterdir()), Position())
    assert isinstance(found, NewLines)
    parse_points(found.lines, batch)
    assert list(batch.points["loss"].steps) == accepted
    assert batch.lost == 6
    assert batch.malformed <= 1


def test_a_supervisors_last_word_waits_for_room(small_disk, monkeypatch):
    path = small_disk / "supervisor.jsonl"
    journal = JournalWriter(path)
    assert journal.append("start", pid=1)
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 4096)
        except OSError:
            pass
    while journal.append("sample", filler="y" * 500):
        pass
    monkeypatch.setattr("time.sleep", lambda _s: ballast.unlink(missing_ok=True))
    assert journal.append_surely("exit", reason="done")
    journal.close()
    kinds = []
    for line in path.read_text().splitlines():
        try:
            kinds.append(json.loads(line)["kind"])
        except ValueError:
            continue
    assert kinds[0] == "start"
    assert kinds[-1] == "exit"
