"""The declared source is looked at and listened to wherever it lies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grd_core.study import create_study
from grd_core.watch import POLL_S, Watch
from grd_core.watch.folders import Folders
from grd_core.watch.source import MOST_ENTRIES, source_mark

GENEROUS_S = 20.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return create_study(tmp_path / "study").root


def pictures(folder: Path) -> Path:
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.png", ".hidden"):
        (folder / name).write_bytes(b"one")
    return folder


def table(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "tides.csv"
    path.write_text("a,b\n1,2\n")
    return path


@pytest.fixture
def listening(root: Path) -> Iterator[Watch]:
    watch = Watch(root)
    watch.wait(GENEROUS_S)
    yield watch
    watch.close()


def heard(watch: Watch) -> bool:
    started = time.monotonic()
    watch.wait(GENEROUS_S)
    return time.monotonic() - started < GENEROUS_S


@pytest.mark.parametrize("place", [".", "data", "../elsewhere"])
def test_a_file_is_heard_and_seen_wherever_it_lies(
    root: Path, listening: Watch, place: str
) -> None:
    source = table((root / place).resolve())
    listening.guard(source)
    before = listening.look()
    assert listening.look() == before
    (source.parent / "beside.log").write_text("no news\n")
    source.write_text("a,b\n1,3\n")
    assert heard(listening)
    after = listening.look()
    assert after.source != before.source
    assert (after.frozen, after.code, after.ledger) == (before.frozen, before.code, before.ledger)
    source.unlink()
    assert heard(listening)
    assert listening.look().source == "absent"


def test_a_file_beside_it_is_not_heard(root: Path, listening: Watch) -> None:
    source = table(root.parent / "elsewhere")
    listening.guard(source)
    listening.look()
    listening.wait(0.5)
    (source.parent / "beside.csv").write_text("a\n")
    started = time.monotonic()
    listening.wait(0.5)
    assert time.monotonic() - started >= 0.5


@pytest.mark.parametrize("name", ["a.png", "deep/b.png", "deep/new.png"])
def test_an_entry_of_a_folder_is_heard_and_seen(root: Path, listening: Watch, name: str) -> None:
    source = pictures(root.parent / "pictures")
    listening.guard(source)
    before = listening.look()
    (source / name).write_bytes(b"two")
    assert heard(listening)
    assert listening.look().source != before.source


def test_hidden_entries_are_no_part_of_it(tmp_path: Path) -> None:
    source, folders = pictures(tmp_path / "pictures"), Folders()
    before = source_mark(str(source), folders)
    (source / ".hidden").write_bytes(b"two")
    assert source_mark(str(source), folders) == before


def test_a_time_that_is_set_back_hides_nothing(tmp_path: Path) -> None:
    source, folders = table(tmp_path), Folders()
    times, before = source.stat(), source_mark(str(source), folders)
    source.write_text("a,b\n1,9\n")
    os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = source_mark(str(source), folders)
    assert before is not None and after is not None
    assert after.mark != before.mark
    assert (after.size_bytes, after.is_folder) == (8, False)


def test_of_a_vast_folder_names_that_come_and_go_are_told(tmp_path: Path) -> None:
    source, folders = tmp_path / "vast", Folders()
    source.mkdir()
    for number in range(MOST_ENTRIES + 1):
        (source / f"{number}").touch()
    before = source_mark(str(source), folders)
    (source / "7").unlink()
    after = source_mark(str(source), folders)
    assert before is not None and after is not None and after.mark != before.mark


def test_nothing_is_guarded_until_it_is_asked_for(root: Path) -> None:
    watch = Watch(root)
    assert watch.look().source == ""
    watch.guard(root / "gone.csv")
    assert watch.look().source == "absent"
    watch.guard(None)
    assert watch.look().source == ""


def test_a_source_that_lies_where_nothing_is_told_is_looked_at_more_often(
    root: Path, tmp_path: Path
) -> None:
    far = tmp_path / "far"
    source = table(far)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/data {far} nfs4 rw 0 0\n")
    watch = Watch(root, mounts=mounts)
    watch.wait(GENEROUS_S)
    watch.guard(source)
    assert (watch.mode, watch.poll_s) == ("events", POLL_S)
    watch.close()
